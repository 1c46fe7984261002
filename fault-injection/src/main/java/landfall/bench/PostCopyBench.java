package landfall.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Optional;
import landfall.implementation.Implementation;

/** Post-copy beside one pass of pre-copy, and beside QEMU's post-copy. */
final class PostCopyBench implements Bench {
  private static final double TOTAL_MAX = 1.05;
  private static final double FAULT_P50_MICROS_MAX = 100;
  private static final double FAULT_P99_MICROS_MAX = 1_000;
  private static final String BY_SOURCE = "the source's clock";
  private static final String BY_GUEST_HOST = "the destination's clock";
  private static final String BY_CLIENT = "a client's clock";

  @Override
  public String name() {
    return "postcopy";
  }

  @Override
  public String about() {
    return "The guest goes there and back: idle by pre-copy, which is one pass, idle by post-copy,"
        + " by post-copy with a client that asks both hosts, and by post-copy while it writes to"
        + " all of its RAM as fast as it can and the rest is pushed without a limit. The switchover"
        + " is asked for at once. A demand fault lasts from the instruction that needs an absent"
        + " page to the guest's going on.";
  }

  @Override
  public void run(BenchSetting setting, BenchLog log) throws IOException {
    log.line(BenchLog.columns());
    BenchLog.Series downtime = log.figure("downtime", "ms", BY_SOURCE);
    BenchLog.Series silence = log.figure("longest time without an answer", "ms", BY_CLIENT);
    for (int run = 0; run < setting.runs(); run++) {
      try (var guest = setting.pair(setting.ramMib(), Optional.empty())) {
        // The first of each is not counted: hosts have then done all of it once.
        guest.migrate(BenchPair.Way.PRE_COPY);
        guest.migrate(BenchPair.Way.POST_COPY);
        for (int move = 0; move < setting.moves(); move++) {
          beside(guest, log);
          busy(guest, log);
          BenchPair.Asked asked = guest.migrateAsked(BenchPair.Way.POST_COPY);
          downtime.add(asked.moved().downtimeMillis());
          silence.add(asked.silenceMillis());
          log.line(
              String.format("post-copy, asked: %.1f ms silent", asked.silenceMillis()),
              asked.moved());
        }
      }
    }
    Optional<Implementation> qemu = setting.qemu(log);
    if (qemu.isPresent()) {
      beside(qemu.get(), setting, log, downtime, silence);
    }
  }

  private static void beside(BenchPair guest, BenchLog log) throws IOException {
    BenchPair.Moved pass = guest.migrate(BenchPair.Way.PRE_COPY);
    BenchPair.Moved split = guest.migrate(BenchPair.Way.POST_COPY);
    log.line("pre-copy, idle", pass);
    log.line("post-copy, idle", split);
    log.figure("total time to one pass of pre-copy", "", BY_SOURCE)
        .atMost(TOTAL_MAX)
        .add(split.figures().millis() / pass.figures().millis());
  }

  private static void busy(BenchPair guest, BenchLog log) throws IOException {
    guest.say("set rate " + BenchPair.FASTEST);
    BenchPair.Moved moved = guest.migrate(BenchPair.Way.POST_COPY);
    JsonNode waits = guest.status().path("pageWaits");
    guest.say("set rate 0");
    if (waits.path("count").asLong() == 0) {
      throw new IOException("the guest waited for no page: it did not write while it was split");
    }
    log.line(String.format("post-copy, busy: %d faults", waits.path("count").asLong()), moved);
    log.figure("demand faults of a migration", "", "the destination")
        .add(waits.path("count").asDouble());
    log.figure("demand fault, p50", "µs", BY_GUEST_HOST)
        .atMost(FAULT_P50_MICROS_MAX)
        .add(waits.path("p50Micros").asDouble());
    log.figure("demand fault, p99", "µs", BY_GUEST_HOST)
        .atMost(FAULT_P99_MICROS_MAX)
        .add(waits.path("p99Micros").asDouble());
    log.figure("demand fault, longest", "µs", BY_GUEST_HOST)
        .add(waits.path("maxMicros").asDouble());
  }

  private static void beside(
      Implementation qemu,
      BenchSetting setting,
      BenchLog log,
      BenchLog.Series downtime,
      BenchLog.Series silence)
      throws IOException {
    BenchLog.Series itsSilence =
        log.figure("QEMU, longest time without an answer", "ms", BY_CLIENT);
    for (int run = 0; run < setting.runs(); run++) {
      try (var guest = BenchPair.oneWay(qemu)) {
        BenchPair.Asked asked = guest.migrateAsked(BenchPair.Way.POST_COPY);
        BenchPair.Moved moved = asked.moved();
        itsSilence.add(asked.silenceMillis());
        log.line(String.format("QEMU, asked: %.1f ms silent", asked.silenceMillis()), moved);
        if (moved.downtimeMillis() > moved.figures().millis()) {
          log.note(
              String.format(
                  "QEMU tells a downtime of %.0f ms in a migration of %.0f ms: that bounds nothing.",
                  moved.downtimeMillis(), moved.figures().millis()));
          continue;
        }
        BenchLog.Series itsDowntime = log.figure("QEMU, downtime", "ms", "QEMU's source");
        itsDowntime.add(moved.downtimeMillis());
        downtime.atMost(itsDowntime.figure().median());
      }
    }
    silence.atMost(itsSilence.figure().median());
    log.note(
        "QEMU tells its downtime in whole milliseconds, and before 10.0 without what the"
            + " destination needs to load the guest; a client hears of both.");
  }
}
