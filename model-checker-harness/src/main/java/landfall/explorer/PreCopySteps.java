package landfall.explorer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import landfall.explorer.CoreInWorld.Next;
import landfall.explorer.HostsWorld.Connection;
import landfall.explorer.HostsWorld.Draft;
import landfall.explorer.HostsWorld.Lock;
import landfall.explorer.HostsWorld.Place;
import landfall.explorer.HostsWorld.Way;
import landfall.precopy.Action;
import landfall.precopy.Effect;
import landfall.precopy.HostCore;
import landfall.precopy.Phase;
import landfall.precopy.Protocol;
import landfall.protocol.Host;

/**
 * Everything that can happen next in a {@link HostsWorld} whose hosts do pre-copy. Whether an event
 * can physically occur is decided here: a host is alive, a message has arrived, a deadline can
 * pass, the lock is offered. Whether a host does anything about it, and what, is decided by its
 * core alone.
 */
final class PreCopySteps {
  /** {@code FewEnough} of the model: the source pauses only when no page is dirty. */
  static final int FEW_ENOUGH = 0;

  /** Steps that no host takes; their names in the specification. */
  static final Set<String> WITHOUT_HOST =
      Set.of(
          "GuestStep", "CutLink", "HealLink", "ResetConnection", "LoseMessage", "Crash", "Restart");

  private final HostsWorld<Phase> world;
  private final Protocol protocol;
  private final HostCore core;
  private final List<Next<HostsWorld<Phase>>> next = new ArrayList<>();

  PreCopySteps(HostsWorld<Phase> world, Protocol protocol) {
    this.world = world;
    this.protocol = protocol;
    core = new HostCore(protocol, false);
  }

  /** Identity of the host with this index, as the model has it: "A", "B", ... */
  static Host name(int host) {
    return new Host(String.valueOf((char) ('A' + host)));
  }

  /** The names of so many hosts, as a set of TLA+. */
  static String names(int hosts) {
    return IntStream.range(0, hosts)
        .mapToObj(host -> '"' + name(host).name() + '"')
        .collect(Collectors.joining(", ", "{", "}"));
  }

  private static int index(Host host) {
    return host.name().charAt(0) - 'A';
  }

  /** The steps from this world, in no particular order. A step may lead back to the same world. */
  List<Next<HostsWorld<Phase>>> all() {
    for (int host = 0; host < world.hosts().size(); host++) {
      if (world.alive(host)) {
        guest(host);
        asSource(host);
        asDestination(host);
      }
      fate(host);
    }
    links();
    return next;
  }

  private Phase phase(int host) {
    return world.hosts().get(host).phase();
  }

  private void guest(int host) {
    Place<Phase> place = world.hosts().get(host);
    if (place.executing()) {
      for (int page = 0; page < place.versions().size(); page++) {
        int written = page;
        happens(
            "GuestStep", About.place(host).page(page), draft -> draft.guestWrites(host, written));
      }
    }
  }

  // ---------------------------------------------------------------- as source

  private void asSource(int host) {
    Place<Phase> place = world.hosts().get(host);
    // Of two owners, which there are by mistake only, one would use a number again that the other
    // has used: the module leaves out what follows.
    boolean numbersAreNew =
        Math.max(place.phase().attempt(), place.phase().accepted()) == world.attempts();
    for (int to = 0; to < world.hosts().size() && numbersAreNew; to++) {
      // A host that has the guest, or may have it, does not listen for another.
      if (to != host && world.alive(to) && world.connected(host, to) && listens(to)) {
        int destination = to;
        takes(
            About.place(host).and(to),
            new Action.StartAttempt(),
            null,
            draft -> draft.connect(host, destination));
      }
    }
    takes(host, new Action.SendPage(1));
    takes(
        About.place(host),
        new Action.StartRound(WorldSteps.pageSet(place.log()), FEW_ENOUGH),
        null,
        draft -> draft.clearLog(host));
    takes(host, new Action.PauseSource(place.log().size(), FEW_ENOUGH));
    takes(host, new Action.OfferHandover(place.log().size()));
    takes(host, new Action.Cancel());
    int attempt = phase(host).attempt();
    if (attempt > 0) {
      answers(host, attempt);
      doubts(host, attempt);
    }
  }

  private boolean listens(int host) {
    return Taken.enables(core, phase(host), new Action.ReceiveHello(Integer.MAX_VALUE));
  }

  private void answers(int host, int attempt) {
    Connection connection = world.connection(attempt);
    if (connection.from() != host
        || connection.back().isEmpty()
        || world.cut().contains(new Way(connection.to(), host))) {
      return;
    }
    About about = About.place(host).and(connection.to()).attempt(attempt, world.attempts());
    Message message = connection.back().get(0);
    if (message instanceof Message.ReadyAt ready) {
      takes(
          about,
          new Action.ReceiveReady(attempt, new Host(ready.host())),
          null,
          draft -> {
            draft.take(attempt, false);
            if (!protocol.arbiter()) {
              // No host can see it.
              draft.lock = new Lock(host, connection.to(), attempt);
            }
          });
    } else if (message instanceof Message.Resumed) {
      takes(about, new Action.ReceiveResumed(attempt), null, draft -> draft.take(attempt, false));
    }
  }

