package landfall.explorer;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import landfall.lease.Grantor;
import landfall.lease.Holder;
import landfall.protocol.Host;

/**
 * The hosts, the grantor, what they have said to each other, and by how much their clocks are
 * apart, at one moment. Immutable; equal worlds go on equally. {@link LeaseSteps} says what can
 * happen next.
 *
 * @param forgotten to whom a grantor that has restarted had lent the guest; it does not know
 * @param sides the hosts in the order of their places
 */
record LeaseWorld(Grantor grantor, Optional<Host> forgotten, Map<Host, Side> sides) {

  LeaseWorld {
    sides = Collections.unmodifiableMap(new LinkedHashMap<>(sides));
  }

  /** A message on its way to the grantor. */
  enum Request {
    NONE("none"),
    ASK("Ask"),
    RELEASE("Release");

    private final String text;

    Request(String text) {
      this.text = text;
    }

    /** As the module writes it. */
    String text() {
      return text;
    }
  }

  /**
   * One host, and what lies between it and the grantor.
   *
   * @param holder what the core knows; of a dead host, nothing
   * @param lag ticks by which its clock fell behind the grantor's since its lease counts; 0 without
   * @param askedLag the same since its request counts
   * @param request its last message, if that is on its way
   * @param granted true if the answer to its last request is on its way
   * @param executing true from the effect that let the guest run to the one that stopped it
   * @param crashed true if it is dead
   */
  record Side(
      Holder holder,
      int lag,
      int askedLag,
      Request request,
      boolean granted,
      boolean executing,
      boolean crashed) {

    static Side of(Holder holder) {
      return new Side(holder, 0, 0, Request.NONE, false, holder.guestRuns(), false);
    }

    /** As the core is now. Nobody compares clocks for a count that has ended. */
    Side with(Holder next) {
      return new Side(
          next,
          next.left() > 0 ? lag : 0,
          next.asked() > 0 ? askedLag : 0,
          request,
          granted,
          executing,
          crashed);
    }

    /** As the core is now, with clocks that effects of the same step may still compare. */
    Side inPhase(Holder next) {
      return new Side(next, lag, askedLag, request, granted, executing, crashed);
    }

    /** The grantor's clock has gone on by so many ticks more than this host's. */
    Side fallenBehindBy(int ticks) {
      return new Side(holder, lag + ticks, askedLag + ticks, request, granted, executing, crashed);
    }

    Side withLag(int since) {
      return new Side(holder, since, askedLag, request, granted, executing, crashed);
    }

    Side withMessages(Request sent, boolean answered) {
      return new Side(holder, lag, askedLag, sent, answered, executing, crashed);
    }

    Side withExecuting(boolean now) {
      return new Side(holder, lag, askedLag, request, granted, now, crashed);
    }

    /** Dead, with all that it knew. What it sent is on its way, and what was sent to it. */
    Side dead() {
      return new Side(Holder.without(), 0, 0, request, granted, false, true);
    }
  }

  List<Host> hosts() {
    return List.copyOf(sides.keySet());
  }

  Side side(Host host) {
    return sides.get(host);
  }

  /** To whom the guest is lent, whether the grantor knows it or not; empty if it is free. */
  Optional<Host> lentTo() {
    return grantor instanceof Grantor.Lent lent ? Optional.of(lent.grantee()) : forgotten;
  }

  LeaseWorld with(Host host, Side side) {
    var next = new LinkedHashMap<>(sides);
    next.put(host, side);
    return new LeaseWorld(grantor, forgotten, next);
  }

  LeaseWorld with(Grantor next) {
    return new LeaseWorld(
        next, next instanceof Grantor.Waiting ? lentTo() : Optional.empty(), sides);
  }
}
