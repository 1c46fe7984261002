package landfall.host;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import landfall.wire.PageBatch;

/** The figures of one attempt. Filled by the thread that drives it, read by any. */
final class MigrationProgress {

  /** One finished round. */
  record Round(int number, long pages, long bytes, double millis, double dirtyPagesPerSecond) {}

  private final long startNanos = System.nanoTime();
  private final List<Round> rounds = new ArrayList<>();
  private long roundStartNanos = startNanos;
  private int round = 1;
  private long roundPages;
  private long roundBytes;
  private long bytes;
  private long normalPages;
  private long zeroPages;
  private double dirtyPagesPerSecond;
  private double bytesPerSecond;
  private long pausedNanos;
  private double downtimeMillis = -1;
  private double totalMillis = -1;
  private long suspectedNanos;
  private double recoveryMillis = -1;

  synchronized void sent(long wireBytes, int normal, int zero) {
    bytes += wireBytes;
    roundBytes += wireBytes;
    roundPages += normal + zero;
    normalPages += normal;
    zeroPages += zero;
  }

  /** The round is sent, and so many pages were dirtied meanwhile. */
  synchronized void roundEnded(int dirtyPages) {
    long now = System.nanoTime();
    double seconds = Math.max(now - roundStartNanos, 1_000) / 1e9;
    dirtyPagesPerSecond = dirtyPages / seconds;
    if (roundBytes > 0) {
      bytesPerSecond = roundBytes / seconds;
    }
    rounds.add(new Round(round, roundPages, roundBytes, seconds * 1e3, dirtyPagesPerSecond));
  }

  synchronized void roundStarted(int number) {
    round = number;
    roundPages = 0;
    roundBytes = 0;
    roundStartNanos = System.nanoTime();
  }

  /**
   * How many pages pass within the downtime limit, at the speed of the last round that carried
   * anything and within the bandwidth cap.
   */
  synchronized int fewEnough(Settings settings) {
    long cap = settings.bandwidthMax;
    double speed = cap > 0 ? Math.min(bytesPerSecond, cap) : bytesPerSecond;
    return (int) (speed * settings.downtimeLimitMillis / 1000 / PageBatch.PAGE_BYTES);
  }

  synchronized long bytes() {
    return bytes;
  }

  /** The guest is about to be stopped: what is told of that, and to whom, is downtime, too. */
  synchronized void guestPauses() {
    pausedNanos = System.nanoTime();
  }

  /** The guest that was paused runs again somewhere. Told once, what is told later is ignored. */
  synchronized void guestRuns() {
    if (pausedNanos != 0 && downtimeMillis < 0) {
      downtimeMillis = (System.nanoTime() - pausedNanos) / 1e6;
    }
  }

  /** The attempt is over; if the guest was paused, it runs again somewhere. */
  synchronized void ended() {
    totalMillis = (System.nanoTime() - startNanos) / 1e6;
    guestRuns();
  }

  /** The destination is taken for dead: the guest is to go on here. */
  synchronized void suspects() {
    suspectedNanos = System.nanoTime();
  }

  /** The guest goes on here. */
  synchronized void recovered() {
    recoveryMillis = (System.nanoTime() - suspectedNanos) / 1e6;
  }

  /** From when the destination was taken for dead to when the guest went on here; -1 before. */
  synchronized double recoveryMillis() {
    return recoveryMillis;
  }

  /** As the fields of QMP {@code query-migrate}, without its status. */
  synchronized Map<String, Object> toQmp(int guestPages, int remainingPages) {
    Map<String, Object> ram = new LinkedHashMap<>();
    ram.put("transferred", bytes);
    ram.put("remaining", remainingPages * 4096L);
    ram.put("total", guestPages * 4096L);
    ram.put("duplicate", zeroPages);
    ram.put("normal", normalPages);
    ram.put("normal-bytes", normalPages * 4096L);
    ram.put("dirty-pages-rate", Math.round(dirtyPagesPerSecond));
    ram.put("dirty-sync-count", rounds.size());
    ram.put("mbps", bytesPerSecond * 8 / 1e6);
    ram.put("page-size", 4096);
    Map<String, Object> answer = new LinkedHashMap<>();
    double total = totalMillis < 0 ? (System.nanoTime() - startNanos) / 1e6 : totalMillis;
    answer.put("total-time", Math.round(total));
    if (downtimeMillis >= 0) {
      answer.put("downtime", Math.round(downtimeMillis));
    }
    answer.put("ram", ram);
    return answer;
  }

  /** The rounds so far, for {@code x-landfall-status}. */
  synchronized List<Map<String, Object>> roundsToQmp() {
    List<Map<String, Object>> answer = new ArrayList<>();
    for (Round each : rounds) {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("round", each.number());
      fields.put("pages", each.pages());
      fields.put("bytes", each.bytes());
      fields.put("millis", each.millis());
      fields.put("dirtyPagesPerSecond", each.dirtyPagesPerSecond());
      answer.add(fields);
    }
    return answer;
  }

  /** Milliseconds for which the guest ran nowhere, or -1 if it never stopped. */
  synchronized double downtimeMillis() {
    return downtimeMillis;
  }
}
