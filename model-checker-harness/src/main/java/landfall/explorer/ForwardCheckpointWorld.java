package landfall.explorer;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import landfall.explorer.ModelWorld.Copy;
import landfall.forwardcheckpoint.DestinationPhase;
import landfall.forwardcheckpoint.Place;
import landfall.forwardcheckpoint.SourcePhase;
import landfall.forwardcheckpoint.Store;

/**
 * Two hosts, the store, the links between them and the guest, at one moment. Immutable; equal
 * worlds go on equally. {@link ForwardCheckpointSteps} says what can happen next.
 *
 * @param source phase of the source's core
 * @param destination phase of the destination's core
 * @param store what the store knows
 * @param crashed places that are dead
 * @param cut links that deliver nothing
 * @param failures how many crashes and cuts there were, also if mended since
 * @param steps page that the guest wrote in each of its steps, wherever it ran
 * @param copies what each place holds of the guest; the store has only pages
 * @param logging true while the source's dirty log is on
 * @param log pages in the dirty log
 * @param released how many of the guest's steps everybody may know of
 */
record ForwardCheckpointWorld(
    SourcePhase source,
    DestinationPhase destination,
    Store store,
    Set<Place> crashed,
    Set<Link> cut,
    int failures,
    List<Integer> steps,
    Map<Place, Copy> copies,
    boolean logging,
    Set<Integer> log,
    int released) {

  /** A link, which is cut in both directions at once. */
  enum Link {
    HOSTS(Place.SOURCE, Place.DESTINATION),
    SOURCE_STORE(Place.SOURCE, Place.STORE),
    DESTINATION_STORE(Place.DESTINATION, Place.STORE);

    private final Set<Place> ends;

    Link(Place one, Place other) {
      ends = Collections.unmodifiableSet(EnumSet.of(one, other));
    }

    Set<Place> ends() {
      return ends;
    }
  }

  ForwardCheckpointWorld {
    crashed = Set.copyOf(crashed);
    cut = Set.copyOf(cut);
    steps = List.copyOf(steps);
    copies = Map.copyOf(copies);
    log = Set.copyOf(log);
  }

  /** The guest runs at the source and nothing has happened. */
  static ForwardCheckpointWorld initial(int pages) {
    var nothing = new Copy(false, 0, Collections.nCopies(pages, ModelWorld.ABSENT));
    return new ForwardCheckpointWorld(
        SourcePhase.initial(),
        DestinationPhase.initial(pages),
        Store.initial(),
        Set.of(),
        Set.of(),
        0,
        List.of(),
        Map.of(
            Place.SOURCE,
            new Copy(true, 0, Collections.nCopies(pages, 0)),
            Place.DESTINATION,
            nothing,
            Place.STORE,
            nothing),
        true,
        Set.of(),
        0);
  }

  boolean alive(Place place) {
    return !crashed.contains(place);
  }

  boolean connected(Place one, Place other) {
    return alive(one)
        && alive(other)
        && cut.stream().noneMatch(link -> link.ends().equals(Set.of(one, other)));
  }

  /** Position of the last checkpoint that the keeper has. */
  int storedAt(Place keeper) {
    return keeper == Place.STORE ? store.stored() : source.stored();
  }

  Copy copy(Place place) {
    return copies.get(place);
  }

  private boolean tookOver() {
    return source instanceof SourcePhase.Recovering || source instanceof SourcePhase.Recovered;
  }

  /**
   * Whether what the place executes are steps of the guest. What a superseded destination still
   * executes is none: the destination does not know, but nobody will ever see it, since it is held
   * until it is thrown away.
   */
  boolean guestRunsAt(Place place) {
    boolean superseded =
        place == Place.DESTINATION && destination instanceof DestinationPhase.Running && tookOver();
    return alive(place) && copy(place).executing() && !superseded;
  }

  /** The version of a page after so many steps of the guest. */
  int versionAt(int page, int position) {
    return Math.max(0, steps.subList(0, position).lastIndexOf(page) + 1);
  }

  /** The world after a step, in the making. Starts as a copy of the world before. */
  static final class Draft {
    SourcePhase source;
    DestinationPhase destination;
    Store store;
    int released;
    final Set<Place> crashed = EnumSet.noneOf(Place.class);
    final Set<Link> cut = EnumSet.noneOf(Link.class);
    private int failures;
    private final List<Integer> steps;
    private final Map<Place, Copy> copies;
    private boolean logging;
    private final Set<Integer> log;

    Draft(ForwardCheckpointWorld world) {
      source = world.source();
      destination = world.destination();
      store = world.store();
      released = world.released();
      crashed.addAll(world.crashed());
      cut.addAll(world.cut());
      failures = world.failures();
      steps = new ArrayList<>(world.steps());
      copies = new EnumMap<>(world.copies());
      logging = world.logging();
      log = new TreeSet<>(world.log());
    }

    ForwardCheckpointWorld world() {
      return new ForwardCheckpointWorld(
          source,
          destination,
          store,
          crashed,
          cut,
          failures,
          steps,
          copies,
          logging,
          log,
          released);
    }

    void countFailure() {
      failures++;
    }

    void guestWrites(Place host, int page) {
      steps.add(page);
      setVersion(host, page, steps.size());
      setPosition(host, steps.size());
      if (host == Place.SOURCE && logging) {
        log.add(page);
      }
    }

    /** How many steps the guest has done. */
    int stepCount() {
      return steps.size();
    }

    /** What the guest did after its first steps never happened. */
    void takeBackStepsAfter(int position) {
      if (position < steps.size()) {
        steps.subList(position, steps.size()).clear();
      }
    }

    int version(Place place, int page) {
      return copies.get(place).versions().get(page);
    }

    void setVersion(Place place, int page, int version) {
      Copy copy = copies.get(place);
      var versions = new ArrayList<>(copy.versions());
      versions.set(page, version);
      copies.put(place, new Copy(copy.executing(), copy.position(), List.copyOf(versions)));
    }

    void setPosition(Place host, int position) {
      Copy copy = copies.get(host);
      copies.put(host, new Copy(copy.executing(), position, copy.versions()));
    }

    void setExecuting(Place host, boolean executing) {
      Copy copy = copies.get(host);
      copies.put(host, new Copy(executing, copy.position(), copy.versions()));
    }

    void clearWritten(int page) {
      log.remove(page);
    }

    void stopLog() {
      logging = false;
      log.clear();
    }
  }
}
