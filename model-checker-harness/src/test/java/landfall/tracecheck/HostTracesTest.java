package landfall.tracecheck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import landfall.evidence.Verdict;
import landfall.specs.SpecFiles;
import landfall.testing.AtLength;
import landfall.testing.Sampled;
import landfall.tracecheck.EngineRun.Event;
import landfall.tracecheck.RecordedBehaviours.Behaviour;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Traces of PostCopy, ReverseCheckpoint and ForwardCheckpoint, taken from random behaviours of the
 * specifications. By default a part of them is judged, the changed ones chosen by a seed; {@code
 * -Dlandfall.tests=all} judges all ({@code .ci/run} does).
 */
class HostTracesTest {
  private static final long RECORDED_SEED = 1;
  // By which action that is said which is read by another, and says nothing of itself.
  private static final Map<String, String> SAID_BY =
      Map.of(
          "ReceiveSuperseded", "AnswerSuperseded",
          "GrantOwnership", "AskOwnership");
  private static final long SEED = Long.getLong("landfall.seed", RECORDED_SEED);
  private static final int ONE_IN = 40;
  private static final int WALKS = 100;
  private static final int STEPS_MAX = 70;
  private static final int TRACES = 6;

  private static final List<TracedProtocol> OF_RECORDS =
      List.of(
          TracedProtocol.POST_COPY,
          TracedProtocol.REVERSE_CHECKPOINT,
          TracedProtocol.FORWARD_CHECKPOINT);

  private static final Map<TracedProtocol, List<Recorded>> RECORDED = new HashMap<>();

  @TempDir Path folder;

  private record Recorded(Behaviour behaviour, boolean arbiter) {
    Set<String> actions() {
      Set<String> actions = new TreeSet<>(behaviour.unseen());
      behaviour.events().forEach(event -> actions.add(event.action()));
      return actions;
    }
  }

  @Test
  @Sampled
  void everyBehaviourOfPostCopyIsAccepted() throws Exception {
    assertEquals(
        Set.of("CutLink", "HealLink", "ResetConnection"),
        everyBehaviourIsAccepted(TracedProtocol.POST_COPY));
  }

  @Test
  @Sampled
  void everyBehaviourOfReverseCheckpointIsAccepted() throws Exception {
    assertEquals(
        Set.of("CutLink", "HealLink", "LoseMessage"),
        everyBehaviourIsAccepted(TracedProtocol.REVERSE_CHECKPOINT));
  }

  @Test
  @Sampled
  void everyBehaviourOfForwardCheckpointIsAccepted() throws Exception {
    assertEquals(
        Set.of("CutLink", "HealLink"), everyBehaviourIsAccepted(TracedProtocol.FORWARD_CHECKPOINT));
  }

  @Test
  void theTracesShowEveryActionTogether() throws Exception {
    for (TracedProtocol protocol :
        List.of(TracedProtocol.POST_COPY, TracedProtocol.REVERSE_CHECKPOINT)) {
      Set<String> shown = new TreeSet<>();
      chosen(protocol).forEach(one -> shown.addAll(one.actions()));
      shown.remove("Init");
      Set<String> actions = actions(protocol);
      // Mistakes, and no steps of a protocol whose switches are right. Where nothing is urgent
      // nothing overtakes: see UrgentPagesTraceTest.
      actions.removeAll(
          Set.of("ResumeUnacknowledged", "ResumeUnasked", "OwnUnasked", "OvertakePage"));
      assertEquals(actions, shown);
      Set<String> unseen = new TreeSet<>(actions);
      unseen.removeAll(Vocabulary.of(protocol).actions());
      unseen.removeAll(Set.of("CutLink", "HealLink", "LoseMessage", "ResetConnection"));
      assertEquals(Set.of(), unseen);
    }
  }

  @Test
  @Sampled
  void changedTracesOfPostCopyAreRejectedUnlessTheChangeDoesNoHarm() throws Exception {
    changedTracesAreRejected(TracedProtocol.POST_COPY);
  }

  @Test
  @Sampled
  void changedTracesOfReverseCheckpointAreRejectedUnlessTheChangeDoesNoHarm() throws Exception {
    changedTracesAreRejected(TracedProtocol.REVERSE_CHECKPOINT);
  }

