package landfall.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import landfall.bench.Bench;
import landfall.bench.BenchLog;
import landfall.bench.BenchSetting;
import landfall.bench.SocketCopy;
import landfall.evidence.BenchReport;
import landfall.implementation.Implementation;
import landfall.report.BenchPage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code landfall bench}: what migrations cost, beside what was asked and beside their peers. */
@Command(
    name = "bench",
    description = {
      "Measures migrations of the reference engine on real sockets, each kind beside its peers in"
          + " the same run: pre-copy beside a plain socket copy, over several channels beside as many"
          + " sockets, post-copy beside pre-copy and QEMU,"
          + " checkpoints beside post-copy, failover, and what the time between checkpoints costs.",
      "Bounds are on medians. A bound that is missed is told as missed and is no failure of the"
          + " command: what a figure says depends on what else the machine does."
    },
    mixinStandardHelpOptions = true,
    subcommands = BenchCommand.Sink.class)
final class BenchCommand implements Callable<Integer> {
  private static final int RAM_MIB_MIN = 32;
  private static final int NAME_WIDTH = 58;

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "NAME",
      description =
          "Only these: precopy, channels, postcopy, checkpoint, failover, interval"
              + " (default: all).")
  private List<String> only;

  @Option(
      names = "--ram-mib",
      defaultValue = "1024",
      paramLabel = "N",
      description = "RAM of guests whose whole way is measured (default: ${DEFAULT-VALUE}).")
  private int ramMib;

  @Option(
      names = "--runs",
      defaultValue = "3",
      paramLabel = "N",
      description = "How often two hosts are started (default: ${DEFAULT-VALUE}).")
  private int runs;

  @Option(
      names = "--moves",
      defaultValue = "5",
      paramLabel = "N",
      description = "Migrations of each kind between two hosts (default: ${DEFAULT-VALUE}).")
  private int moves;

  @Option(
      names = "--warm-up",
      defaultValue = "300",
      paramLabel = "N",
      description = "The option of that name of the hosts (default: ${DEFAULT-VALUE}).")
  private int warmUpMigrations;

  @Option(names = "--without-qemu", description = "Leave QEMU out.")
  private boolean withoutQemu;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "landfall-bench",
      description = "Where bench.html and bench.json are written (default: ${DEFAULT-VALUE}).")
  private Path out;

  @Override
  public Integer call() throws IOException {
    if (ramMib < RAM_MIB_MIN || runs < 1 || moves < 1 || warmUpMigrations < 0) {
      throw new IllegalArgumentException(
          "--ram-mib takes numbers from "
              + RAM_MIB_MIN
              + ", --runs and --moves from 1, --warm-up from 0");
    }
    List<Bench> benches = chosen();
    Inputs.writableFolder("--out", out);
    var setting = new BenchSetting(ramMib, runs, moves, new Processes(), withoutQemu);
    String before = load();
    List<BenchReport.Part> parts = new ArrayList<>();
    for (Bench bench : benches) {
      System.out.println(bench.name() + ":");
      var log = new BenchLog(line -> System.out.println("  " + line));
      bench.run(setting, log);
      BenchReport.Part part = log.part(bench);
      part.notes().forEach(note -> System.out.println("  " + note));
      parts.add(part);
    }
    var report = new BenchReport(machine(before, load()), parts);
    tell(report);
    Files.writeString(out.resolve("bench.html"), BenchPage.render(report));
    new ObjectMapper()
        .writerWithDefaultPrettyPrinter()
        .writeValue(out.resolve("bench.json").toFile(), report);
    System.out.println(out.resolve("bench.html") + " has all of it, and the curves.");
    return 0;
  }

  private List<Bench> chosen() {
    List<Bench> all = Bench.all();
    if (only == null) {
      return all;
    }
    List<String> names = all.stream().map(Bench::name).toList();
    for (String name : only) {
      if (!names.contains(name)) {
        throw new IllegalArgumentException(
            "--only takes "
                + String.join(", ", names)
                + ", separated by commas, not '"
                + name
                + "'");
      }
    }
    return all.stream().filter(bench -> only.contains(bench.name())).toList();
  }

  private final class Processes implements BenchSetting.Hosts {
    @Override
    public Implementation reference(int guestRamMib, boolean encrypted) {
      return Hosts.ofBench(guestRamMib, warmUpMigrations, encrypted).named("reference").get(0);
    }

    @Override
    public Implementation qemu(int guestRamMib) {
      return Hosts.ofBench(guestRamMib, 0, false).named("qemu-riscv64").get(0);
    }

    @Override
    public List<String> sink(int guestRamMib, boolean encrypted) {
      return Hosts.commandOfBench(guestRamMib, encrypted, "bench", "sink");
    }
  }

  private static String load() {
    double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    return load < 0 ? "unknown" : String.format(Locale.ROOT, "%.1f", load);
  }

  private static String machine(String before, String after) {
    return "Measured on "
        + Runtime.getRuntime().availableProcessors()
        + " processors, Java "
        + Runtime.version().feature()
        + "; load of the machine in the minute before: "
        + before
        + ", in the last minute of the bench, with the bench itself: "
        + after
        + ".";
  }

  private static void tell(BenchReport report) {
    System.out.printf(
        "%n%-" + NAME_WIDTH + "s %10s %21s %6s %12s%n",
        "Medians",
        "median",
        "least to most",
        "times",
        "asked");
    for (BenchReport.Part part : report.parts()) {
      System.out.println(part.name());
      for (BenchReport.Figure figure : part.figures()) {
        String unit = figure.unit().isEmpty() ? "" : ", " + figure.unit();
        System.out.printf(
            "  %-" + (NAME_WIDTH - 2) + "s %10s %21s %6d %12s %s%n",
            figure.what() + unit,
            rounded(figure.median()),
            rounded(figure.min()) + " to " + rounded(figure.max()),
            figure.values().size(),
            asked(figure.asked()),
            figure.standing().word());
      }
    }
    System.out.println(report.machine());
  }

  private static String asked(BenchReport.Bound bound) {
    return bound == null ? "" : (bound.most() ? "<= " : ">= ") + rounded(bound.value());
  }

  private static String rounded(double value) {
    return BenchPage.rounded(value);
  }

  /** The other end of the socket copy, in a process of its own. */
  @Command(name = "sink", hidden = true)
  static final class Sink implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "PORT")
    private int port;

    @Parameters(index = "1", paramLabel = "BYTES")
    private long bytes;

    @Parameters(index = "2", paramLabel = "KEYS", arity = "0..1")
    private Path keys;

    @Option(names = "--sockets", defaultValue = "1", paramLabel = "N")
    private int sockets;

    @Override
    public Integer call() throws IOException {
      SocketCopy.sink(port, bytes, Optional.ofNullable(keys), sockets);
      return 0;
    }
  }
}
