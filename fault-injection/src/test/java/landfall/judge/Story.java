package landfall.judge;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import landfall.evidence.FaultResult;
import landfall.nemesis.ConnectionSeen;
import landfall.nemesis.Direction;
import landfall.nemesis.FaultKind;
import landfall.nemesis.Place;
import landfall.nemesis.StreamEvent;
import landfall.nemesis.StreamPhase;
import landfall.trial.Mode;
import landfall.trial.Observations;
import landfall.trial.Observations.Attempt;
import landfall.trial.Observations.End;
import landfall.trial.Observations.GuestReply;
import landfall.trial.Observations.HostEnd;
import landfall.trial.Observations.Incident;
import landfall.trial.Observations.Kind;
import landfall.trial.Observations.MemoryComparison;
import landfall.trial.Observations.Route;
import landfall.trial.Observations.Seen;
import landfall.trial.Observations.Silence;
import landfall.trial.Observations.WitnessReport;
import landfall.trial.Schedule;

/** Observations of a trial, told line by line. */
final class Story {
  private final List<Attempt> attempts = new ArrayList<>();
  private final List<FaultResult> faults = new ArrayList<>();
  private final List<Seen> timeline = new ArrayList<>();
  private final List<GuestReply> replies = new ArrayList<>();
  private final List<WitnessReport> witness = new ArrayList<>();
  private final List<StreamEvent> stream = new ArrayList<>();
  private MemoryComparison memory;
  private final List<ConnectionSeen> connections = new ArrayList<>();
  private final List<Incident> incidents = new ArrayList<>();
  private final Map<String, Long> dropped = new TreeMap<>();
  private End end = new End(hosts("running", "inmigrate", "none"), 0, List.of(), -1, 5_000, null);
  private String brokenBy;
  private String lock;
  private long requests;
  private long id;

  /** An attempt that the source reports so; the guest served on until it began. */
  static Story of(double startMillis, double endMillis, String status) {
    return new Story().attempt(startMillis, endMillis, status);
  }

  /** A migration that went well: the guest answers at the source before, then at the other host. */
  static Story completed() {
    return of(100, 200, "completed")
        .answers("A", 50, 1)
        .answers("B", 250, 2)
        .says("A", 200, "completed")
        .ends("postmigrate", "running", "completed", "B");
  }

  /** An attempt that failed: the guest answers at the source before and after. */
  static Story failed() {
    return of(100, 200, "failed")
        .answers("A", 50, 1)
        .answers("A", 250, 2)
        .says("A", 200, "failed")
        .ends("running", "inmigrate", "failed", "A");
  }

  Story attempt(double startMillis, double endMillis, String status) {
    attempts.add(new Attempt("A", "B", startMillis, endMillis, status, "", -1));
    return passes(StreamPhase.FIRST_ROUND);
  }

  /** Another attempt by the host at which the guest is, to a third one. */
  Story elsewhere(double startMillis, double endMillis, String status) {
    attempts.add(new Attempt("A", "C", startMillis, endMillis, status, "", -1));
    return this;
  }

  /** Another attempt, by which the guest is to come back. */
  Story back(double startMillis, double endMillis, String status) {
    attempts.add(new Attempt("B", "A", startMillis, endMillis, status, "", -1));
    return this;
  }

  Story locked(String record) {
    lock = record;
    return this;
  }

  /** The end of a trial with three hosts. */
  Story endsAt(String first, String second, String third, String... answeredAt) {
    ends(first, second, "completed", answeredAt);
    List<HostEnd> three = new ArrayList<>(end.hosts());
    three.add(new HostEnd("C", !third.isEmpty(), third, "completed"));
    end =
        new End(
            three,
            end.healedMillis(),
            end.answeredAt(),
            end.answeredMillis(),
            end.waitedMillis(),
            end.silence());
    return this;
  }

  Story answers(String host, double atMillis, long step) {
    replies.add(new GuestReply(atMillis, host, ++id, step, null));
    return this;
  }

  /** An answer to a request that was sent at this time. */
  Story answers(String host, double atMillis, long step, double sentMillis) {
    replies.add(new GuestReply(atMillis, host, ++id, step, sentMillis));
    return this;
  }

  Story says(String host, double atMillis, String text) {
    timeline.add(new Seen(atMillis, host, Kind.MIGRATION, text));
    return this;
  }

  /** The operator gives a host this command. */
  Story operator(String host, double atMillis, String command) {
    timeline.add(new Seen(atMillis, host, Kind.COMMAND, command));
    return this;
  }

  /** An event of a host. */
  Story tells(String host, double atMillis, String event) {
    timeline.add(new Seen(atMillis, host, Kind.EVENT, event));
    return this;
  }

