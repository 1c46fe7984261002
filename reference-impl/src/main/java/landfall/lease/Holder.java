package landfall.lease;

import java.util.Optional;
import landfall.lease.Action.AskLease;
import landfall.lease.Action.NoticeEnd;
import landfall.lease.Action.ReceiveLease;
import landfall.lease.Action.ReleaseLease;
import landfall.lease.Action.StartGuest;
import landfall.lease.Action.TickHost;
import landfall.protocol.Step;

/**
 * A host that holds the lease, or would: {@code Lease!left} and {@code Lease!asked} of one host,
 * and whether it is in {@code running}. Both counts are of its own clock, the only one that it can
 * read.
 *
 * <ul>
 *   <li>TickHost: counts that run, run down
 *   <li>AskLease, if no request counts: {@code asked} begins
 *   <li>ReceiveLease: {@code left} becomes what {@code asked} is by now; nothing, if that is over
 *   <li>StartGuest, NoticeEnd: the guest runs while the host holds the lease, and may go on for a
 *       while behind its end, where nothing of it gets out
 *   <li>ReleaseLease: the guest stops, and both counts end
 * </ul>
 *
 * @param left ticks for which this host holds the lease; 0 if it does not
 * @param asked what {@code left} will be if the answer comes now; 0 if none counts
 * @param guestRuns false if the guest is stopped here, or has never been
 */
public record Holder(int left, int asked, boolean guestRuns) {

  public Holder {
    if (left < 0 || asked < 0) {
      throw new IllegalArgumentException(
          "a count ends at 0, it is not %d".formatted(Math.min(left, asked)));
    }
  }

  /** A host to which the guest has just been lent, and where it runs. */
  public static Holder running(Protocol protocol) {
    return new Holder(protocol.term(), 0, true);
  }

  /** A host that has no lease and has not asked. Also one that has restarted: it knows nothing. */
  public static Holder without() {
    return new Holder(0, 0, false);
  }

  /** The step taken on an action, or nothing if the action is not enabled now. */
  public Optional<Step<Holder, Effect>> on(Action.OfHolder action, Protocol protocol) {
    if (action instanceof TickHost && (left > 0 || asked > 0)) {
      return step(new Holder(lessOne(left), lessOne(asked), guestRuns));
    }
    // While the answer may still be worth something, another request would only make it stale.
    if (action instanceof AskLease && asked == 0) {
      return step(new Holder(left, protocol.term(), guestRuns), new Effect.SendAsk());
    }
    if (action instanceof ReceiveLease) {
      return receive(protocol);
    }
    if (action instanceof StartGuest && left > 0 && !guestRuns) {
      return step(new Holder(left, asked, true), new Effect.StartGuest());
    }
    if (action instanceof NoticeEnd && left == 0 && guestRuns) {
      return step(new Holder(left, asked, false), new Effect.StopGuest());
    }
    if (action instanceof ReleaseLease && left > 0) {
      return release();
    }
    return Optional.empty();
  }

  /**
   * Whether what the guest does may be seen outside, asked before each output. A lease that is over
   * lets nothing out, whether its end was noticed or not.
   */
  public boolean letsOutputLeave(Protocol protocol) {
    return guestRuns && (left > 0 || protocol.has(Mutant.CLOCK_NOT_CHECKED));
  }

  // The grant is later than the request, and nothing else is known to be earlier than the grant. So
  // the term is over here before it is over there.
  private Optional<Step<Holder, Effect>> receive(Protocol protocol) {
    if (asked == 0) {
      return step(this);
    }
    return protocol.has(Mutant.COUNTED_FROM_ANSWER)
        ? step(new Holder(protocol.term(), 0, guestRuns), new Effect.HoldTerm(false))
        : step(new Holder(asked, 0, guestRuns), new Effect.HoldTerm(true));
  }

  // The guest stops before anybody hears of it.
  private Optional<Step<Holder, Effect>> release() {
    return guestRuns
        ? step(without(), new Effect.StopGuest(), new Effect.SendRelease())
        : step(without(), new Effect.SendRelease());
  }

  private static int lessOne(int count) {
    return Math.max(0, count - 1);
  }

  private static Optional<Step<Holder, Effect>> step(Holder holder, Effect... effects) {
    return Optional.of(Step.to(holder, effects));
  }
}
