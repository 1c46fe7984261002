package landfall.tracecheck;

import static landfall.tracecheck.EngineRun.args;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import landfall.evidence.Verdict;
import landfall.tracecheck.EngineRun.Event;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A store that was killed and started again has forgotten the pages and knows who has the claim.
 * Its lives are files of their own, by hand and independent of the engine.
 */
class RestartedStoreTest {
  private static final int PAGE = 3;

  @TempDir private Path folder;

  /** What the three places told: of the store, each life. */
  private static final class Told {
    final List<Event> source = new ArrayList<>();
    final List<Event> destination = new ArrayList<>();
    final List<List<Event>> store = new ArrayList<>(List.of(new ArrayList<>()));

    /** Up to a checkpoint at the store whose output has left. */
    Told() {
      source("CopyAhead", args("request", 1, "page", PAGE, "version", 0), "Running", 0);
      source("PauseSource", args(), "Paused", 0);
      source("SwitchOver", args("position", 0, "request", 2), "Serving", 0);
      source("GivePage", args("page", PAGE, "version", 0), "Serving", 0);
      store("TakeUpAttempt", args("attempt", 1), "none", 0, 0);
      var copy = args("request", 1, "page", PAGE, "version", 0, "kept", true);
      store("KeepPage", copy, "none", 1, 0);
      store("ConfirmCopies", args("request", 2, "pages", List.of(PAGE)), "none", 1, 0);
      store("StartCheckpoints", args("request", 3, "position", 0), "none", 1, 0);
      destination("RunGuest", args("position", 0), "Running", 0, 0, 1);
      var fetched = args("page", PAGE, "version", 0, "from", "source");
      destination("FetchPage", fetched, "Running", 0, 0, 0);
      destination("GuestStep", args("page", PAGE, "previous", 0), "Running", 1, 0, 0);
      var checkpoint = args("position", 1, "pages", List.of(PAGE));
      destination("CommitCheckpoint", checkpoint, "Running", 1, 0, 0);
      store("CommitPages", checkpoint, "none", 1, 1);
      destination.add(arrived("ReceiveCheckpointDone", args("position", 1), 0));
      destination.add(arrived("ReleaseOutput", args("position", 1), 1));
    }

    private static Event arrived(String action, Map<String, Object> args, int released) {
      return new Event("destination", action, args, after("Running", 1, 1, released, 0));
    }

    private static Map<String, Object> after(
        String phase, int position, int acknowledged, int released, int missing) {
      return args(
          "phase",
          phase,
          "position",
          position,
          "acknowledged",
          acknowledged,
          "released",
          released,
          "missing",
          missing);
    }

    Told source(String action, Map<String, Object> args, String phase, int position) {
      var after = args("phase", phase, "position", position, "stored", 0);
      source.add(new Event("source", action, args, after));
      return this;
    }

    private void destination(
        String action,
        Map<String, Object> args,
        String phase,
        int position,
        int acknowledged,
        int missing) {
      var after = after(phase, position, acknowledged, 0, missing);
      destination.add(new Event("destination", action, args, after));
    }

    /** Behind the checkpoint. */
    Told destination(String action, Map<String, Object> args, String phase) {
      destination.add(new Event("destination", action, args, after(phase, 1, 1, 1, 0)));
      return this;
    }

    Told store(String action, Map<String, Object> args, String claim, int copies, int stored) {
      var after = args("phase", claim, "copies", copies, "stored", stored);
      store.get(store.size() - 1).add(new Event("store", action, args, after));
      return this;
    }

    /** The next life, in which it has nothing. */
    Told startedAgain(String claim) {
      store.add(new ArrayList<>());
      return again("TakeUpAttempt", args("attempt", 1), claim);
    }

    Told again(String action, Map<String, Object> args, String claim) {
      return store(action, args, claim, 0, 0);
    }

    Told sourceAsks(int request) {
      return source("AskClaim", args("request", request), "Serving", 0);
    }

    Told destinationAsks(int request) {
      return destination("AskClaim", args("request", request), "Running");
    }

    Told sourceIsGivenTheClaim() {
      return sourceAsks(4)
          .store("TakeClaim", args("by", "source", "request", 4), "source", 1, 1)
          .source("StartRecovery", args("request", 4), "Recovering", 0);
    }

    Told sourceGoesOn() {
      return sourceIsGivenTheClaim()
          .store("GiveImage", args("position", 1), "source", 1, 1)
          .source("RecoverSource", args("position", 1, "missing", List.of()), "Recovered", 1);
    }

    TraceFiles write(Path folder, String name) throws IOException {
      Path own = Files.createDirectories(folder.resolve(name.replace(' ', '-')));
      List<Path> files = new ArrayList<>();
      files.add(EngineRun.write(own.resolve("source.ndjson"), source));
      files.add(EngineRun.write(own.resolve("destination.ndjson"), destination));
      for (List<Event> life : store) {
        files.add(EngineRun.write(own.resolve("store-" + files.size() + ".ndjson"), life));
      }
      return new TraceFiles(name, files, List.of(PAGE), false);
    }
  }

  private static Map<String, Object> asked(String by, int request) {
    return args("by", by, "request", request);
  }

  private static Map<String, Object> said(String by, int request, String claim) {
    return args("by", by, "request", request, "claim", claim);
  }

