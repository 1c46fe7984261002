package landfall.trial;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import landfall.evidence.RoundResult;
import landfall.implementation.HostProcess;
import landfall.trial.Observations.Kind;

/** Asks one host again and again how it is, and takes down what changed. */
final class HostWatch implements AutoCloseable {
  /** While an attempt is under way; otherwise little changes, and asking costs time. */
  private static final long POLL_NANOS = 20_000_000;

  private static final long POLL_IDLE_NANOS = 200_000_000;
  private static final long LOOK_NANOS = 4_000_000;
  private static final int ROUNDS_MAX = 1_000;
  private static final Duration LIMIT = Duration.ofMillis(1500);

  private final HostProcess host;
  private final String name;
  private final Recorder recorder;
  private final Thread thread;
  private volatile boolean closed;
  private volatile String runState = "";
  private volatile String migration = "none";
  private volatile String error = "";
  private volatile double downtimeMillis = -1;
  private volatile boolean attemptUnderWay;
  private volatile boolean look;

  /** How many attempts were begun; an answer asked for before the last one speaks of another. */
  private int attempts;

  // Rounds as an outsider sees them.
  private final List<RoundResult> rounds = new ArrayList<>();
  private long lastPass;
  private long lastPages;
  private long lastBytes;
  private double lastMillis;

  HostWatch(HostProcess host, Recorder recorder) {
    this.host = host;
    this.name = host.place().name();
    this.recorder = recorder;
    host.handle()
        .onExit()
        .thenRun(
            () -> {
              if (!closed) {
                recorder.seen(name, Kind.EXIT, "the process ended");
              }
            });
    thread = new Thread(this::watch, "watch-" + name);
    thread.setDaemon(true);
    thread.start();
  }

  HostProcess host() {
    return host;
  }

  /** Its last answer to query-status; empty if it had none. */
  String runState() {
    return runState;
  }

  /** Its last answer to query-migrate. */
  String migration() {
    return migration;
  }

  /** Whether that was a last word. */
  boolean hasOutcome() {
    return Observations.OUTCOMES.contains(migration);
  }

  String error() {
    return error;
  }

  double downtimeMillis() {
    return downtimeMillis;
  }

  synchronized List<RoundResult> rounds() {
    return List.copyOf(rounds);
  }

  /** Asks at once, and often or seldom from now on. */
  void attemptUnderWay(boolean underWay) {
    attemptUnderWay = underWay;
    look = true;
    LockSupport.unpark(thread);
  }

  /** Asks at once: something may have changed. */
  void look() {
    look = true;
    LockSupport.unpark(thread);
  }

  /**
   * A new attempt has begun: what was reported of the one before is not its outcome, nor is what
   * was asked for before this call. To be called when the command was answered: until then the host
   * may still say how the attempt before ended.
   */
  synchronized void forgetMigration() {
    attempts++;
    migration = "none";
    error = "";
    downtimeMillis = -1;
    rounds.clear();
    lastPass = 0;
    lastPages = 0;
    lastBytes = 0;
    lastMillis = recorder.millis();
  }

  private void watch() {
    while (!closed && host.isAlive()) {
      try {
        ask();
      } catch (IOException silence) {
        // Silence is data too: the last word stands.
      }
      pause();
    }
  }

  /** Until it is time to ask again, or something has happened; a flood of events changes little. */
  private void pause() {
    long asked = System.nanoTime();
    while (!closed) {
      long waited = System.nanoTime() - asked;
      boolean due = waited >= (attemptUnderWay ? POLL_NANOS : POLL_IDLE_NANOS);
      if (due || look && waited >= LOOK_NANOS) {
        break;
      }
      LockSupport.parkNanos(look ? LOOK_NANOS : POLL_NANOS);
    }
    look = false;
  }

  private void ask() throws IOException {
    String state =
        Recorder.cut(host.execute("query-status", Map.of(), LIMIT).path("status").asText());
    if (!state.equals(runState)) {
      recorder.seen(name, Kind.RUN_STATE, state);
      runState = state;
    }
    int asked = attempts();
    take(host.execute("query-migrate", Map.of(), LIMIT), asked);
  }

  private synchronized int attempts() {
    return attempts;
  }

  private synchronized void take(JsonNode answer, int asked) {
    if (asked != attempts) {
      return;
    }
    String status = Recorder.cut(answer.path("status").asText("none"));
    String cause = Recorder.cut(answer.path("error-desc").asText(""));
    if (!status.equals(migration) || !cause.equals(error)) {
      recorder.seen(name, Kind.MIGRATION, cause.isEmpty() ? status : status + ": " + cause);
    }
    JsonNode ram = answer.path("ram");
    long pass = ram.path("dirty-sync-count").asLong();
    boolean ended = status.equals("completed") && !migration.equals("completed");
    if (pass > lastPass || ended) {
      double now = recorder.millis();
      long pages = ram.path("normal").asLong() + ram.path("duplicate").asLong();
      long bytes = ram.path("transferred").asLong();
      if (lastPass > 0 && rounds.size() < ROUNDS_MAX) {
        rounds.add(
            new RoundResult(
                (int) lastPass,
                Math.max(0, pages - lastPages),
                Math.max(0, bytes - lastBytes),
                Math.max(0, now - lastMillis),
                figure(ram.path("dirty-pages-rate"), 0)));
      }
      lastPass = pass;
      lastPages = pages;
      lastBytes = bytes;
      lastMillis = now;
    }
    downtimeMillis = figure(answer.path("downtime"), downtimeMillis);
    error = cause;
    migration = status;
  }

  /** A figure that a host gives; what is none, or cannot be, counts as not given. */
  static double figure(JsonNode given, double otherwise) {
    double value = given.asDouble(otherwise);
    return Double.isFinite(value) && value >= 0 ? value : otherwise;
  }

  /** Asks once more, and gives the run state; empty if the host does not answer now. */
  String runStateNow() {
    try {
      ask();
      return runState;
    } catch (IOException silence) {
      return "";
    }
  }

  /** Asks once more, and gives what it says of the migration; empty if it does not answer now. */
  String migrationNow() {
    return runStateNow().isEmpty() ? "" : migration;
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
  }
}
