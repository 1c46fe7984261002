package landfall.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import landfall.evidence.FaultResult;
import landfall.evidence.TrialResult;
import landfall.nemesis.FaultKind;
import landfall.nemesis.PlannedFault;
import landfall.nemesis.StreamPhase;
import landfall.nemesis.Trigger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Real hosts whose storage fails: each fault is seen, no acknowledged write is lost, and the guest
 * runs once.
 *
 * <p>Every day a disk fails and a lock is out of reach at one moment each; {@code
 * -Dlandfall.attacks=all} adds the other host and the other moment ({@code .ci/run} does).
 */
class StorageFaultsTest {
  private static final int SLOW = 300_000;

  @TempDir private Path folder;

  @BeforeAll
  static void tellHowMany() {
    boolean all = "all".equals(System.getProperty("landfall.attacks"));
    System.out.printf(
        "%d of 4 faults of the storage: -Dlandfall.attacks=all tries all%n", all ? 4 : 2);
  }

  @Test
  @EnabledIfSystemProperty(
      named = "landfall.attacks",
      matches = "all",
      disabledReason = "a sample runs every day: -Dlandfall.attacks=all asks for the rest")
  void aDiskThatFailsAtTheSourceLosesNothingThatWasAcknowledged() throws Exception {
    assertSeenAndHolds(
        "reference",
        new PlannedFault(FaultKind.RATE_LIMIT, Trigger.at(StreamPhase.FIRST_ROUND), 1_200, SLOW),
        new PlannedFault(
            FaultKind.FAIL_DISK_SOURCE, Trigger.at(StreamPhase.FIRST_ROUND), 1_500, 0));
  }

  @Test
  void aDiskThatFailsWhereTheGuestArrivesLosesNothingThatWasAcknowledged() throws Exception {
    assertSeenAndHolds(
        "reference",
        new PlannedFault(
            FaultKind.FAIL_DISK_DESTINATION, Trigger.at(StreamPhase.HANDOVER), 1_500, 0));
  }

  /** It keeps the guest paused, and gives it away once the lock can be offered. */
  @Test
  @EnabledIfSystemProperty(
      named = "landfall.attacks",
      matches = "all",
      disabledReason = "a sample runs every day: -Dlandfall.attacks=all asks for the rest")
  void aSourceThatCannotOfferTheGuestWaitsForItsStorage() throws Exception {
    assertSeenAndHolds(
        "reference-arbiter",
        new PlannedFault(FaultKind.LOSE_STORAGE_SOURCE, Trigger.at(StreamPhase.READY), 1_600, 0));
  }

  /** The source does not have the guest back before it reaches the lock. */
  @Test
  void aSourceThatCannotTakeTheGuestBackWaitsForItsStorage() throws Exception {
    assertSeenAndHolds(
        "reference-arbiter",
        new PlannedFault(FaultKind.LOSE_STORAGE_SOURCE, Trigger.at(StreamPhase.HANDOVER), 2_500, 0),
        new PlannedFault(FaultKind.KILL_DESTINATION, Trigger.at(StreamPhase.HANDOVER), 0, 0));
  }

  private void assertSeenAndHolds(String name, PlannedFault... faults) throws Exception {
    TrialResult result = OneTrial.judged(folder, name, false, faults);
    assertTrue(
        result.faults().stream().allMatch(FaultResult::seen), () -> result.faults().toString());
    assertEquals("holds", result.verdict().word(), () -> result.verdicts().toString());
  }
}
