package landfall.host;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import landfall.machine.PageWaits;
import landfall.postcopy.DestinationPhase;
import landfall.postcopy.SourcePhase;
import landfall.precopy.PageSet;
import landfall.precopy.Phase;
import landfall.transport.TlsCredentials;
import landfall.wire.PageList;

/**
 * What the operator asks, as events of the loop. Nothing on the loop waits, so that every answer
 * comes at once, whatever the network and the storage do.
 */
final class EngineSide implements Side {
  private static final long ANSWER_SECONDS_MAX = 30;

  private final Engine engine;
  private boolean listens;

  /** Where this host listens, as it was told. */
  private final Set<String> listening = new HashSet<>();

  EngineSide(Engine engine) {
    this.engine = engine;
  }

  @Override
  public void migrate(HostAddress destination) throws RefusedException {
    onLoop(
        () -> {
          Departure latest = engine.departure();
          Phase now = engine.phase();
          if (engine.leaves()) {
            throw new RefusedException(
                "a migration is under way (" + engine.leaving().phaseName() + ")");
          }
          if (engine.arrives()) {
            throw new RefusedException(
                "the guest is not whole here (" + engine.arriving().phaseName() + ")");
          }
          if (latest != null && latest.connecting()) {
            throw new RefusedException("a migration is under way (it connects)");
          }
          if (!(now instanceof Phase.Running)) {
            throw new RefusedException(whyNot(now));
          }
          engine.network.credentials(destination, false);
          if (engine.settings.postCopy) {
            leave(destination, now);
          } else {
            var next = new Departure(engine, destination);
            engine.depart(next);
            next.start();
          }
          return null;
        });
  }

  private void leave(HostAddress destination, Phase now) throws RefusedException {
    if (engine.settings.checkpoints && engine.lacksCheckpoints().isPresent()) {
      throw new RefusedException(
          engine.lacksCheckpoints().get()
              + ": set the capability 'x-landfall-checkpoints' to false");
    }
    if (engine.settings.copiesAhead && engine.lacksCopies().isPresent()) {
      throw new RefusedException(
          engine.lacksCopies().get() + ": set the capability 'x-landfall-copies-ahead' to false");
    }
    int pages = engine.settings.checkpoints ? engine.checkpointPages() : engine.protocol.pages();
    if (pages > PageList.GUEST_PAGES_MAX) {
      throw new RefusedException(
          "post-copy moves guests of at most "
              + (PageList.GUEST_PAGES_MAX >> 18)
              + " GiB: set the capability 'postcopy-ram' to false");
    }
    int attempt = Math.max(now.attempt(), now.accepted());
    var next = new PostCopySource(engine, destination, attempt);
    engine.leave(next);
    next.start();
  }

  /** Starts an attempt of post-copy without any rounds. */
  void split(HostAddress destination) throws RefusedException {
    onLoop(
        () -> {
          leave(destination, engine.phase());
          engine.leaving().switchOver();
          return null;
        });
  }

  @Override
  public void startPostCopy() throws RefusedException {
    onLoop(
        () -> {
          if (!engine.leaves()) {
            throw new RefusedException(
                engine.settings.postCopy
                    ? "no migration is under way: migrate comes first"
                    : "the capability 'postcopy-ram' must be set before migrate");
          }
          engine.leaving().switchOver();
          return null;
        });
  }

  @Override
  public void pause() throws RefusedException {
    onLoop(
        () -> {
          if (engine.leaves()) {
            engine.leaving().pause();
          } else if (engine.arrives()) {
            engine.arriving().pause();
          } else {
            throw new RefusedException(
                "migrate-pause is possible in postcopy-active and postcopy-recover; this migration"
                    + " is "
                    + engine.status());
          }
          return null;
        });
  }

  @Override
  public void resume(HostAddress destination) throws RefusedException {
    onLoop(
        () -> {
          if (!engine.leaves()) {
            throw new RefusedException(
                "resume is possible in postcopy-paused; this migration is " + engine.status());
          }
          engine.network.credentials(destination, false);
          engine.leaving().resume(destination);
          return null;
        });
  }