  private Map<String, Verdict> judge(Map<String, Told> all) throws Exception {
    List<TraceFiles> traces = new ArrayList<>();
    for (Map.Entry<String, Told> each : all.entrySet()) {
      traces.add(each.getValue().write(folder, each.getKey()));
    }
    return TraceCheck.check(traces, TracedProtocol.FORWARD_CHECKPOINT);
  }

  @Test
  void anHonestOneIsExplained() throws Exception {
    Map<String, Told> honest = new LinkedHashMap<>();
    honest.put(
        "the claim is told again",
        new Told()
            .sourceGoesOn()
            .startedAgain("source")
            .destinationAsks(2)
            .again("Refuse", said("destination", 2, "source"), "source")
            .destination("LearnSuperseded", args("request", 2), "Superseded"));
    honest.put(
        "an answer that was lost is given again",
        new Told()
            .sourceAsks(4)
            .store("TakeClaim", asked("source", 4), "source", 1, 1)
            .startedAgain("source")
            .sourceAsks(5)
            .again("TakeClaim", asked("source", 5), "source")
            .source("StartRecovery", args("request", 5), "Recovering", 0));
    honest.put(
        "a claim was kept and nobody was told",
        new Told()
            .sourceAsks(4)
            .startedAgain("source")
            .sourceAsks(5)
            .again("TakeClaim", asked("source", 5), "source")
            .source("StartRecovery", args("request", 5), "Recovering", 0)
            .destinationAsks(2)
            .again("Refuse", said("destination", 2, "source"), "source")
            .destination("LearnSuperseded", args("request", 2), "Superseded"));
    honest.put(
        "nobody had the claim and nobody gets it",
        new Told()
            .startedAgain("none")
            .sourceAsks(4)
            .again("Refuse", said("source", 4, "none"), "none")
            .destinationAsks(2)
            .again("Refuse", said("destination", 2, "none"), "none"));
    honest.put(
        "it was started again twice",
        new Told()
            .sourceGoesOn()
            .startedAgain("source")
            .startedAgain("source")
            .destinationAsks(2)
            .again("ConfirmClaim", said("destination", 2, "source"), "source")
            .destination("LearnSuperseded", args("request", 2), "Superseded"));
    honest.put(
        "the other host is refused while the claim is being kept",
        new Told()
            .sourceAsks(4)
            .destinationAsks(2)
            .store("Refuse", said("destination", 2, "none"), "none", 1, 1)
            .store("TakeClaim", asked("source", 4), "source", 1, 1));
    Map<String, Verdict> verdicts = judge(honest);
    assertEquals(honest.keySet(), verdicts.keySet());
    verdicts.forEach(
        (name, verdict) ->
            assertInstanceOf(Verdict.Holds.class, verdict, () -> name + ": " + verdict.sentence()));
  }

  @Test
  void oneThatForgetsOrGivesAgainIsFoundOut() throws Exception {
    Map<String, Told> wrong = new LinkedHashMap<>();
    wrong.put("a claim is forgotten", new Told().sourceGoesOn().startedAgain("none"));
    wrong.put(
        "a claim is forgotten that nobody had read",
        new Told()
            .sourceAsks(4)
            .store("TakeClaim", asked("source", 4), "source", 1, 1)
            .startedAgain("none"));
    wrong.put("another has it now", new Told().sourceGoesOn().startedAgain("destination"));
    wrong.put(
        "a claim is given twice",
        new Told()
            .sourceGoesOn()
            .startedAgain("source")
            .destinationAsks(2)
            .again("TakeClaim", asked("destination", 2), "destination"));
    wrong.put("nobody had asked for the claim", new Told().startedAgain("source"));
    wrong.put(
        "a claim is given without pages",
        new Told()
            .startedAgain("none")
            .sourceAsks(4)
            .again("TakeClaim", asked("source", 4), "source"));
    wrong.put(
        "the claim is refused to who has it",
        new Told()
            .sourceAsks(4)
            .store("TakeClaim", asked("source", 4), "source", 1, 1)
            .startedAgain("source")
            .sourceAsks(5)
            .again("Refuse", said("source", 5, "source"), "source"));
    wrong.put(
        "an image is given without pages",
        new Told()
            .sourceIsGivenTheClaim()
            .startedAgain("source")
            .again("GiveImage", args("position", 1), "source"));
    wrong.put(
        "pages are kept",
        new Told()
            .startedAgain("none")
            .again("GivePage", args("page", PAGE, "version", 1), "none"));
    wrong.put(
        "a copy is taken without those before",
        new Told()
            .startedAgain("none")
            .again(
                "KeepPage", args("request", 1, "page", PAGE, "version", 0, "kept", true), "none"));
    wrong.put(
        "the claim is refused to the only one who asks",
        new Told().sourceAsks(4).store("Refuse", said("source", 4, "none"), "none", 1, 1));
    Map<String, Verdict> verdicts = judge(wrong);
    assertEquals(wrong.keySet(), verdicts.keySet());
    verdicts.forEach(
        (name, verdict) -> {
          var violated =
              assertInstanceOf(
                  Verdict.Violated.class, verdict, () -> name + ": " + verdict.sentence());
          // It is the store that is found out, and not what a host read of it.
          assertTrue(violated.evidence().contains("\"host\":\"store\""), violated.evidence());
        });
  }
}
