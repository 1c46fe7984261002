package landfall.tracecheck;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import landfall.evidence.Verdict;
import landfall.tracecheck.EngineRun.Event;
import landfall.tracecheck.RecordedBehaviours.Behaviour;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Traces of PostCopy and ReverseCheckpoint, taken from random behaviours of the specifications. By
 * default a part of the changed traces is judged, chosen by a seed; {@code
 * -Dlandfall.perturbations=all} judges all of them ({@code .ci/run} does).
 */
class HostTracesTest {
  private static final long SEED = Long.getLong("landfall.seed", 1);
  private static final boolean ALL = "all".equals(System.getProperty("landfall.perturbations"));
  private static final int WALKS = Integer.getInteger("landfall.walks", 100);
  private static final int STEPS_MAX = 70;

  @TempDir Path folder;

  private record Recorded(Behaviour behaviour, boolean arbiter) {}

  @Test
  void everyBehaviourOfPostCopyIsAccepted() throws Exception {
    everyBehaviourIsAccepted(TracedProtocol.POST_COPY, postCopy());
  }

  @Test
  void everyBehaviourOfReverseCheckpointIsAccepted() throws Exception {
    everyBehaviourIsAccepted(TracedProtocol.REVERSE_CHECKPOINT, reverseCheckpoint());
  }

  @Test
  void changedTracesOfPostCopyAreRejectedUnlessTheChangeDoesNoHarm() throws Exception {
    changedTracesAreRejected(TracedProtocol.POST_COPY, postCopy());
  }

  @Test
  void changedTracesOfReverseCheckpointAreRejectedUnlessTheChangeDoesNoHarm() throws Exception {
    changedTracesAreRejected(TracedProtocol.REVERSE_CHECKPOINT, reverseCheckpoint());
  }

  private static List<Recorded> postCopy() throws IOException, InterruptedException {
    List<Recorded> recorded = new ArrayList<>();
    for (boolean arbiter : List.of(false, true)) {
      RecordedBehaviours.of(
              TracedProtocol.POST_COPY,
              WALKS,
              STEPS_MAX,
              SEED,
              "Arbiter = " + (arbiter ? "TRUE" : "FALSE"))
          .forEach(behaviour -> recorded.add(new Recorded(behaviour, arbiter)));
    }
    return recorded;
  }

  private static List<Recorded> reverseCheckpoint() throws IOException, InterruptedException {
    return RecordedBehaviours.of(TracedProtocol.REVERSE_CHECKPOINT, WALKS, STEPS_MAX, SEED).stream()
        .map(behaviour -> new Recorded(behaviour, false))
        .toList();
  }

  private void everyBehaviourIsAccepted(TracedProtocol protocol, List<Recorded> recorded)
      throws Exception {
    List<TraceFiles> traces = new ArrayList<>();
    for (Recorded one : recorded) {
      if (!one.behaviour().events().isEmpty()) {
        traces.add(write("behaviour " + traces.size(), one.behaviour(), one.arbiter()));
      }
    }
    TraceCheck.check(traces, protocol)
        .forEach(
            (name, verdict) ->
                assertTrue(
                    verdict instanceof Verdict.Holds || verdict instanceof Verdict.Undecided,
                    () -> name + ": " + verdict));
  }

  private void changedTracesAreRejected(TracedProtocol protocol, List<Recorded> recorded)
      throws Exception {
    List<Recorded> chosen = covering(recorded);
    List<TraceFiles> unchanged = new ArrayList<>();
    Map<String, Perturbation> perturbations = new LinkedHashMap<>();
    List<TraceFiles> changed = new ArrayList<>();
    Random random = new Random(SEED);
    for (Recorded one : chosen) {
      unchanged.add(write("unchanged " + unchanged.size(), one.behaviour(), one.arbiter()));
      for (Perturbation perturbation : Perturbation.of(one.behaviour())) {
        if (ALL || random.nextInt(8) == 0) {
          String name = "changed " + perturbations.size();
          perturbations.put(name, perturbation);
          changed.add(write(name, perturbation.behaviour(), one.arbiter()));
        }
      }
    }
    Set<String> seen = new TreeSet<>();
    TraceCheck.check(unchanged, protocol, seen)
        .forEach((name, verdict) -> assertInstanceOf(Verdict.Holds.class, verdict, name));
    chosen.forEach(
        one -> one.behaviour().events().forEach((Event event) -> seen.add(event.action())));
    System.out.println("missing actions " + seen);

    long begin = System.nanoTime();
    Map<String, Verdict> verdicts = TraceCheck.check(changed, protocol);
    Map<String, Integer> accepted = new TreeMap<>();
    int rejected = 0;
    for (Map.Entry<String, Verdict> entry : verdicts.entrySet()) {
      Perturbation p = perturbations.get(entry.getKey());
      if (entry.getValue() instanceof Verdict.Violated) {
        rejected++;
      } else {
        accepted.merge(
            p.kind()
                + (p.last() ? " last " : " ")
                + p.event().action()
                + (p.next() == p.event() ? "" : " / " + p.next().action())
                + (entry.getValue() instanceof Verdict.Holds ? "" : entry.getValue().toString()),
            1,
            Integer::sum);
      }
    }
    System.out.println(
        protocol
            + " "
            + chosen.size()
            + " traces "
            + chosen.stream().map(c -> c.behaviour().events().size()).toList()
            + " perturbed "
            + verdicts.size()
            + " rejected "
            + rejected
            + " took "
            + (System.nanoTime() - begin) / 1000000);
    accepted.forEach((k, v) -> System.out.println("   " + k + ": " + v));
  }

  /** Few behaviours of 20 to 60 events that show together every action that any of them shows. */
  private static List<Recorded> covering(List<Recorded> recorded) {
    List<Recorded> chosen = new ArrayList<>();
    Set<String> shown = new TreeSet<>();
    while (true) {
      Recorded best = null;
      int most = 0;
      for (Recorded one : recorded) {
        int size = one.behaviour().events().size();
        Set<String> added = new TreeSet<>(one.behaviour().unseen());
        one.behaviour().events().forEach(event -> added.add(event.action()));
        added.removeAll(shown);
        if (size >= 20 && size <= 60 && added.size() > most) {
          most = added.size();
          best = one;
        }
      }
      if (best == null) {
        return chosen;
      }
      chosen.add(best);
      shown.addAll(best.behaviour().unseen());
      best.behaviour().events().forEach(event -> shown.add(event.action()));
    }
  }

  private TraceFiles write(String name, Behaviour behaviour, boolean arbiter) throws IOException {
    List<Path> files =
        EngineRun.write(folder, name, behaviour.at("source"), behaviour.at("destination")).files();
    return new TraceFiles(name, files, EngineRun.TRACKED.subList(0, 3), arbiter);
  }
}
