package landfall.trial;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import landfall.evidence.FaultResult;
import landfall.evidence.RoundResult;
import landfall.nemesis.ConnectionSeen;
import landfall.nemesis.StreamEvent;

/**
 * What was seen of a trial from outside, besides history and traces. Times are milliseconds since
 * it began.
 *
 * @param attempts the migrations that the operator asked for
 * @param faults what became of the faults
 * @param timeline what the hosts reported, in order
 * @param replies every reply of the guest, in order
 * @param witness what the guest reported about its memory
 * @param stream what passed on the migration channel, its times being nanoseconds since the trial
 *     began
 * @param rounds the dirty rounds of the last attempt
 * @param connections what became of each migration connection, its times as those of the stream
 * @param memory the comparison of both RAMs; null if there was no moment for it
 * @param end how the trial ended; null if it was cut short by a fault of our own
 * @param incidents what hosts did that kept us from seeing more
 * @param dropped what was said so often that not all of it was kept, with how much was not
 * @param requests how many requests were sent to the guest, at either host
 * @param brokenBy what went wrong on our own side; null if nothing did
 */
public record Observations(
    List<Attempt> attempts,
    List<FaultResult> faults,
    List<Seen> timeline,
    List<GuestReply> replies,
    List<WitnessReport> witness,
    List<StreamEvent> stream,
    List<RoundResult> rounds,
    List<ConnectionSeen> connections,
    MemoryComparison memory,
    End end,
    List<Incident> incidents,
    Map<String, Long> dropped,
    long requests,
    String brokenBy) {

  /** The reports of a source that say how an attempt ended. */
  public static final Set<String> OUTCOMES = Set.of("completed", "failed", "cancelled");

  /**
   * A guest that has come back is silent for no longer than this, while clients ask it all the
   * time.
   */
  public static final long SILENCE_MAX_MILLIS = 3_000;

  public Observations {
    attempts = List.copyOf(attempts);
    faults = List.copyOf(faults);
    timeline = List.copyOf(timeline);
    replies = List.copyOf(replies);
    witness = List.copyOf(witness);
    stream = List.copyOf(stream);
    rounds = List.copyOf(rounds);
    connections = connections == null ? List.of() : List.copyOf(connections);
    incidents = incidents == null ? List.of() : List.copyOf(incidents);
    dropped = dropped == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(dropped));
  }

  /** Whether some of these was dropped, such as {@code reports}. */
  public boolean dropped(String what) {
    return dropped.getOrDefault(what, 0L) > 0;
  }

  /**
   * One migration that was asked for.
   *
   * @param startMillis when the command was given
   * @param endMillis when its outcome was reported, or the trial gave up waiting for it
   * @param status the source's last word on it
   * @param error the cause that it gave; empty if none
   * @param downtimeMillis as the source measured it; negative if it did not tell
   */
  public record Attempt(
      double startMillis, double endMillis, String status, String error, double downtimeMillis) {}

  /** What a line of the timeline is. */
  public enum Kind {
    /** An event of QMP: STOP, RESUME, ... */
    EVENT,
    /** A change in what query-status answers. */
    RUN_STATE,
    /** A change in what query-migrate answers. */
    MIGRATION,
    /** A command that was given. */
    COMMAND,
    /** The process ended. */
    EXIT
  }

  /** One report of a host. */
  public record Seen(double atMillis, String host, Kind kind, String text) {}

  /**
   * A reply of the guest, at whichever host.
   *
   * @param sentMillis when the request was sent: the guest has executed there after that and before
   *     {@code atMillis}; null if it is not known
   */
  public record GuestReply(double atMillis, String host, long id, long step, Double sentMillis) {}

  /**
   * A report of the guest about its own memory.
   *
   * @param line as it came: {@code !mismatch ...}, {@code verify PAGES WRONG}, or {@code status
   *     ...}
   */
  public record WitnessReport(double atMillis, String host, String line) {}

  /**
   * Something that a host did, or did not do: it did not start, kept silent, or died unasked.
   *
   * @param what in words
   */
  public record Incident(double atMillis, String host, String what) {}

  /**
   * The longest time for which the guest answered nobody.
   *
   * @param fromMillis when it began
   * @param millis how long it lasted
   * @param ownMillis how long our own clients stood still at the longest; so much of a silence may
   *     be ours
   */
  public record Silence(double fromMillis, double millis, double ownMillis) {}

  /**
   * Both RAMs, saved while both hosts held the guest paused.
   *
   * @param pages how many pages were compared
   * @param differing the first pages that differ, by number
   * @param failure why they could not be compared, although both hosts should have held the guest
   *     paused; empty if they were
   */
  public record MemoryComparison(long pages, List<Integer> differing, String failure) {
    public MemoryComparison {
      differing = List.copyOf(differing);
      failure = failure == null ? "" : failure;
    }

    /** Both RAMs could not be compared. */
    static MemoryComparison failed(String why) {
      return new MemoryComparison(0, List.of(), why);
    }
  }

  /**
   * The end of a trial, after every fault was healed and the guest had its time to come back.
   *
   * @param sourceAlive the source's process lives
   * @param destinationAlive the destination's process lives
   * @param sourceRunState its answer to query-status at the end; empty if it gave none
   * @param destinationRunState the same for the destination
   * @param sourceMigration the source's last answer to query-migrate
   * @param healedMillis when the last fault was over
   * @param answeredAt the hosts at which the guest answered after that
   * @param answeredMillis when it first did; negative if it never did
   * @param waitedMillis how long clients asked after the last fault was over
   * @param silence the longest silence after the guest first answered; null if it never did
   */
  public record End(
      boolean sourceAlive,
      boolean destinationAlive,
      String sourceRunState,
      String destinationRunState,
      String sourceMigration,
      double healedMillis,
      List<String> answeredAt,
      double answeredMillis,
      double waitedMillis,
      Silence silence) {
    public End {
      answeredAt = List.copyOf(answeredAt);
    }
  }
}
