package landfall.judge;

import java.util.ArrayList;
import java.util.List;
import landfall.evidence.FaultResult;
import landfall.nemesis.Direction;
import landfall.nemesis.FaultKind;
import landfall.nemesis.StreamEvent;
import landfall.nemesis.StreamPhase;
import landfall.trial.Observations;
import landfall.trial.Observations.Attempt;
import landfall.trial.Observations.End;
import landfall.trial.Observations.GuestReply;
import landfall.trial.Observations.Kind;
import landfall.trial.Observations.MemoryComparison;
import landfall.trial.Observations.Seen;
import landfall.trial.Observations.WitnessReport;

/** Observations of a trial, told line by line. */
final class Story {
  private final List<Attempt> attempts = new ArrayList<>();
  private final List<FaultResult> faults = new ArrayList<>();
  private final List<Seen> timeline = new ArrayList<>();
  private final List<GuestReply> replies = new ArrayList<>();
  private final List<WitnessReport> witness = new ArrayList<>();
  private final List<StreamEvent> stream = new ArrayList<>();
  private MemoryComparison memory;
  private End end = new End(true, true, "running", "inmigrate", "none", 0, List.of(), -1, 5_000);
  private String brokenBy;
  private long id;

  /** An attempt that the source reports so; the guest served on until it began. */
  static Story of(double startMillis, double endMillis, String status) {
    return new Story().attempt(startMillis, endMillis, status);
  }

  /** A migration that went well: the guest answers at the source before, then at the other host. */
  static Story completed() {
    return of(100, 200, "completed")
        .answers("source", 50, 1)
        .answers("destination", 250, 2)
        .says("source", 200, "completed")
        .ends("postmigrate", "running", "completed", "destination");
  }

  /** An attempt that failed: the guest answers at the source before and after. */
  static Story failed() {
    return of(100, 200, "failed")
        .answers("source", 50, 1)
        .answers("source", 250, 2)
        .says("source", 200, "failed")
        .ends("running", "inmigrate", "failed", "source");
  }

  Story attempt(double startMillis, double endMillis, String status) {
    attempts.add(new Attempt(startMillis, endMillis, status, "", -1));
    return passes(StreamPhase.FIRST_ROUND);
  }

  Story answers(String host, double atMillis, long step) {
    replies.add(new GuestReply(atMillis, host, ++id, step));
    return this;
  }

  Story says(String host, double atMillis, String text) {
    timeline.add(new Seen(atMillis, host, Kind.MIGRATION, text));
    return this;
  }

  Story reports(String line) {
    witness.add(new WitnessReport(300, "destination", line));
    return this;
  }

  Story passes(StreamPhase phase) {
    Direction direction =
        phase == StreamPhase.READY || phase == StreamPhase.RESUMED
            ? Direction.BACK
            : Direction.FORWARD;
    stream.add(new StreamEvent(1, direction, phase, phase.word(), 0, 150_000_000));
    return this;
  }

  Story carriesNothing() {
    stream.clear();
    return this;
  }

  Story fault(FaultKind kind, boolean seen) {
    faults.add(new FaultResult(kind.word(), "handover", 150, seen, "as the test says"));
    return this;
  }

  Story compared(long pages, Integer... differing) {
    memory = new MemoryComparison(pages, List.of(differing));
    return this;
  }

  Story ends(String source, String destination, String migration, String... answeredAt) {
    end =
        new End(
            !source.isEmpty(),
            !destination.isEmpty(),
            source,
            destination,
            migration,
            180,
            List.of(answeredAt),
            answeredAt.length == 0 ? -1 : 250,
            5_000);
    return this;
  }

  Story broken(String why) {
    end = null;
    brokenBy = why;
    return this;
  }

  Observations told() {
    return new Observations(
        attempts, faults, timeline, replies, witness, stream, List.of(), memory, end, brokenBy);
  }
}
