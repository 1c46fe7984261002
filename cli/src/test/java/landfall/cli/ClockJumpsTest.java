package landfall.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.Set;
import landfall.evidence.TrialResult;
import landfall.implementation.Preload;
import landfall.nemesis.FaultKind;
import landfall.nemesis.PlannedFault;
import landfall.nemesis.StreamPhase;
import landfall.nemesis.Trigger;
import landfall.testing.AtLength;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A jump of the wall clock changes nothing: hosts and the grantor of leases measure time by the
 * monotonic clock. Needs libfaketime, and says so where it is not installed.
 */
class ClockJumpsTest {
  private static final int AN_HOUR = 3_600;

  @TempDir private Path folder;

  @BeforeEach
  void needsLibrary() {
    boolean installed = Preload.CLOCK.isInstalled();
    if (!installed) {
      System.out.println("skipped: wall clocks that jump (libfaketime is not installed)");
    }
    assumeTrue(installed);
  }

  /** For longer than a host waits for the other, and back while the guest is given away. */
  @Test
  @AtLength
  void theClocksOfBothHostsJumpWhileTheGuestMoves() throws Exception {
    assertHolds(
        "reference",
        Set.of(FaultKind.JUMP_CLOCK_SOURCE, FaultKind.JUMP_CLOCK_DESTINATION),
        jump(FaultKind.JUMP_CLOCK_SOURCE, StreamPhase.LATER_ROUND),
        jump(FaultKind.JUMP_CLOCK_DESTINATION, StreamPhase.DEVICE_STATE));
  }

  /** Hosts that lend time from a grantor lose and gain none. */
  @Test
  @AtLength
  void theClockOfAGrantorJumpsWhileTheGuestMoves() throws Exception {
    assertHolds(
        "reference-lease",
        Set.of(FaultKind.JUMP_CLOCK_COMPANION),
        jump(FaultKind.JUMP_CLOCK_COMPANION, StreamPhase.FIRST_ROUND));
  }

  private static PlannedFault jump(FaultKind kind, StreamPhase phase) {
    return new PlannedFault(kind, Trigger.at(phase), 1_500, AN_HOUR);
  }

  private void assertHolds(String name, Set<FaultKind> seen, PlannedFault... faults)
      throws Exception {
    TrialResult result = OneTrial.judged(folder, name, true, faults);
    for (FaultKind kind : seen) {
      assertTrue(
          result.faults().stream()
              .anyMatch(fault -> fault.kind().equals(kind.word()) && fault.seen()),
          () -> result.outcome() + " " + result.faults() + " " + result.verdicts());
    }
    assertEquals("completed", result.outcome(), () -> result.verdicts().toString());
    assertEquals("holds", result.verdict().word(), () -> result.verdicts().toString());
  }
}