  @Override
  public void recover(HostAddress address) throws RefusedException, IOException {
    onLoop(
        () -> {
          if (!engine.arrives()) {
            throw new RefusedException(
                "migrate-recover is possible in postcopy-paused; this migration is "
                    + engine.status());
          }
          engine.arriving().requirePaused();
          return null;
        });
    synchronized (this) {
      if (!listening.contains(address.text())) {
        listenAt(address);
        listening.add(address.text());
      }
    }
    onLoop(
        () -> {
          engine.arriving().awaitRecovery();
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
          if (now instanceof Phase.Receiving || now instanceof Phase.Ready || engine.arrives()) {
            throw new RefusedException("only the source can take an attempt back");
          }
          if (engine.leaves()) {
            if (!engine.leaving().cancel()) {
              throw new RefusedException(
                  "too late: the guest was given away, and its pages are on two hosts; only going"
                      + " on makes it whole");
            }
            return null;
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
      listenAt(address);
      synchronized (this) {
        listening.add(address.text());
      }
    } catch (IOException | RefusedException failed) {
      synchronized (this) {
        listens = false;
      }
      throw failed;
    }
  }

  private void listenAt(HostAddress address) throws RefusedException, IOException {
    Optional<TlsCredentials> credentials = engine.network.credentials(address, true);
    listen(address.listen(), credentials);
  }

  /** Listens on a socket that is bound already. */
  void listen(ServerSocketChannel server, Optional<TlsCredentials> credentials)
      throws RefusedException {
    onLoop(
        () -> {
          engine.arrivals().listen(server, credentials);
          return null;
        });
  }

  @Override
  public void continueGuest() throws RefusedException {
    onLoop(
        () -> {
          Phase now = engine.phase();
          if (now instanceof Phase.HandedOver
              || now instanceof Phase.Completed
              || engine.leaves() && !mayRunHere(engine.leaving().phase())) {
            throw new RefusedException("the guest was given away: it must not run here");
          }
          engine.arriveRunning();
          engine.guest.continueByOperator();
          return null;
        });
  }

  private static boolean mayRunHere(SourcePhase phase) {
    return !(phase instanceof SourcePhase.HandedOver || phase instanceof SourcePhase.Serving);
  }

  private static String running(Engine engine) {
    return engine.guest.isExecuting() ? "running" : "paused";
  }

  private static String runStateInPostCopy(Engine engine) {
    if (engine.arrives()) {
      return engine.arriving().phase() instanceof DestinationPhase.Running
          ? running(engine)
          : "inmigrate";
    }
    SourcePhase phase = engine.leaving().phase();
    return phase instanceof SourcePhase.Running || phase instanceof SourcePhase.PreCopy
        ? running(engine)
        : "finish-migrate";
  }

  @Override
  public String runState() {
    return answer(
        () -> {
          if (engine.arrives() || engine.leaves()) {
            return runStateInPostCopy(engine);
          }
          Phase now = engine.phase();
          if (now instanceof Phase.Completed) {
            return "postmigrate";
          }
          if (now instanceof Phase.Running || now instanceof Phase.PreCopy) {
            return running(engine);
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
          if (engine.progress() != null) {
            PageSet pending =
                engine.leaves() ? engine.leaving().pending() : engine.phase().pending();
            fields.putAll(engine.progress().toQmp(engine.protocol.pages(), pending.size()));
          }
          if (engine.settings.postCopyBlocktime && engine.arriving() != null) {
            fields.putAll(blocktime(engine.guest.pageWaits()));
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
          if (engine.leaves()) {
            SourcePhase leaving = engine.leaving().phase();
            fields.put("phase", engine.leaving().phaseName());
            fields.put("attempt", leaving.attempt());
            fields.put("round", leaving.round());
            if (engine.leaving().copiesAhead()) {
              fields.put("pagesToCopy", engine.leaving().pagesToCopy());
            }
            if (engine.leaving().takesCheckpoints()) {
              fields.put("checkpointStored", engine.leaving().stored());
            }
          } else if (engine.arrives()) {
            DestinationPhase arriving = engine.arriving().phase();
            fields.put("phase", engine.arriving().phaseName());
            fields.put("accepted", arriving.accepted());
            fields.put("pagesMissing", engine.arriving().missing().size());
            if (engine.arriving().takesCheckpoints()) {
              fields.put("checkpointAcknowledged", engine.arriving().acknowledged());
              fields.put("checkpointsTaken", engine.arriving().checkpointsTaken());
              fields.put("outputHeld", engine.guest.output().heldBytes());
            }
          }
          fields.put("trackedPages", engine.trace.tracked());
          fields.put(
              "inDoubt",
              now instanceof Phase.Ready
                  || latest != null && latest.inDoubt()
                  || engine.leaves() && engine.leaving().inDoubt()
                  || engine.arrives() && engine.arriving().inDoubt());
          MigrationProgress progress = engine.progress();
          fields.put("downtimeMillis", progress == null ? -1 : progress.downtimeMillis());
          fields.put("recoveryMillis", progress == null ? -1 : progress.recoveryMillis());
          if (progress != null) {
            fields.put("rounds", progress.roundsToQmp());
          }
          fields.put("pagesReceived", engine.arrivals().pagesReceived());
          fields.put("receivingMillis", engine.arrivals().receivingMillis());
          if (engine.arriving() != null) {
            fields.put("pageWaits", pageWaits(engine.guest.pageWaits()));
          }
          return fields;
        });
  }

  /** How long the guest waited for pages that were not here. */
  private static Map<String, Object> pageWaits(PageWaits waits) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("count", waits.count());
    if (waits.count() > 0) {
      fields.put("p50Micros", waits.percentileNanos(50) / 1e3);
      fields.put("p99Micros", waits.percentileNanos(99) / 1e3);
      fields.put("maxMicros", waits.maxNanos() / 1e3);
    }
    return fields;
  }

  /** The same in the words of QEMU 10.1. The guest has one processor. */
  private static Map<String, Object> blocktime(PageWaits waits) {
    long millis = waits.totalNanos() / 1_000_000;
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("postcopy-blocktime", millis);
    fields.put("postcopy-vcpu-blocktime", List.of(millis));
    fields.put("postcopy-latency", waits.averageNanos());
    fields.put("postcopy-latency-dist", waits.byPowersOfTwo());
    fields.put("postcopy-vcpu-latency", List.of(waits.averageNanos()));
    return fields;
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
