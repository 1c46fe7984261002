package landfall.tracecheck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import landfall.evidence.Verdict;
import landfall.tracecheck.EngineRun.Event;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TraceCheckTest {
  @TempDir Path folder;

  @Test
  void correctRunsAreBehavioursOfPreCopy() throws Exception {
    var traces = new ArrayList<TraceFiles>();
    for (long seed = 1; seed <= 5; seed++) {
      traces.add(new EngineRun(seed).migration(3, false).write(folder, "plain" + seed));
      traces.add(new EngineRun(seed).migration(1, true).write(folder, "asked again" + seed));
      traces.add(
          new EngineRun(seed)
              .failedAttempt()
              .cancelledAttempt()
              .migration(2, false)
              .write(folder, "retry" + seed));
    }
    Map<String, Verdict> verdicts = TraceCheck.check(traces);
    assertEquals(15, verdicts.size());
    verdicts.forEach(
        (name, verdict) -> assertInstanceOf(Verdict.Holds.class, verdict, () -> name + verdict));
  }

  @Test
  void aKilledHostThatIsStartedAgainHasNothingAndTakesTheNextAttempt() throws Exception {
    EngineRun again = new EngineRun(3).restartedDestination().migration(2, false);
    EngineRun stillDead = new EngineRun(3).restartedDestination().migration(2, false);
    stillDead.destination.removeIf(event -> event.action().equals("Restart"));
    EngineRun remembers = new EngineRun(3).restartedDestination().migration(2, false);
    remembers.destination.replaceAll(
        event ->
            event.action().equals("Restart")
                ? new Event(
                    event.host(),
                    event.action(),
                    event.args(),
                    EngineRun.args("phase", "Receiving", "attempt", 0, "accepted", 1, "round", 0))
                : event);
    EngineRun answers = new EngineRun(3).restartedDestination();
    answers.destination.add(
        new Event(
            "destination",
            "ResumeDestination",
            EngineRun.args("attempt", 1, "frame", 0, "sent", 0),
            EngineRun.args("phase", "Running", "attempt", 0, "accepted", 1, "round", 0)));
    EngineRun twice = new EngineRun(3).restartedDestination();
    twice.destination.add(twice.destination.get(twice.destination.size() - 1));
    Map<String, Verdict> verdicts =
        TraceCheck.check(
            List.of(
                again.write(folder, "again"),
                new EngineRun(4)
                    .restartedDestination()
                    .restartedDestination()
                    .migration(1, false)
                    .writeWithArbiter(folder, "again and again"),
                stillDead.write(folder, "still dead"),
                remembers.write(folder, "remembers"),
                answers.write(folder, "answers"),
                twice.write(folder, "twice")));
    for (String name : List.of("again", "again and again")) {
      assertInstanceOf(
          Verdict.Holds.class, verdicts.get(name), () -> verdicts.get(name).sentence());
    }
    for (String name : List.of("still dead", "remembers", "answers", "twice")) {
      assertInstanceOf(Verdict.Violated.class, verdicts.get(name), name);
    }
  }

  @Test
  void theLockDecidesWhoGoesOn() throws Exception {
    EngineRun both = new EngineRun(5).claimed();
    int last = both.source.size() - 1;
    both.source.set(
        last,
        new Event(
            "source",
            "ReclaimLock",
            Map.of("taken", true),
            EngineRun.args("phase", "Running", "attempt", 1, "accepted", 0, "round", 0)));
    Map<String, Verdict> verdicts =
        TraceCheck.check(
            List.of(
                new EngineRun(1).reclaimed().claimed().writeWithArbiter(folder, "one each"),
                new EngineRun(2).reclaimed().writeWithArbiter(folder, "source"),
                new EngineRun(3).claimed().writeWithArbiter(folder, "destination"),
                new EngineRun(3).claimed().write(folder, "no arbiter"),
                both.writeWithArbiter(folder, "both")));
    for (String name : List.of("one each", "source", "destination")) {
      assertInstanceOf(
          Verdict.Holds.class, verdicts.get(name), () -> verdicts.get(name).sentence());
    }
    assertInstanceOf(Verdict.Violated.class, verdicts.get("no arbiter"));
    assertInstanceOf(Verdict.Violated.class, verdicts.get("both"));
  }

  /** What a host that was killed did in the lock and could not tell, the other one finds there. */
  @Test
  void whatAKilledHostCouldNotTellIsExplainedOnlyIfItWasKilled() throws Exception {
    List<TraceFiles> holds = new ArrayList<>();
    List<TraceFiles> violated = new ArrayList<>();
    for (boolean gaveUp : List.of(true, false)) {
      EngineRun taker = new EngineRun(3).claimed();
      EngineRun giver = new EngineRun(3).reclaimed();
      List<Event> source = without(taker.source, gaveUp ? "" : "GiveUpConnection");
      List<Event> destination = without(taker.destination, "ClaimLock");
      String name = gaveUp ? " gave up" : " was reset";
      violated.add(EngineRun.write(folder, "taker lives, source" + name, source, destination));
      holds.add(
          EngineRun.write(
              folder, "taker, source" + name, source, ended(destination, "destination", "Crash")));
      holds.add(
          EngineRun.write(
              folder,
              "taker starts again, source" + name,
              source,
              ended(destination, "destination", "Crash", "Restart")));
      for (String action : List.of("RefuseHandover", "LearnSuperseded")) {
        List<Event> told =
            without(without(giver.source, "ReclaimLock"), gaveUp ? "" : "GiveUpConnection");
        List<Event> learns = without(giver.destination, "RefuseHandover");
        Event refuses = giver.destination.get(giver.destination.size() - 1);
        learns.add(
            new Event(
                refuses.host(),
                action,
                action.equals("RefuseHandover") ? refuses.args() : Map.of(),
                refuses.after()));
        String which = action + ", giver" + name;
        violated.add(EngineRun.write(folder, "giver lives, " + which, told, learns));
        holds.add(EngineRun.write(folder, which, ended(told, "source", "Crash"), learns));
        // A host that tells of something later lived on, and would have told of that, too.
        List<Event> goesOn = new ArrayList<>(told);
        goesOn.add(
            new Event(
                "source",
                "StartAttempt",
                Map.of("attempt", 2, "sent", 0),
                EngineRun.args("phase", "PreCopy", "attempt", 2, "accepted", 0, "round", 1)));
        violated.add(
            EngineRun.write(
                folder, "giver goes on, " + which, ended(goesOn, "source", "Crash"), learns));
      }
    }
    List<TraceFiles> all = new ArrayList<>();
    for (List<TraceFiles> each : List.of(holds, violated)) {
      for (TraceFiles trace : each) {
        all.add(new TraceFiles(trace.name(), trace.files(), trace.tracked(), true, true));
      }
    }
    Map<String, Verdict> verdicts = TraceCheck.check(all);
    for (TraceFiles trace : holds) {
      Verdict verdict = verdicts.get(trace.name());
      assertInstanceOf(
          Verdict.Holds.class, verdict, () -> trace.name() + ": " + verdict.sentence());
    }
    for (TraceFiles trace : violated) {
      Verdict verdict = verdicts.get(trace.name());
      assertInstanceOf(Verdict.Violated.class, verdict, trace.name());
      assertTrue(verdict.sentence().contains("what does not hold is"), verdict::sentence);
    }
  }

  private static List<Event> without(List<Event> events, String action) {
    return new ArrayList<>(
        events.stream().filter(event -> !event.action().equals(action)).toList());
  }

  private static List<Event> ended(List<Event> events, String host, String... actions) {
    List<Event> told = new ArrayList<>(events);
    for (String action : actions) {
      told.add(EngineRun.lastWord(host, action));
    }
    return told;
  }

  @Test
  void aTraceIsJudgedUpToWhereAKillEndedIt() throws Exception {
    EngineRun run = new EngineRun(7).migration(2, false);
    var cut =
        EngineRun.write(
            folder,
            "killed",
            run.source.subList(0, run.source.size() - 4),
            run.destination.subList(0, run.destination.size() - 6));
    Path torn = cut.files().get(0);
    Files.writeString(torn, Files.readString(torn) + "{\"host\":\"sou");
    var killed = new TraceFiles("killed", cut.files(), cut.tracked(), false, true);
    assertInstanceOf(Verdict.Holds.class, TraceCheck.check(List.of(killed)).get("killed"));
  }

  /** Every event dropped, doubled, swapped with the next, or with one of its facts changed. */
  @Test
  void changedTracesAreRejectedUnlessTheChangeDoesNoHarm() throws Exception {
    EngineRun run = new EngineRun(11).failedAttempt().migration(2, true);
    Map<String, TraceFiles> changed = new LinkedHashMap<>();
    for (boolean atSource : List.of(true, false)) {
      List<Event> events = atSource ? run.source : run.destination;
      for (int i = 0; i < events.size(); i++) {
        Event event = events.get(i);
        String where = " " + event.host() + " " + i + " " + event.action();
        List<Event> dropped = new ArrayList<>(events);
        dropped.remove(i);
        add(changed, run, "drop" + where, atSource, dropped);
        List<Event> doubled = new ArrayList<>(events);
        doubled.add(i, event);
        add(changed, run, "double" + where, atSource, doubled);
        if (i + 1 < events.size()) {
          List<Event> swapped = new ArrayList<>(events);
          Collections.swap(swapped, i, i + 1);
          add(changed, run, "swap" + where, atSource, swapped);
        }
        for (String fact : event.args().keySet()) {
          if (fact.equals("cause")) {
            continue;
          }
          List<Event> altered = new ArrayList<>(events);
          Map<String, Object> args = new LinkedHashMap<>(event.args());
          args.put(fact, other(args.get(fact)));
          altered.set(i, event.with(args));
          add(changed, run, "alter " + fact + where, atSource, altered);
        }
        for (String fact : event.after().keySet()) {
          List<Event> altered = new ArrayList<>(events);
          Map<String, Object> after = new LinkedHashMap<>(event.after());
          after.put(fact, other(after.get(fact)));
          altered.set(i, new Event(event.host(), event.action(), event.args(), after));
          add(changed, run, "alter after " + fact + where, atSource, altered);
        }
      }
    }
    Map<String, Verdict> verdicts = TraceCheck.check(List.copyOf(changed.values()));
    var accepted = new TreeSet<String>();
    verdicts.forEach(
        (name, verdict) -> {
          if (!(verdict instanceof Verdict.Violated)) {
            accepted.add(name + ": " + verdict.sentence());
          }
        });
    System.out.println(
        "perturbed traces: "
            + verdicts.size()
            + ", rejected: "
            + (verdicts.size() - accepted.size())
            + ", accepted: "
            + accepted);
    assertTrue(verdicts.size() > 300, () -> "only " + verdicts.size() + " changes were tried");
    var harmful = new TreeSet<>(accepted);
    harmful.removeIf(change -> HARMLESS.contains(change.replaceFirst(":.*", "")));
    assertEquals(new TreeSet<String>(), harmful);
  }

  /** Changes after which the trace still tells of a correct run. */
  private static final List<String> HARMLESS =
      List.of(
          // The next Hello takes the place of an image that was not discarded.
          "drop destination 5 DiscardImage",
          // A host may be killed before its last event.
          "drop source 31 ReceiveResumed",
          // The attempt fails: its last page may have been lost, or never sent.
          "drop destination 4 ReceivePage",
          "drop source 6 SendPage",
          "alter frame source 6 SendPage",
          // The destination is asked twice, and its first answer is lost: so may the question be.
          "drop destination 22 ResumeDestination",
          "alter sent destination 22 ResumeDestination");

  private void add(
      Map<String, TraceFiles> changed,
      EngineRun run,
      String name,
      boolean atSource,
      List<Event> events)
      throws Exception {
    changed.put(
        name,
        EngineRun.write(
            folder, name, atSource ? events : run.source, atSource ? run.destination : events));
  }

  private static Object other(Object value) {
    if (value instanceof List<?> pages) {
      var others = new TreeSet<>(EngineRun.TRACKED);
      pages.forEach(others::remove);
      return List.copyOf(others);
    }
    if (value instanceof String phase) {
      return phase.equals("Running") ? "Ready" : "Running";
    }
    return EngineRun.TRACKED.contains(value)
        ? EngineRun.TRACKED.get((EngineRun.TRACKED.indexOf(value) + 1) % 4)
        : (Integer) value + 1;
  }

  @Test
  void theFirstUnexplainedEventIsNamedWithWhatWasAllowedThere() throws Exception {
    EngineRun run = new EngineRun(3).migration(1, false);
    int pause = indexOf(run.source, "PauseSource");
    run.source.remove(pause);
    var verdict =
        assertInstanceOf(
            Verdict.Violated.class,
            TraceCheck.check(List.of(run.write(folder, "no pause"))).get("no pause"));
    assertEquals("TracePreCopy", verdict.claim());
    assertTrue(verdict.evidence().contains("source.ndjson line " + (pause + 1)), verdict::evidence);
    assertTrue(verdict.evidence().contains("would have allowed: "), verdict::evidence);
    assertTrue(verdict.evidence().contains("PauseSource"), verdict::evidence);
  }

  @Test
  void aPageThatNobodySentIsSaidToBeUnsent() throws Exception {
    EngineRun run = new EngineRun(3).migration(1, false);
    run.source.remove(indexOf(run.source, "SendPage"));
    var verdict =
        assertInstanceOf(
            Verdict.Violated.class,
            TraceCheck.check(List.of(run.write(folder, "unsent"))).get("unsent"));
    assertTrue(verdict.evidence().contains("line"), verdict::evidence);
  }

  @Test
  void aPageThatIsNotTrackedIsRejectedAndDisturbsNoOtherTrace() throws Exception {
    EngineRun run = new EngineRun(3).migration(1, false);
    int pause = indexOf(run.source, "PauseSource");
    Event event = run.source.get(pause);
    run.source.set(pause, event.with(EngineRun.args("dirty", List.of(3, 5))));
    var verdicts =
        TraceCheck.check(
            List.of(
                run.write(folder, "untracked"),
                new EngineRun(4).migration(1, false).write(folder, "beside it")));
    assertInstanceOf(Verdict.Violated.class, verdicts.get("untracked"));
    assertInstanceOf(Verdict.Holds.class, verdicts.get("beside it"));
  }

  @Test
  void aSourceThatResumesUnacknowledgedIsRejected() throws Exception {
    EngineRun run = new EngineRun(3).migration(1, false);
    run.source.set(
        run.source.size() - 1,
        new Event(
            "source",
            "ResumeUnacknowledged",
            Map.of(),
            EngineRun.args("phase", "Running", "attempt", 1, "accepted", 0, "round", 0)));
    assertInstanceOf(
        Verdict.Violated.class,
        TraceCheck.check(List.of(run.write(folder, "resumes"))).get("resumes"));
  }

  @Test
  void nothingPassesForNothing() throws Exception {
    var empty = EngineRun.write(folder, "empty", List.of(), List.of());
    assertInstanceOf(Verdict.Undecided.class, TraceCheck.check(List.of(empty)).get("empty"));
  }

  @Test
  void aTraceThatShowsNoAttemptToItsEndIsUndecidedButCanBeWrong() throws Exception {
    EngineRun run = new EngineRun(3).migration(1, false);
    var one = EngineRun.write(folder, "one event", run.source.subList(0, 1), List.of());
    var begun =
        EngineRun.write(folder, "begun", run.source.subList(0, 6), run.destination.subList(0, 3));
    int pause = indexOf(run.source, "PauseSource");
    List<Event> skipped = new ArrayList<>(run.source.subList(0, pause + 3));
    skipped.remove(pause);
    var wrong = EngineRun.write(folder, "wrong", skipped, List.of());
    var crash =
        EngineRun.write(
            folder,
            "one event, and a kill",
            ended(run.source.subList(0, 1), "source", "Crash"),
            List.of());
    var killed = new TraceFiles(crash.name(), crash.files(), crash.tracked(), false, true);
    Map<String, Verdict> verdicts = TraceCheck.check(List.of(one, begun, wrong, killed));
    for (TraceFiles trace : List.of(one, killed)) {
      assertEquals(new Verdict.Undecided("the trace has 1 event"), verdicts.get(trace.name()));
    }
    assertEquals(new Verdict.Undecided("no attempt is carried to an end"), verdicts.get("begun"));
    assertInstanceOf(Verdict.Violated.class, verdicts.get("wrong"));
  }

  @Test
  void aTraceThatTlcCannotTakeDoesNotSpoilTheOthers() throws Exception {
    EngineRun run = new EngineRun(3).migration(1, false);
    Event first = run.source.get(0);
    run.source.set(0, new Event("source", "Start\tAttempt", first.args(), first.after()));
    run.source.add(1, new Event("source", "StartAttempt", first.args(), first.after()));
    Map<String, Verdict> verdicts =
        TraceCheck.check(
            List.of(
                run.write(folder, "tab"),
                new EngineRun(4).migration(1, false).write(folder, "beside it")));
    assertInstanceOf(Verdict.Undecided.class, verdicts.get("tab"));
    assertInstanceOf(Verdict.Holds.class, verdicts.get("beside it"));
  }

  @Test
  void whatWasSeenOfNoMigrationDecidesNothing() throws Exception {
    Map<String, Verdict> verdicts =
        TraceCheck.checkObserved(
            List.of(
                observed("not asked", released("source", 1) + released("source", 2)),
                observed("no end", released("source", 1) + "{\"action\":\"Migrates\"}\n")));
    assertEquals(new Verdict.Undecided("no migration was asked for"), verdicts.get("not asked"));
    assertEquals(new Verdict.Undecided("no migration came to an end"), verdicts.get("no end"));
  }

  @Test
  void theConjunctThatDoesNotHoldIsNamed() throws Exception {
    EngineRun run = new EngineRun(4).migration(1, false);
    List<Event> wrongPhase = new ArrayList<>(run.source);
    Event offer = wrongPhase.get(wrongPhase.size() - 3);
    assertEquals("OfferHandover", offer.action());
    Map<String, Object> after = new LinkedHashMap<>(offer.after());
    after.put("phase", "HandedOver");
    wrongPhase.set(
        wrongPhase.size() - 3, new Event("source", "OfferHandover", offer.args(), after));
    List<Event> early = new ArrayList<>(run.source);
    early.remove(early.size() - 3);
    Map<String, Verdict> verdicts =
        TraceCheck.check(
            List.of(
                EngineRun.write(folder, "phase", wrongPhase, run.destination),
                EngineRun.write(folder, "early", early, run.destination)));
    assertEvidence(
        verdicts.get("phase"), "what does not hold is \"e.phase = phase'[me]\" in After (");
    assertEvidence(verdicts.get("early"), "what does not hold is \"");
    Verdict seen =
        TraceCheck.checkObserved(
                List.of(
                    observed(
                        "two",
                        "{\"action\":\"Migrates\"}\n"
                            + released("destination", 1)
                            + released("source", 2))))
            .get("two");
    assertEvidence(seen, "what does not hold is \"");
  }

  private static void assertEvidence(Verdict verdict, String part) {
    Verdict.Violated violated = assertInstanceOf(Verdict.Violated.class, verdict);
    assertTrue(violated.sentence().contains(part), violated::sentence);
  }

  @Test
  void aFileThatIsNoTraceIsNamedWithItsLine() throws Exception {
    EngineRun run = new EngineRun(3).migration(0, false);
    TraceFiles trace = run.write(folder, "torn");
    Path file = trace.files().get(1);
    List<String> lines = new ArrayList<>(Files.readAllLines(file));
    lines.set(2, "{\"host\":");
    Files.write(file, lines);
    var broken =
        assertThrows(
            MalformedTraceException.class,
            () -> TraceCheck.checkWellFormed(List.of(trace), TracedProtocol.PRE_COPY));
    assertTrue(broken.getMessage().contains("destination.ndjson line 3"), broken::getMessage);
    // A host wrote it: that says nothing about Landfall.
    assertInstanceOf(Verdict.Undecided.class, TraceCheck.check(List.of(trace)).get("torn"));
    lines.set(2, "{\"host\":\"destination\",\"host\":\"source\"}");
    Files.write(file, lines);
    Verdict twice = TraceCheck.check(List.of(trace)).get("torn");
    assertInstanceOf(Verdict.Undecided.class, twice);
    assertTrue(
        twice.sentence().contains("destination.ndjson line 3")
            && twice.sentence().contains("Duplicate field 'host'"),
        twice::sentence);
  }

  @Test
  void aHoleInATraceIsBadInput() throws Exception {
    EngineRun run = new EngineRun(3).migration(0, false);
    TraceFiles trace = run.write(folder, "hole");
    Path file = trace.files().get(0);
    List<String> lines = new ArrayList<>(Files.readAllLines(file));
    lines.remove(4);
    Files.write(file, lines);
    var broken =
        assertThrows(
            MalformedTraceException.class,
            () -> TraceCheck.checkWellFormed(List.of(trace), TracedProtocol.PRE_COPY));
    assertTrue(broken.getMessage().contains("must not have holes"), broken::getMessage);
  }

  @Test
  void twoRunningCopiesAreSeenFromOutside() throws Exception {
    String before =
        released("source", 1)
            + released("source", 2)
            + "{\"action\":\"Migrates\"}\n"
            + released("destination", 4);
    var verdicts =
        TraceCheck.checkObserved(
            List.of(
                observed(
                    "moved",
                    before
                        + "{\"action\":\"Stops\",\"host\":\"source\"}\n"
                        + released("source", 3)
                        + completed()
                        + released("destination", 5)),
                observed("both run", before + released("destination", 5) + released("source", 6)),
                observed("same step twice", before + released("source", 4)),
                observed("step taken back", before + released("destination", 2)),
                observed("never left", released("source", 1) + completed()),
                observed("speaks after completed", before + completed() + released("source", 5)),
                observed("silent", completed())));
    assertInstanceOf(
        Verdict.Holds.class, verdicts.get("moved"), () -> verdicts.get("moved").sentence());
    for (String name :
        List.of(
            "both run",
            "same step twice",
            "step taken back",
            "never left",
            "speaks after completed")) {
      assertInstanceOf(Verdict.Violated.class, verdicts.get(name), name);
    }
    assertInstanceOf(Verdict.Undecided.class, verdicts.get("silent"));
  }

  @Test
  void aHostToWhichTheGuestDidNotGoIsSeenFromOutside() throws Exception {
    String elsewhere =
        released("A", 1)
            + migrates("A", "B")
            + reports("A", "B", "failed")
            + released("A", 2)
            + migrates("A", "C")
            + released("C", 3)
            + reports("A", "C", "completed");
    var verdicts =
        TraceCheck.checkObserved(
            List.of(
                observed("elsewhere", elsewhere),
                observed("left over", elsewhere + released("B", 4)),
                observed(
                    "never asked for", released("A", 1) + migrates("A", "B") + released("C", 2)),
                observed(
                    "there and back",
                    released("A", 1)
                        + migrates("A", "B")
                        + reports("A", "B", "completed")
                        + released("B", 2)
                        + migrates("B", "A")
                        + reports("B", "A", "completed")
                        + released("A", 3))));
    for (String name : List.of("elsewhere", "there and back")) {
      assertInstanceOf(
          Verdict.Holds.class, verdicts.get(name), () -> verdicts.get(name).sentence());
    }
    for (String name : List.of("left over", "never asked for")) {
      assertInstanceOf(Verdict.Violated.class, verdicts.get(name), name);
    }
  }

  private static String migrates(String from, String to) {
    return "{\"action\":\"Migrates\",\"host\":\"" + from + "\",\"args\":{\"to\":\"" + to + "\"}}\n";
  }

  private static String reports(String from, String to, String status) {
    return "{\"action\":\"Reports\",\"host\":\""
        + from
        + "\",\"args\":{\"to\":\""
        + to
        + "\"},\"status\":\""
        + status
        + "\"}\n";
  }

  private TraceFiles observed(String name, String text) throws Exception {
    return TraceFiles.of(name, Files.writeString(folder.resolve(name + ".ndjson"), text));
  }

  private static String released(String host, int step) {
    return "{\"action\":\"Released\",\"host\":\"" + host + "\",\"step\":" + step + "}\n";
  }

  private static String completed() {
    return "{\"action\":\"Reports\",\"host\":\"source\",\"status\":\"completed\"}\n";
  }

  private static int indexOf(List<Event> events, String action) {
    for (int i = 0; i < events.size(); i++) {
      if (events.get(i).action().equals(action)) {
        return i;
      }
    }
    throw new AssertionError("no " + action);
  }
}
