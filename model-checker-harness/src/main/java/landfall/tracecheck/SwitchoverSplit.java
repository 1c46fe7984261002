package landfall.tracecheck;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The events of hosts that moved a guest by post-copy and then took checkpoints: {@code
 * ReverseCheckpoint} begins at the switchover, so what a host did before is {@code PostCopy}'s. A
 * host numbers attempts in the events of {@code PostCopy} alone.
 *
 * @param before up to the switchover; empty if the trace begins behind it
 * @param after from the switchover on
 */
record SwitchoverSplit(List<TraceEvent> before, List<TraceEvent> after) {

  /**
   * @throws MalformedTraceException if a host began another attempt later, since both modules
   *     follow one migration
   */
  static SwitchoverSplit of(List<TraceEvent> events) {
    List<TraceEvent> before = new ArrayList<>();
    List<TraceEvent> after = new ArrayList<>();
    Set<String> switched = new HashSet<>();
    for (TraceEvent event : events) {
      if (!event.after().has("attempt")) {
        switched.add(event.host());
        after.add(event);
      } else if (switched.contains(event.host())) {
        throw new MalformedTraceException(
            event.where()
                + ": another attempt begins behind the checkpoints of one, and ReverseCheckpoint"
                + " follows one migration");
      } else {
        before.add(event);
      }
    }
    return new SwitchoverSplit(before, after);
  }
}
