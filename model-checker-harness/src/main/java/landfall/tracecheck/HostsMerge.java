package landfall.tracecheck;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The events of any number of hosts that do pre-copy, in one order. That of each host is kept, what
 * received a message comes after what sent it, and what a host could do only since the lock had
 * changed comes after that change. Where cause leaves a choice the destination of an attempt goes
 * first, so that no message waits longer than it must. The end of a host that was killed goes last:
 * what it did in the lock before, and did not live to tell, others have found there.
 */
final class HostsMerge {
  /** What a host does as the destination of an attempt. */
  private static final Set<String> AS_DESTINATION =
      Set.of(
          "ReceiveHello",
          "ReceivePage",
          "ReceiveDeviceState",
          "ResumeDestination",
          "RefuseHandover",
          "ClaimLock",
          "LearnSuperseded",
          "DiscardImage");

  /** An event and its place. */
  private static final class Node {
    final TraceEvent event;
    final String host;
    final int index;
    // Most have one cause at the most, and there may be a million of them.
    final List<Node> after = new ArrayList<>(0);
    boolean sent = true;
    String to = "";

    Node(TraceEvent event, int index) {
      this.event = event;
      this.host = event.host();
      this.index = index;
    }

    void after(Node cause) {
      if (cause != null) {
        after.add(cause);
      }
    }

    /** What goes first where cause leaves a choice has the lowest one. */
    int rank() {
      return asDestination() ? 0 : event.action().equals("Crash") ? 2 : 1;
    }

    boolean asDestination() {
      return AS_DESTINATION.contains(event.action());
    }

    /** Number of the attempt that the event is about. */
    int attempt() {
      if (event.saysAttempt()) {
        return event.attempt();
      }
      return asDestination() ? event.acceptedAfter() : event.attemptAfter();
    }
  }

  /** By what a message is known; a frame may carry several pages. */
  private record Message(String type, int attempt, int page, int frame) {
    Message(String type, int attempt) {
      this(type, attempt, -1, -1);
    }
  }

  private final Map<String, List<Node>> hosts = new LinkedHashMap<>();
  private final List<Node> all = new ArrayList<>();

  private HostsMerge(List<TraceEvent> events) {
    for (TraceEvent event : events) {
      List<Node> own = hosts.computeIfAbsent(event.host(), host -> new ArrayList<>());
      var node = new Node(event, own.size());
      own.add(node);
      all.add(node);
    }
  }

  static MergedTrace of(List<TraceEvent> events) {
    var merge = new HostsMerge(events);
    merge.forward();
    merge.back();
    merge.lock();
    return merge.inOrder();
  }

  // ---------------------------------------------------------------- causes

  private void forward() {
    Map<Message, Deque<Node>> messages = new HashMap<>();
    Map<Integer, Node> handover = new HashMap<>();
    Map<Integer, List<Node>> resent = new HashMap<>();
    for (Node node : all) {
      int attempt = node.attempt();
      switch (node.event.action()) {
        case "StartAttempt" -> put(messages, new Message("Hello", attempt), node);
        case "SendPage" -> put(messages, page(node), node);
        case "OfferHandover" -> put(messages, new Message("DeviceState", attempt), node);
        case "ReceiveReady" -> handover.putIfAbsent(attempt, node);
        case "ResendHandover" ->
            resent.computeIfAbsent(attempt, number -> new ArrayList<>()).add(node);
        default -> {
          // Sends nothing to a destination.
        }
      }
    }
    Map<Integer, List<Node>> askedAgain = new HashMap<>();
    Map<Integer, Node> askedFirst = new HashMap<>();
    for (Node node : all) {
      int attempt = node.attempt();
      switch (node.event.action()) {
        case "ReceiveHello" -> {
          Node start = caused(node, take(messages, new Message("Hello", attempt)));
          if (start != null) {
            start.to = node.host;
            if (node.index > 0) {
              // A host that is not ready for an attempt does not listen for one.
              start.after.add(hosts.get(node.host).get(node.index - 1));
            }
          }
        }
        case "ReceivePage" -> caused(node, take(messages, page(node)));
        case "ReceiveDeviceState" ->
            caused(node, take(messages, new Message("DeviceState", attempt)));
        case "ResumeDestination", "RefuseHandover" -> {
          Node first = handover.get(attempt);
          if (first != null && !askedFirst.containsKey(attempt) && sameFrame(first, node)) {
            askedFirst.put(attempt, node);
            caused(node, first);
          } else {
            node.sent = false;
            askedAgain.computeIfAbsent(attempt, number -> new ArrayList<>()).add(node);
          }
        }
        default -> {
          // Receives nothing from a source.
        }
      }
    }
    // Which of several repeated messages arrived is not known; the last ones are as good as any,
    // and the only ones of which the answer can have been read.
    askedAgain.forEach(
        (attempt, asked) -> {
          List<Node> repeated = resent.getOrDefault(attempt, List.of());
          for (int k = 1; k <= Math.min(asked.size(), repeated.size()); k++) {
            caused(asked.get(asked.size() - k), repeated.get(repeated.size() - k));
          }
        });
  }

