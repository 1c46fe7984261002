package landfall.bench;

import java.io.IOException;
import java.util.Optional;

/** The destination is killed right after a checkpoint that had many pages. */
final class FailoverBench implements Bench {
  private static final int RAM_MIB = 256;
  private static final int DIRTY_PAGES = 20_000;
  private static final int FEW_PAGES = 10;
  private static final double RECOVERY_MILLIS_MAX = 50;

  /**
   * No checkpoint but those that are asked for, and those without which a host is taken for dead.
   */
  private static final long SELDOM_MICROS = 60_000_000;

  @Override
  public String name() {
    return "failover";
  }

  @Override
  public String about() {
    return "With checkpoints back to the source, the guest writes to "
        + DIRTY_PAGES
        + " pages, with as few checkpoints between as there can be. Once it has said so, and the"
        + " source therefore has them all, the destination is killed (SIGKILL). The peer is the same"
        + " with "
        + FEW_PAGES
        + " pages.";
  }

  @Override
  public void run(BenchSetting setting, BenchLog log) throws IOException {
    for (int run = 0; run < setting.runs(); run++) {
      failOver(setting, FEW_PAGES, log);
      failOver(setting, DIRTY_PAGES, log).atMost(RECOVERY_MILLIS_MAX);
    }
  }

  private static BenchLog.Series failOver(BenchSetting setting, int pages, BenchLog log)
      throws IOException {
    try (var guest = setting.pair(RAM_MIB, Optional.empty())) {
      guest.checkpointDelayMicros(SELDOM_MICROS);
      guest.split(BenchPair.Way.CHECKPOINTS);
      guest.say("set wset " + pages);
      // The first time for the pages to come; the second time they are written in one go.
      guest.say("set fill 1");
      guest.say("set fill 1");
      double silence = guest.killHost();
      double recovery = guest.recoveryMillis();
      log.line(
          String.format(
              "%,6d pages: goes on %.1f ms after detection, first answer %.1f ms after the kill",
              pages, recovery, silence));
      String with = String.format("%,d dirty pages: ", pages);
      BenchLog.Series series =
          log.figure(with + "from detection to going on", "ms", "the source's clock");
      series.add(recovery);
      log.figure(with + "from the kill to the first answer", "ms", "a client's clock").add(silence);
      return series;
    }
  }
}
