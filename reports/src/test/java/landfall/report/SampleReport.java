package landfall.report;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import landfall.evidence.FaultResult;
import landfall.evidence.HostEvent;
import landfall.evidence.HostEvent.Kind;
import landfall.evidence.ImplementationVersion;
import landfall.evidence.Judge;
import landfall.evidence.MessageSeen;
import landfall.evidence.ModelResult;
import landfall.evidence.Report;
import landfall.evidence.RoundResult;
import landfall.evidence.TrialResult;
import landfall.evidence.Verdict;

/** A report with something of everything, to test and to look at. */
final class SampleReport {

  static final String STALE_READ =
      """
      key 3: the value 17 came and went while 12 had to be in force
      these 3 operations have no order that one cas-register could have answered (initial value nil):
        process 0  write 12  asked at 12.004 ms (event 40), ok at 12.911 ms (event 42)
        process 1  write 17  asked at 230.120 ms (event 611), ok at 231.000 ms (event 613)
        process 2  read 12  asked at 244.100 ms (event 655), ok at 244.907 ms (event 656)""";

  private SampleReport() {}

  static Report holding() {
    var trials = new ArrayList<TrialResult>();
    String[][] plans = {
      {"kill-destination", "precopy-round-2"},
      {"cut-both-ways", "precopy-round-1"},
      {"reset", "handover"},
      {"rate-limit", "precopy-round-1"},
      {"stop-source", "precopy-round-2"},
      {"cut-one-way", "handover"},
      {"delay", "precopy-round-3"}
    };
    for (int id = 1; id <= 12; id++) {
      String[] plan = plans[id % plans.length];
      trials.add(trial(id, plan[0], plan[1], id % 4 != 0, Map.of()));
    }
    return Report.of(new ImplementationVersion("reference", "0.1.0"), 42, models(true), trials);
  }

  static Report violated() {
    var trials = new ArrayList<>(holding().trials());
    trials.add(
        trial(
            13,
            "cut-one-way",
            "handover",
            true,
            Map.of(Judge.HISTORY, new Verdict.Violated("Linearizable", STALE_READ))));
    trials.add(
        trial(
            14,
            "kill-source",
            "precopy-round-2",
            true,
            Map.of(Judge.TRACE, new Verdict.Undecided("10.0 s, 2,000,000 states"))));
    trials.add(
        trial(
            15,
            "half-open",
            "handover",
            true,
            Map.of(Judge.MEMORY, new Verdict.Broken("pmemsave <timed out> after 5 s"))));
    return Report.of(
        new ImplementationVersion("qemu-riscv64", "7.2.17 (Debian \"bookworm\" & <co>)"),
        42,
        models(false),
        trials);
  }

  private static List<ModelResult> models(boolean ok) {
    return List.of(
        new ModelResult(
            "MCLiveMigration",
            ModelResult.Kind.HOLDS,
            "no error",
            "no error",
            4_812,
            4_812L,
            21,
            1_312,
            true,
            Map.of("PauseSource", 12L),
            null),
        new ModelResult(
            "MCPreCopy",
            ModelResult.Kind.HOLDS,
            "no error",
            "no error",
            ok ? 108_800 : 97_211,
            108_800L,
            38,
            9_120,
            ok,
            Map.of("PauseSource", 12L),
            null),
        new ModelResult(
            "MCHandoverResumeWithoutAcknowledgement",
            ModelResult.Kind.COUNTEREXAMPLE,
            "AtMostOneEffective is violated",
            "AtMostOneEffective is violated",
            311,
            null,
            9,
            1_020,
            true,
            Map.of(),
            "models/MCHandoverResumeWithoutAcknowledgement/counterexample.txt"));
  }

  private static TrialResult trial(
      int id, String fault, String phase, boolean seen, Map<Judge, Verdict> worse) {
    Map<Judge, Verdict> verdicts = new EnumMap<>(Judge.class);
    verdicts.put(Judge.HISTORY, new Verdict.Holds(412));
    verdicts.put(Judge.MEMORY, new Verdict.Holds(32_768));
    verdicts.put(Judge.TRACE, new Verdict.Holds(57));
    verdicts.put(Judge.LIVENESS, new Verdict.Holds(1));
    verdicts.put(Judge.STATUS, new Verdict.Holds(9));
    verdicts.putAll(worse);
    double at = 231.5 + id;
    boolean lost = fault.startsWith("cut");
    var messages =
        new ArrayList<>(
            List.of(
                new MessageSeen("source", "destination", 10.0, 10.4, "Hello, version 1"),
                new MessageSeen("destination", "source", 10.6, 10.9, "HelloReply"),
                new MessageSeen("source", "destination", 11.2, 92.0, "round 1, 32,768 pages"),
                new MessageSeen("source", "destination", 92.4, 150.1, "round 2, 4,210 pages"),
                new MessageSeen("destination", "source", 150.3, 150.5, "RoundDone 2"),
                new MessageSeen("source", "destination", 151.0, 171.9, "round 3, 890 pages"),
                new MessageSeen("source", "destination", 172.9, 180.2, "last pages and vCPU state"),
                new MessageSeen(
                    "destination", "source", 181.0, lost ? null : 181.3, "HandoverReady"),
                new MessageSeen("source", "destination", at + 30, at + 31, "HandoverCommit"),
                new MessageSeen("destination", "source", at + 33, at + 34, "Resumed")));
    var events =
        List.of(
            new HostEvent("source", 0, "running", Kind.PHASE),
            new HostEvent("destination", 0, "waiting", Kind.PHASE),
            new HostEvent("source", 10, "precopy round 1", Kind.PHASE),
            new HostEvent("destination", 10.4, "receiving", Kind.PHASE),
            new HostEvent("source", 92.2, "precopy round 2", Kind.PHASE),
            new HostEvent("source", 150.8, "precopy round 3", Kind.PHASE),
            new HostEvent("source", 172.1, "paused", Kind.PHASE),
            new HostEvent("source", 172.2, "STOP", Kind.STATUS),
            new HostEvent("destination", 180.4, "loaded", Kind.PHASE),
            new HostEvent("source", at, fault + " takes effect", Kind.FAULT),
            new HostEvent("source", at + 29, "status: device", Kind.STATUS),
            new HostEvent("destination", at + 32, "running", Kind.PHASE),
            new HostEvent("destination", at + 32.1, "RESUME", Kind.STATUS),
            new HostEvent("source", at + 34, "completed", Kind.PHASE));
    return new TrialResult(
        id,
        1000L + id,
        "precopy",
        fault + " in " + phase,
        List.of(
            new FaultResult(
                fault, phase, at, seen, seen ? "proxy dropped 3,120 bytes of HandoverReady" : "")),
        "completed",
        verdicts,
        at + 32 - 172.1,
        at + 34,
        List.of(
            new RoundResult(1, 32_768, 134_217_728, 81.2, 20_310),
            new RoundResult(2, 4_210, 17_244_160, 57.7, 15_020),
            new RoundResult(3, 890, 3_645_440, 21.1, 4_120)),
        412,
        57,
        "./landfall replay out/trials/%04d".formatted(id),
        messages,
        events);
  }
}