  private void doubts(int host, int attempt) {
    Connection connection = world.connection(attempt);
    About about = About.place(host).and(connection.to()).attempt(attempt, world.attempts());
    if (connection.broken()
        && world.alive(connection.to())
        && world.connected(host, connection.to())) {
      takes(about, new Action.ResendHandover(), null, draft -> draft.reconnect(attempt));
    }
    if (!world.suspects(host, attempt)) {
      return;
    }
    takes(about, new Action.AbortAttempt(), null, draft -> {});
    takes(about, new Action.ResumeUnacknowledged(), null, draft -> {});
    if (!connection.broken()) {
      takes(about, new Action.GiveUpConnection(), null, draft -> {});
    }
    if (protocol.arbiter()) {
      boolean stillOwner = world.lock().owner() == host;
      takes(
          about,
          new Action.ReclaimLock(stillOwner),
          null,
          draft -> draft.lock = stillOwner ? Lock.held(host, attempt) : draft.lock);
    }
  }

  // ---------------------------------------------------------------- as destination

  private void asDestination(int host) {
    for (int attempt = 1; attempt <= world.attempts(); attempt++) {
      Connection connection = world.connection(attempt);
      if (connection.to() == host
          && !connection.forward().isEmpty()
          && !world.cut().contains(new Way(connection.from(), host))) {
        reads(host, attempt, connection.forward().get(0));
      }
    }
    int accepted = phase(host).accepted();
    if (accepted > 0) {
      boolean suspects = world.suspects(host, accepted);
      About about = reads(host, accepted);
      if (suspects) {
        takes(about, new Action.DiscardImage(), null, draft -> {});
      }
      if (protocol.arbiter() && suspects && offeredTo(host)) {
        takes(about, new Action.ClaimLock(), null, draft -> draft.lock = Lock.held(host, accepted));
      }
      if (protocol.arbiter() && !offeredTo(host) && world.lock().attempt() >= accepted) {
        takes(about, new Action.LearnSuperseded(), null, draft -> {});
      }
    }
  }

  private boolean offeredTo(int host) {
    Lock lock = world.lock();
    return lock.offeredTo() == HostsWorld.ANYBODY
        || lock.offeredTo() == host && lock.attempt() == phase(host).accepted();
  }

  private About reads(int host, int attempt) {
    return About.place(host)
        .and(world.connection(attempt).from())
        .attempt(attempt, world.attempts());
  }

  private void reads(int host, int attempt, Message message) {
    About about = reads(host, attempt);
    Consumer<Draft<Phase>> taken = draft -> draft.take(attempt, true);
    if (message instanceof Message.Hello) {
      takes(about, new Action.ReceiveHello(attempt), message, taken);
    } else if (message instanceof Message.Page) {
      takes(about, new Action.ReceivePage(attempt), message, taken);
    } else if (message instanceof Message.Image) {
      takes(about, new Action.ReceiveDeviceState(attempt), message, taken);
    } else if (message instanceof Message.Handover) {
      readsHandover(host, attempt, message, taken);
    }
  }

  private void readsHandover(int host, int attempt, Message message, Consumer<Draft<Phase>> taken) {
    About about = reads(host, attempt);
    boolean decides = phase(host) instanceof Phase.Ready && phase(host).accepted() == attempt;
    if (!decides) {
      takes(about, new Action.ResumeDestination(attempt), message, taken);
    } else if (!protocol.arbiter() || offeredTo(host)) {
      takes(
          about,
          new Action.ResumeDestination(attempt),
          message,
          draft -> {
            taken.accept(draft);
            draft.lock = Lock.held(host, attempt);
          });
    } else {
      takes(about, new Action.RefuseHandover(attempt), message, taken);
    }
  }

  // ---------------------------------------------------------------- faults

  private void fate(int host) {
    if (world.alive(host)) {
      happens("Crash", About.place(host), draft -> draft.crash(host, core.initial()));
    } else {
      happens("Restart", About.place(host), draft -> draft.restart(host));
    }
  }

