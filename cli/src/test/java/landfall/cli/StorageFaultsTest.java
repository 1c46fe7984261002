package landfall.cli;

import static landfall.nemesis.FaultKind.FAIL_DISK_DESTINATION;
import static landfall.nemesis.FaultKind.FAIL_DISK_SOURCE;
import static landfall.nemesis.FaultKind.FAIL_SYNC_DESTINATION;
import static landfall.nemesis.FaultKind.FAIL_SYNC_SOURCE;
import static landfall.nemesis.FaultKind.FILL_DISK_SOURCE;
import static landfall.nemesis.FaultKind.KILL_DESTINATION;
import static landfall.nemesis.FaultKind.LOSE_STORAGE_SOURCE;
import static landfall.nemesis.FaultKind.RATE_LIMIT;
import static landfall.nemesis.StreamPhase.FIRST_ROUND;
import static landfall.nemesis.StreamPhase.HANDOVER;
import static landfall.nemesis.StreamPhase.READY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import landfall.evidence.FaultResult;
import landfall.evidence.TrialResult;
import landfall.implementation.Preload;
import landfall.nemesis.FaultKind;
import landfall.nemesis.PlannedFault;
import landfall.nemesis.StreamPhase;
import landfall.nemesis.Trigger;
import landfall.testing.AtLength;
import landfall.testing.Sampled;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Real hosts whose storage fails: each fault is seen, no acknowledged write is lost, and the guest
 * runs once.
 *
 * <p>Every day a sample runs; {@code -Dlandfall.tests=all} tries all ({@code .ci/run} does).
 */
@Sampled
class StorageFaultsTest {
  private static final int SLOW = 300_000;

  @TempDir private Path folder;

  /** What goes wrong. */
  private enum Story {
    DISK_FAILS_AT_THE_SOURCE(
        false, "reference", slow(), fault(FAIL_DISK_SOURCE, FIRST_ROUND, 1_500)),
    DISK_FAILS_WHERE_THE_GUEST_ARRIVES(
        true, "reference", fault(FAIL_DISK_DESTINATION, HANDOVER, 1_500)),
    /** The guest hears of it, and is moved all the same. */
    DISK_IS_FULL_AT_THE_SOURCE(
        false, "reference", slow(), fault(FILL_DISK_SOURCE, FIRST_ROUND, 1_500)),
    /** The guest is not given away before what it wrote is on the storage. */
    SOURCE_CANNOT_FLUSH(false, "reference", slow(), fault(FAIL_SYNC_SOURCE, FIRST_ROUND, 2_500)),
    DESTINATION_CANNOT_FLUSH(false, "reference", fault(FAIL_SYNC_DESTINATION, HANDOVER, 1_500)),
    /** It keeps the guest paused, and gives it away once the lock can be offered. */
    SOURCE_CANNOT_OFFER_THE_GUEST(
        false, "reference-arbiter", fault(LOSE_STORAGE_SOURCE, READY, 1_600)),
    /** The source does not have the guest back before it reaches the lock. */
    SOURCE_CANNOT_TAKE_THE_GUEST_BACK(
        false,
        "reference-arbiter",
        fault(LOSE_STORAGE_SOURCE, HANDOVER, 2_500),
        fault(KILL_DESTINATION, HANDOVER, 0));

    private final boolean everyDay;
    private final String implementation;
    private final PlannedFault[] faults;

    Story(boolean everyDay, String implementation, PlannedFault... faults) {
      this.everyDay = everyDay;
      this.implementation = implementation;
      this.faults = faults;
    }

    boolean needsFailingCalls() {
      return Arrays.stream(faults).anyMatch(each -> each.kind().traits().prepared().isPresent());
    }
  }

  private static PlannedFault slow() {
    return new PlannedFault(RATE_LIMIT, Trigger.at(FIRST_ROUND), 1_200, SLOW);
  }

  private static PlannedFault fault(FaultKind kind, StreamPhase phase, long millis) {
    return new PlannedFault(kind, Trigger.at(phase), millis, 0);
  }

  static List<Story> chosen() {
    List<Story> chosen =
        Arrays.stream(Story.values()).filter(story -> AtLength.ASKED || story.everyDay).toList();
    System.out.printf(
        "%d of %d faults of the storage: -Dlandfall.tests=all tries all%n",
        chosen.size(), Story.values().length);
    return chosen;
  }

  @ParameterizedTest
  @MethodSource("chosen")
  void nothingThatWasAcknowledgedIsLostAndTheGuestRunsOnce(Story story) throws Exception {
    boolean possible = !story.needsFailingCalls() || Preload.CALLS.isInstalled();
    if (!possible) {
      System.out.println("skipped: " + story + " (needs " + Preload.CALLS.needs() + ")");
    }
    assumeTrue(possible);
    TrialResult result = judged(story);
    assertTrue(
        result.faults().stream().allMatch(FaultResult::seen),
        () -> result.faults() + " " + result.verdicts());
    assertEquals("holds", result.verdict().word(), () -> result.verdicts().toString());
  }

  /** Once more where nothing could be judged: on a busy machine a guest may not start in time. */
  private TrialResult judged(Story story) throws Exception {
    TrialResult first = OneTrial.judged(folder, story.implementation, false, story.faults);
    if (!first.verdict().word().equals("undecided")) {
      return first;
    }
    System.out.println(story + " is tried again: " + first.verdicts());
    Path again = Files.createDirectory(folder.resolve("again"));
    return OneTrial.judged(again, story.implementation, false, story.faults);
  }
}