  @Test
  void theTracesOfForwardCheckpointShowEveryEvent() throws Exception {
    Set<String> shown = new TreeSet<>();
    chosen(TracedProtocol.FORWARD_CHECKPOINT).forEach(one -> shown.addAll(one.actions()));
    shown.removeAll(Set.of("Init", "CutLink", "HealLink"));
    assertEquals(Vocabulary.of(TracedProtocol.FORWARD_CHECKPOINT).actions(), shown);
  }

  @Test
  @Sampled
  void changedTracesOfForwardCheckpointAreRejectedUnlessTheChangeDoesNoHarm() throws Exception {
    changedTracesAreRejected(TracedProtocol.FORWARD_CHECKPOINT);
  }

  @Test
  void theFirstUnexplainedEventIsNamedWithWhatWasAllowedThere() throws Exception {
    for (TracedProtocol protocol : OF_RECORDS) {
      String dropped =
          protocol == TracedProtocol.REVERSE_CHECKPOINT ? "TakeCheckpoint" : "PauseSource";
      Recorded one =
          recorded(protocol).stream()
              .filter(candidate -> indexOfUnanswered(candidate, dropped) >= 0)
              .findFirst()
              .orElseThrow();
      List<Event> events = new ArrayList<>(one.behaviour().events());
      int index = indexOfUnanswered(one, dropped);
      String host = events.get(index).host();
      long before = events.subList(0, index).stream().filter(e -> e.host().equals(host)).count();
      events.remove(index);
      TraceFiles trace =
          write("dropped " + dropped, new Behaviour(events, List.of()), one.arbiter());
      var verdict =
          assertInstanceOf(
              Verdict.Violated.class, TraceCheck.check(List.of(trace), protocol).get(trace.name()));
      assertEquals("Trace" + protocol.specification(), verdict.claim());
      String evidence = verdict.evidence();
      assertTrue(evidence.contains(host + ".ndjson line " + (before + 1)), evidence);
      Matcher allowed = Pattern.compile("would have allowed: ([^;]*);").matcher(evidence);
      assertTrue(allowed.find() && allowed.group(1).contains(dropped), evidence);
    }
  }

  /**
   * Of an event behind which its host says more, and the other one receives nothing: who received a
   * message that nobody sent may be named before who did not send it.
   */
  private static int indexOfUnanswered(Recorded one, String action) {
    List<Event> events = one.behaviour().events();
    for (int i = 0; i < events.size(); i++) {
      Event event = events.get(i);
      List<Event> later = events.subList(i + 1, events.size());
      boolean saysMore = later.stream().anyMatch(each -> each.host().equals(event.host()));
      boolean isRead =
          !action.equals("PauseSource")
              && later.stream()
                  .filter(each -> !each.host().equals(event.host()))
                  .anyMatch(each -> each.args().containsKey("frame"));
      if (event.action().equals(action) && saysMore && !isRead) {
        return i;
      }
    }
    return -1;
  }

  @Test
  @AtLength
  void theConjunctThatDoesNotHoldIsNamed() throws Exception {
    for (TracedProtocol protocol : OF_RECORDS) {
      Recorded one = chosen(protocol).get(0);
      Map<String, TraceFiles> traces = new LinkedHashMap<>();
      for (String host : List.of("source", "destination")) {
        List<Event> events = new ArrayList<>(one.behaviour().events());
        int last = events.size() - 1;
        while (!events.get(last).host().equals(host)) {
          last--;
        }
        Map<String, Object> after = new LinkedHashMap<>(events.get(last).after());
        after.put("phase", "Elsewhere");
        Event event = events.get(last);
        events.set(last, new Event(host, event.action(), event.args(), after));
        traces.put(
            host, write("phase of " + host, new Behaviour(events, List.of()), one.arbiter()));
      }
      Map<String, Verdict> verdicts = TraceCheck.check(List.copyOf(traces.values()), protocol);
      for (String host : traces.keySet()) {
        Verdict verdict = verdicts.get(traces.get(host).name());
        assertTrue(
            verdict
                .sentence()
                .contains(
                    protocol == TracedProtocol.FORWARD_CHECKPOINT
                        ? "what does not hold is \"e.after.phase = "
                        : "what does not hold is \"e.after.phase = %s'\" in After (module Trace%s)"
                            .formatted(host, protocol.specification())),
            verdict::sentence);
      }
    }
  }

