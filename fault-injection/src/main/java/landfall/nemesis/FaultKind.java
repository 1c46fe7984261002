package landfall.nemesis;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * What can be done to a migration: the registry of faults. Nobody but the classes that are named
 * here decides by kind; see {@link FaultTraits}.
 */
public enum FaultKind {
  /** SIGKILL to the source. */
  KILL_SOURCE(() -> new KillHost(Place.SOURCE)),
  /** SIGKILL to the destination. */
  KILL_DESTINATION(() -> new KillHost(Place.DESTINATION)),
  /** SIGSTOP to the source, SIGCONT after the duration. */
  STOP_SOURCE(() -> new StopHost(Place.SOURCE)),
  /** SIGSTOP to the destination, SIGCONT after the duration. */
  STOP_DESTINATION(() -> new StopHost(Place.DESTINATION)),
  /** Nothing is delivered in either direction for the duration; connections stay open. */
  CUT_BOTH(() -> new CutLink(EnumSet.allOf(Direction.class))),
  /** Nothing is delivered to the destination for the duration. */
  CUT_FORWARD(() -> new CutLink(EnumSet.of(Direction.FORWARD))),
  /** Nothing is delivered to the source for the duration. */
  CUT_BACK(() -> new CutLink(EnumSet.of(Direction.BACK))),
  /** Both ends of the connection are reset. */
  RESET(ResetConnection::new),
  /**
   * The destination's end is reset, the source's stays open, and what it sends vanishes; after the
   * duration it is reset too.
   */
  HALF_OPEN(HalfOpen::new),
  /** At most {@code amount} bytes a second are delivered for the duration. */
  RATE_LIMIT(RateLimit::new),
  /** Every chunk is delivered {@code amount} milliseconds late for the duration. */
  DELAY(DelayChunks::new),
  /** What the connection carries is held, and delivered when the next one is well under way. */
  HOLD_THEN_RELEASE(HoldThenRelease::new),
  /** The operator cancels the migration. */
  CANCEL(CancelMigration::new),
  /** The operator pauses the guest at the source, and lets it go on after the duration. */
  PAUSE_GUEST(PauseGuest::new),
  /** The operator lets the guest go on at the source, although nobody had paused it. */
  CONTINUE_SOURCE(() -> new CommandSource("cont")),
  /** The operator migrates once more while the migration is under way. */
  MIGRATE_AGAIN(() -> new CommandSource("migrate")),
  /** The operator gives up the connection of a guest that is on two hosts. */
  PAUSE_MIGRATION(PauseMigration::new),
  /** The operator ends the source with {@code quit}. */
  QUIT_SOURCE(() -> new QuitHost(Place.SOURCE)),
  /** The operator ends the destination with {@code quit}. */
  QUIT_DESTINATION(() -> new QuitHost(Place.DESTINATION)),
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
  SLOW_CLOSE(SlowClose::new),
  /** SIGKILL to the destination, which is started again after the duration. */
  RESTART_DESTINATION(() -> new RestartHost(Place.DESTINATION)),
  /** SIGSTOP to the process beside the hosts, SIGCONT after the duration. */
  STOP_COMPANION(() -> new StopHost(Place.COMPANION)),
  /** SIGKILL to the process beside the hosts, which is started again after the duration. */
  RESTART_COMPANION(() -> new RestartHost(Place.COMPANION)),
  /** What the source writes to the guest's disk fails for the duration. */
  FAIL_DISK_SOURCE(() -> FailDisk.byLimit(Place.SOURCE)),
  /** What the destination writes to the guest's disk fails for the duration. */
  FAIL_DISK_DESTINATION(() -> FailDisk.byLimit(Place.DESTINATION)),
  /** The storage of the guest's disk has no space for what the source writes. */
  FILL_DISK_SOURCE(() -> FailDisk.by(FailingCall.NO_SPACE, Place.SOURCE)),
  /** The storage of the guest's disk has no space for what the destination writes. */
  FILL_DISK_DESTINATION(() -> FailDisk.by(FailingCall.NO_SPACE, Place.DESTINATION)),
  /** What the source has written cannot be put onto its storage for the duration. */
  FAIL_SYNC_SOURCE(() -> FailDisk.by(FailingCall.NOT_FLUSHED, Place.SOURCE)),
  /** What the destination has written cannot be put onto its storage for the duration. */
  FAIL_SYNC_DESTINATION(() -> FailDisk.by(FailingCall.NOT_FLUSHED, Place.DESTINATION)),
  /** The source does not reach the storage of the arbiter for the duration. */
  LOSE_STORAGE_SOURCE(() -> new LoseStorage(Place.SOURCE)),
  /** The destination does not reach the storage of the arbiter for the duration. */
  LOSE_STORAGE_DESTINATION(() -> new LoseStorage(Place.DESTINATION)),
  /** The wall clock of the source is {@code amount} seconds ahead for the duration. */
  JUMP_CLOCK_SOURCE(() -> new JumpClock(Place.SOURCE)),
  /** The wall clock of the destination is {@code amount} seconds ahead for the duration. */
  JUMP_CLOCK_DESTINATION(() -> new JumpClock(Place.DESTINATION)),
  /** That of the process beside the hosts is. */
  JUMP_CLOCK_COMPANION(() -> new JumpClock(Place.COMPANION)),
  /** Nothing is delivered between the source and the store for the duration. */
  CUT_STORE_SOURCE(() -> new CutStoreLink(Place.SOURCE, EnumSet.allOf(Direction.class))),
  /** What the source says to the store is not delivered for the duration. */
  CUT_TO_STORE_SOURCE(() -> new CutStoreLink(Place.SOURCE, EnumSet.of(Direction.FORWARD))),
  /** What the store says to the source is not delivered for the duration. */
  CUT_FROM_STORE_SOURCE(() -> new CutStoreLink(Place.SOURCE, EnumSet.of(Direction.BACK))),
  /** What the source says to the store on this connection is delivered after the duration. */
  HOLD_TO_STORE_SOURCE(() -> new HoldToStore(Place.SOURCE)),
  /** What passes between the source and the store comes {@code amount} milliseconds late. */
  DELAY_STORE_SOURCE(() -> new DelayStoreLink(Place.SOURCE)),
  /** The connection between the source and the store is reset. */
  RESET_STORE_SOURCE(() -> new ResetStoreLink(Place.SOURCE)),
  /** Nothing is delivered between the destination and the store for the duration. */
  CUT_STORE_DESTINATION(() -> new CutStoreLink(Place.DESTINATION, EnumSet.allOf(Direction.class))),
  /** What the destination says to the store is not delivered for the duration. */
  CUT_TO_STORE_DESTINATION(
      () -> new CutStoreLink(Place.DESTINATION, EnumSet.of(Direction.FORWARD))),
  /** What the store says to the destination is not delivered for the duration. */
  CUT_FROM_STORE_DESTINATION(() -> new CutStoreLink(Place.DESTINATION, EnumSet.of(Direction.BACK))),
  /** What the destination says to the store on this connection is delivered after the duration. */
  HOLD_TO_STORE_DESTINATION(() -> new HoldToStore(Place.DESTINATION)),
  /** What passes between the destination and the store comes {@code amount} milliseconds late. */
  DELAY_STORE_DESTINATION(() -> new DelayStoreLink(Place.DESTINATION)),
  /** The connection between the destination and the store is reset. */
  RESET_STORE_DESTINATION(() -> new ResetStoreLink(Place.DESTINATION)),
  /** SIGSTOP to the grantor beside the store, SIGCONT after the duration. */
  STOP_GRANTOR(() -> new StopHost(Place.GRANTOR)),
  /** SIGKILL to the grantor beside the store, which is started again after the duration. */
  RESTART_GRANTOR(() -> new RestartHost(Place.GRANTOR));

  private final Supplier<Fault> made;
  private final FaultTraits traits;

  FaultKind(Supplier<Fault> made) {
    this.made = made;
    traits = made.get();
  }

  /** A fault of this kind that is to be done. */
  Fault make() {
    return made.get();
  }

  /** What others have to know of it. */
  public FaultTraits traits() {
    return traits;
  }

  /** The kinds that are such, in their order here. */
  public static List<FaultKind> all(Predicate<FaultTraits> such) {
    return Arrays.stream(values()).filter(kind -> such.test(kind.traits)).toList();
  }

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
