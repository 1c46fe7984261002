package landfall.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** An idle guest by pre-copy over several channels, beside as many plain sockets. */
final class ChannelsBench implements Bench {
  private static final List<Integer> CHANNELS = List.of(1, 2, 4);
  private static final double THROUGHPUT_MIN = 0.9;
  private static final String BY_SENDER = "the sender's clock";
  private static final String BY_SYSTEM = "the system";

  /** What was measured with one number of channels. */
  private record Measured(int channels, BenchLog.Series rates, List<Double> ratios) {
    double median() {
      return rates.figure().median();
    }
  }

  @Override
  public String name() {
    return "channels";
  }

  @Override
  public String about() {
    return "An idle guest full of noise goes there and back by pre-copy over 1, 2 and 4 channels."
        + " After each migration two warm processes copy as many bytes over as many plain sockets,"
        + " each with a thread of its own at both ends.";
  }

  @Override
  public void run(BenchSetting setting, BenchLog log) throws IOException {
    log.line(BenchLog.columns());
    List<Measured> all = new ArrayList<>();
    for (int channels : CHANNELS) {
      var rates = log.figure(of(channels) + "throughput", "MB/s", BY_SENDER);
      all.add(new Measured(channels, rates, new ArrayList<>()));
    }
    for (int run = 0; run < setting.runs(); run++) {
      try (var guest = setting.pair(setting.ramMib(), Optional.empty())) {
        guest.migrate(BenchPair.Way.PRE_COPY);
        for (Measured each : all) {
          compare(setting, guest, each, log);
        }
      }
    }
    Measured best = all.get(0);
    for (Measured each : all) {
      best = each.median() > best.median() ? each : best;
    }
    BenchLog.Series asked =
        log.figure("best number of channels: throughput to that of as many sockets", "", BY_SENDER);
    best.ratios.forEach(asked::add);
    asked.atLeast(THROUGHPUT_MIN);
    log.note("The best number of channels, by the median of the throughput: " + best.channels);
  }

  private static String of(int channels) {
    return "channels: " + channels + ": ";
  }

  private static void compare(
      BenchSetting setting, BenchPair guest, Measured measured, BenchLog log) throws IOException {
    int channels = measured.channels;
    long bytes = (long) setting.ramMib() << 20;
    guest.channels(channels);
    try (var copy =
        new SocketCopy(
            bytes, setting.hosts().sink(setting.ramMib(), false), Optional.empty(), channels)) {
      for (int move = 0; move < setting.moves(); move++) {
        BenchPair.Moved moved = guest.migrate(BenchPair.Way.PRE_COPY);
        log.line("reference, channels: " + channels, moved);
        Figures copied = copy.measure();
        log.line("plain sockets: " + channels, copied, "");
        measured.rates.add(moved.figures().bytesPerSecond() / 1e6);
        double ratio = moved.figures().bytesPerSecond() / copied.bytesPerSecond();
        measured.ratios.add(ratio);
        String which = of(channels);
        log.figure(which + "throughput to that of as many sockets", "", BY_SENDER).add(ratio);
        log.figure(which + "bytes for processor time to those of the copy", "", BY_SYSTEM)
            .add(moved.figures().bytesPerProcessorSecond() / copied.bytesPerProcessorSecond());
        log.figure(which + "downtime", "ms", "the source").add(moved.downtimeMillis());
      }
    }
  }
}
