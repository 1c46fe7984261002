package landfall.explorer;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A set of hosts, the connections between them and the guest, at one moment: the world of {@code
 * Connections} and {@code Handover}. Hosts are known by their index. Immutable; equal worlds go on
 * equally.
 *
 * @param <P> phases of the core
 * @param hosts each host
 * @param connections of each attempt, the first at index 0
 * @param cut ways on which nothing arrives
 * @param lock who owns the guest
 * @param released pages of the guest's steps, as someone outside has seen them last
 */
record HostsWorld<P>(
    List<Place<P>> hosts,
    List<Connection> connections,
    Set<Way> cut,
    Lock lock,
    List<Integer> released) {

  /** Stands for no host in a {@link Lock}. */
  static final int NOBODY = -1;

  /** Stands for every host in a {@link Lock}. */
  static final int ANYBODY = -2;

  /**
   * A host.
   *
   * @param phase phase of its core
   * @param crashed true while it is dead
   * @param executing true from the effect that let the guest run here to the one that paused it
   * @param steps page that the guest wrote in each step in the past of this copy
   * @param versions per page, its version or {@link ModelWorld#ABSENT}
   * @param logging true while the dirty log is on
   * @param log pages in the dirty log
   */
  record Place<P>(
      P phase,
      boolean crashed,
      boolean executing,
      List<Integer> steps,
      List<Integer> versions,
      boolean logging,
      Set<Integer> log) {

    Place<P> inPhase(P next) {
      return new Place<>(next, crashed, executing, steps, versions, logging, log);
    }

    Place<P> withSteps(List<Integer> past) {
      return new Place<>(phase, crashed, executing, List.copyOf(past), versions, logging, log);
    }

    Place<P> withVersion(int page, int version) {
      var next = new ArrayList<>(versions);
      next.set(page, version);
      return new Place<>(phase, crashed, executing, steps, List.copyOf(next), logging, log);
    }

    Place<P> written(int page) {
      if (!logging) {
        return this;
      }
      var dirty = new HashSet<>(log);
      dirty.add(page);
      return new Place<>(phase, crashed, executing, steps, versions, true, Set.copyOf(dirty));
    }
  }

  /** What is on its way in an attempt; {@code broken} once one end has given it up. */
  record Connection(int from, int to, List<Message> forward, List<Message> back, boolean broken) {}

  /** From one host to another. */
  record Way(int from, int to) {}

  /** {@code Handover!lock}. */
  record Lock(int owner, int offeredTo, int attempt) {
    static Lock held(int owner, int attempt) {
      return new Lock(owner, NOBODY, attempt);
    }
  }

  /** The guest runs at the first host and nothing has happened. */
  static <P> HostsWorld<P> initial(P having, P waiting, int hosts, int pages) {
    var places = new ArrayList<Place<P>>();
    places.add(
        new Place<>(
            having, false, true, List.of(), Collections.nCopies(pages, 0), false, Set.of()));
    while (places.size() < hosts) {
      places.add(
          new Place<>(
              waiting,
              false,
              false,
              List.of(),
              Collections.nCopies(pages, ModelWorld.ABSENT),
              false,
              Set.of()));
    }
    return new HostsWorld<>(List.copyOf(places), List.of(), Set.of(), Lock.held(0, 0), List.of());
  }

  /** How many attempts there were. */
  int attempts() {
    return connections.size();
  }

  /** The connection of an attempt, whose number starts at 1. */
  Connection connection(int attempt) {
    return connections.get(attempt - 1);
  }

  boolean alive(int host) {
    return !hosts.get(host).crashed();
  }

  boolean connected(int one, int other) {
    return !cut.contains(new Way(one, other)) && !cut.contains(new Way(other, one));
  }

  /** A deadline of this host for the attempt can pass: something is wrong with the other side. */
  boolean suspects(int host, int attempt) {
    Connection connection = connection(attempt);
    int other = connection.from() == host ? connection.to() : connection.from();
    return connection.broken() || !connected(host, other) || !alive(other);
  }

  /** The world after a step, in the making. Starts as a copy of the world before. */
  static final class Draft<P> {
    private final List<Place<P>> hosts;
    private final List<Connection> connections;
    private final Set<Way> cut;
    private List<Integer> released;
    Lock lock;

    Draft(HostsWorld<P> world) {
      hosts = new ArrayList<>(world.hosts());
      connections = new ArrayList<>(world.connections());
      cut = new HashSet<>(world.cut());
      released = world.released();
      lock = world.lock();
    }

    HostsWorld<P> world() {
      return new HostsWorld<>(
          List.copyOf(hosts), List.copyOf(connections), Set.copyOf(cut), lock, released);
    }

    // What happens to the world.

    void guestWrites(int host, int page) {
      Place<P> place = hosts.get(host);
      var steps = new ArrayList<>(place.steps());
      steps.add(page);
      released = List.copyOf(steps);
      change(host, place.withSteps(released).withVersion(page, steps.size()).written(page));
    }

    void cut(Way way) {
      cut.add(way);
    }

    void heal(Way way) {
      cut.remove(way);
    }

    void reset(int attempt) {
      Connection connection = connection(attempt);
      set(attempt, connection.forward(), connection.back(), true);
    }

    /** Only the tail can be lost: it is a TCP stream. */
    void loseLast(int attempt, boolean forward) {
      Connection connection = connection(attempt);
      set(
          attempt,
          forward ? withoutLast(connection.forward()) : connection.forward(),
          forward ? connection.back() : withoutLast(connection.back()),
          connection.broken());
    }

    /** The host dies with all that was in its memory. What it had sent may still arrive. */
    void crash(int host, P forgotten) {
      Place<P> place = hosts.get(host);
      change(
          host,
          new Place<>(
              forgotten,
              true,
              false,
              List.of(),
              Collections.nCopies(place.versions().size(), ModelWorld.ABSENT),
              false,
              Set.of()));
      for (int attempt = 1; attempt <= connections.size(); attempt++) {
        Connection connection = connection(attempt);
        if (connection.from() == host || connection.to() == host) {
          set(
              attempt,
              connection.to() == host ? List.of() : connection.forward(),
              connection.from() == host ? List.of() : connection.back(),
              true);
        }
      }
    }

    void restart(int host) {
      Place<P> place = hosts.get(host);
      change(
          host,
          new Place<>(
              place.phase(), false, false, place.steps(), place.versions(), false, Set.of()));
    }

    void take(int attempt, boolean forward) {
      Connection connection = connection(attempt);
      set(
          attempt,
          forward ? tail(connection.forward()) : connection.forward(),
          forward ? connection.back() : tail(connection.back()),
          connection.broken());
    }

    /** A connection for the next attempt, whose number it returns. */
    int connect(int from, int to) {
      connections.add(new Connection(from, to, List.of(), List.of(), false));
      return connections.size();
    }

    /** Another connection for the attempt. What was on its way on the one before is lost. */
    void reconnect(int attempt) {
      set(attempt, List.of(), List.of(), false);
    }

    // What a host does.

    void setPhase(int host, P phase) {
      change(host, hosts.get(host).inPhase(phase));
    }

    void setExecuting(int host, boolean executing) {
      Place<P> place = hosts.get(host);
      change(
          host,
          new Place<>(
              place.phase(),
              place.crashed(),
              executing,
              place.steps(),
              place.versions(),
              place.logging(),
              place.log()));
    }

    /** The dirty log is switched on or off; in both cases it is empty then. */
    void setLogging(int host, boolean on) {
      Place<P> place = hosts.get(host);
      change(
          host,
          new Place<>(
              place.phase(),
              place.crashed(),
              place.executing(),
              place.steps(),
              place.versions(),
              on,
              Set.of()));
    }

    void clearLog(int host) {
      setLogging(host, hosts.get(host).logging());
    }

    void store(int host, int page, int version) {
      change(host, hosts.get(host).withVersion(page, version));
    }

    void clearMemory(int host) {
      for (int page = 0; page < hosts.get(host).versions().size(); page++) {
        store(host, page, ModelWorld.ABSENT);
      }
    }

    void setSteps(int host, List<Integer> steps) {
      change(host, hosts.get(host).withSteps(steps));
    }

    int version(int host, int page) {
      return hosts.get(host).versions().get(page);
    }

    List<Integer> steps(int host) {
      return hosts.get(host).steps();
    }

    /** What is sent on a connection that one end has given up goes nowhere. */
    void sendForward(int attempt, Message message) {
      Connection connection = connection(attempt);
      if (!connection.broken()) {
        set(attempt, and(connection.forward(), message), connection.back(), false);
      }
    }

    void sendBack(int attempt, Message message) {
      Connection connection = connection(attempt);
      if (!connection.broken()) {
        set(attempt, connection.forward(), and(connection.back(), message), false);
      }
    }

    /** The source of the attempt reads nothing more of it. What it sent may still arrive. */
    void closeSource(int attempt) {
      set(attempt, connection(attempt).forward(), List.of(), true);
    }

    /** The host reads nothing more of the attempts up to this one that came to it. */
    void closeArrivals(int host, int upToAttempt) {
      for (int attempt = 1; attempt <= upToAttempt; attempt++) {
        if (connection(attempt).to() == host) {
          set(attempt, List.of(), connection(attempt).back(), true);
        }
      }
    }

    private Connection connection(int attempt) {
      return connections.get(attempt - 1);
    }

    private void change(int host, Place<P> place) {
      hosts.set(host, place);
    }

    private void set(int attempt, List<Message> forward, List<Message> back, boolean broken) {
      Connection before = connection(attempt);
      connections.set(
          attempt - 1, new Connection(before.from(), before.to(), forward, back, broken));
    }

    private static List<Message> and(List<Message> messages, Message message) {
      var more = new ArrayList<>(messages);
      more.add(message);
      return List.copyOf(more);
    }

    private static List<Message> tail(List<Message> messages) {
      return messages.subList(1, messages.size());
    }

    private static List<Message> withoutLast(List<Message> messages) {
      return messages.subList(0, messages.size() - 1);
    }
  }
}
