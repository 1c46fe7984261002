package landfall.bench;

import java.io.IOException;
import java.util.Optional;

/** Checkpoints back to the source, beside post-copy without them. */
final class CheckpointBench implements Bench {
  private static final double TOTAL_MAX = 1.02;
  private static final int PAGES = 1_000;
  private static final int PAGES_PER_SECOND = 1_000;

  @Override
  public String name() {
    return "checkpoint";
  }

  @Override
  public String about() {
    return "A guest that writes "
        + PAGES_PER_SECOND
        + " pages a second, of "
        + PAGES
        + ", goes there and back by post-copy, without and with checkpoints back to the source every"
        + " 10 ms, in turn. Each migration with checkpoints is held against the one without them"
        + " beside it.";
  }

  @Override
  public void run(BenchSetting setting, BenchLog log) throws IOException {
    log.line(BenchLog.columns());
    for (int run = 0; run < setting.runs(); run++) {
      try (var guest = setting.pair(setting.ramMib(), Optional.empty())) {
        guest.say("set wset " + PAGES);
        guest.say("set rate " + PAGES_PER_SECOND);
        guest.migrate(BenchPair.Way.POST_COPY);
        guest.migrate(BenchPair.Way.CHECKPOINTS);
        for (int move = 0; move < 2 * setting.moves(); move++) {
          compare(guest, move % 2 == 0, log);
        }
      }
    }
  }

  /** Whichever goes first has the machine as the one before left it: they take turns. */
  private static void compare(BenchPair guest, boolean plainFirst, BenchLog log)
      throws IOException {
    BenchPair.Moved one = move(guest, plainFirst, log);
    BenchPair.Moved other = move(guest, !plainFirst, log);
    BenchPair.Moved plain = plainFirst ? one : other;
    BenchPair.Moved checkpoints = plainFirst ? other : one;
    log.figure("total time to that of post-copy", "", "the source's clock")
        .atMost(TOTAL_MAX)
        .add(checkpoints.figures().millis() / plain.figures().millis());
    log.figure("bytes for processor time to those of post-copy", "", "the system")
        .add(
            checkpoints.figures().bytesPerProcessorSecond()
                / plain.figures().bytesPerProcessorSecond());
  }

  private static BenchPair.Moved move(BenchPair guest, boolean plain, BenchLog log)
      throws IOException {
    BenchPair.Moved moved =
        guest.migrate(plain ? BenchPair.Way.POST_COPY : BenchPair.Way.CHECKPOINTS);
    log.line(plain ? "post-copy" : "with checkpoints", moved);
    return moved;
  }
}
