package landfall.judge;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import landfall.evidence.HostEvent;
import landfall.evidence.Judge;
import landfall.evidence.MessageSeen;
import landfall.evidence.TrialResult;
import landfall.evidence.Verdict;
import landfall.implementation.Ownership;
import landfall.nemesis.Direction;
import landfall.nemesis.StreamEvent;
import landfall.trial.Observations;
import landfall.trial.Observations.Attempt;
import landfall.trial.Observations.HostEnd;
import landfall.trial.Observations.Route;
import landfall.trial.Observations.Seen;
import landfall.trial.Schedule;
import landfall.trial.TrialFiles;

/** Judges a trial from its files. */
public final class TrialJudge {
  private static final int PICTURE_MAX = 500;
  private static final String REPLAY = "./landfall replay %s";

  private TrialJudge() {}

  static boolean hasArbiter(Schedule schedule) {
    return schedule.ownership() == Ownership.LOCK;
  }

  /**
   * What all judges but the trace judge say. The trace judge takes many trials at once: see {@link
   * TraceJudge}.
   *
   * @param traceVerdict what the trace judge said; null if it has not been asked yet
   * @throws IOException if a file of the trial is missing or malformed; the message says where
   */
  public static TrialResult judge(TrialFiles files, Verdict traceVerdict) throws IOException {
    Schedule schedule = files.readSchedule();
    Observations seen = files.readObservations();
    Map<Judge, Verdict> verdicts = new EnumMap<>(Judge.class);
    if (seen.end() == null) {
      String why = seen.brokenBy() == null ? "the trial has no end" : seen.brokenBy();
      verdicts.put(Judge.LIVENESS, new Verdict.Broken(why));
    } else {
      verdicts.put(Judge.HISTORY, HistoryJudge.judge(files.history(), seen));
      boolean splits = schedule.mode().splits();
      boolean lacksPages =
          splits
              && seen.attempts().stream()
                  .anyMatch(attempt -> Fate.of(seen, attempt).leftWithoutPages());
      verdicts.put(
          Judge.MEMORY, MemoryJudge.judge(seen, schedule.guest().workingSetPages(), lacksPages));
      verdicts.put(
          Judge.LIVENESS, LivenessJudge.judge(seen, hasArbiter(schedule), schedule.mode()));
      verdicts.put(Judge.STATUS, StatusJudge.judge(seen, schedule.mode()));
      if (traceVerdict != null) {
        verdicts.put(Judge.TRACE, traceVerdict);
      }
    }
    Attempt last =
        seen.attempts().isEmpty() ? null : seen.attempts().get(seen.attempts().size() - 1);
    return new TrialResult(
        schedule.trial(),
        schedule.seed(),
        schedule.way(),
        schedule.plan(),
        seen.faults(),
        outcome(seen, last, verdicts.get(Judge.LIVENESS)),
        verdicts,
        last == null || !(last.downtimeMillis() >= 0) ? null : last.downtimeMillis(),
        last == null ? null : last.endMillis() - seen.attempts().get(0).startMillis(),
        seen.rounds(),
        HistoryJudge.completed(files.history()),
        files.traceEvents(),
        String.format(REPLAY, files.folder()),
        messages(seen),
        hostEvents(seen));
  }

  /** What the source said last; and that the guest is gone, where a host took it along. */
  private static String outcome(Observations seen, Attempt last, Verdict liveness) {
    String said = last == null ? "not started" : last.status();
    if (!(liveness instanceof Verdict.Holds) || !LivenessJudge.isGone(seen.end())) {
      return said;
    }
    return said
        + seen.end().hosts().stream()
            .filter(host -> !host.alive() || wasKilled(seen, host))
            .map(HostEnd::name)
            .collect(Collectors.joining(" and ", ", the guest was lost with ", ""));
  }

  /** Also a host that was started again: what it had is gone. */
  private static boolean wasKilled(Observations seen, HostEnd host) {
    return seen.faults().stream().anyMatch(fault -> Fate.killed(fault, host.name()));
  }

  private static List<MessageSeen> messages(Observations seen) {
    List<MessageSeen> messages = new ArrayList<>();
    for (StreamEvent event : first(seen.stream())) {
      boolean forward = event.direction() == Direction.FORWARD;
      double at = event.atNanos() / 1e6;
      Route route = seen.route(event.connection());
      messages.add(
          new MessageSeen(
              forward ? route.from() : route.to(),
              forward ? route.to() : route.from(),
              at,
              event.deliveredNanos() == 0 ? null : Math.max(at, event.deliveredNanos() / 1e6),
              event.label()));
    }
    return messages;
  }

  private static List<HostEvent> hostEvents(Observations seen) {
    List<HostEvent> events = new ArrayList<>();
    for (Seen each : first(seen.timeline())) {
      HostEvent.Kind kind =
          switch (each.kind()) {
            case RUN_STATE -> HostEvent.Kind.PHASE;
            case MIGRATION, EVENT -> HostEvent.Kind.STATUS;
            case COMMAND ->
                each.text().startsWith("fault") ? HostEvent.Kind.FAULT : HostEvent.Kind.STATUS;
            case EXIT -> HostEvent.Kind.PHASE;
          };
      String label = each.text().isBlank() ? "(nothing)" : each.text();
      events.add(new HostEvent(each.host(), each.atMillis(), label, kind));
    }
    int left = seen.timeline().size() - events.size();
    if (left > 0) {
      Seen last = seen.timeline().get(events.size() - 1);
      events.add(
          new HostEvent(
              last.host(),
              last.atMillis(),
              "and " + left + " more, in observations.json",
              HostEvent.Kind.STATUS));
    }
    return events;
  }

  /** As much of it as fits into a picture, and into a report that can be read. */
  private static <T> List<T> first(List<T> all) {
    return all.subList(0, Math.min(PICTURE_MAX, all.size()));
  }
}
