package landfall.trial;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import landfall.trial.Observations.GuestReply;
import landfall.trial.Observations.Kind;
import landfall.trial.Observations.Seen;
import landfall.trial.Observations.WitnessReport;
import landfall.workload.Reply;
import landfall.workload.SerialConsole;

/** Takes down what is seen while a trial runs. Any thread. */
final class Recorder {
  private final long startNanos = System.nanoTime();
  private final List<Seen> timeline = new ArrayList<>();
  private final List<GuestReply> replies = new ArrayList<>();
  private final List<WitnessReport> witness = new ArrayList<>();
  private final AtomicLong lastSourceReply = new AtomicLong(Long.MIN_VALUE);
  private final AtomicLong lastDestinationReply = new AtomicLong(Long.MIN_VALUE);

  long startNanos() {
    return startNanos;
  }

  double millis() {
    return millis(System.nanoTime());
  }

  private double millis(long nanos) {
    return Math.round((nanos - startNanos) / 1e4) / 100.0;
  }

  synchronized void seen(String host, Kind kind, String text) {
    timeline.add(new Seen(millis(), host, kind, text));
  }

  synchronized void witness(String host, String line) {
    witness.add(new WitnessReport(millis(), host, line));
  }

  /** What listens on the serial line of a host. */
  SerialConsole.Listener listener(String host) {
    return new SerialConsole.Listener() {
      @Override
      public void replied(Reply reply) {
        (host.equals("source") ? lastSourceReply : lastDestinationReply).set(reply.atNanos());
        synchronized (Recorder.this) {
          replies.add(new GuestReply(millis(reply.atNanos()), host, reply.id(), reply.step()));
          if (reply.result().contains("written=")) {
            witness.add(
                new WitnessReport(millis(reply.atNanos()), host, "status " + reply.result()));
          }
        }
      }

      @Override
      public void said(String line, long atNanos) {
        witness(host, line);
      }
    };
  }

  /** Whether the guest has answered at this host since then. */
  boolean answeredSince(String host, long nanos) {
    return (host.equals("source") ? lastSourceReply : lastDestinationReply).get() > nanos;
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
}
