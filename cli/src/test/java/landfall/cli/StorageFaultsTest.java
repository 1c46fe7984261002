package landfall.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import landfall.evidence.FaultResult;
import landfall.evidence.TrialResult;
import landfall.evidence.Verdict;
import landfall.implementation.Implementation;
import landfall.judge.TraceJudge;
import landfall.judge.TrialJudge;
import landfall.nemesis.FaultKind;
import landfall.nemesis.PlannedFault;
import landfall.nemesis.StreamPhase;
import landfall.nemesis.Trigger;
import landfall.trial.Mode;
import landfall.trial.Schedule;
import landfall.trial.Trial;
import landfall.trial.TrialFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Real hosts whose storage fails: each fault is seen, no acknowledged write is lost, and the guest
 * runs once.
 */
class StorageFaultsTest {
  private static final int SLOW = 300_000;

  @TempDir private Path folder;

  @Test
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
    Implementation implementation = Hosts.implementations().named(name).get(0);
    var files = new TrialFiles(folder.resolve("trial"));
    var schedule =
        new Schedule(
            1,
            4711,
            name,
            Mode.PRECOPY,
            Schedule.once(List.of(faults)),
            true,
            false,
            new Schedule.GuestLoad(300, 1400, 16, 15),
            8_000_000,
            15,
            List.of());
    new Trial(schedule, implementation, files, implementation.putGuest(folder)).run();
    Map<TrialFiles, Verdict> traces = TraceJudge.judge(List.of(files), TrialFiles::observed);
    TrialResult result = TrialJudge.judge(files, traces.get(files));
    assertTrue(
        result.faults().stream().allMatch(FaultResult::seen), () -> result.faults().toString());
    assertEquals("holds", result.verdict().word(), () -> result.verdicts().toString());
  }
}
