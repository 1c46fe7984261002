package landfall.tracecheck;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The events of hosts in one order: that of each host is kept, and what received a message comes
 * after what sent it. Where cause leaves a choice the destination goes first, so that no message
 * waits longer than it must.
 *
 * @param events the events
 * @param sent for each event that received a message, whether some host sent it
 * @param to for each event that starts an attempt, the host that took it up; otherwise empty
 */
record MergedTrace(List<TraceEvent> events, List<Boolean> sent, List<String> to) {

  /** A trace without attempts of which it matters where they go. */
  MergedTrace(List<TraceEvent> events, List<Boolean> sent) {
    this(events, sent, Collections.nCopies(events.size(), ""));
  }

  /** Merges the events of a protocol whose messages are all numbered. */
  static MergedTrace ofNumbered(List<TraceEvent> all) {
    List<TraceEvent> source = all.stream().filter(e -> e.at(TraceEvent.SOURCE)).toList();
    List<TraceEvent> destination = all.stream().filter(e -> !e.at(TraceEvent.SOURCE)).toList();
    return inOrder(source, destination, MessageCauses.of(source, destination));
  }

  private static MergedTrace inOrder(
      List<TraceEvent> source, List<TraceEvent> destination, MessageCauses causes) {
    List<TraceEvent> merged = new ArrayList<>(source.size() + destination.size());
    List<Boolean> sent = new ArrayList<>(source.size() + destination.size());
    int atSource = 0;
    int atDestination = 0;
    while (atSource < source.size() || atDestination < destination.size()) {
      boolean destinationMay =
          atDestination < destination.size() && causes.destinationAfter()[atDestination] < atSource;
      boolean sourceMay =
          atSource < source.size() && causes.sourceAfter()[atSource] < atDestination;
      // Causes that run in a circle are a mistake in the trace: the specification will say so.
      boolean takeDestination =
          destinationMay || (!sourceMay && atDestination < destination.size());
      if (takeDestination) {
        merged.add(destination.get(atDestination));
        sent.add(causes.destinationSent()[atDestination]);
        atDestination++;
      } else {
        merged.add(source.get(atSource));
        sent.add(causes.sourceSent()[atSource]);
        atSource++;
      }
    }
    return new MergedTrace(merged, sent);
  }
}
