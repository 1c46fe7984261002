package landfall.nemesis;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * One fault while it is done, from its begin to its end. A kind of fault is one class of this kind,
 * and one entry in {@link FaultKind}.
 */
interface Fault extends FaultTraits {

  /** What a fault can do something to. */
  record Scene(
      MigrationProxy proxy,
      ProxyConnection connection,
      PlannedFault plan,
      Nemesis.Targets targets,
      Supplier<Double> clockMillis) {

    /** The process of this host, or null if there is none now. */
    ProcessHandle process(Place host) {
      return switch (host) {
        case SOURCE -> targets.source();
        case DESTINATION -> targets.destination();
        case COMPANION, GRANTOR -> targets.companion(host);
        case CHANNEL, DISK, STORAGE, STORE_LINK, CLOCK, CALLS ->
            throw new IllegalArgumentException("a " + host.word() + " is no process");
      };
    }

    /** Starts this process again, which is dead. */
    CompletableFuture<ProcessHandle> restart(Place host) {
      return switch (host) {
        case DESTINATION -> targets.restartDestination();
        case COMPANION, GRANTOR -> targets.restartCompanion(host);
        case SOURCE, CHANNEL, DISK, STORAGE, STORE_LINK, CLOCK, CALLS ->
            throw new IllegalArgumentException("a " + host.word() + " is not started again");
      };
    }

    /** The way between this host and the store, if there is one that things can be done to. */
    Optional<MigrationProxy> storeLink(Place host) {
      return targets.storeLink(host);
    }

    /** Gives this host a command, as an operator would. */
    CompletableFuture<Boolean> operate(Place host, String command) {
      return switch (host) {
        case SOURCE -> targets.operate(command);
        case DESTINATION -> targets.operateDestination(command);
        case CHANNEL, COMPANION, GRANTOR, DISK, STORAGE, STORE_LINK, CLOCK, CALLS ->
            throw new IllegalArgumentException("a " + host.word() + " takes no command");
      };
    }
  }

  /**
   * Whether it took effect, and what shows it.
   *
   * @param atMillis when it did; negative if that was when it began
   */
  record Effect(boolean seen, String how, double atMillis) {
    Effect(boolean seen, String how) {
      this(seen, how, -1);
    }
  }

  /**
   * Refuses what a plan of it cannot mean.
   *
   * @param amount as in {@link PlannedFault}
   * @throws IllegalArgumentException if there can be no such fault
   */
  default void check(long amount) {
    // Most need nothing.
  }

  /** Does it; in the thread that forwards the stream, before the next byte is delivered. */
  void begin(Scene scene);

  /** Told of all that passes on any connection until it is over, in the forwarding thread. */
  default void passes(Scene scene, ProxyConnection connection) {
    // Most only begin and end.
  }

  /** Whether it is over now that this phase of a connection begins, before its time. */
  default boolean isOverAt(Scene scene, ProxyConnection connection, StreamPhase phase) {
    return false;
  }

  /** Ends it, once, after its duration. */
  default void heal(Scene scene) {
    // What is done at once leaves nothing to undo.
  }

  /** Whether nothing of it is under way any more, after it was healed. */
  default boolean isOver() {
    return true;
  }

  /** Asked for after it was healed. */
  Effect effect(Scene scene);
}
