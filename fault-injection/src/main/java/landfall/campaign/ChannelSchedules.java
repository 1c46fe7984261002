package landfall.campaign;

import java.util.List;
import java.util.Random;
import landfall.implementation.Channel;
import landfall.implementation.Implementation;
import landfall.implementation.Implementations;
import landfall.nemesis.PlannedFault;
import landfall.nemesis.StreamPhase;
import landfall.nemesis.Trigger;
import landfall.trial.Schedule;

/**
 * Moves the faults of schedules to where they can fall on the channel that an implementation has.
 * On several connections a fault of a round, or of the push, falls on any of those that carry
 * pages, or, if it waits for the next attempt, on the last one, since a connection behind it must
 * be of that attempt. No single connection tells which pages are the last ones to follow a guest:
 * such faults fall some time after the push began. Where a further connection may carry all pages
 * of the last round, its faults fall on the device state behind it. On an encrypted one faults fall
 * by what the source says, which is no more than that a round begins and that the guest is paused:
 * what was meant for the device state falls some milliseconds after the latter.
 */
final class ChannelSchedules {
  /** Connections behind the first one; they carry pages and nothing else. */
  private static final int CHANNELS = 2;

  private static final int PUSH_MILLIS_MIN = 100;
  private static final int PUSH_MILLIS_MAX = 500;
  private static final int DEVICE_STATE_MILLIS = 12;

  private ChannelSchedules() {}

  static Schedule suit(Schedule schedule, List<Implementation> implementations) {
    Channel channel =
        implementations.stream()
            .filter(each -> each.name().equals(schedule.implementation()))
            .map(Implementation::channel)
            .findFirst()
            .orElse(Channel.PLAIN);
    boolean lastRoundOnFirst = Implementations.isQemu(schedule.implementation());
    var random = new Random(schedule.seed());
    return channel == Channel.PLAIN || schedule.migrations().size() > 1
        ? schedule
        : schedule.withFaults(
            schedule.faults().stream()
                .map(fault -> suit(fault, channel, lastRoundOnFirst, random))
                .toList());
  }

  private static PlannedFault suit(
      PlannedFault fault, Channel channel, boolean lastRoundOnFirst, Random random) {
    Trigger at = fault.at();
    if (channel == Channel.SEVERAL) {
      return moved(fault, ofSeveral(fault, lastRoundOnFirst, random));
    }
    if (channel == Channel.ENCRYPTED && at.phase() == StreamPhase.DEVICE_STATE) {
      long millis = at.afterMillis() + 1 + random.nextInt(DEVICE_STATE_MILLIS);
      return moved(fault, new Trigger(StreamPhase.FINAL_ROUND, at.connection(), 0, millis));
    }
    return fault;
  }

  private static Trigger ofSeveral(PlannedFault fault, boolean lastRoundOnFirst, Random random) {
    Trigger at = fault.at();
    int first = 1 + (at.connection() - 1) * (1 + CHANNELS);
    return switch (at.phase()) {
      case FIRST_ROUND, LATER_ROUND, PUSH -> {
        int drawn = random.nextInt(CHANNELS);
        int further = fault.kind().traits().awaitsNextAttempt() ? CHANNELS : 1 + drawn;
        yield new Trigger(at.phase(), first + further, at.afterBytes(), at.afterMillis());
      }
      case LAST_PAGES -> {
        int further = 1 + random.nextInt(CHANNELS);
        long millis = PUSH_MILLIS_MIN + random.nextInt(PUSH_MILLIS_MAX - PUSH_MILLIS_MIN);
        yield new Trigger(StreamPhase.PUSH, first + further, 0, millis);
      }
      case FINAL_ROUND ->
          lastRoundOnFirst ? at : new Trigger(StreamPhase.DEVICE_STATE, 1, 0, at.afterMillis());
      default -> new Trigger(at.phase(), first, at.afterBytes(), at.afterMillis());
    };
  }

  private static PlannedFault moved(PlannedFault fault, Trigger at) {
    return new PlannedFault(fault.kind(), at, fault.durationMillis(), fault.amount());
  }
}