  private void links() {
    for (int from = 0; from < world.hosts().size(); from++) {
      for (int to = 0; to < world.hosts().size(); to++) {
        var way = new Way(from, to);
        if (from != to && world.cut().contains(way)) {
          happens("HealLink", About.place(from).and(to), draft -> draft.heal(way));
        } else if (from != to) {
          happens("CutLink", About.place(from).and(to), draft -> draft.cut(way));
        }
      }
    }
    for (int number = 1; number <= world.attempts(); number++) {
      int attempt = number;
      Connection connection = world.connection(attempt);
      About forward =
          About.place(connection.from()).and(connection.to()).attempt(attempt, world.attempts());
      About back =
          About.place(connection.to()).and(connection.from()).attempt(attempt, world.attempts());
      if (!connection.broken()) {
        happens("ResetConnection", forward, draft -> draft.reset(attempt));
        continue;
      }
      if (!connection.forward().isEmpty()) {
        happens("LoseMessage", forward, draft -> draft.loseLast(attempt, true));
      }
      if (!connection.back().isEmpty()) {
        happens("LoseMessage", back, draft -> draft.loseLast(attempt, false));
      }
    }
  }

  // ---------------------------------------------------------------- steps

  private void happens(String action, About about, Consumer<Draft<Phase>> change) {
    next.add(
        new Next<>(
            action,
            about,
            () -> {
              var draft = new Draft<>(world);
              change.accept(draft);
              return draft.world();
            }));
  }

  private void takes(int host, Action action) {
    takes(About.place(host), action, null, draft -> {});
  }

  /**
   * Shows a host an event.
   *
   * @param about the host, and what the event is about
   * @param message what it takes from a connection, or null if it is no message
   * @param event the event itself, as far as it is the world's
   */
  private void takes(About about, Action action, Message message, Consumer<Draft<Phase>> event) {
    int host = about.who();
    if (Taken.enables(core, phase(host), action)) {
      next.add(new Next<>(action.name(), about, () -> after(host, action, message, event)));
    }
  }

  private HostsWorld<Phase> after(
      int host, Action action, Message message, Consumer<Draft<Phase>> event) {
    return Taken.<Draft<Phase>, Phase, Action, Effect>world(
            core,
            phase(host),
            action,
            () -> {
              var draft = new Draft<>(world);
              event.accept(draft);
              return draft;
            },
            (draft, phase) -> {
              draft.setPhase(host, phase);
              return draft;
            },
            (draft, effect) -> {
              perform(draft, host, effect, message);
              return Optional.of(draft);
            })
        .orElseThrow()
        .world();
  }

  private void perform(Draft<Phase> draft, int host, Effect effect, Message message) {
    if (!sends(draft, host, effect)) {
      changesHost(draft, host, effect, message);
    }
  }

  /** Performs an effect that is a message; false if it is none. */
  private boolean sends(Draft<Phase> draft, int host, Effect effect) {
    if (effect instanceof Effect.SendHello hello) {
      WorldSteps.require(hello.attempt() == world.attempts() + 1, effect);
      draft.sendForward(hello.attempt(), new Message.Hello());
    } else if (effect instanceof Effect.SendPages pages) {
      pages.pages().stream()
          .mapToObj(page -> new Message.Page(page, draft.version(host, page)))
          .forEach(page -> draft.sendForward(pages.attempt(), page));
    } else if (effect instanceof Effect.SendDeviceState state) {
      draft.sendForward(state.attempt(), new Message.Image(draft.steps(host)));
    } else if (effect instanceof Effect.SendHandover handover) {
      draft.sendForward(handover.attempt(), new Message.Handover());
    } else if (effect instanceof Effect.SendReady ready) {
      draft.sendBack(ready.attempt(), new Message.ReadyAt(name(host).name()));
    } else if (effect instanceof Effect.SendResumed resumed) {
      draft.sendBack(resumed.attempt(), new Message.Resumed());
    } else {
      return false;
    }
    return true;
  }

  /**
   * Performs an effect on the host itself, or on the lock.
   *
   * @param message what the step was taken on, or null if it was no message
   */
  private static void changesHost(Draft<Phase> draft, int host, Effect effect, Message message) {
    if (effect instanceof Effect.StartDirtyLog) {
      draft.setLogging(host, true);
    } else if (effect instanceof Effect.StopDirtyLog) {
      draft.setLogging(host, false);
    } else if (effect instanceof Effect.PauseGuest) {
      draft.setExecuting(host, false);
    } else if (effect instanceof Effect.RunGuest) {
      draft.setExecuting(host, true);
    } else if (effect instanceof Effect.ReleaseLock release) {
      int to = release.to().map(PreCopySteps::index).orElse(HostsWorld.ANYBODY);
      draft.lock = new Lock(host, to, release.attempt());
    } else if (effect instanceof Effect.CloseConnection close) {
      draft.closeSource(close.attempt());
    } else if (effect instanceof Effect.CloseConnections close) {
      draft.closeArrivals(host, close.upToAttempt());
    } else if (effect instanceof Effect.ClearMemory) {
      draft.clearMemory(host);
    } else if (effect instanceof Effect.StorePages && message instanceof Message.Page page) {
      draft.store(host, page.page(), page.version());
    } else if (effect instanceof Effect.StoreDeviceState
        && message instanceof Message.Image image) {
      draft.setSteps(host, image.steps());
    } else {
      throw new IllegalStateException("the model world cannot perform " + effect);
    }
  }
}
