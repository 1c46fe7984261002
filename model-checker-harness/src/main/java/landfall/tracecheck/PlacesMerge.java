package landfall.tracecheck;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Merges the events of two hosts and a store. Requests to the store have numbers; what goes between
 * the hosts is known by what it says. Where cause leaves a choice the destination goes first, then
 * the store: a destination that is given up and does not know it, and a store that gives the claim
 * away, can do what they do before the source has heard of it. A store that was started again goes
 * on in the order of its lives.
 */
final class PlacesMerge {
  private static final List<String> ORDER =
      List.of(TraceEvent.DESTINATION, TraceEvent.STORE, TraceEvent.SOURCE);

  private static final String BEGIN = "TakeUpAttempt";

  /** What a host has read from the source, so that it was sent while the source lived. */
  private static final Set<String> READ_FROM_HOST =
      Set.of("RunGuest", "ReceiveCheckpointDone", "BecomeOwner");

  private static final Set<String> NEEDS_DESTINATION = Set.of("SwitchOver", "PromiseNotToRecover");

  private static final Set<String> READ_FROM_STORE =
      Set.of(
          "SwitchOver",
          "StartRecovery",
          "RecoverSource",
          "LearnClaimed",
          "ClaimGuest",
          "LearnSuperseded",
          "ReceiveCheckpointDone");

  private record Node(
      TraceEvent event, String place, int index, int attempt, List<Node> after, boolean[] unsent) {
    void after(Node cause) {
      if (cause != null) {
        after.add(cause);
      }
    }

    /** After what was sent to it; if nobody did, that is noted. */
    void caused(Node cause) {
      after(cause);
      unsent[0] |= cause == null;
    }
  }

  private final Map<String, List<Node>> places = new LinkedHashMap<>();

  /** What was asked, said or done first and last, by what it says. */
  private final Map<String, Node> first = new HashMap<>();

  private final Map<String, Node> last = new HashMap<>();

  private PlacesMerge() {
    ORDER.forEach(place -> places.put(place, new ArrayList<>()));
  }

  /** Those of each place keep their order. What is of no place goes with the destination's. */
  static MergedTrace of(List<TraceEvent> events) {
    var merge = new PlacesMerge();
    // With one attempt it does not matter whether the hosts told of it.
    boolean several =
        events.stream()
                .filter(event -> event.action().equals(BEGIN))
                .mapToInt(TraceEvent::attempt)
                .distinct()
                .count()
            > 1;
    int attempt = 0;
    for (TraceEvent event : events) {
      String place = ORDER.contains(event.host()) ? event.host() : TraceEvent.DESTINATION;
      attempt = event.action().equals(BEGIN) ? event.attempt() : attempt;
      int of = place.equals(TraceEvent.STORE) ? attempt : event.attempt();
      List<Node> there = merge.places.get(place);
      there.add(
          new Node(
              event, place, there.size(), several ? of : 0, new ArrayList<>(2), new boolean[1]));
    }
    merge.note();
    merge.places.values().forEach(nodes -> nodes.forEach(merge::causes));
    merge.attempts();
    merge.lives();
    return merge.inOrder();
  }

  // ---------------------------------------------------------------- what was said

  private void note() {
    for (List<Node> nodes : places.values()) {
      for (Node node : nodes) {
        TraceEvent event = node.event();
        said(node, event.action());
        switch (event.action()) {
          case "CopyAhead" -> said(node, asked(node.place(), node));
          case "AskClaim" -> {
            said(node, asked(node.place(), node));
            said(node, claimed(node.place(), node));
          }
          case "KeepPage", "ConfirmCopies" -> said(node, answered(TraceEvent.SOURCE, node));
          case "TakeClaim", "ConfirmClaim", "Refuse" ->
              said(node, answered(event.args().path("by").asText(), node));
          case "GivePage" -> said(node, page("GivePage " + node.place(), event));
          case "CommitCheckpoint", "CommitPages" ->
              said(node, event.action() + " " + event.number("position"));
          case "FetchPage" -> said(node, "FetchPage " + event.args().path("from").asText());
          case BEGIN -> said(node, BEGIN + " " + node.attempt());
          default -> {
            // Known by its name.
          }
        }
      }
    }
  }

  private void said(Node node, String what) {
    first.putIfAbsent(what, node);
    last.put(what, node);
  }

  private static String asked(String by, Node node) {
    return "asked by " + by + " " + node.attempt() + " " + node.event().number("request");
  }

  private static String answered(String by, Node node) {
    return "answered to " + by + " " + node.attempt() + " " + node.event().number("request");
  }

  private static String claimed(String by, Node node) {
    return "claim of " + by + " " + node.attempt();
  }

  private static String other(String host) {
    return host.equals(TraceEvent.SOURCE) ? TraceEvent.DESTINATION : TraceEvent.SOURCE;
  }

  private static String page(String what, TraceEvent event) {
    return what + " " + event.page() + " " + event.number("version");
  }

  // ---------------------------------------------------------------- causes

