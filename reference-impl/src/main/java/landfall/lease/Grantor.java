package landfall.lease;

import java.util.Optional;
import landfall.lease.Action.ExpireLease;
import landfall.lease.Action.GrantLease;
import landfall.lease.Action.ReceiveRelease;
import landfall.lease.Action.TickGrantor;
import landfall.protocol.Host;
import landfall.protocol.Step;

/**
 * Who lends the guest, {@code Lease!grantee} and {@code Lease!reserved}. Transitions:
 *
 * <ul>
 *   <li>any to itself: TickGrantor
 *   <li>Free to Lent: GrantLease
 *   <li>Lent to itself: GrantLease to the host that has it already
 *   <li>Lent to Free: ReceiveRelease of that host; ExpireLease, when the reservation is over
 *   <li>any to itself: ReceiveRelease of another host
 *   <li>Waiting to Free: ExpireLease, when the reservation is over
 * </ul>
 *
 * No holder is asked whether its lease is over. That is what the allowance is for.
 */
public sealed interface Grantor {

  /** Ticks of the grantor's clock that are left of the last grant's term and allowance. */
  int reserved();

  /** The step taken on an action, or nothing if the action is not enabled now. */
  Optional<Step<Grantor, Effect>> on(Action.OfGrantor action, Protocol protocol);

  /** A grantor that has just lent the guest to this host. */
  static Grantor lentTo(Host host, Protocol protocol) {
    return new Lent(host, protocol.reservation());
  }

  /** A grantor that does not know whether it has lent the guest: it has restarted. */
  static Grantor restarted(Protocol protocol) {
    return protocol.has(Mutant.RESTARTED_FORGETS)
        ? new Free(protocol.reservation())
        : new Waiting(protocol.reservation());
  }

  /**
   * The guest is lent to nobody. What is reserved protects nobody any more: the last holder has
   * said that it stopped, or its time is over.
   */
  record Free(int reserved) implements Grantor {
    public Free {
      requireCount(reserved);
    }

    @Override
    public Optional<Step<Grantor, Effect>> on(Action.OfGrantor action, Protocol protocol) {
      if (action instanceof TickGrantor) {
        return step(new Free(lessOne(reserved)));
      }
      if (action instanceof GrantLease request) {
        return grant(request.host(), protocol);
      }
      return action instanceof ReceiveRelease ? step(this) : Optional.empty();
    }
  }

  /** The guest is lent to a host, until that says otherwise or the reservation is over. */
  record Lent(Host grantee, int reserved) implements Grantor {
    public Lent {
      requireCount(reserved);
    }

    @Override
    public Optional<Step<Grantor, Effect>> on(Action.OfGrantor action, Protocol protocol) {
      if (action instanceof TickGrantor) {
        return step(new Lent(grantee, lessOne(reserved)));
      }
      if (action instanceof GrantLease request && request.host().equals(grantee)) {
        return grant(grantee, protocol);
      }
      if (action instanceof ReceiveRelease release) {
        return step(release.host().equals(grantee) ? new Free(reserved) : this);
      }
      if (action instanceof ExpireLease && reserved == 0) {
        return step(new Free(0));
      }
      return Optional.empty();
    }
  }

  /**
   * The guest may be lent to somebody, by this grantor before it restarted. That it is given back
   * is no news of the one who has it: nobody knows who that is.
   */
  record Waiting(int reserved) implements Grantor {
    public Waiting {
      requireCount(reserved);
    }

    @Override
    public Optional<Step<Grantor, Effect>> on(Action.OfGrantor action, Protocol protocol) {
      if (action instanceof TickGrantor) {
        return step(new Waiting(lessOne(reserved)));
      }
      if (action instanceof ReceiveRelease) {
        return step(this);
      }
      return action instanceof ExpireLease && reserved == 0 ? step(new Free(0)) : Optional.empty();
    }
  }

  // Counted from now: later than the host counts, who began when it asked.
  private static Optional<Step<Grantor, Effect>> grant(Host host, Protocol protocol) {
    return step(lentTo(host, protocol), new Effect.SendGranted(host));
  }

  private static void requireCount(int reserved) {
    if (reserved < 0) {
      throw new IllegalArgumentException("a count ends at 0, it is not " + reserved);
    }
  }

  private static int lessOne(int count) {
    return Math.max(0, count - 1);
  }

  private static Optional<Step<Grantor, Effect>> step(Grantor grantor, Effect... effects) {
    return Optional.of(Step.to(grantor, effects));
  }
}
