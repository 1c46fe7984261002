package landfall.host;

import java.io.Closeable;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import landfall.engine.Driver;
import landfall.engine.Interpreter;
import landfall.lease.Action;
import landfall.lease.Effect;
import landfall.lease.Grantor;
import landfall.lease.GrantorCore;
import landfall.lease.Mutant;
import landfall.lease.Protocol;
import landfall.protocol.Host;
import landfall.protocol.Step;
import landfall.transport.LineLink;
import landfall.transport.SelectorLoop;

/**
 * The grantor of leases on a real socket, {@code landfall grantor}. It keeps nothing: whenever it
 * starts it may have lent the guest before, and lends it to nobody until that is over.
 *
 * <p>A host has one connection; a new one takes the place of the one before, unread. So nothing
 * that a host said before is read after what it said last. A request waits here while the guest is
 * lent to another.
 *
 * <p>Specified by the module {@code Lease}.
 */
public final class LeaseGrantor implements Interpreter<Grantor, Action.OfGrantor, Effect, Void> {
  private static final Pattern REQUEST =
      Pattern.compile("(ask|release) ([A-Za-z0-9._-]{1,100}) ([0-9]{1,18})");

  private final SelectorLoop loop;
  private final LeaseTerms terms;
  private final Protocol protocol;
  private final Ticks ticks;
  private final Driver<Grantor, Action.OfGrantor, Effect, Void> driver;

  /** The connection of each host, and its last request that was not granted yet. */
  private final Map<Host, LineLink> links = new HashMap<>();

  private final Map<Host, Long> waiting = new LinkedHashMap<>();
  private Closeable listener;
  private final CompletableFuture<Void> ended = new CompletableFuture<>();

  private LeaseGrantor(LeaseTerms terms, Set<Mutant> mutants) throws IOException {
    this.terms = terms;
    protocol = terms.protocol(mutants);
    loop = SelectorLoop.start("grantor", ended::completeExceptionally);
    ticks = new Ticks(loop.nanoTime(), terms.tickNanos());
    Grantor first = Grantor.restarted(protocol);
    driver = new Driver<>(new GrantorCore(protocol, first), this);
  }

  /**
   * Starts a grantor.
   *
   * @param termMillis for how long the guest is lent
   * @param driftMillis by how much two clocks may come apart within that time, and how long output
   *     may take to leave after the look at the clock
   * @throws IOException if the address is taken; the message says which
   * @throws IllegalArgumentException if these are no terms
   */
  public static LeaseGrantor start(HostAddress at, int termMillis, int driftMillis)
      throws IOException {
    return start(at, termMillis, driftMillis, Set.of());
  }

  static LeaseGrantor start(HostAddress at, int termMillis, int driftMillis, Set<Mutant> mutants)
      throws IOException {
    if (termMillis < 20 || termMillis > 3_600_000 || driftMillis < 1 || driftMillis >= termMillis) {
      throw new IllegalArgumentException(
          "a term of %d ms and a drift of %d ms: a term of 20 to 3600000 is accepted, and a drift of"
                  .formatted(termMillis, driftMillis)
              + " 1 to less than the term");
    }
    var server = at.listen();
    var grantor = new LeaseGrantor(LeaseTerms.ofMillis(termMillis, driftMillis), mutants);
    HostAddress.tell("grantor", "leases", server);
    grantor.loop.execute(
        () -> {
          try {
            grantor.listener = LineLink.listen(grantor.loop, server, () -> grantor.new Peer());
            grantor.tick();
          } catch (IOException failed) {
            grantor.ended.completeExceptionally(failed);
          }
        });
    return grantor;
  }

  /** Does not return while the grantor works. */
  public void await() {
    ended.join();
  }

  /** It is gone when this returns, with all that it knew. */
  void kill() throws InterruptedException {
    loop.execute(
        () -> {
          try {
            listener.close();
          } catch (IOException ignored) {
            // Nobody connects there any more either way.
          }
          loop.close();
        });
    loop.awaitEnd();
  }

  private void tick() {
    catchUp();
    if (driver.take(new Action.ExpireLease(), null)) {
      grantWaiting();
    }
    loop.after(ticks.end(1) - loop.nanoTime(), this::tick);
  }

  private void catchUp() {
    for (int due = ticks.due(loop.nanoTime(), 2 * (terms.term() + terms.drift())); due > 0; due--) {
      driver.take(new Action.TickGrantor(), null);
    }
  }

  private void grantWaiting() {
    for (Host host : List.copyOf(waiting.keySet())) {
      driver.take(new Action.GrantLease(host), null);
    }
  }

  @Override
  public void took(Action.OfGrantor action, Step<Grantor, Effect> step, Void cause) {
    // No trace is kept.
  }

  @Override
  public void perform(Effect effect, Void cause) {
    if (effect instanceof Effect.SendGranted granted) {
      links.get(granted.to()).send("granted " + waiting.remove(granted.to()));
      return;
    }
    throw new IllegalStateException("a grantor cannot perform " + effect);
  }

  /** One connection. Whoever says what no host says is closed. */
  private final class Peer implements LineLink.Handler {
    private Host host;

    @Override
    public void opened(LineLink link) {
      link.send(terms.text());
    }

    @Override
    public void line(LineLink link, String text) {
      Matcher request = REQUEST.matcher(text);
      if (!request.matches() || host != null && !host.name().equals(request.group(2))) {
        link.close("it is no host: '" + text + "'");
        return;
      }
      catchUp();
      identify(link, new Host(request.group(2)));
      // What it asked before counts no more.
      waiting.remove(host);
      if (request.group(1).equals("ask")) {
        waiting.put(host, Long.valueOf(request.group(3)));
        driver.take(new Action.GrantLease(host), null);
      } else if (driver.take(new Action.ReceiveRelease(host), null)) {
        grantWaiting();
      }
    }

    private void identify(LineLink link, Host named) {
      host = named;
      LineLink before = links.put(host, link);
      if (before != null && before != link) {
        before.close("the host has another connection");
      }
    }

    @Override
    public void closed(LineLink link, String why) {
      if (host != null && links.remove(host, link)) {
        waiting.remove(host);
      }
    }
  }
}
