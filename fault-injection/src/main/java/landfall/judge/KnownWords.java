package landfall.judge;

import java.util.Optional;
import java.util.Set;
import landfall.trial.Observations;
import landfall.trial.Observations.Seen;

/**
 * The statuses and events that the judges know. What a host says beyond them may mean anything, and
 * whoever adds a word here decides what it means to each judge.
 */
final class KnownWords {
  private static final Set<String> RUN_STATES =
      Set.of(
          "",
          "debug",
          "finish-migrate",
          "guest-panicked",
          "inmigrate",
          "internal-error",
          "io-error",
          "paused",
          "postmigrate",
          "prelaunch",
          "running",
          "shutdown",
          "suspended",
          "watchdog");

  private static final Set<String> MIGRATION =
      Set.of(
          "active",
          "cancelled",
          "cancelling",
          "completed",
          "device",
          "failed",
          "none",
          "postcopy-active",
          "postcopy-paused",
          "postcopy-recover",
          "postcopy-recover-setup",
          "pre-switchover",
          "setup",
          "wait-unplug");

  private static final Set<String> EVENTS =
      Set.of(
          // A request of the guest to its disk failed: the guest says so, too, if it was told.
          "BLOCK_IO_ERROR",
          "MIGRATION",
          "MIGRATION_PASS",
          "POWERDOWN",
          "RESET",
          "RESUME",
          "SHUTDOWN",
          "STOP",
          "SUSPEND",
          "WAKEUP");

  private KnownWords() {}

  /** The first thing that a host said and nobody listed, in words. */
  static Optional<String> firstUnknown(Observations seen) {
    return seen.timeline().stream()
        .filter(each -> !isKnown(each))
        .findFirst()
        .map(
            each ->
                "host "
                    + each.host()
                    + " said '"
                    + each.text()
                    + "' ("
                    + each.kind()
                    + "), which is in no list of the judges");
  }

  private static boolean isKnown(Seen each) {
    String[] words = each.text().split("[ :]", 3);
    return switch (each.kind()) {
      case COMMAND, EXIT -> true;
      case RUN_STATE -> RUN_STATES.contains(each.text());
      case MIGRATION -> MIGRATION.contains(words[0]);
      case EVENT ->
          EVENTS.contains(words[0])
              && (!words[0].equals("MIGRATION")
                  || words.length > 1 && MIGRATION.contains(words[1]));
    };
  }
}
