package landfall.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
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
    description =
        "Moves an idle guest full of noise, without and with TLS 1.3, beside a plain socket copy of"
            + " as many bytes, without and with it, and beside QEMU. Hosts and copy have done it before; what is measured is not the first time.",
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
      defaultValue = "5",
      paramLabel = "N",
      description = "How often each is done, taking turns (default: ${DEFAULT-VALUE}).")
  private int runs;

  @Override
  public Integer call() throws IOException {
    if (ramMib < 8 || runs < 1) {
      throw new IllegalArgumentException("--ram-mib takes numbers from 8, --runs from 1");
    }
    var implementations = Hosts.warmWithRamMib(ramMib);
    Implementation reference = implementations.named("reference").get(0);
    System.out.printf("%-18s %10s %10s %10s %10s%n", "", "MB", "total ms", "downtime", "MB/s");
    var plain = new DescriptiveStatistics();
    var encrypted = new DescriptiveStatistics();
    Path keys = ScratchFolder.create("keys");
    try {
      MigrationBench.makeKeys(keys);
      for (int run = 0; run < runs; run++) {
        plain.addValue(ratio(reference, Optional.empty()));
        encrypted.addValue(ratio(reference, Optional.of(keys)));
      }
    } finally {
      ScratchFolder.delete(keys);
    }
    qemu(implementations.named("qemu-riscv64").get(0));
    tell("reference to socket copy", plain);
    tell("reference with TLS 1.3 to socket copy with TLS 1.3", encrypted);
    return 0;
  }

  /** What a migration moves in a second to what a copy does right after it. */
  private double ratio(Implementation reference, Optional<Path> keys) throws IOException {
    String tls = keys.isPresent() ? " (TLS)" : "";
    MigrationBench.Result moved = MigrationBench.migrate(reference, keys);
    print("reference" + tls, moved);
    double seconds =
        MigrationBench.socketCopySeconds(
            moved.bytes(), Hosts.command(ramMib, "bench", "sink"), keys);
    double copied = moved.bytes() / seconds;
    System.out.printf(
        "%-18s %10.0f %10.0f %10s %10.0f%n",
        "socket copy" + tls, moved.bytes() / 1e6, seconds * 1e3, "", copied / 1e6);
    return moved.bytesPerSecond() / copied;
  }

  private void tell(String what, DescriptiveStatistics ratios) {
    System.out.printf(
        "%s: median %.2f, %.2f to %.2f in %d runs%n",
        what, ratios.getPercentile(50), ratios.getMin(), ratios.getMax(), runs);
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
      print("QEMU " + version.split(" ")[0], MigrationBench.migrate(qemu, Optional.empty()));
    }
  }

  private static void print(String name, MigrationBench.Result result) {
    System.out.printf(
        "%-18s %10.0f %10.0f %10.0f %10.0f%n",
        name,
        result.bytes() / 1e6,
        result.totalMillis(),
        result.downtimeMillis(),
        result.bytesPerSecond() / 1e6);
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
