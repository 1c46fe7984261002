package landfall.host;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import landfall.precopy.Phase;

/**
 * What the operator asks, as events of the loop. Nothing on the loop waits, so that every answer
 * comes at once, whatever the network and the storage do.
 */
final class EngineSide implements Side {
  private static final long ANSWER_SECONDS_MAX = 30;

  private final Engine engine;
  private boolean listens;

  EngineSide(Engine engine) {
    this.engine = engine;
  }

  @Override
  public void migrate(HostAddress destination) throws RefusedException {
    onLoop(
        () -> {
          Departure latest = engine.departure();
          Phase now = engine.phase();
          if (latest != null && latest.connecting()) {
            throw new RefusedException("a migration is under way (it connects)");
          }
          if (!(now instanceof Phase.Running)) {
            throw new RefusedException(whyNot(now));
          }
          var next = new Departure(engine, destination);
          engine.depart(next);
          next.start();
          return null;
        });
  }

  private static String whyNot(Phase now) {
    if (now instanceof Phase.Completed) {
      return "the guest is not here any more";
    }
    boolean waits =
        now instanceof Phase.Waiting
            || now instanceof Phase.Receiving
            || now instanceof Phase.Ready;
    return waits
        ? "there is no guest here to give away (" + now.name() + ")"
        : "a migration is under way (" + now.name() + ")";
  }

  @Override
  public void cancel() throws RefusedException {
    onLoop(
        () -> {
          Phase now = engine.phase();
          if (now instanceof Phase.Receiving || now instanceof Phase.Ready) {
            throw new RefusedException("only the source can take an attempt back");
          }
          Departure latest = engine.departure();
          boolean nothing =
              latest == null
                  || !latest.connecting()
                      && (now instanceof Phase.Running
                          || now instanceof Phase.Completed
                          || now instanceof Phase.Waiting);
          if (nothing) {
            return null; // As QEMU does: there is nothing to cancel, which is no error.
          }
          if (!latest.cancel()) {
            throw new RefusedException(
                "too late: the guest was given away, and only the destination knows whether it"
                    + " runs");
          }
          return null;
        });
  }

  @Override
  public void listen(HostAddress address) throws RefusedException, IOException {
    synchronized (this) {
      if (listens) {
        throw new RefusedException("this host listens already");
      }
      listens = true;
    }
    try {
      listen(address.listen());
    } catch (IOException | RefusedException failed) {
      synchronized (this) {
        listens = false;
      }
      throw failed;
    }
  }

  /** Listens on a socket that is bound already. */
  void listen(ServerSocketChannel server) throws RefusedException {
    onLoop(
        () -> {
          engine.arrivals().listen(server);
          return null;
        });
  }

  @Override
  public void continueGuest() throws RefusedException {
    onLoop(
        () -> {
          Phase now = engine.phase();
          if (now instanceof Phase.HandedOver || now instanceof Phase.Completed) {
            throw new RefusedException("the guest was given away: it must not run here");
          }
          engine.arriveRunning();
          engine.guest.continueByOperator();
          return null;
        });
  }

  @Override
  public String runState() {
    return answer(
        () -> {
          Phase now = engine.phase();
          if (now instanceof Phase.Completed) {
            return "postmigrate";
          }
          if (now instanceof Phase.Running || now instanceof Phase.PreCopy) {
            return engine.guest.isExecuting() ? "running" : "paused";
          }
          boolean comes =
              now instanceof Phase.Waiting
                  || now instanceof Phase.Receiving
                  || now instanceof Phase.Ready;
          return comes ? "inmigrate" : "finish-migrate";
        });
  }

  @Override
  public Map<String, Object> queryMigrate() {
    return answer(
        () -> {
          Map<String, Object> fields = new LinkedHashMap<>();
          fields.put("status", engine.status());
          if (engine.departure() != null) {
            fields.putAll(
                engine
                    .departure()
                    .progress()
                    .toQmp(engine.protocol.pages(), engine.phase().pending().size()));
          }
          if (!engine.error().isEmpty()) {
            fields.put("error-desc", engine.error());
          }
          return fields;
        });
  }

  @Override
  public Map<String, Object> status() {
    return answer(
        () -> {
          Phase now = engine.phase();
          Departure latest = engine.departure();
          Map<String, Object> fields = new LinkedHashMap<>();
          fields.put("host", engine.options.name());
          fields.putAll(Engine.after(now, null));
          fields.put("trackedPages", engine.trace.tracked());
          fields.put("inDoubt", now instanceof Phase.Ready || latest != null && latest.inDoubt());
          fields.put("downtimeMillis", latest == null ? -1 : latest.progress().downtimeMillis());
          if (latest != null) {
            fields.put("rounds", latest.progress().roundsToQmp());
          }
          fields.put("pagesReceived", engine.arrivals().pagesReceived());
          fields.put("receivingMillis", engine.arrivals().receivingMillis());
          return fields;
        });
  }

  private <T> T answer(Callable<T> question) {
    try {
      return onLoop(question);
    } catch (RefusedException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private <T> T onLoop(Callable<T> event) throws RefusedException {
    var done = new CompletableFuture<T>();
    engine.loop.execute(
        () -> {
          try {
            done.complete(event.call());
          } catch (RefusedException | IOException refused) {
            done.completeExceptionally(refused);
          } catch (RuntimeException mistake) {
            done.completeExceptionally(mistake);
            throw mistake;
          } catch (Exception impossible) {
            done.completeExceptionally(impossible);
          }
        });
    try {
      return done.get(ANSWER_SECONDS_MAX, TimeUnit.SECONDS);
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof RefusedException refused) {
        throw refused;
      }
      throw new RefusedException(String.valueOf(failed.getCause().getMessage()));
    } catch (TimeoutException | InterruptedException stuck) {
      throw new RefusedException("this host does not answer: an event of it takes too long");
    }
  }
}