  private void causes(Node node) {
    TraceEvent event = node.event();
    switch (event.action()) {
      // A store that knows of a claim was asked for it, in this life or before.
      case BEGIN -> node.after(first.get(claimed(event.phase(), node)));
      case "KeepPage" -> node.caused(first.get(asked(TraceEvent.SOURCE, node)));
      case "TakeClaim" -> node.caused(first.get(asked(event.args().path("by").asText(), node)));
      case "ConfirmClaim" -> node.after(first.get(asked(event.args().path("by").asText(), node)));
      case "Refuse" -> {
        String by = event.args().path("by").asText();
        Node question = first.get(asked(by, node));
        node.after(question);
        boolean nobodys = event.args().path("claim").asText().equals("none");
        if (nobodys && question != null && question.event().action().equals("AskClaim")) {
          // It may be about to be told that the other host has it, which has asked for it then.
          node.after(first.get(claimed(other(by), node)));
        }
      }
      case "SwitchOver" -> {
        node.caused(first.get(answered(TraceEvent.SOURCE, node)));
        node.after(last.get("StartCheckpoints"));
      }
      case "StartRecovery", "LearnClaimed", "LearnSuperseded" ->
          node.caused(first.get(answered(node.place(), node)));
      case "ClaimGuest" -> {
        node.caused(first.get(answered(node.place(), node)));
        // Asked for its promise by a destination that had not given it up yet.
        node.after(last.get("PromiseNotToRecover"));
      }
      case "RunGuest" -> node.caused(last.get("SwitchOver"));
      case "FetchPage" ->
          node.caused(first.get(page("GivePage " + event.args().path("from").asText(), event)));
      case "CommitPages" -> node.caused(first.get("CommitCheckpoint " + event.number("position")));
      case "ReceiveCheckpointDone" ->
          node.caused(first.get("CommitPages " + event.number("position")));
      case "PromiseNotToRecover", "ConfirmPromise" -> node.caused(first.get("GrantOwnership"));
      case "BecomeOwner" -> node.caused(first.get("PromiseNotToRecover"));
      case "GiveImage" -> node.after(first.get("StartRecovery"));
      case "RecoverSource" -> node.after(last.get("GiveImage"));
      case "Release" ->
          (event.args().path("by").asText().equals(TraceEvent.SOURCE)
                  ? Set.of("RecoverSource")
                  : Set.of("BecomeOwner", "FinishClaim"))
              .forEach(end -> node.after(last.get(end)));
      case "CrashSource" -> {
        READ_FROM_HOST.forEach(read -> node.after(last.get(read)));
        node.after(last.get("FetchPage source"));
      }
      case "CrashDestination" -> NEEDS_DESTINATION.forEach(made -> node.after(last.get(made)));
      case "CrashStore" -> {
        READ_FROM_STORE.forEach(read -> node.after(last.get(read)));
        node.after(last.get("FetchPage store"));
      }
      default -> {
        // Hears of nothing.
      }
    }
  }

  /** In each attempt the store begins with nothing, before it is asked for the first time. */
  private void attempts() {
    int attempt = 0;
    for (Node node : places.get(TraceEvent.SOURCE)) {
      if (node.event().action().equals("CopyAhead") && node.attempt() >= attempt) {
        attempt = node.attempt() + 1;
        node.after(first.get(BEGIN + " " + node.attempt()));
      }
    }
  }

  /** What a host has read of a store it has read before the store was started again. */
  private void lives() {
    for (Node begin : places.get(TraceEvent.STORE)) {
      if (!begin.event().action().equals(BEGIN) || begin.index() == 0) {
        continue;
      }
      for (String host : List.of(TraceEvent.DESTINATION, TraceEvent.SOURCE)) {
        places.get(host).stream()
            .filter(node -> node.after().stream().anyMatch(cause -> isBefore(cause, begin)))
            .forEach(begin::after);
      }
    }
  }

  private static boolean isBefore(Node cause, Node begin) {
    return cause.place().equals(begin.place()) && cause.index() < begin.index();
  }

  // ---------------------------------------------------------------- order

  private MergedTrace inOrder() {
    Map<String, Integer> next = new HashMap<>();
    ORDER.forEach(place -> next.put(place, 0));
    int events = places.values().stream().mapToInt(List::size).sum();
    List<TraceEvent> merged = new ArrayList<>(events);
    List<Boolean> sent = new ArrayList<>(events);
    while (merged.size() < events) {
      Node chosen = choose(next);
      next.put(chosen.place(), chosen.index() + 1);
      merged.add(chosen.event());
      sent.add(!chosen.unsent()[0]);
    }
    return new MergedTrace(merged, sent);
  }

  private Node choose(Map<String, Integer> next) {
    Node any = null;
    for (String place : ORDER) {
      int at = next.get(place);
      if (at < places.get(place).size()) {
        Node node = places.get(place).get(at);
        if (node.after().stream().allMatch(cause -> cause.index() < next.get(cause.place()))) {
          return node;
        }
        any = any == null ? node : any;
      }
    }
    // Causes that run in a circle are a mistake in the trace: the specification will say so.
    return any;
  }
}
