package landfall.explorer;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A core in the world of its module at one moment, for those who take one way through it. The same
 * world, driver and effects as those of an {@link Exploration}, which shows for small bounds that
 * this world is the module's. Immutable.
 */
public interface Moment {

  /**
   * Nothing has happened.
   *
   * @param config the constants of the world, as the configuration of a model sets them
   * @param pages number of the guest's pages
   * @param defects numbers of the core's deliberate mistakes, none for the core as it is
   * @throws IllegalArgumentException if the core has no such mutant
   */
  static Moment first(ExploredProtocol protocol, String config, int pages, Set<Integer> defects) {
    return MomentOf.first(protocol.core(config, pages, defects));
  }

  /** What can happen next, always in the same order. */
  List<Move> moves();

  /** A property of the specification that does not hold now. */
  Optional<String> broken();

  /** A property that is broken if no fault happens any more and all stays as it is. */
  Optional<String> owed();

  /** Whether the last whole copy of the guest is gone. */
  boolean lost();

  /** Whether the specification promises nothing any more, although the guest is not lost. */
  boolean unpromised();

  /** Names of the hosts where the guest executes. */
  List<String> executing();

  /** Something that can happen, and has not yet. */
  interface Move {

    /** Its action, by the name of the specification. */
    String action();

    /** The same for two moves that are the same but for what went before. */
    long key();

    /** The key that this move would have at other places. */
    long keyAt(int who, int other);

    /** The place where it happens, by its number; -1 is none. */
    int who();

    /** The place at the other end, -1 is none. */
    int other();

    /** The attempt that it is about, 0 is none. */
    int attempt();

    /** The page that it is about, -1 is none. */
    int page();

    /** Whether it may lose the guest. */
    boolean mayLose();

    /** The moment after it. */
    Moment after();
  }
}
