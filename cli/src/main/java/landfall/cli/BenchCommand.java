package landfall.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import landfall.bench.Figures;
import landfall.bench.MigrationBench;
import landfall.bench.SocketCopy;
import landfall.implementation.Implementation;
import landfall.processes.ScratchFolder;
import org.apache.commons.math3.stat.descriptive.DescriptiveStatistics;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code landfall bench}: what a migration costs beside what the machine can do. */
@Command(
    name = "bench",
    description = {
      "Moves an idle guest full of noise from host to host and back, without and with TLS 1.3, and"
          + " copies as many bytes over a plain socket, without and with TLS 1.3, in between; then"
          + " moves it between hosts of QEMU.",
      "The first migration of two hosts is told apart from the later ones. The copying processes"
          + " are always warm: they have copied all of it before."
    },
    mixinStandardHelpOptions = true,
    subcommands = BenchCommand.Sink.class)
final class BenchCommand implements Callable<Integer> {
  @Option(
      names = "--ram-mib",
      defaultValue = "1024",
      paramLabel = "N",
      description = "RAM of the guest (default: ${DEFAULT-VALUE}).")
  private int ramMib;

  @Option(
      names = "--runs",
      defaultValue = "3",
      paramLabel = "N",
      description =
          "How often two hosts are started, without and with TLS (default: ${DEFAULT-VALUE}).")
  private int runs;

  @Option(
      names = "--moves",
      defaultValue = "5",
      paramLabel = "N",
      description = "Migrations between two hosts (default: ${DEFAULT-VALUE}).")
  private int moves;

  @Option(
      names = "--warm-up",
      defaultValue = "300",
      paramLabel = "N",
      description = "The option of that name of the hosts (default: ${DEFAULT-VALUE}).")
  private int warmUpMigrations;

  @Option(names = "--without-qemu", description = "Leave QEMU out.")
  private boolean withoutQemu;

  /** Ratios of a migration to the copy right after it. */
  private static final class Ratios {
    private final DescriptiveStatistics throughput = new DescriptiveStatistics();
    private final DescriptiveStatistics processor = new DescriptiveStatistics();
    private final DescriptiveStatistics downtime = new DescriptiveStatistics();

    private void add(MigrationBench.Moved moved, Figures copied) {
      throughput.addValue(moved.figures().bytesPerSecond() / copied.bytesPerSecond());
      processor.addValue(
          moved.figures().bytesPerProcessorSecond() / copied.bytesPerProcessorSecond());
      downtime.addValue(moved.downtimeMillis());
    }

    private void tell(String what) {
      if (throughput.getN() > 0) {
        System.out.printf(
            "%-26s throughput %s, for the same processor time %s, downtime %s ms; %d in all%n",
            what + ":",
            text(throughput, "%.2f"),
            text(processor, "%.2f"),
            text(downtime, "%.0f"),
            throughput.getN());
      }
    }

    private static String text(DescriptiveStatistics of, String format) {
      return String.format(
          format + " (" + format + " to " + format + ")",
          of.getPercentile(50),
          of.getMin(),
          of.getMax());
    }
  }

  @Override
  public Integer call() throws IOException {
    if (ramMib < 8 || runs < 1 || moves < 1) {
      throw new IllegalArgumentException(
          "--ram-mib takes numbers from 8, --runs and --moves from 1");
    }
    System.out.printf(
        "%-24s %8s %9s %9s %9s %13s%n", "", "MB", "total ms", "downtime", "MB/s", "processor ms");
    List<Ratios> all = Stream.generate(Ratios::new).limit(4).toList();
    Path keys = ScratchFolder.create("keys");
    try {
      MigrationBench.makeKeys(keys);
      for (int run = 0; run < runs; run++) {
        compare(Optional.empty(), all.get(0), all.get(1));
        compare(Optional.of(keys), all.get(2), all.get(3));
      }
    } finally {
      ScratchFolder.delete(keys);
    }
    if (!withoutQemu) {
      qemu(Hosts.ofBench(ramMib, 0, false).named("qemu-riscv64").get(0));
    }
    System.out.println("Migration to socket copy right after it, medians (least to most):");
    all.get(0).tell("plain, first");
    all.get(1).tell("plain, later");
    all.get(2).tell("TLS 1.3, first");
    all.get(3).tell("TLS 1.3, later");
    return 0;
  }

  private void compare(Optional<Path> keys, Ratios first, Ratios later) throws IOException {
    String tls = keys.isPresent() ? " (TLS)" : "";
    long bytes = (long) ramMib << 20;
    Implementation reference =
        Hosts.ofBench(ramMib, warmUpMigrations, keys.isPresent()).named("reference").get(0);
    List<String> sink = Hosts.commandOfBench(ramMib, keys.isPresent(), "bench", "sink");
    try (var copy = new SocketCopy(bytes, sink, keys);
        var guest = new MigrationBench(reference, keys)) {
      guest.allowReturn();
      for (int move = 0; move < moves; move++) {
        MigrationBench.Moved moved = guest.migrate();
        print((move == 0 ? "reference, first" : "reference, later") + tls, moved);
        Figures copied = copy.measure();
        print("socket copy" + tls, copied, "");
        (move == 0 ? first : later).add(moved, copied);
      }
    }
  }

  private void qemu(Implementation qemu) throws IOException {
    String version;
    try {
      version = qemu.version().version();
    } catch (IOException missing) {
      System.out.println("QEMU is left out: " + missing.getMessage());
      return;
    }
    for (int run = 0; run < runs; run++) {
      try (var guest = new MigrationBench(qemu, Optional.empty())) {
        print("QEMU " + version.split(" ")[0] + ", first", guest.migrate());
      }
    }
  }

  private static void print(String name, MigrationBench.Moved moved) {
    print(name, moved.figures(), String.format("%.0f", moved.downtimeMillis()));
  }

  private static void print(String name, Figures figures, String downtime) {
    System.out.printf(
        "%-24s %8.0f %9.0f %9s %9.0f %13.0f%n",
        name,
        figures.bytes() / 1e6,
        figures.millis(),
        downtime,
        figures.bytesPerSecond() / 1e6,
        figures.processorMillis());
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

    @Override
    public Integer call() throws IOException {
      SocketCopy.sink(port, bytes, Optional.ofNullable(keys));
      return 0;
    }
  }
}
