package landfall.trial;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import landfall.trial.Observations.GuestReply;
import landfall.trial.Observations.Incident;
import landfall.trial.Observations.Kind;
import landfall.trial.Observations.Seen;
import landfall.trial.Observations.Silence;
import landfall.trial.Observations.WitnessReport;
import landfall.workload.Reply;
import landfall.workload.SerialConsole;

/**
 * Takes down what is seen while a trial runs. Any thread. What a host or a guest can say as often
 * as it likes is kept up to a bound; how much was dropped is kept, too.
 */
final class Recorder {
  static final int EVENTS_MAX = 1_000;
  static final int REPORTS_MAX = 10_000;
  static final int REPLIES_MAX = 200_000;
  static final int WITNESS_MAX = 1_000;
  static final int INCIDENTS_MAX = 200;
  static final int TEXT_MAX = 300;

  private final long startNanos = System.nanoTime();
  private final List<Seen> timeline = new ArrayList<>();
  private final Map<Kind, Integer> kept = new EnumMap<>(Kind.class);
  private final List<GuestReply> replies = new ArrayList<>();
  private final List<WitnessReport> witness = new ArrayList<>();
  private final List<Incident> incidents = new ArrayList<>();
  private final Map<String, Long> dropped = new TreeMap<>();
  private final Map<String, Long> lastReplies = new ConcurrentHashMap<>();

  // The longest time without a reply since the listening began; 0 if it has not.
  private long listensSince;
  private long lastReply;
  private long silentFrom;
  private long silentNanos;

  long startNanos() {
    return startNanos;
  }

  double millis() {
    return millis(System.nanoTime());
  }

  private double millis(long nanos) {
    return Math.round((nanos - startNanos) / 1e4) / 100.0;
  }

  /** A text of a host, no longer than is worth keeping. */
  static String cut(String text) {
    return text.length() <= TEXT_MAX ? text : text.substring(0, TEXT_MAX) + "...";
  }

  synchronized void seen(String host, Kind kind, String text) {
    int max = kind == Kind.EVENT ? EVENTS_MAX : REPORTS_MAX;
    if (kept.merge(kind, 1, Integer::sum) > max) {
      drop(kind == Kind.EVENT ? "events" : "reports");
    } else {
      timeline.add(new Seen(millis(), host, kind, cut(text)));
    }
  }

  synchronized void witness(String host, String line) {
    witness(millis(), host, line);
  }

  private void witness(double atMillis, String host, String line) {
    if (witness.size() < WITNESS_MAX) {
      witness.add(new WitnessReport(atMillis, host, cut(line)));
    } else {
      drop("reports of the guest");
    }
  }

  /** Something that a host did, or did not do, and that kept us from seeing more. */
  synchronized void incident(String host, String what) {
    if (incidents.size() < INCIDENTS_MAX) {
      incidents.add(new Incident(millis(), host, cut(what)));
    } else {
      drop("incidents");
    }
  }

  private void drop(String what) {
    dropped.merge(what, 1L, Long::sum);
  }

  /** What listens on the serial line of a host. */
  SerialConsole.Listener listener(String host) {
    return new SerialConsole.Listener() {
      @Override
      public void replied(Reply reply) {
        lastReplies.put(host, reply.atNanos());
        synchronized (Recorder.this) {
          hear(reply.atNanos());
          if (replies.size() < REPLIES_MAX) {
            replies.add(
                new GuestReply(
                    millis(reply.atNanos()),
                    host,
                    reply.id(),
                    reply.step(),
                    reply.sentNanos() == null ? null : millis(reply.sentNanos())));
          } else {
            drop("replies of the guest");
          }
          // The answer to a status has many fields, and the judge needs those at its beginning.
          if (reply.result().contains("written=")) {
            witness(millis(reply.atNanos()), host, "status " + reply.result());
          }
        }
      }

      @Override
      public void said(String line, long atNanos) {
        witness(host, line);
      }
    };
  }

  // ---------------------------------------------------------------- silence

  /** From now on the times without any reply are measured. */
  synchronized void listen() {
    listensSince = System.nanoTime();
    lastReply = listensSince;
    silentFrom = listensSince;
    silentNanos = 0;
  }

  private void hear(long nanos) {
    if (listensSince != 0 && nanos > lastReply) {
      if (nanos - lastReply > silentNanos) {
        silentNanos = nanos - lastReply;
        silentFrom = lastReply;
      }
      lastReply = nanos;
    }
  }

  /** The longest silence of the guest since the listening began, the one that lasts included. */
  synchronized Silence longestSilence() {
    long now = System.nanoTime();
    boolean lasts = now - lastReply > silentNanos;
    return new Silence(
        millis(lasts ? lastReply : silentFrom), (lasts ? now - lastReply : silentNanos) / 1e6, 0);
  }

  /** How long the guest is silent now. */
  synchronized double silentMillis() {
    return (System.nanoTime() - lastReply) / 1e6;
  }

  /** Whether the guest has answered at this host since then. */
  boolean answeredSince(String host, long nanos) {
    return lastReplies.getOrDefault(host, Long.MIN_VALUE) > nanos;
  }

  synchronized List<Seen> timeline() {
    return List.copyOf(timeline);
  }

  synchronized List<GuestReply> replies() {
    return List.copyOf(replies);
  }

  synchronized List<WitnessReport> witness() {
    return List.copyOf(witness);
  }

  synchronized List<Incident> incidents() {
    return List.copyOf(incidents);
  }

  synchronized Map<String, Long> dropped() {
    return new TreeMap<>(dropped);
  }
}
