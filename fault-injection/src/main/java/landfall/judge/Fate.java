package landfall.judge;

import landfall.nemesis.Direction;
import landfall.nemesis.FaultKind;
import landfall.nemesis.StreamPhase;
import landfall.trial.Observations;

/**
 * What an outsider can conclude about where the guest may be, from the faults that were seen and
 * from what passed on the channel; see {@code Handover!CanArrive}.
 */
record Fate(
    boolean sourceKilled, boolean destinationKilled, boolean carriedMemory, boolean handedOver) {

  static Fate of(Observations seen) {
    return new Fate(
        killed(seen, FaultKind.KILL_SOURCE),
        killed(seen, FaultKind.KILL_DESTINATION),
        passed(seen, StreamPhase.FIRST_ROUND),
        passed(seen, StreamPhase.HANDOVER));
  }

  boolean nobodyKilled() {
    return !sourceKilled && !destinationKilled;
  }

  private static boolean killed(Observations seen, FaultKind kind) {
    return seen.faults().stream()
        .anyMatch(fault -> fault.kind().equals(kind.word()) && fault.seen());
  }

  private static boolean passed(Observations seen, StreamPhase phase) {
    return seen.stream().stream()
        .anyMatch(event -> event.phase() == phase && event.direction() == Direction.FORWARD);
  }
}
