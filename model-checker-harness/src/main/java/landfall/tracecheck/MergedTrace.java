package landfall.tracecheck;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The events of both hosts in one order: that of each host is kept, and what received a message
 * comes after what sent it. Where cause leaves a choice the destination goes first, so that no
 * message waits longer than it must.
 *
 * @param events the events
 * @param sent for each event that received a message, whether some host sent it
 */
record MergedTrace(List<TraceEvent> events, List<Boolean> sent) {

  /** Merges the events of {@code PreCopy}. */
  static MergedTrace of(List<TraceEvent> all) {
    return new Merge(all).run();
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

  private static final class Merge {
    private static final int NONE = -1;
    private static final int NEVER_SENT = -2;

    private final List<TraceEvent> source = new ArrayList<>();
    private final List<TraceEvent> destination = new ArrayList<>();
    // For each event, the last event of the other host that must come before it.
    private final int[] sourceAfter;
    private final int[] destinationAfter;
    private final boolean[] sourceSent;
    private final boolean[] destinationSent;

    Merge(List<TraceEvent> all) {
      for (TraceEvent event : all) {
        (event.at(TraceEvent.SOURCE) ? source : destination).add(event);
      }
      sourceAfter = new int[source.size()];
      destinationAfter = new int[destination.size()];
      sourceSent = new boolean[source.size()];
      destinationSent = new boolean[destination.size()];
    }

    MergedTrace run() {
      matchForward();
      matchBack();
      return inOrder(
          source,
          destination,
          new MessageCauses(sourceAfter, destinationAfter, sourceSent, destinationSent));
    }

    private void matchForward() {
      Map<String, Deque<Integer>> messages = new HashMap<>();
      Map<Integer, Integer> handover = new HashMap<>();
      Map<Integer, List<Integer>> resent = new HashMap<>();
      Map<Integer, Integer> reclaimed = new HashMap<>();
      for (int i = 0; i < source.size(); i++) {
        TraceEvent event = source.get(i);
        int attempt = event.attempt();
        switch (event.action()) {
          case "StartAttempt" -> put(messages, "Hello " + attempt, i);
          case "SendPage" -> put(messages, page(event), i);
          case "OfferHandover" -> put(messages, "DeviceState " + attempt, i);
          case "ReceiveReady" -> handover.put(attempt, i);
          case "ResendHandover" -> resent.computeIfAbsent(attempt, a -> new ArrayList<>()).add(i);
          case "ReclaimLock" -> reclaimed.put(attempt, i);
          default -> {
            // Sends nothing.
          }
        }
      }
      Map<Integer, List<Integer>> askedAgain = new HashMap<>();
      for (int i = 0; i < destination.size(); i++) {
        TraceEvent event = destination.get(i);
        int attempt = event.attempt();
        int cause =
            switch (event.action()) {
              case "ReceiveHello" -> take(messages, "Hello " + attempt);
              case "ReceivePage" -> take(messages, page(event));
              case "ReceiveDeviceState" -> take(messages, "DeviceState " + attempt);
              case "ClaimLock" -> handover.getOrDefault(attempt, NONE);
              case "ResumeDestination", "RefuseHandover" -> {
                Integer first = handover.get(attempt);
                boolean isFirst =
                    first != null
                        && (event.frame() < 0
                            || source.get(first).sentFrame() < 0
                            || source.get(first).sentFrame() == event.frame());
                if (isFirst && !askedAgain.containsKey(-attempt)) {
                  askedAgain.put(-attempt, List.of());
                  yield event.action().equals("RefuseHandover")
                      ? Math.max(first, reclaimed.getOrDefault(attempt, NONE))
                      : first;
                }
                askedAgain.computeIfAbsent(attempt, a -> new ArrayList<>()).add(i);
                yield NEVER_SENT;
              }
              default -> NONE;
            };
        if (cause >= 0 && !sameFrame(source.get(cause).sentFrame(), event)) {
          cause = NEVER_SENT;
        }
        destinationSent[i] = cause != NEVER_SENT;
        destinationAfter[i] = Math.max(clock(event, source), Math.max(cause, NONE));
      }
      // Which of several repeated messages arrived is not known; the last ones are as good as any,
      // and the only ones of which the answer can have been read.
      askedAgain.forEach(
          (attempt, asked) -> {
            List<Integer> repeated = resent.getOrDefault(attempt, List.of());
            for (int k = 1; k <= Math.min(asked.size(), repeated.size()); k++) {
              int index = asked.get(asked.size() - k);
              int resending = repeated.get(repeated.size() - k);
              destinationSent[index] =
                  sameFrame(source.get(resending).sentFrame(), destination.get(index));
              destinationAfter[index] =
                  Math.max(destinationAfter[index], repeated.get(repeated.size() - k));
            }
          });
    }

    private void matchBack() {
      Map<String, Deque<Integer>> messages = new HashMap<>();
      Map<Integer, Integer> resumed = new HashMap<>();
      Map<Integer, Integer> taken = new HashMap<>();
      for (int i = 0; i < destination.size(); i++) {
        TraceEvent event = destination.get(i);
        switch (event.action()) {
          case "ReceiveDeviceState" -> put(messages, "Ready " + event.attempt(), i);
          case "ResumeDestination" -> {
            resumed.put(event.attempt(), i);
            taken.putIfAbsent(event.attempt(), i);
          }
          case "ClaimLock" -> taken.putIfAbsent(event.attempt(), i);
          default -> {
            // Sends nothing.
          }
        }
      }
      for (int i = 0; i < source.size(); i++) {
        TraceEvent event = source.get(i);
        int cause =
            switch (event.action()) {
              case "ReceiveReady" -> take(messages, "Ready " + event.attempt());
              case "ReceiveResumed" -> resumed.getOrDefault(event.attempt(), NEVER_SENT);
              case "ReclaimLock" ->
                  event.taken() ? NONE : taken.getOrDefault(event.attempt(), NONE);
              default -> NONE;
            };
        if (cause >= 0
            && event.action().startsWith("Receive")
            && !sameFrame(destination.get(cause).sentFrame(), event)) {
          cause = NEVER_SENT;
        }
        sourceSent[i] = cause != NEVER_SENT;
        sourceAfter[i] = Math.max(clock(event, destination), Math.max(cause, NONE));
      }
    }

    private static boolean sameFrame(int sentFrame, TraceEvent received) {
      return sentFrame < 0 || received.frame() < 0 || sentFrame == received.frame();
    }

    private static int clock(TraceEvent event, List<TraceEvent> peers) {
      return (int) Math.min(event.peerSeq(), peers.size()) - 1;
    }

    private static String page(TraceEvent event) {
      return "Page " + event.attempt() + " " + event.page() + " " + event.frame();
    }

    private static void put(Map<String, Deque<Integer>> messages, String key, int index) {
      messages.computeIfAbsent(key, k -> new ArrayDeque<>()).add(index);
    }

    private static int take(Map<String, Deque<Integer>> messages, String key) {
      Deque<Integer> waiting = messages.get(key);
      return waiting == null || waiting.isEmpty() ? NEVER_SENT : waiting.remove();
    }
  }
}
