package landfall.host;

import java.io.IOException;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import landfall.engine.Driver;
import landfall.engine.Interpreter;
import landfall.lease.Action;
import landfall.lease.Effect;
import landfall.lease.Holder;
import landfall.lease.HolderCore;
import landfall.lease.Mutant;
import landfall.lease.Protocol;
import landfall.protocol.Host;
import landfall.protocol.Step;
import landfall.transport.LineLink;
import landfall.transport.SelectorLoop;

/**
 * The lease of this host on the guest, by its own clock: the guest executes only while the lease is
 * held, and its output leaves only then. While the guest is this host's by the migration, the host
 * asks for the lease, and asks again before it is over. It gives the lease back when it gives the
 * guest away, and while the migration leaves it in doubt whether another host has the guest: that
 * one would wait for it, and a host in doubt that reaches the grantor could go on asking for ever.
 *
 * <p>A lease is no consent: it does not say whose copy of the guest is good. That is the
 * migration's to say; a host asks for no lease before.
 *
 * <p>On the loop's thread, except for {@link #awaitOpen}.
 */
final class Lease
    implements OutputGate, LineLink.Handler, Interpreter<Holder, Action.OfHolder, Effect, Void> {
  private static final Pattern GRANTED = Pattern.compile("granted ([0-9]{1,18})");
  private static final long RECONNECT_NANOS = 100_000_000;

  private final SelectorLoop loop;
  private final HostAddress grantor;
  private final Host self;
  private final Set<Mutant> mutants;
  private final Guest guest;

  /** Null until the grantor has said its terms. */
  private LeaseTerms terms;

  private Protocol protocol;
  private Ticks ticks;
  private Driver<Holder, Action.OfHolder, Effect, Void> driver;

  /** Null while there is no connection on which both sides have spoken. */
  private LineLink link;

  private boolean wanted;
  private long number;

  /** Ticks since the grantor said anything. */
  private int silent;

  // The guest's output is on another thread, which looks at the clock itself.
  private final Object gate = new Object();
  private boolean letsOut;
  private long until;

  Lease(SelectorLoop loop, HostAddress grantor, Host self, Set<Mutant> mutants, Guest guest) {
    this.loop = loop;
    this.grantor = grantor;
    this.self = self;
    this.mutants = mutants;
    this.guest = guest;
  }

  /** Begins to look for the grantor. */
  void start() {
    loop.execute(this::connect);
  }

  /**
   * The guest is this host's from now on, by the migration. At once, so that a doubt that comes
   * next is not undone; before {@link #start} on any thread.
   */
  void want() {
    wanted = true;
    settle();
  }

  /**
   * The guest goes elsewhere, or may be elsewhere: it stands, and from now on nothing that it did
   * here leaves.
   */
  void giveUp() {
    wanted = false;
    if (driver != null) {
      catchUp();
      driver.take(new Action.ReleaseLease(), null);
      show();
    }
  }

  // ---------------------------------------------------------------- clock

  private void tick() {
    settle();
    silent++;
    if (link != null && wanted && silent > 2 * terms.term()) {
      // What it was told may still come to it, or may never; on a new connection it comes at once.
      link.close("it says nothing");
    }
    loop.after(ticks.end(1) - loop.nanoTime(), this::tick);
  }

  private void catchUp() {
    for (int due = ticks.due(loop.nanoTime(), terms.term()); due > 0; due--) {
      driver.take(new Action.TickHost(), null);
    }
  }

  /** Does what is due at this moment of this host's clock. */
  private void settle() {
    if (driver == null) {
      return;
    }
    catchUp();
    driver.take(new Action.NoticeEnd(), null);
    if (wanted) {
      driver.take(new Action.StartGuest(), null);
    } else {
      // It was asked for before, and others wait for it.
      driver.take(new Action.ReleaseLease(), null);
    }
    // In time: there is place for a second question before the end.
    if (wanted && link != null && driver.phase().left() <= 2 * terms.term() / 3) {
      driver.take(new Action.AskLease(), null);
    }
    show();
  }

  private void show() {
    synchronized (gate) {
      letsOut = driver.phase().letsOutputLeave(protocol);
      until =
          mutants.contains(Mutant.CLOCK_NOT_CHECKED)
              ? Long.MAX_VALUE
              : ticks.end(driver.phase().left());
      gate.notifyAll();
    }
  }

  @Override
  public void awaitOpen() throws InterruptedException {
    synchronized (gate) {
      while (!letsOut || until != Long.MAX_VALUE && loop.nanoTime() - until >= 0) {
        gate.wait();
      }
    }
  }

  // ---------------------------------------------------------------- the core

  @Override
  public void took(Action.OfHolder action, Step<Holder, Effect> step, Void cause) {
    if (action instanceof Action.NoticeEnd) {
      System.err.println(
          "landfall host: the lease is over; the guest stands until it is lent again");
    }
  }

  @Override
  public void perform(Effect effect, Void cause) {
    if (effect instanceof Effect.SendAsk) {
      say("ask");
    } else if (effect instanceof Effect.SendRelease) {
      say("release");
    } else if (effect instanceof Effect.StartGuest) {
      guest.lent();
    } else if (effect instanceof Effect.StopGuest) {
      guest.lentNoMore();
    } else if (!(effect instanceof Effect.HoldTerm)) {
      throw new IllegalStateException("a host cannot perform " + effect);
    }
  }

  private void say(String what) {
    number++;
    if (link != null) {
      link.send(what + " " + self.name() + " " + number);
    }
  }

  // ---------------------------------------------------------------- the grantor

  private void connect() {
    try {
      LineLink.connect(loop, grantor.socket(), this);
    } catch (IOException failed) {
      loop.after(RECONNECT_NANOS, this::connect);
    }
  }

  @Override
  public void opened(LineLink opened) {
    // The grantor speaks first.
  }

  @Override
  public void line(LineLink from, String text) {
    Matcher granted = GRANTED.matcher(text);
    silent = 0;
    if (from != link) {
      agree(from, text);
    } else if (granted.matches()) {
      catchUp();
      // The answer to a request before the last one is as good as lost.
      if (Long.parseLong(granted.group(1)) == number) {
        driver.take(new Action.ReceiveLease(), null);
      }
      settle();
    } else {
      from.close("it is no grantor of leases: '" + text + "'");
    }
  }

  // The terms of a lease that is held cannot change.
  private void agree(LineLink with, String text) {
    try {
      LeaseTerms said = LeaseTerms.of(text);
      if (terms == null) {
        begin(said);
      } else if (!terms.equals(said)) {
        throw new IllegalArgumentException(
            "the terms of the lease were '%s', and are '%s'".formatted(terms.text(), said.text()));
      }
    } catch (IllegalArgumentException refused) {
      System.err.println("landfall host: " + refused.getMessage());
      with.close(refused.getMessage());
      return;
    }
    link = with;
    settle();
  }

  private void begin(LeaseTerms said) {
    terms = said;
    protocol = said.protocol(mutants);
    ticks = new Ticks(loop.nanoTime(), said.tickNanos());
    driver = new Driver<>(new HolderCore(protocol, false), this);
    loop.after(said.tickNanos(), this::tick);
  }

  @Override
  public void closed(LineLink over, String why) {
    if (over == link) {
      link = null;
    }
    loop.after(RECONNECT_NANOS, this::connect);
  }
}