  Story reports(String line) {
    witness.add(new WitnessReport(300, "B", line));
    return this;
  }

  Story passes(StreamPhase phase) {
    stream.add(
        new StreamEvent(1, phase.direction(), phase, phase.word(), 0, 150_000_000, 150_000_000));
    return this;
  }

  Story carriesNothing() {
    stream.clear();
    return this;
  }

  /** From this time on nobody can read the stream. */
  Story isEncrypted(double atMillis) {
    long nanos = Math.round(atMillis * 1_000_000);
    stream.add(
        new StreamEvent(
            1, Direction.FORWARD, StreamPhase.CONNECTED, StreamEvent.ENCRYPTED, 0, nanos, nanos));
    return this;
  }

  /** A phase whose beginning is delivered at this time. */
  Story passes(StreamPhase phase, double atMillis) {
    return comes(phase, atMillis, atMillis);
  }

  /** A phase that comes to the proxy at this time, and whose beginning is never delivered. */
  Story comesInVain(StreamPhase phase, double atMillis) {
    return comes(phase, atMillis, 0);
  }

  private Story comes(StreamPhase phase, double atMillis, double deliveredMillis) {
    stream.add(
        new StreamEvent(
            1,
            Direction.FORWARD,
            phase,
            phase.word(),
            0,
            Math.round(atMillis * 1_000_000),
            Math.round(deliveredMillis * 1_000_000)));
    return this;
  }

  /** The stream is one that has a handover. */
  Story speaksHandover() {
    stream.add(0, new StreamEvent(1, Direction.FORWARD, StreamPhase.CONNECTED, "Hello", 0, 0, 1));
    return this;
  }

  /** The source ended its direction, and the destination's socket had taken all of it. */
  Story delivers(double atMillis) {
    connections.add(new ConnectionSeen(1, 1_000_000, true, Math.round(atMillis * 1_000_000)));
    return this;
  }

  Story fault(FaultKind kind, boolean seen) {
    return fault(kind, "first-round", 150, seen);
  }

  Story fault(FaultKind kind, String phase, double atMillis, boolean seen) {
    String host =
        !kind.traits().endsHost() ? null : kind.traits().place() == Place.SOURCE ? "A" : "B";
    faults.add(new FaultResult(kind.word(), phase, atMillis, seen, host, "as the test says"));
    return this;
  }

  Story runs(String host, double atMillis, String state) {
    timeline.add(new Seen(atMillis, host, Kind.RUN_STATE, state));
    return this;
  }

  Story compared(long pages, Integer... differing) {
    memory = new MemoryComparison(pages, List.of(differing), "");
    return this;
  }

  Story notCompared(String why) {
    memory = new MemoryComparison(0, List.of(), why);
    return this;
  }

  Story hadIncident(String host, String what) {
    incidents.add(new Incident(120, host, what));
    return this;
  }

  Story asked(long howOften) {
    requests = howOften;
    return this;
  }

  Story dropped(String what, long howMuch) {
    dropped.put(what, howMuch);
    return this;
  }

  /** How long the guest was silent after it had come back, and how long our own clients stood. */
  Story silentFor(double millis, double ownMillis) {
    end =
        new End(
            end.hosts(),
            end.healedMillis(),
            end.answeredAt(),
            end.answeredMillis(),
            end.waitedMillis(),
            new Silence(550, millis, ownMillis));
    return this;
  }

  Story ends(String source, String destination, String migration, String... answeredAt) {
    end =
        new End(
            hosts(source, destination, migration),
            180,
            List.of(answeredAt),
            answeredAt.length == 0 ? -1 : 250,
            5_000,
            answeredAt.length == 0 ? null : new Silence(250, 30, 0));
    return this;
  }

  private static List<HostEnd> hosts(String first, String second, String migration) {
    return List.of(
        new HostEnd("A", !first.isEmpty(), first, migration),
        new HostEnd("B", !second.isEmpty(), second, "none"));
  }

  Story broken(String why) {
    end = null;
    brokenBy = why;
    return this;
  }

  /** What was decided before it began. */
  static Schedule schedule(Mode mode, List<Schedule.Migration> migrations) {
    return new Schedule(
        1,
        7,
        "reference",
        mode,
        migrations,
        true,
        false,
        new Schedule.GuestLoad(200, 1000, 8, 10),
        8_000_000,
        15,
        List.of());
  }

  Observations told() {
    return new Observations(
        attempts,
        faults,
        timeline,
        replies,
        witness,
        stream,
        List.of(),
        connections,
        memory,
        end,
        incidents,
        dropped,
        requests,
        List.of(new Route(1, "A", "B")),
        lock,
        brokenBy);
  }
}
