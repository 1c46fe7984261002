package landfall.campaign;

import java.util.ArrayList;
import java.util.List;
import landfall.explorer.Behaviour;
import landfall.nemesis.FaultKind;
import landfall.nemesis.PlannedFault;
import landfall.nemesis.StreamPhase;
import landfall.nemesis.Trigger;

/**
 * The faults of a behaviour of {@code PreCopy}, as a nemesis can do them to two processes: each
 * falls when the message that the model had not delivered is about to pass. A cut is one of both
 * directions, whichever the model cuts: its hosts may lose patience with a message on the way,
 * processes only do if it does not come.
 */
final class FaultsOfModel {
  /** Longer than a host waits for the other. */
  private static final long CUT_MILLIS = 1_600;

  private FaultsOfModel() {}

  /**
   * The faults, in their order.
   *
   * @throws IllegalArgumentException if nothing is done to the migration in this behaviour
   */
  static List<PlannedFault> of(Behaviour behaviour) {
    List<PlannedFault> planned = new ArrayList<>();
    for (Behaviour.Fault fault : behaviour.faults()) {
      if (fault.attempt() > 0) {
        FaultKind kind = kind(fault);
        planned.add(
            new PlannedFault(
                kind,
                new Trigger(phase(fault), fault.attempt(), 0, 0),
                kind.traits().lasts() ? CUT_MILLIS : 0,
                0));
      }
    }
    if (planned.isEmpty()) {
      throw new IllegalArgumentException(
          behaviour.model()
              + " needs no fault: no cut, reset, crash or cancel is in its counterexample");
    }
    return planned;
  }

  private static FaultKind kind(Behaviour.Fault fault) {
    return FaultKind.all(traits -> traits.action().equals(fault.action())).stream()
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("not a fault: " + fault.action()));
  }

  private static StreamPhase phase(Behaviour.Fault fault) {
    return switch (fault.message()) {
      case "Hello" -> StreamPhase.CONNECTED;
      case "DeviceState" -> StreamPhase.DEVICE_STATE;
      case "Ready" -> StreamPhase.READY;
      case "Handover" -> StreamPhase.HANDOVER;
      case "Resumed" -> StreamPhase.RESUMED;
      default ->
          fault.source().equals("Paused")
              ? StreamPhase.FINAL_ROUND
              : fault.round() > 1 ? StreamPhase.LATER_ROUND : StreamPhase.FIRST_ROUND;
    };
  }
}
