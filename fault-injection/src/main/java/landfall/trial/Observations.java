package landfall.trial;

import java.util.List;
import java.util.Set;
import landfall.evidence.FaultResult;
import landfall.evidence.RoundResult;
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
 * @param memory the comparison of both RAMs; null if there was none
 * @param end how the trial ended
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
    MemoryComparison memory,
    End end,
    String brokenBy) {

  /** The reports of a source that say how an attempt ended. */
  public static final Set<String> OUTCOMES = Set.of("completed", "failed", "cancelled");

  public Observations {
    attempts = List.copyOf(attempts);
    faults = List.copyOf(faults);
    timeline = List.copyOf(timeline);
    replies = List.copyOf(replies);
    witness = List.copyOf(witness);
    stream = List.copyOf(stream);
    rounds = List.copyOf(rounds);
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

  /** A reply of the guest, at whichever host. */
  public record GuestReply(double atMillis, String host, long id, long step) {}

  /**
   * A report of the guest about its own memory.
   *
   * @param line as it came: {@code !mismatch ...}, {@code verify PAGES WRONG}, or {@code status
   *     ...}
   */
  public record WitnessReport(double atMillis, String host, String line) {}

  /**
   * Both RAMs, saved while both hosts held the guest paused.
   *
   * @param pages how many pages were compared
   * @param differing the first pages that differ, by number
   */
  public record MemoryComparison(long pages, List<Integer> differing) {
    public MemoryComparison {
      differing = List.copyOf(differing);
    }
  }

  /**
   * The end of a trial, after every fault was healed and the guest had its time to come back.
   *
   * @param sourceAlive the source's process lives
   * @param destinationAlive the destination's process lives
   * @param sourceRunState its last answer to query-status; empty if it had none
   * @param destinationRunState the same for the destination
   * @param sourceMigration the source's last answer to query-migrate
   * @param healedMillis when the last fault was over
   * @param answeredAt the hosts at which the guest answered after that
   * @param answeredMillis when it first did; negative if it never did
   * @param waitedMillis how long was waited for that
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
      double waitedMillis) {
    public End {
      answeredAt = List.copyOf(answeredAt);
    }
  }
}
