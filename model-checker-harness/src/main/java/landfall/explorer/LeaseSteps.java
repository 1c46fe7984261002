package landfall.explorer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import landfall.explorer.CoreInWorld.Next;
import landfall.explorer.LeaseWorld.Request;
import landfall.explorer.LeaseWorld.Side;
import landfall.lease.Action;
import landfall.lease.Effect;
import landfall.lease.Grantor;
import landfall.lease.GrantorCore;
import landfall.lease.Holder;
import landfall.lease.HolderCore;
import landfall.lease.Protocol;
import landfall.protocol.Host;

/**
 * Everything that can happen next in a {@link LeaseWorld}. Whether a clock can tick, a message has
 * arrived or a host is alive is decided here; what comes of it, by the core alone. The world sees
 * to two things that the module takes for granted: clocks keep within the bound, and of two
 * messages in one direction only the later one is ever read.
 */
final class LeaseSteps {

  /** Steps that neither a host nor the grantor takes; their names in the specification. */
  static final Set<String> WITHOUT_HOST =
      Set.of("LoseRequest", "LoseAnswer", "Crash", "RestartGrantor");

  private final LeaseWorld world;
  private final Protocol protocol;
  private final int drift;

  /** In the order of their places. */
  private final List<Host> hosts;

  private final List<Next<LeaseWorld>> next = new ArrayList<>();

  /**
   * Steps from a world.
   *
   * @param drift ticks by which clocks do come apart within a term, whatever the hosts believe
   */
  LeaseSteps(LeaseWorld world, Protocol protocol, int drift) {
    this.world = world;
    this.protocol = protocol;
    this.drift = drift;
    hosts = world.hosts();
  }

  /** The steps from this world, in no particular order. A step may lead back to the same world. */
  List<Next<LeaseWorld>> all() {
    tickGrantor();
    grantor(new Action.ExpireLease(), world);
    restartGrantor();
    for (Host host : hosts) {
      Side side = world.side(host);
      if (!side.crashed()) {
        holder(host, side);
      }
      messages(host, side);
    }
    return next;
  }

  // A clock ticks by itself, unless it would be further from the other than clocks get.
  private void tickGrantor() {
    var later = world;
    for (Host host : hosts) {
      Side side = world.side(host);
      if (side.holder().left() > 0 && side.lag() >= drift
          || side.holder().asked() > 0 && side.askedLag() >= drift) {
        return;
      }
      later = later.with(host, side.fallenBehindBy(1).with(side.holder()));
    }
    grantor(new Action.TickGrantor(), later);
  }

  private void restartGrantor() {
    var lost = world;
    for (Host host : hosts) {
      Side side = world.side(host);
      lost = lost.with(host, side.withMessages(Request.NONE, side.granted()));
    }
    happens("RestartGrantor", grantor(), lost.with(Grantor.restarted(protocol)));
  }

  private void holder(Host host, Side side) {
    boolean clockIsFirst =
        side.holder().left() > 0 && side.lag() <= -drift
            || side.holder().asked() > 0 && side.askedLag() <= -drift;
    if (!clockIsFirst) {
      holder(host, new Action.TickHost(), side.fallenBehindBy(-1));
    }
    holder(host, new Action.AskLease(), side);
    if (side.granted()) {
      holder(host, new Action.ReceiveLease(), side.withMessages(side.request(), false));
    }
    holder(host, new Action.StartGuest(), side);
    holder(host, new Action.NoticeEnd(), side);
    holder(host, new Action.ReleaseLease(), side);
    happens("Crash", place(host), world.with(host, side.dead()));
  }

  private void messages(Host host, Side side) {
    About about = grantor().and(hosts.indexOf(host));
    var taken = world.with(host, side.withMessages(Request.NONE, side.granted()));
    switch (side.request()) {
      case NONE -> {}
      case ASK -> {
        grantor(new Action.GrantLease(host), taken, about);
        happens("LoseRequest", about, taken);
      }
      case RELEASE -> {
        grantor(new Action.ReceiveRelease(host), taken, about);
        happens("LoseRequest", about, taken);
      }
    }
    if (side.granted()) {
      happens("LoseAnswer", about, world.with(host, side.withMessages(side.request(), false)));
    }
  }

  /**
   * Shows a host an event.
   *
   * @param after the event, as far as it is not the core's
   */
  private void holder(Host host, Action.OfHolder action, Side after) {
    Taken.<Side, Holder, Action.OfHolder, Effect>world(
            new HolderCore(protocol, false),
            after.holder(),
            action,
            () -> after,
            Side::inPhase,
            (side, effect) -> Optional.of(ofHolder(effect).apply(side)))
        .ifPresent(
            side ->
                happens(action.name(), place(host), world.with(host, side.with(side.holder()))));
  }

  // An answer to what was said before is as good as lost, and so is what was said.
  private static UnaryOperator<Side> ofHolder(Effect effect) {
    if (effect instanceof Effect.SendAsk) {
      return side -> side.withMessages(Request.ASK, false);
    }
    if (effect instanceof Effect.SendRelease) {
      return side -> side.withMessages(Request.RELEASE, false);
    }
    if (effect instanceof Effect.HoldTerm term) {
      return side -> side.withLag(term.sinceAsked() ? side.askedLag() : 0);
    }
    if (effect instanceof Effect.StartGuest) {
      return side -> side.withExecuting(true);
    }
    if (effect instanceof Effect.StopGuest) {
      return side -> side.withExecuting(false);
    }
    throw new IllegalStateException("a host of the model world cannot perform " + effect);
  }

  private void grantor(Action.OfGrantor action, LeaseWorld after) {
    grantor(action, after, grantor());
  }

  private void grantor(Action.OfGrantor action, LeaseWorld after, About about) {
    Taken.<LeaseWorld, Grantor, Action.OfGrantor, Effect>world(
            new GrantorCore(protocol, world.grantor()),
            after.grantor(),
            action,
            () -> after,
            LeaseWorld::with,
            LeaseSteps::ofGrantor)
        .ifPresent(reached -> happens(action.name(), about, reached));
  }

  private static Optional<LeaseWorld> ofGrantor(LeaseWorld so, Effect effect) {
    if (effect instanceof Effect.SendGranted answer) {
      Side side = so.side(answer.to());
      return Optional.of(so.with(answer.to(), side.withMessages(side.request(), true)));
    }
    throw new IllegalStateException("the grantor cannot perform " + effect);
  }

  private About place(Host host) {
    return About.place(hosts.indexOf(host));
  }

  /** The grantor's place, after those of the hosts. */
  private About grantor() {
    return About.place(hosts.size());
  }

  private void happens(String action, About about, LeaseWorld after) {
    next.add(new Next<>(action, about, () -> after));
  }
}
