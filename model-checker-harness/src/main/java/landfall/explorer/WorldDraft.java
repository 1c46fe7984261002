package landfall.explorer;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import landfall.explorer.ModelWorld.Copy;
import landfall.explorer.ModelWorld.Direction;
import landfall.explorer.ModelWorld.Host;
import landfall.explorer.ModelWorld.Lock;
import landfall.explorer.ModelWorld.Output;
import landfall.explorer.ModelWorld.Staging;

/** The world after a step, in the making. Starts as a copy of the world before. */
final class WorldDraft<S, D> {
  S source;
  D destination;
  Lock lock;
  Staging staging;
  Output output;

  private final List<List<Message>> forward;
  private final List<List<Message>> back;
  private final Set<Integer> broken;
  private final Set<Direction> cut;
  private final Set<Host> crashed;
  private final List<Integer> steps;
  private final Copy[] copies;
  private boolean logging;
  private final Set<Integer> log;

  WorldDraft(ModelWorld<S, D> world) {
    source = world.source();
    destination = world.destination();
    lock = world.lock();
    forward = new ArrayList<>(world.forward());
    back = new ArrayList<>(world.back());
    broken = new TreeSet<>(world.broken());
    cut = EnumSet.noneOf(Direction.class);
    cut.addAll(world.cut());
    crashed = EnumSet.noneOf(Host.class);
    crashed.addAll(world.crashed());
    steps = new ArrayList<>(world.steps());
    copies = new Copy[] {world.sourceCopy(), world.destinationCopy()};
    logging = world.logging();
    log = new TreeSet<>(world.log());
    staging = world.staging();
    output = world.output();
  }

  ModelWorld<S, D> world() {
    return new ModelWorld<>(
        source,
        destination,
        List.copyOf(forward),
        List.copyOf(back),
        Set.copyOf(broken),
        Set.copyOf(cut),
        Set.copyOf(crashed),
        lock,
        List.copyOf(steps),
        copies[0],
        copies[1],
        logging,
        Set.copyOf(log),
        staging,
        output);
  }

  // What the guest does.

  void guestWrites(Host host, int page) {
    steps.add(page);
    store(host, page, steps.size());
    Copy copy = copies[host.ordinal()];
    copies[host.ordinal()] = new Copy(copy.executing(), steps.size(), copy.versions());
    if (host == Host.SOURCE && logging) {
      log.add(page);
    }
  }

  /** How many steps the guest has done. */
  int stepCount() {
    return steps.size();
  }

  /** The version of a page after so many steps of the guest. */
  int versionAt(int page, int position) {
    return Math.max(0, steps.subList(0, position).lastIndexOf(page) + 1);
  }

  // What happens to the link, the connections and the hosts.

  void cut(Direction direction) {
    cut.add(direction);
  }

  void heal(Direction direction) {
    cut.remove(direction);
  }

  void reset(int attempt) {
    broken.add(attempt);
  }

  /** A new connection in the place of a broken one: nothing of the old one will arrive. */
  void reconnect(int attempt) {
    broken.remove(attempt);
    forward.set(attempt - 1, List.of());
    back.set(attempt - 1, List.of());
  }

  void loseLast(Direction direction, int attempt) {
    var messages = messages(direction).get(attempt - 1);
    messages(direction).set(attempt - 1, List.copyOf(messages.subList(0, messages.size() - 1)));
  }

  /** The message at this place comes before the one in front of it, to the destination. */
  void overtake(int attempt, int place) {
    var messages = new ArrayList<>(forward.get(attempt - 1));
    Collections.swap(messages, place - 1, place);
    forward.set(attempt - 1, List.copyOf(messages));
  }

  void takeFirst(Direction direction, int attempt) {
    var messages = messages(direction).get(attempt - 1);
    messages(direction).set(attempt - 1, List.copyOf(messages.subList(1, messages.size())));
  }

  /** The host dies; with it, its end of every connection and all that it had not read. */
  void crash(Host host) {
    crashed.add(host);
    closeEnds(host, forward.size());
  }

  /** The host dies with all that it had not read. What is sent to it waits for nobody. */
  void crashAlone(Host host) {
    crashed.add(host);
    loseAll(host == Host.SOURCE ? Direction.BACK : Direction.FORWARD);
  }

  /** All that is on its way in this direction is lost, on every connection. */
  void loseAll(Direction direction) {
    messages(direction).replaceAll(each -> List.of());
  }

  void clearLog() {
    log.clear();
  }

  // What a host does.

  /** The dirty log is switched on or off; in both cases it is empty then. */
  void setLogging(boolean on) {
    logging = on;
    log.clear();
  }

  /** A connection for the next attempt, whose number it returns. */
  int connect() {
    forward.add(List.of());
    back.add(List.of());
    return forward.size();
  }

  /** What is sent on a connection that one end has given up goes nowhere. */
  void send(Direction direction, int attempt, Message message) {
    if (!broken.contains(attempt)) {
      var messages = new ArrayList<>(messages(direction).get(attempt - 1));
      messages.add(message);
      messages(direction).set(attempt - 1, List.copyOf(messages));
    }
  }

  /** The host reads nothing more of this attempt. What it sent may still arrive. */
  void closeEnd(Host host, int attempt) {
    broken.add(attempt);
    messages(host == Host.SOURCE ? Direction.BACK : Direction.FORWARD).set(attempt - 1, List.of());
  }

  /** The host reads nothing more of any attempt up to this one. */
  void closeEnds(Host host, int upToAttempt) {
    IntStream.rangeClosed(1, upToAttempt).forEach(attempt -> closeEnd(host, attempt));
  }

  /** The page has this version at the host from here on. */
  void store(Host host, int page, int version) {
    Copy copy = copies[host.ordinal()];
    var versions = new ArrayList<>(copy.versions());
    versions.set(page, version);
    copies[host.ordinal()] = new Copy(copy.executing(), copy.position(), List.copyOf(versions));
  }

  /** No page is at the host any more. */
  void clearMemory(Host host) {
    IntStream.range(0, copies[host.ordinal()].versions().size())
        .forEach(page -> store(host, page, ModelWorld.ABSENT));
  }

  /** The host's copy of the guest is one that has done so many steps. */
  void setPosition(Host host, int position) {
    Copy copy = copies[host.ordinal()];
    copies[host.ordinal()] = new Copy(copy.executing(), position, copy.versions());
  }

  /** The page as the host has it now. */
  Message.Page page(Host host, int page) {
    return new Message.Page(page, copies[host.ordinal()].versions().get(page));
  }

  Copy copy(Host host) {
    return copies[host.ordinal()];
  }

  void setExecuting(Host host, boolean executing) {
    Copy copy = copies[host.ordinal()];
    copies[host.ordinal()] = new Copy(executing, copy.position(), copy.versions());
  }

  private List<List<Message>> messages(Direction direction) {
    return direction == Direction.FORWARD ? forward : back;
  }
}
