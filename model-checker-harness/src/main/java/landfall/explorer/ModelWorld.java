package landfall.explorer;

import java.util.Collections;
import java.util.List;
import java.util.Set;

/**
 * Two hosts, the link between them and the guest, at one moment. Immutable; equal worlds go on
 * equally. {@link WorldSteps} says what can happen next.
 *
 * @param <S> phases of the source's core
 * @param <D> phases of the destination's core
 * @param source phase of the source's core
 * @param destination phase of the destination's core
 * @param forward per attempt (the first at index 0), messages on their way to the destination
 * @param back per attempt, messages on their way to the source
 * @param broken attempts whose connection one end has given up
 * @param cut directions in which the link delivers nothing
 * @param crashed hosts that are dead
 * @param lock who owns the guest
 * @param steps page that the guest wrote in each of its steps, wherever it ran; where there are
 *     checkpoints, at the destination
 * @param sourceCopy what the source holds of the guest
 * @param destinationCopy what the destination holds of the guest
 * @param logging true while the source's dirty log is on
 * @param log pages in the dirty log
 * @param staging pages that a source has put aside; where there are no checkpoints, none
 * @param output what has left the guest; told only where it may be held
 */
record ModelWorld<S, D>(
    S source,
    D destination,
    List<List<Message>> forward,
    List<List<Message>> back,
    Set<Integer> broken,
    Set<Direction> cut,
    Set<Host> crashed,
    Lock lock,
    List<Integer> steps,
    Copy sourceCopy,
    Copy destinationCopy,
    boolean logging,
    Set<Integer> log,
    Staging staging,
    Output output) {

  /** Version of a page that a host does not have. */
  static final int ABSENT = -1;

  enum Host {
    SOURCE,
    DESTINATION
  }

  enum Direction {
    FORWARD,
    BACK
  }

  /**
   * {@code TwoHostHandover!lock}, and that of {@code ReverseCheckpoint}.
   *
   * @param offered true if the source has offered the guest to the destination, and still owns it
   * @param attempt by which the guest came to its owner, or is offered
   */
  record Lock(Host owner, boolean offered, int attempt) {
    static Lock offered(int attempt) {
      return new Lock(Host.SOURCE, true, attempt);
    }

    static Lock held(Host owner, int attempt) {
      return new Lock(owner, false, attempt);
    }

    /** To the destination, which has accepted this attempt. */
    boolean isOfferedBy(int accepted) {
      return offered && attempt == accepted;
    }
  }

  /**
   * A host's copy of the guest.
   *
   * @param executing true from the effect that let the guest run to the one that paused it
   * @param position how many steps of the guest are in the past of this copy
   * @param versions per page, its version or {@link #ABSENT}
   */
  record Copy(boolean executing, int position, List<Integer> versions) {}

  /**
   * Pages of a checkpoint that is not complete.
   *
   * @param position of the checkpoint, 0 if there is none
   * @param versions per page, its version or {@link #ABSENT}
   */
  record Staging(int position, List<Integer> versions) {
    static Staging nothing(int pages) {
      return new Staging(0, Collections.nCopies(pages, ABSENT));
    }
  }

  /**
   * What has left the guest. Once a source has recovered, there are two guests: the destination
   * need not know.
   *
   * @param released how many of the destination's steps everybody may know of
   * @param recovered page that the guest wrote in each step in its past at a source that recovered
   * @param releasedThere how many of these steps the source has shown
   * @param disk per page, its version on the disk; 0 at first, and for ever for other pages
   * @param fenced true if the disk refuses what the destination writes
   */
  record Output(
      int released,
      List<Integer> recovered,
      int releasedThere,
      List<Integer> disk,
      boolean fenced) {
    static Output nothing(int pages) {
      return new Output(0, List.of(), 0, Collections.nCopies(pages, 0), false);
    }

    Output released(int steps) {
      return new Output(steps, recovered, releasedThere, disk, fenced);
    }

    Output recovered(List<Integer> steps) {
      return new Output(released, List.copyOf(steps), releasedThere, disk, fenced);
    }

    Output releasedThere(int steps) {
      return new Output(released, recovered, steps, disk, fenced);
    }

    Output disk(List<Integer> versions) {
      return new Output(released, recovered, releasedThere, List.copyOf(versions), fenced);
    }

    Output withFence() {
      return new Output(released, recovered, releasedThere, disk, true);
    }
  }

  private static final Staging NOTHING_STAGED = Staging.nothing(0);
  private static final Output NOT_TOLD = Output.nothing(0);

  /** The guest runs at the source and nothing has happened. */
  static <S, D> ModelWorld<S, D> initial(S source, D destination, int pages) {
    return new ModelWorld<>(
        source,
        destination,
        List.of(),
        List.of(),
        Set.of(),
        Set.of(),
        Set.of(),
        Lock.held(Host.SOURCE, 0),
        List.of(),
        new Copy(true, 0, Collections.nCopies(pages, 0)),
        new Copy(false, 0, Collections.nCopies(pages, ABSENT)),
        false,
        Set.of(),
        NOTHING_STAGED,
        NOT_TOLD);
  }

  /**
   * The guest has just been resumed at the destination, which has none of its pages; it is on
   * offer. Between the hosts there is one connection, for ever.
   */
  static <S, D> ModelWorld<S, D> switchedOver(S source, D destination, int pages) {
    return new ModelWorld<>(
        source,
        destination,
        List.of(List.of()),
        List.of(List.of()),
        Set.of(),
        Set.of(),
        Set.of(),
        Lock.offered(1),
        List.of(),
        new Copy(false, 0, Collections.nCopies(pages, 0)),
        new Copy(true, 0, Collections.nCopies(pages, ABSENT)),
        false,
        Set.of(),
        Staging.nothing(pages),
        Output.nothing(pages));
  }

  /** Number of the latest attempt: each has a connection. */
  int attempt() {
    return forward.size();
  }

  boolean alive(Host host) {
    return !crashed.contains(host);
  }

  Copy copy(Host host) {
    return host == Host.SOURCE ? sourceCopy : destinationCopy;
  }

  boolean guestRunsAt(Host host) {
    return alive(host) && copy(host).executing();
  }

  /** The source's deadline can pass: something is wrong, though it cannot tell what. */
  boolean sourceSuspects() {
    return broken.contains(attempt()) || !cut.isEmpty() || !alive(Host.DESTINATION);
  }

  /** The deadline of the destination, which reads this attempt, can pass. */
  boolean destinationSuspects(int accepted) {
    return broken.contains(accepted) || !cut.isEmpty() || !alive(Host.SOURCE);
  }
}