  @Test
  void aSourceThatResumesUnacknowledgedIsRejected() throws Exception {
    Recorded one =
        recorded(TracedProtocol.POST_COPY).stream()
            .filter(candidate -> indexOf(candidate, "GiveUpConnection") >= 0)
            .findFirst()
            .orElseThrow();
    int index = indexOf(one, "GiveUpConnection");
    List<Event> events = new ArrayList<>(one.behaviour().events().subList(0, index));
    Event gaveUp = one.behaviour().events().get(index);
    Map<String, Object> after = new LinkedHashMap<>(gaveUp.after());
    after.put("phase", "Running");
    events.add(new Event("source", "ResumeUnacknowledged", Map.of(), after));
    TraceFiles trace = write("resumes", new Behaviour(events, List.of()), one.arbiter());
    assertInstanceOf(
        Verdict.Violated.class,
        TraceCheck.check(List.of(trace), TracedProtocol.POST_COPY).get("resumes"));
  }

  @Test
  void anEventThatSaysTooLittleIsBadInput() throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("short.ndjson"),
            "{\"host\":\"source\",\"seq\":1,\"action\":\"AnswerGranted\",\"args\":{\"frame\":0},"
                + "\"after\":{\"phase\":\"Completed\"}}\n");
    var broken =
        assertThrows(
            MalformedTraceException.class,
            () ->
                TraceCheck.checkWellFormed(
                    List.of(TraceFiles.of("short", file)), TracedProtocol.REVERSE_CHECKPOINT));
    assertEquals(
        "short.ndjson line 1: AnswerGranted needs args.message, a name", broken.getMessage());
  }

  @Test
  void anUnknownProtocolIsRefusedWithThoseThatThereAre() {
    var refused =
        assertThrows(IllegalArgumentException.class, () -> TracedProtocol.named("Postcopy"));
    assertEquals(
        "there are no traces of a protocol Postcopy, only of PreCopy, PostCopy, ReverseCheckpoint,"
            + " ForwardCheckpoint",
        refused.getMessage());
  }

  @Test
  void nothingPassesForNothing() throws Exception {
    for (TracedProtocol protocol : OF_RECORDS) {
      TraceFiles empty = write("empty " + protocol, new Behaviour(List.of(), List.of()), false);
      assertInstanceOf(
          Verdict.Undecided.class, TraceCheck.check(List.of(empty), protocol).get(empty.name()));
    }
  }

  /**
   * What hosts with a known mistake write is a behaviour only as long as the mistake rests. Not
   * asked of {@code GrantRepeated}: no random walk of this length comes to a completed source that
   * is told something else than the question. An answer left out there is among the changes of
   * traces that are rejected ({@code args.sent} of {@code AnswerGranted}).
   */
  @Test
  @AtLength
  void hostsWithAKnownMistakeAreFoundOut() throws Exception {
    Map<String, TracedProtocol> mistakes = new LinkedHashMap<>();
    for (String name : List.of("DiscardListSent", "RecoverySendsPageList", "PlaceOnlyAbsent")) {
      mistakes.put(name + " = FALSE", TracedProtocol.POST_COPY);
    }
    for (String name :
        List.of(
            "OutputHeld",
            "WholeCheckpoints",
            "SourceKeepsPages",
            "EndAcknowledged",
            "CarriesDiskWrites",
            "Fenced")) {
      mistakes.put(name + " = FALSE", TracedProtocol.REVERSE_CHECKPOINT);
    }
    foundOut(mistakes);
    foundOut(
        Map.of(
            "HandoverAsksLock = FALSE", TracedProtocol.POST_COPY,
            "RecoveryAsksLock = FALSE", TracedProtocol.REVERSE_CHECKPOINT,
            "OwnerAsksLock = FALSE", TracedProtocol.REVERSE_CHECKPOINT,
            "ClaimsWhole = FALSE", TracedProtocol.REVERSE_CHECKPOINT),
        "Arbiter = TRUE");
  }

  /**
   * The mistakes that ForwardCheckpoint and MCForwardCheckpointAnswerLost have switches for, as
   * above.
   */
  @Test
  @AtLength
  void hostsAndStoresWithAKnownMistakeAreFoundOut() throws Exception {
    Map<String, TracedProtocol> mistakes = new LinkedHashMap<>();
    for (String mistake :
        List.of(
            "Copied = \"once\"",
            "Copied = \"after\"",
            "Copied = \"never\"",
            "ClaimAtStore = FALSE",
            "GivenAgain = FALSE",
            "LateCopies = \"any\"",
            "InDoubt = \"goes on\"")) {
      mistakes.put(mistake, TracedProtocol.FORWARD_CHECKPOINT);
    }
    foundOut(mistakes);
    foundOut(Map.of("Sealed = FALSE", TracedProtocol.FORWARD_CHECKPOINT), "Keeper = \"store\"");
  }

  private void foundOut(Map<String, TracedProtocol> mistakes, String... settings) throws Exception {
    Map<String, String> foundOut = new LinkedHashMap<>();
    for (Map.Entry<String, TracedProtocol> mistake : mistakes.entrySet()) {
      List<TraceFiles> traces = new ArrayList<>();
      String[] both = Arrays.copyOf(settings, settings.length + 1);
      both[settings.length] = mistake.getKey();
      for (Behaviour behaviour :
          RecordedBehaviours.of(mistake.getValue(), WALKS, STEPS_MAX, SEED, both)) {
        boolean arbiter = List.of(settings).contains("Arbiter = TRUE");
        traces.add(write(mistake.getKey() + " " + traces.size(), behaviour, arbiter));
      }
      long rejected =
          TraceCheck.check(traces, mistake.getValue()).values().stream()
              .filter(Verdict.Violated.class::isInstance)
              .count();
      foundOut.put(mistake.getKey(), rejected + " of " + traces.size());
    }
    System.out.println("hosts with a known mistake, traces rejected: " + foundOut);
    foundOut.forEach((mistake, count) -> assertFalse(count.startsWith("0 "), mistake));
  }

  private Set<String> everyBehaviourIsAccepted(TracedProtocol protocol) throws Exception {
    List<TraceFiles> traces = new ArrayList<>();
    List<Recorded> recorded = recorded(protocol);
    for (int i = 0; i < recorded.size(); i += AtLength.ASKED ? 1 : 6) {
      Recorded one = recorded.get(i);
      traces.add(write("behaviour " + traces.size(), one.behaviour(), one.arbiter()));
    }
    Walk walk = new Walk();
    TraceCheck.check(traces, protocol, walk)
        .forEach(
            (name, verdict) ->
                assertInstanceOf(Verdict.Holds.class, verdict, () -> name + ": " + verdict));
    assertEquals(1, walk.waysMost, "ways to explain an event");
    return walk.silently;
  }

  private void changedTracesAreRejected(TracedProtocol protocol) throws Exception {
    Map<String, Perturbation> perturbations = new LinkedHashMap<>();
    List<TraceFiles> changed = new ArrayList<>();
    Random random = new Random(SEED);
    for (Recorded one : chosen(protocol)) {
      for (Perturbation perturbation : Perturbation.of(one.behaviour())) {
        // Which pages are the disk's is a constant: another run of TLC for each set of them.
        if (AtLength.ASKED
            || (!perturbation.kind().equals("args.disk") && random.nextInt(ONE_IN) == 0)) {
          String name = "changed " + perturbations.size();
          perturbations.put(name, perturbation);
          changed.add(write(name, perturbation.behaviour(), one.arbiter()));
        }
      }
    }
    Map<String, Integer> harmless = new TreeMap<>();
    Map<String, Integer> missed = new TreeMap<>();
    Set<String> unnamed = new TreeSet<>();
    int rejected = 0;
    for (Map.Entry<String, Verdict> entry : TraceCheck.check(changed, protocol).entrySet()) {
      Perturbation change = perturbations.get(entry.getKey());
      if (entry.getValue() instanceof Verdict.Violated violated) {
        rejected++;
        if (!violated.evidence().contains("what does not hold is \"")
            || violated.evidence().contains("LAZY")) {
          unnamed.add(change.kind() + " " + change.event().action() + ": " + violated.evidence());
        }
        continue;
      }
      String reason = whyHarmless(protocol, change);
      String what = change.kind() + " " + change.event().action();
      (reason.isEmpty() ? missed : harmless)
          .merge(reason.isEmpty() ? what : reason + " (" + what + ")", 1, Integer::sum);
    }
    int harmful = changed.size() - harmless.values().stream().mapToInt(n -> n).sum();
    double score = (double) rejected / harmful;
    System.out.printf(
        Locale.ROOT,
        "Trace%s: %d changed traces, %d rejected, %d harmless, score %.1f %%; seed %d%n"
            + "  harmless: %s%n  missed: %s%n",
        protocol.specification(),
        changed.size(),
        rejected,
        changed.size() - harmful,
        100 * score,
        SEED,
        harmless,
        missed);
    assertTrue(
        changed.size() > (AtLength.ASKED ? 200 : 50),
        () -> "only " + changed.size() + " changes were tried");
    assertTrue(score >= 0.95, () -> "accepted without a reason: " + missed);
    assertEquals(Set.of(), unnamed, "what was rejected without a conjunct");
    // With the recorded seed more than is asked for: none is missed.
    if (SEED == RECORDED_SEED) {
      assertEquals(Map.of(), missed);
    }
  }

  /** Why the changed trace is one of a correct run, too; empty if there is no reason. */
  private static String whyHarmless(TracedProtocol protocol, Perturbation change) {
    if (protocol == TracedProtocol.FORWARD_CHECKPOINT) {
      return HarmlessChange.why(change);
    }
    Event event = change.event();
    String kind = change.kind();
    if (kind.equals("drop") && change.last()) {
      return "a host may be killed before its last event";
    }
    if (kind.equals("drop")
        && event.action().equals("AnswerDemand")
        && event.args().get("sent").equals(-1)
        && Set.of("Recover", "CrashSource").contains(change.next().action())) {
      return "a request that came to nothing, last on its connection, may be lost with it";
    }
    String thenAtHost = change.next().action();
    if (kind.equals("drop")
        && event.action().equals("ReceivePage")
        && thenAtHost.equals("ReceiveHello")) {
      return "a page that the next attempt throws away may have been lost on its way";
    }
    if (kind.equals("drop")
        && event.action().equals("StartRound")
        && Set.of("Cancel", "AbortAttempt").contains(thenAtHost)) {
      return "a round of which nothing was sent leaves nothing of an attempt that is taken back";
    }
    if (kind.equals("drop")
        && event.action().equals("ReceiveRecover")
        && thenAtHost.equals("ReceiveRecover")) {
      return "a recovery that the next one replaced may have been lost with its connection";
    }
    if (kind.equals("drop")
        && Set.of("DemandPage", "SendComplete").contains(event.action())
        && thenAtHost.equals("ReceiveRecover")) {
      return "a word that is the last on its connection may not have been said";
    }
    if (kind.equals("drop")
        && event.action().equals("ResumeDestination")
        && thenAtHost.equals("ReceiveRecover")
        && Boolean.TRUE.equals(change.next().args().get("handover"))) {
      return "a recovery hands the guest over, too";
    }
    if (kind.equals("drop")
        && event.action().equals("ReleaseOutput")
        && Set.of("BecomeOwner", "ClaimLock").contains(thenAtHost)
        && blocks(change.next()).containsAll(blocks(event))) {
      return "an owner releases what it held, too";
    }
    if (kind.equals("drop")
        && event.action().equals("GiveUpConnection")
        && thenAtHost.equals("ReclaimLock")) {
      return "who asks the lock closes the connection, too";
    }
    if (protocol == TracedProtocol.REVERSE_CHECKPOINT
        && kind.equals("args.frame")
        && change.behaviour().events().stream().filter(sent -> says(sent, event)).count() > 1) {
      return "of two messages that say the same, either may be lost";
    }
    if (kind.equals("args.disk")
        && event.action().equals("GuestStep")
        && change.behaviour().events().stream()
                .filter(step -> step.action().equals("GuestStep"))
                .filter(step -> step.args().get("page").equals(event.args().get("page")))
                .count()
            == 1
        && change.behaviour().events().stream()
            .map(later -> later.args().get("blocks"))
            .noneMatch(
                blocks ->
                    blocks instanceof List<?> pages && pages.contains(event.args().get("page")))) {
      return "nothing that follows tells whether a write that nobody saw was to the disk";
    }
    if (kind.equals("args.frame") && event.action().equals("AnswerSuperseded")) {
      return "of two messages of a kind, either may be lost on its way to who does not look at it";
    }
    if (protocol == TracedProtocol.REVERSE_CHECKPOINT
        && kind.equals("args.page")
        && event.action().equals("SendPage")
        && change.behaviour().at("destination").stream()
            .noneMatch(received -> event.args().get("sent").equals(received.args().get("frame")))) {
      return "a page that was lost on its way may have been any that was missing";
    }
    return "";
  }

  private static List<?> blocks(Event event) {
    return (List<?>) event.args().get("blocks");
  }

  /** Whether the message that {@code received} took may have been sent by {@code sent}. */
  private static boolean says(Event sent, Event received) {
    if (received.action().equals("DropForward")
        && "Superseded".equals(received.args().get("message"))) {
      return sent.action().equals("AnswerSuperseded");
    }
    boolean grant =
        received.action().equals("BecomeOwner")
            || received.action().equals("DropForward")
                && "Granted".equals(received.args().get("message"));
    return grant
        ? Set.of("GrantOwnership", "AnswerGranted").contains(sent.action())
        : sent.action().equals(SAID_BY.get(received.action()));
  }

  private static synchronized List<Recorded> recorded(TracedProtocol protocol)
      throws IOException, InterruptedException {
    if (!RECORDED.containsKey(protocol)) {
      List<Recorded> recorded = new ArrayList<>();
      // Of copies ahead there is no arbiter but the store, and two places for checkpoints.
      for (boolean arbiter : List.of(false, true)) {
        String setting =
            protocol == TracedProtocol.FORWARD_CHECKPOINT
                ? "Keeper = " + (arbiter ? "\"store\"" : "\"source\"")
                : "Arbiter = " + (arbiter ? "TRUE" : "FALSE");
        RecordedBehaviours.of(protocol, WALKS, STEPS_MAX, SEED, setting)
            .forEach(behaviour -> recorded.add(new Recorded(behaviour, arbiter)));
      }
      RECORDED.put(protocol, recorded);
    }
    return RECORDED.get(protocol);
  }

  /** Some behaviours of 20 to 60 events; first those that show actions which no other showed. */
  private static List<Recorded> chosen(TracedProtocol protocol)
      throws IOException, InterruptedException {
    List<Recorded> left = new ArrayList<>(recorded(protocol));
    left.removeIf(
        one -> one.behaviour().events().size() < 20 || one.behaviour().events().size() > 60);
    List<Recorded> chosen = new ArrayList<>();
    Set<String> shown = new TreeSet<>();
    while (true) {
      Recorded best = null;
      long most = -1;
      for (Recorded one : left) {
        long added = one.actions().stream().filter(action -> !shown.contains(action)).count();
        if (added > most) {
          most = added;
          best = one;
        }
      }
      if (best == null || (most == 0 && chosen.size() >= TRACES)) {
        return chosen;
      }
      chosen.add(best);
      left.remove(best);
      shown.addAll(best.actions());
    }
  }

  /** The actions of a module: what its next-state relation is made of. */
  private static Set<String> actions(TracedProtocol protocol) {
    String module = SpecFiles.read(protocol.specification() + ".tla");
    String next = module.substring(module.indexOf("\nProtocol ==\n"), module.indexOf("\nSpec =="));
    Set<String> actions = new TreeSet<>();
    Matcher names = Pattern.compile("(?:\\\\/|:) ([A-Z]\\w+)").matcher(next);
    while (names.find()) {
      actions.add(names.group(1));
    }
    actions.removeAll(Set.of("Protocol", "Fault"));
    return actions;
  }

  private static int indexOf(Recorded one, String action) {
    List<Event> events = one.behaviour().events();
    for (int i = 0; i < events.size(); i++) {
      if (events.get(i).action().equals(action)) {
        return i;
      }
    }
    return -1;
  }

  private TraceFiles write(String name, Behaviour behaviour, boolean arbiter) throws IOException {
    List<Path> files =
        EngineRun.write(
                folder,
                name,
                behaviour.at("source"),
                behaviour.at("destination"),
                behaviour.at("store"))
            .files();
    // A random walk stops anywhere, as a kill does.
    return new TraceFiles(name, files, EngineRun.TRACKED.subList(0, 3), arbiter, true);
  }
}
