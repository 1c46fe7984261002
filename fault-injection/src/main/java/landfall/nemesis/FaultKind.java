package landfall.nemesis;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

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
  MIGRATE_AGAIN,
  /** The operator gives up the connection of a guest that is on two hosts. */
  PAUSE_MIGRATION,
  /** The operator ends the source with {@code quit}. */
  QUIT_SOURCE(() -> new QuitHost(true)),
  /** The operator ends the destination with {@code quit}. */
  QUIT_DESTINATION(() -> new QuitHost(false)),
  /** The operator gives {@code cont} to the destination before the guest is there. */
  CONTINUE_DESTINATION(ContinueDestination::new),
  /** One bit for the destination is flipped; {@code amount} says which. */
  FLIP_BIT(() -> new FlipBit(Direction.FORWARD)),
  /** One bit for the source is flipped; {@code amount} says which. */
  FLIP_BIT_BACK(() -> new FlipBit(Direction.BACK)),
  /** The stream to the destination ends in the middle of a message. */
  TRUNCATE(TruncateStream::new),
  /** What the source sends arrives in pieces of {@code amount} bytes for the duration. */
  TINY_CHUNKS(TinyChunks::new),
  /** The end of a connection is passed on only after the duration. */
  SLOW_CLOSE(SlowClose::new);

  private final Supplier<Fault> made;

  FaultKind() {
    this(() -> null);
  }

  FaultKind(Supplier<Fault> made) {
    this.made = made;
  }

  /** A fault of this kind that is to be done; null for those that the nemesis does itself. */
  Fault make() {
    return made.get();
  }

  /** Whether it ends a host: what that host had is gone. */
  public boolean endsHost() {
    return ENDS_SOURCE.contains(this) || ENDS_DESTINATION.contains(this);
  }

  /** Those that end the source. */
  public static final Set<FaultKind> ENDS_SOURCE =
      Collections.unmodifiableSet(EnumSet.of(KILL_SOURCE, QUIT_SOURCE));

  /** Those that end the destination. */
  public static final Set<FaultKind> ENDS_DESTINATION =
      Collections.unmodifiableSet(EnumSet.of(KILL_DESTINATION, QUIT_DESTINATION));

  /** The kind of this word; empty if it is none, as in evidence of another version. */
  public static Optional<FaultKind> of(String word) {
    return Arrays.stream(values()).filter(kind -> kind.word().equals(word)).findFirst();
  }

  /** The word for it in plans, reports and coverage tables. */
  @JsonValue
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
