package landfall.nemesis;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What can be done to a migration. */
public enum FaultKind {
  /** SIGKILL to the source. */
  KILL_SOURCE,
  /** SIGKILL to the destination. */
  KILL_DESTINATION,
  /** SIGSTOP to the source, SIGCONT after the duration. */
  STOP_SOURCE,
  /** SIGSTOP to the destination, SIGCONT after the duration. */
  STOP_DESTINATION,
  /** Nothing is delivered in either direction for the duration; connections stay open. */
  CUT_BOTH,
  /** Nothing is delivered to the destination for the duration. */
  CUT_FORWARD,
  /** Nothing is delivered to the source for the duration. */
  CUT_BACK,
  /** Both ends of the connection are reset. */
  RESET,
  /**
   * The destination's end is reset, the source's stays open, and what it sends vanishes; after the
   * duration it is reset too.
   */
  HALF_OPEN,
  /** At most {@code amount} bytes a second are delivered for the duration. */
  RATE_LIMIT,
  /** Every chunk is delivered {@code amount} milliseconds late for the duration. */
  DELAY,
  /** What the connection carries is held, and delivered when the next one is well under way. */
  HOLD_THEN_RELEASE,
  /** The operator cancels the migration. */
  CANCEL,
  /** The operator pauses the guest at the source, and lets it go on after the duration. */
  PAUSE_GUEST,
  /** The operator lets the guest go on at the source, although nobody had paused it. */
  CONTINUE_SOURCE,
  /** The operator migrates once more while the migration is under way. */
  MIGRATE_AGAIN;

  /** The word for it in plans, reports and coverage tables. */
  @JsonValue
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
