package landfall.tracecheck;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * For the events of a protocol whose messages are all numbered: the last event of the other host
 * that must come before. Most of it is messages. The rest is what a host could do only since
 * something had happened to a thing that both share: the link, the lock, the disk.
 *
 * @param sourceAfter for each event of the source, that of the destination, or -1
 * @param destinationAfter the other way round
 * @param sourceSent for each event of the source, whether the message that it received was sent
 * @param destinationSent the other way round
 */
record MessageCauses(
    int[] sourceAfter, int[] destinationAfter, boolean[] sourceSent, boolean[] destinationSent) {
  private static final int NONE = -1;

  /** What the source does only with a destination that is alive, or on a whole connection. */
  private static final Set<String> NEEDS_DESTINATION =
      Set.of("StartAttempt", "SendPage", "ReceiveReady", "GiveUpConnection", "Recover");

  static MessageCauses of(List<TraceEvent> source, List<TraceEvent> destination) {
    int[] sourceAfter = clocks(source, destination.size());
    int[] destinationAfter = clocks(destination, source.size());
    boolean[] sourceSent = match(destination, source, sourceAfter);
    boolean[] destinationSent = match(source, destination, destinationAfter);
    beyondMessages(source, destination, sourceAfter, destinationAfter);
    return new MessageCauses(sourceAfter, destinationAfter, sourceSent, destinationSent);
  }

  private static int[] clocks(List<TraceEvent> events, int peers) {
    return events.stream().mapToInt(event -> (int) Math.min(event.peerSeq(), peers) - 1).toArray();
  }

  private static boolean[] match(
      List<TraceEvent> senders, List<TraceEvent> receivers, int[] after) {
    Map<String, Integer> sentBy = new HashMap<>();
    for (int i = 0; i < senders.size(); i++) {
      TraceEvent event = senders.get(i);
      for (int frame = firstSent(event); frame >= 0 && frame <= event.sentFrame(); frame++) {
        sentBy.putIfAbsent(connection(event) + " " + frame, i);
      }
    }
    boolean[] sent = new boolean[receivers.size()];
    Arrays.fill(sent, true);
    for (int i = 0; i < receivers.size(); i++) {
      TraceEvent event = receivers.get(i);
      if (event.frame() >= 0) {
        Integer cause = sentBy.get(connection(event) + " " + event.frame());
        sent[i] = cause != null;
        after[i] = Math.max(after[i], cause == null ? NONE : cause);
      }
    }
    return sent;
  }

  // A checkpoint is one message for each of its pages, and one that ends it.
  private static int firstSent(TraceEvent event) {
    return event.action().equals("TakeCheckpoint")
        ? Math.max(0, event.sentFrame() - event.args().path("pages").size())
        : event.sentFrame();
  }

  private static int connection(TraceEvent event) {
    return event.saysAttempt() ? event.attempt() : 0;
  }

  private static void beyondMessages(
      List<TraceEvent> source,
      List<TraceEvent> destination,
      int[] sourceAfter,
      int[] destinationAfter) {
    int checkpointSent = NONE;
    for (int i = 0; i < destination.size(); i++) {
      TraceEvent event = destination.get(i);
      int cause =
          switch (event.action()) {
            case "TakeCheckpoint" -> {
              checkpointSent = event.sentFrame();
              yield NONE;
            }
            // The answer is waited for as long as the question may still be read.
            case "RetakeCheckpoint" -> lastReceived(source, checkpointSent);
            case "AskOwnership" -> lastReceived(source, event.sentFrame() - 1);
            // The connection is closed, and nothing on it is read any more.
            case "ReceiveSuperseded" -> last(source, "AnswerSuperseded");
            case "DiscardImage" -> lastOf(source, "SendPage", event.attemptAfter());
            // The lock was taken from it, or offered to it. Whoever takes it closes the connection,
            // which nobody gives up then. A source that was killed may not have told of it.
            case "RefuseHandover", "LearnSuperseded" ->
                lastWithin(
                    source,
                    Set.of("ReceiveReady", "GiveUpConnection", "ReclaimLock"),
                    event.attemptAfter());
            case "ClaimLock" ->
                lastWithin(
                    source, Set.of("ReceiveReady", "GiveUpConnection"), event.attemptAfter());
            // The disk was taken from it.
            case "ReleaseOutput" ->
                event.args().path("refused").asBoolean() ? last(source, "StartRecovery") : NONE;
            case "CrashDestination" -> lastAmong(source, NEEDS_DESTINATION);
            default -> NONE;
          };
      destinationAfter[i] = Math.max(destinationAfter[i], cause);
    }
    for (int i = 0; i < source.size(); i++) {
      TraceEvent event = source.get(i);
      if (event.action().equals("ReclaimLock") && !event.taken()) {
        sourceAfter[i] = Math.max(sourceAfter[i], firstOwning(destination));
      }
    }
  }

  private static int lastReceived(List<TraceEvent> events, int frame) {
    int last = NONE;
    for (int i = 0; i < events.size(); i++) {
      if (events.get(i).frame() >= 0 && events.get(i).frame() <= frame) {
        last = i;
      }
    }
    return last;
  }

  private static int last(List<TraceEvent> events, String action) {
    return lastAmong(events, Set.of(action));
  }

  private static int lastAmong(List<TraceEvent> events, Set<String> actions) {
    int last = events.size() - 1;
    while (last >= 0 && !actions.contains(events.get(last).action())) {
      last--;
    }
    return last;
  }

  private static int lastOf(List<TraceEvent> events, String action, int attempt) {
    int last = events.size() - 1;
    while (last >= 0
        && !(events.get(last).action().equals(action) && events.get(last).attempt() == attempt)) {
      last--;
    }
    return last;
  }

  /** The last of these while this attempt was the latest. */
  private static int lastWithin(List<TraceEvent> events, Set<String> actions, int attempt) {
    int last = events.size() - 1;
    while (last >= 0
        && !(actions.contains(events.get(last).action())
            && events.get(last).attemptAfter() == attempt)) {
      last--;
    }
    return last;
  }

  /** The first event by which the destination has the guest: with checkpoints, as its owner. */
  private static int firstOwning(List<TraceEvent> destination) {
    int owner = firstIn("Owner", destination);
    return owner == NONE ? firstIn("Running", destination) : owner;
  }

  private static int firstIn(String phase, List<TraceEvent> destination) {
    for (int i = 0; i < destination.size(); i++) {
      if (destination.get(i).phase().equals(phase)) {
        return i;
      }
    }
    return NONE;
  }
}
