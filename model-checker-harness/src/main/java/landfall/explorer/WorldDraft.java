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
import landfall.explorer.ModelWorld.LockHolder;
import landfall.precopy.DestinationPhase;
import landfall.precopy.Effect;
import landfall.precopy.SourcePhase;

/** The world after a step, in the making. Starts as a copy of the world before. */
final class WorldDraft {
  SourcePhase source;
  DestinationPhase destination;
  LockHolder lock;

  private final List<List<Message>> forward;
  private final List<List<Message>> back;
  private final Set<Integer> broken;
  private final Set<Direction> cut;
  private final Set<Host> crashed;
  private final List<Integer> steps;
  private final Copy[] copies;
  private boolean logging;
  private final Set<Integer> log;

  WorldDraft(ModelWorld world) {
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
  }

  ModelWorld world() {
    return new ModelWorld(
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
        Set.copyOf(log));
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

  void takeFirst(Direction direction, int attempt) {
    var messages = messages(direction).get(attempt - 1);
    messages(direction).set(attempt - 1, List.copyOf(messages.subList(1, messages.size())));
  }

  /** The host dies; with it, its end of every connection and all that it had not read. */
  void crash(Host host) {
    crashed.add(host);
    closeEnd(host, forward.size());
  }

  void clearLog() {
    log.clear();
  }

  // What a host does.

  /**
   * Performs an effect of a core's step.
   *
   * @param message what the step was taken on, or null if it was no message
   */
  void perform(Host host, Effect effect, Message message) {
    if (effect instanceof Effect.StartDirtyLog) {
      logging = true;
      log.clear();
    } else if (effect instanceof Effect.StopDirtyLog) {
      logging = false;
      log.clear();
    } else if (effect instanceof Effect.SendHello hello) {
      forward.add(List.of());
      back.add(List.of());
      require(hello.attempt() == forward.size(), effect);
      send(Direction.FORWARD, hello.attempt(), new Message.Hello());
    } else if (effect instanceof Effect.SendPages pages) {
      pages.pages().stream()
          .forEach(
              page ->
                  send(
                      Direction.FORWARD,
                      pages.attempt(),
                      new Message.Page(page, copies[host.ordinal()].versions().get(page))));
    } else if (effect instanceof Effect.SendDeviceState state) {
      send(
          Direction.FORWARD,
          state.attempt(),
          new Message.DeviceState(copies[host.ordinal()].position()));
    } else if (effect instanceof Effect.SendHandover handover) {
      send(Direction.FORWARD, handover.attempt(), new Message.Handover());
    } else if (effect instanceof Effect.SendReady ready) {
      send(Direction.BACK, ready.attempt(), new Message.Ready());
    } else if (effect instanceof Effect.SendResumed resumed) {
      send(Direction.BACK, resumed.attempt(), new Message.Resumed());
    } else if (effect instanceof Effect.PauseGuest) {
      setExecuting(host, false);
    } else if (effect instanceof Effect.RunGuest) {
      setExecuting(host, true);
    } else if (effect instanceof Effect.ReleaseLock) {
      lock = LockHolder.FREE;
    } else if (effect instanceof Effect.CloseConnections close) {
      closeEnd(host, close.upToAttempt());
    } else if (effect instanceof Effect.ClearMemory) {
      Copy copy = copies[host.ordinal()];
      copies[host.ordinal()] =
          new Copy(
              copy.executing(),
              copy.position(),
              Collections.nCopies(copy.versions().size(), ModelWorld.ABSENT));
    } else if (effect instanceof Effect.StorePages) {
      require(message instanceof Message.Page, effect);
      if (message instanceof Message.Page page) {
        store(host, page.page(), page.version());
      }
    } else if (effect instanceof Effect.StoreDeviceState) {
      require(message instanceof Message.DeviceState, effect);
      if (message instanceof Message.DeviceState state) {
        Copy copy = copies[host.ordinal()];
        copies[host.ordinal()] = new Copy(copy.executing(), state.position(), copy.versions());
      }
    } else {
      throw new IllegalStateException("the model world cannot perform " + effect);
    }
  }

  // What is sent on a connection that one end has given up goes nowhere.
  private void send(Direction direction, int attempt, Message message) {
    if (!broken.contains(attempt)) {
      var messages = new ArrayList<>(messages(direction).get(attempt - 1));
      messages.add(message);
      messages(direction).set(attempt - 1, List.copyOf(messages));
    }
  }

  // The host reads nothing more of these attempts. What it sent may still arrive.
  private void closeEnd(Host host, int upToAttempt) {
    var unread = messages(host == Host.SOURCE ? Direction.BACK : Direction.FORWARD);
    IntStream.rangeClosed(1, upToAttempt)
        .forEach(
            attempt -> {
              broken.add(attempt);
              unread.set(attempt - 1, List.of());
            });
  }

  private void store(Host host, int page, int version) {
    Copy copy = copies[host.ordinal()];
    var versions = new ArrayList<>(copy.versions());
    versions.set(page, version);
    copies[host.ordinal()] = new Copy(copy.executing(), copy.position(), List.copyOf(versions));
  }

  private void setExecuting(Host host, boolean executing) {
    Copy copy = copies[host.ordinal()];
    copies[host.ordinal()] = new Copy(executing, copy.position(), copy.versions());
  }

  private List<List<Message>> messages(Direction direction) {
    return direction == Direction.FORWARD ? forward : back;
  }

  private static void require(boolean possible, Effect effect) {
    if (!possible) {
      throw new IllegalStateException("the core asks for " + effect + " where that is impossible");
    }
  }
}
