package landfall.nemesis;

import java.util.Optional;
import java.util.Random;
import java.util.Set;

/**
 * What schedules, trials and judges have to know of a kind of fault. They ask for this, and never
 * which kind it is: so a new kind is known to all of them.
 */
public interface FaultTraits {

  /** What it is done to. */
  Place place();

  /**
   * Whether it says something at this point of a migration: it can take effect there, and nothing
   * else that is tried does the same.
   */
  default boolean fits(Moment moment) {
    return true;
  }

  /** How long it lasts and how much of it there is, drawn by lot. */
  default Size size(Lots lots) {
    return Size.AT_ONCE;
  }

  /** The action of the specifications that it is; empty if it is none. */
  default String action() {
    return "";
  }

  /** Whether what its host had is gone. */
  default boolean endsHost() {
    return false;
  }

  /** Whether what its process had in memory is gone, also if that is started again. */
  default boolean forgets() {
    return endsHost();
  }

  /** Whether the guest arrives all the same. */
  default boolean isHarmless() {
    return false;
  }

  /** Whether something else may go wrong while it lasts, so that schedules pair it. */
  default boolean lasts() {
    return false;
  }

  /** Whether schedules let it fall while another one lasts. */
  default boolean strikes() {
    return false;
  }

  /** Whether schedules let it fall on the connection that takes the place of a lost one. */
  default boolean strikesRecovery() {
    return false;
  }

  /** Whether both ends of the connection see it reset. */
  default boolean resets() {
    return false;
  }

  /** Whether only a next attempt ends it, and no time. */
  default boolean awaitsNextAttempt() {
    return false;
  }

  /** Whether the guest may be paused where it arrives. */
  default boolean pausesGuest() {
    return false;
  }

  /** Whether it takes effect only if the guest may run where it arrives, at once. */
  default boolean needsGuestAtDestination() {
    return false;
  }

  /** Whether the guest must be at the source for a while after it has begun. */
  default boolean needsGuestAtSource() {
    return false;
  }

  /** Whether it hits nothing at this phase unless the hosts have lost each other. */
  default boolean needsHostsApart(StreamPhase phase) {
    return false;
  }

  /** What processes must be started for, so that this can be done to them; empty if nothing. */
  default Optional<Place> prepared() {
    return Optional.empty();
  }

  /** Whether the operator lets the guest go on where it arrives. */
  default boolean continuesArrival() {
    return false;
  }

  /**
   * A point of a migration.
   *
   * @param phase what is about to pass
   * @param splits whether the guest is on two hosts for a while in this mode
   * @param handover whether the stream has a handover of its own, and checksums
   * @param beside what there is beside the hosts and their channel, that things can be done to
   */
  record Moment(StreamPhase phase, boolean splits, boolean handover, Set<Place> beside) {
    boolean beside(Place place) {
      return beside.contains(place);
    }
  }

  /**
   * How long a fault lasts, and how much of it there is; each 0 where that means nothing.
   *
   * @param amount as in {@link PlannedFault}
   */
  record Size(long durationMillis, long amount) {
    /** Of what is done at once. */
    static final Size AT_ONCE = new Size(0, 0);

    /** Of what lasts so long. */
    static Size lasting(long millis) {
      return new Size(millis, 0);
    }
  }

  /**
   * What is drawn for every fault, so that seeds mean the same whatever kind it is.
   *
   * @param shortMillis shorter than a host is patient
   * @param longMillis longer than that
   * @param eitherMillis one of the two
   * @param random for what a kind draws besides
   */
  record Lots(long shortMillis, long longMillis, long eitherMillis, Random random) {
    /** Draws them. */
    public static Lots drawn(Random random) {
      boolean longer = random.nextBoolean();
      long shortMillis = 150 + random.nextInt(300);
      long longMillis = 1_300 + random.nextInt(500);
      return new Lots(shortMillis, longMillis, longer ? longMillis : shortMillis, random);
    }
  }
}
