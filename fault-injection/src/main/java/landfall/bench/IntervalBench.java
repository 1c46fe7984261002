package landfall.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import landfall.evidence.BenchReport;
import org.apache.commons.math3.stat.descriptive.DescriptiveStatistics;

/** What checkpoints cost a guest and its clients, over the time from one to the next. */
final class IntervalBench implements Bench {
  private static final int RAM_MIB = 64;

  /** Written to as fast as the guest can. */
  private static final int PAGES = 200;

  private static final List<Long> INTERVALS_MICROS =
      List.of(100L, 300L, 1_000L, 3_000L, 10_000L, 30_000L, 100_000L);

  /** None is due while this is in force, unless output waits. */
  private static final long NONE_MICROS = 60_000_000;

  /** Short and in turn, so that other work on the machine is the same with and without. */
  private static final int TURNS = 4;

  private static final long WINDOW_NANOS_MIN = 200_000_000;
  private static final long WINDOW_INTERVALS = 4;
  private static final long PLAIN_WINDOW_NANOS = 800_000_000;
  private static final int REQUESTS = 40;
  private static final long REQUEST_GAP_NANOS_MAX = 12_000_000;

  @Override
  public String name() {
    return "interval";
  }

  @Override
  public String about() {
    return "A guest of "
        + RAM_MIB
        + " MiB writes to "
        + PAGES
        + " pages as fast as it can while it is on two hosts, first by plain post-copy, then with"
        + " checkpoints. Slowdown: how many fewer pages it writes at an interval than when no checkpoint"
        + " is due, in short turns, while nobody asks it anything. Output delay: from a request"
        + " to its answer, at random moments.";
  }

  /** What was seen at one interval, in each run. */
  private static final class Seen {
    private final DescriptiveStatistics slowdown = new DescriptiveStatistics();
    private final DescriptiveStatistics delayP50 = new DescriptiveStatistics();
    private final DescriptiveStatistics delayP99 = new DescriptiveStatistics();
    private final DescriptiveStatistics checkpoints = new DescriptiveStatistics();
  }

  @Override
  public void run(BenchSetting setting, BenchLog log) throws IOException {
    var random = new Random(1);
    Map<Long, Seen> seen = new TreeMap<>();
    var plainDelay = new DescriptiveStatistics();
    var plainSpeed = new DescriptiveStatistics();
    for (int run = 0; run < setting.runs(); run++) {
      try (var guest = setting.pair(RAM_MIB, Optional.empty())) {
        guest.say("set wset " + PAGES);
        guest.say("set rate " + BenchPair.FASTEST);
        guest.split(BenchPair.Way.POST_COPY);
        guest.awaitNoPageWaits();
        plainSpeed.addValue(guest.pagesWrittenPerSecond(PLAIN_WINDOW_NANOS));
        plainDelay.addValue(delays(guest, random).getPercentile(50));
        guest.becomeWhole();
        guest.split(BenchPair.Way.CHECKPOINTS);
        guest.awaitNoPageWaits();
        for (long interval : INTERVALS_MICROS) {
          at(guest, interval, random, seen.computeIfAbsent(interval, key -> new Seen()), log);
        }
        guest.becomeWhole();
      }
    }
    log.figure("without checkpoints: output delay, p50", "ms", "a client's clock")
        .addAll(plainDelay.getValues());
    log.figure("without checkpoints: pages written a second", "", "the guest")
        .addAll(plainSpeed.getValues());
    seen.forEach(
        (interval, at) -> {
          String which = interval(interval) + ": ";
          log.figure(which + "checkpoints a second", "", "the destination")
              .addAll(at.checkpoints.getValues());
          log.figure(which + "slowdown", "%", "the guest").addAll(at.slowdown.getValues());
          log.figure(which + "output delay, p50", "ms", "a client's clock")
              .addAll(at.delayP50.getValues());
        });
    draw(seen, plainDelay.getPercentile(50), log);
    log.note(
        "Output that waits asks for a checkpoint at once, so its delay does not grow with the"
            + " interval. The time from one checkpoint to the next is a wish: the next one begins"
            + " when the source has confirmed the last one.");
  }

  private static void at(BenchPair guest, long interval, Random random, Seen seen, BenchLog log)
      throws IOException {
    double without = 0;
    double with = 0;
    double checkpoints = 0;
    long window = Math.max(WINDOW_NANOS_MIN, WINDOW_INTERVALS * interval * 1_000);
    for (int turn = 0; turn < TURNS; turn++) {
      guest.checkpointDelayMicros(NONE_MICROS);
      without += guest.pagesWrittenPerSecond(window);
      guest.checkpointDelayMicros(interval);
      long before = guest.checkpointsTaken();
      long start = System.nanoTime();
      with += guest.pagesWrittenPerSecond(window);
      checkpoints += (guest.checkpointsTaken() - before) / ((System.nanoTime() - start) / 1e9);
    }
    double perSecond = checkpoints / TURNS;
    double slowdown = (1 - with / without) * 100;
    DescriptiveStatistics delays = delays(guest, random);
    seen.checkpoints.addValue(perSecond);
    seen.slowdown.addValue(slowdown);
    seen.delayP50.addValue(delays.getPercentile(50));
    seen.delayP99.addValue(delays.getPercentile(99));
    log.line(
        String.format(
            "every %-7s %7.0f checkpoints/s, slowdown %5.1f %%, output delay p50 %.2f ms, p99 %.2f"
                + " ms",
            interval(interval),
            perSecond,
            slowdown,
            delays.getPercentile(50),
            delays.getPercentile(99)));
  }

  private static DescriptiveStatistics delays(BenchPair guest, Random random) throws IOException {
    var delays = new DescriptiveStatistics();
    for (int i = 0; i < REQUESTS; i++) {
      LockSupport.parkNanos((long) (random.nextDouble() * REQUEST_GAP_NANOS_MAX));
      delays.addValue(guest.answerMillis());
    }
    return delays;
  }

  private static void draw(Map<Long, Seen> seen, double plainDelay, BenchLog log) {
    List<BenchReport.Point> slowdown = new ArrayList<>();
    List<BenchReport.Point> p50 = new ArrayList<>();
    List<BenchReport.Point> p99 = new ArrayList<>();
    seen.forEach(
        (interval, at) -> {
          slowdown.add(point(interval, at.slowdown));
          p50.add(point(interval, at.delayP50));
          p99.add(point(interval, at.delayP99));
        });
    log.curve(
        new BenchReport.Curve(
            "Output delay",
            "ms",
            plainDelay,
            List.of(new BenchReport.Line("p50", p50), new BenchReport.Line("p99", p99))));
    log.curve(
        new BenchReport.Curve(
            "Slowdown of the guest", "%", 0, List.of(new BenchReport.Line("slowdown", slowdown))));
  }

  private static BenchReport.Point point(long interval, DescriptiveStatistics of) {
    return new BenchReport.Point(interval, of.getPercentile(50), of.getMin(), of.getMax());
  }

  private static String interval(long micros) {
    return micros < 1000 ? micros + " µs" : micros / 1000 + " ms";
  }
}
