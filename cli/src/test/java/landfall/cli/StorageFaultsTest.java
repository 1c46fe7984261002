package landfall.cli;

import static landfall.nemesis.FaultKind.RATE_LIMIT;
import static landfall.nemesis.StreamPhase.FIRST_ROUND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import landfall.evidence.FaultResult;
import landfall.evidence.TrialResult;
import landfall.implementation.Preload;
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
 * <p>Every day a disk fails, cannot be flushed, and a lock is out of reach at one moment each;
 * {@code -Dlandfall.attacks=all} adds a full disk, the other host and the other moment ({@code
 * .ci/run} does).
 */
class StorageFaultsTest {
  private static final int SLOW = 300_000;

  @TempDir private Path folder;

  @BeforeAll
  static void tellHowMany() {
    boolean all = "all".equals(System.getProperty("landfall.attacks"));
    System.out.printf(
        "%d of 7 faults of the storage: -Dlandfall.attacks=all tries all%n", all ? 7 : 3);
  }

  @Test
  @EnabledIfSystemProperty(
      named = "landfall.attacks",
      matches = "all",
      disabledReason = "a sample runs every day: -Dlandfall.attacks=all asks for the rest")
  void aDiskThatFailsAtTheSourceLosesNothingThatWasAcknowledged() throws Exception {
    assertSeenAndHolds(
        "reference",
        new PlannedFault(RATE_LIMIT, Trigger.at(FIRST_ROUND), 1_200, SLOW),
        new PlannedFault(FaultKind.FAIL_DISK_SOURCE, Trigger.at(FIRST_ROUND), 1_500, 0));
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

  /** The guest hears that its disk is full, and is moved all the same. */
  @Test
  @EnabledIfSystemProperty(
      named = "landfall.attacks",
      matches = "all",
      disabledReason = "a sample runs every day: -Dlandfall.attacks=all asks for the rest")
  void aDiskThatIsFullAtTheSourceLosesNothingThatWasAcknowledged() throws Exception {
    needsLibrary();
    assertSeenAndHolds(
        "reference",
        new PlannedFault(RATE_LIMIT, Trigger.at(FIRST_ROUND), 1_200, SLOW),
        new PlannedFault(FaultKind.FILL_DISK_SOURCE, Trigger.at(FIRST_ROUND), 1_500, 0));
  }

  /** The guest is not given away before what it wrote is on the storage. */
  @Test
  void aSourceThatCannotFlushTheDiskKeepsTheGuestUntilItCan() throws Exception {
    needsLibrary();
    assertSeenAndHolds(
        "reference",
        new PlannedFault(RATE_LIMIT, Trigger.at(FIRST_ROUND), 1_200, SLOW),
        new PlannedFault(FaultKind.FAIL_SYNC_SOURCE, Trigger.at(FIRST_ROUND), 2_500, 0));
  }

  @Test
  @EnabledIfSystemProperty(
      named = "landfall.attacks",
      matches = "all",
      disabledReason = "a sample runs every day: -Dlandfall.attacks=all asks for the rest")
  void aDestinationThatCannotFlushTheDiskLosesNothingThatWasAcknowledged() throws Exception {
    needsLibrary();
    assertSeenAndHolds(
        "reference",
        new PlannedFault(
            FaultKind.FAIL_SYNC_DESTINATION, Trigger.at(StreamPhase.HANDOVER), 1_500, 0));
  }

  private static void needsLibrary() {
    boolean installed = Preload.CALLS.isInstalled();
    if (!installed) {
      System.out.println("skipped: a storage that is full or keeps nothing (libfiu is missing)");
    }
    assumeTrue(installed);
  }

  private void assertSeenAndHolds(String name, PlannedFault... faults) throws Exception {
    TrialResult result = OneTrial.judged(folder, name, false, faults);
    assertTrue(
        result.faults().stream().allMatch(FaultResult::seen), () -> result.faults().toString());
    assertEquals("holds", result.verdict().word(), () -> result.verdicts().toString());
  }
}
