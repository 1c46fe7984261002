package landfall.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import landfall.implementation.Implementation;
import landfall.processes.ScratchFolder;

/** An idle guest by pre-copy, beside a socket copy of as many bytes right after it. */
final class PreCopyBench implements Bench {
  private static final double THROUGHPUT_MIN = 0.9;

  /** Below 5 is asked; hosts tell whole milliseconds. */
  private static final double DOWNTIME_MILLIS_MAX = 4;

  private static final String BY_SENDER = "the sender's clock";
  private static final String BY_SYSTEM = "the system";

  @Override
  public String name() {
    return "precopy";
  }

  @Override
  public String about() {
    return "An idle guest full of noise goes there and back by pre-copy, without and with TLS 1.3."
        + " After each migration two warm processes copy as many bytes over a plain socket, without"
        + " and with TLS 1.3.";
  }

  @Override
  public void run(BenchSetting setting, BenchLog log) throws IOException {
    log.line(BenchLog.columns());
    Path keys = ScratchFolder.create("keys");
    try {
      BenchPair.makeKeys(keys);
      for (int run = 0; run < setting.runs(); run++) {
        compare(setting, Optional.empty(), log);
        compare(setting, Optional.of(keys), log);
      }
    } finally {
      ScratchFolder.delete(keys);
    }
    Optional<Implementation> qemu = setting.qemu(log);
    for (int run = 0; qemu.isPresent() && run < setting.runs(); run++) {
      try (var guest = BenchPair.oneWay(qemu.get())) {
        BenchPair.Moved moved = guest.migrate(BenchPair.Way.PRE_COPY);
        log.line("QEMU, first", moved);
        log.figure("QEMU, downtime", "ms", "QEMU's source").add(moved.downtimeMillis());
      }
    }
  }

  private static void compare(BenchSetting setting, Optional<Path> keys, BenchLog log)
      throws IOException {
    String tls = keys.isPresent() ? " (TLS)" : "";
    long bytes = (long) setting.ramMib() << 20;
    var sink = setting.hosts().sink(setting.ramMib(), keys.isPresent());
    try (var copy = new SocketCopy(bytes, sink, keys, 1);
        var guest = setting.pair(setting.ramMib(), keys)) {
      for (int move = 0; move < setting.moves(); move++) {
        String which = (move == 0 ? "first" : "later") + tls;
        BenchPair.Moved moved = guest.migrate(BenchPair.Way.PRE_COPY);
        log.line("reference, " + which, moved);
        Figures copied = copy.measure();
        log.line("socket copy" + tls, copied, "");
        BenchLog.Series throughput =
            log.figure(which + ": throughput to that of the copy", "", BY_SENDER);
        throughput.add(moved.figures().bytesPerSecond() / copied.bytesPerSecond());
        log.figure(which + ": bytes for processor time to those of the copy", "", BY_SYSTEM)
            .add(moved.figures().bytesPerProcessorSecond() / copied.bytesPerProcessorSecond());
        BenchLog.Series downtime = log.figure(which + ": downtime", "ms", "the source");
        downtime.add(moved.downtimeMillis());
        if (move > 0) {
          throughput.atLeast(THROUGHPUT_MIN);
          downtime.atMost(DOWNTIME_MILLIS_MAX);
        }
      }
    }
  }
}