  private void back() {
    Map<Message, Deque<Node>> messages = new HashMap<>();
    Map<Integer, Node> resumed = new HashMap<>();
    for (Node node : all) {
      if (node.event.action().equals("ReceiveDeviceState")) {
        put(messages, new Message("Ready", node.attempt()), node);
      } else if (node.event.action().equals("ResumeDestination")) {
        resumed.put(node.attempt(), node);
      }
    }
    for (Node node : all) {
      if (node.event.action().equals("ReceiveReady")) {
        caused(node, take(messages, new Message("Ready", node.attempt())));
      } else if (node.event.action().equals("ReceiveResumed")) {
        caused(node, resumed.get(node.attempt()));
      }
    }
  }

  private void lock() {
    TreeMap<Integer, Node> offered = new TreeMap<>();
    Map<Integer, Node> reclaimed = new HashMap<>();
    Map<Integer, Node> taken = new HashMap<>();
    Map<Integer, Node> inDoubt = new HashMap<>();
    for (Node node : all) {
      switch (node.event.action()) {
        case "ReceiveReady" -> {
          offered.putIfAbsent(node.attempt(), node);
          inDoubt.put(node.attempt(), node);
        }
        case "GiveUpConnection" -> inDoubt.put(node.attempt(), node);
        case "ReclaimLock" -> reclaimed.putIfAbsent(node.attempt(), node);
        case "ResumeDestination", "ClaimLock" -> taken.putIfAbsent(node.attempt(), node);
        default -> {
          // Leaves the lock alone.
        }
      }
    }
    for (Node node : all) {
      int attempt = node.attempt();
      switch (node.event.action()) {
        case "ClaimLock" -> node.after(offered.get(attempt));
        // A source that was killed may not have told that it took the guest back.
        case "RefuseHandover" -> node.after(reclaimed.getOrDefault(attempt, inDoubt.get(attempt)));
        case "LearnSuperseded" -> {
          Node back = reclaimed.get(attempt);
          Map.Entry<Integer, Node> later = offered.higherEntry(attempt);
          node.after(back != null ? back : later != null ? later.getValue() : inDoubt.get(attempt));
        }
        case "ReclaimLock" -> {
          if (!node.event.taken()) {
            node.after(taken.get(attempt));
          }
        }
        default -> {
          // Does not ask the lock.
        }
      }
    }
  }

  /** Notes what sent the message that a node received; null, and the node unsent, if nobody did. */
  private static Node caused(Node node, Node sender) {
    if (sender == null || !sameFrame(sender, node)) {
      node.sent = false;
      return null;
    }
    node.sent = true;
    node.after(sender);
    return sender;
  }

  private static boolean sameFrame(Node sender, Node receiver) {
    int sent = sender.event.sentFrame();
    int received = receiver.event.frame();
    return sent < 0 || received < 0 || sent == received;
  }

  private static Message page(Node node) {
    return new Message("Page", node.attempt(), node.event.page(), node.event.frame());
  }

  private static void put(Map<Message, Deque<Node>> messages, Message key, Node node) {
    messages.computeIfAbsent(key, k -> new ArrayDeque<>(1)).add(node);
  }

  private static Node take(Map<Message, Deque<Node>> messages, Message key) {
    Deque<Node> waiting = messages.get(key);
    return waiting == null ? null : waiting.poll();
  }

  // ---------------------------------------------------------------- order

  private MergedTrace inOrder() {
    Map<String, Integer> next = new LinkedHashMap<>();
    hosts.keySet().forEach(host -> next.put(host, 0));
    List<TraceEvent> events = new ArrayList<>(all.size());
    List<Boolean> sent = new ArrayList<>(all.size());
    List<String> to = new ArrayList<>(all.size());
    while (events.size() < all.size()) {
      Node chosen = choose(next);
      next.put(chosen.host, chosen.index + 1);
      events.add(chosen.event);
      sent.add(chosen.sent);
      to.add(chosen.to);
    }
    return new MergedTrace(events, sent, Collections.unmodifiableList(to));
  }

  private static boolean may(Node node, Map<String, Integer> next) {
    for (Node cause : node.after) {
      if (cause.index >= next.get(cause.host)) {
        return false;
      }
    }
    return true;
  }

  private Node choose(Map<String, Integer> next) {
    Node enabled = null;
    Node first = null;
    for (Map.Entry<String, List<Node>> host : hosts.entrySet()) {
      int at = next.get(host.getKey());
      if (at == host.getValue().size()) {
        continue;
      }
      Node node = host.getValue().get(at);
      first = first == null || node.rank() < first.rank() ? node : first;
      if (may(node, next) && (enabled == null || node.rank() < enabled.rank())) {
        enabled = node;
      }
    }
    // Causes that run in a circle are a mistake in the trace: the specification will say so.
    return enabled == null ? first : enabled;
  }
}
