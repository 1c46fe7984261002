package landfall.campaign;

import java.util.List;
import java.util.Optional;
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
  /**
   * Connections behind the first one; they carry pages and nothing else. Where pages that a guest
   * waits for have a connection of their own, it is one more, behind them, and carries no rounds.
   */
  private static final int CHANNELS = 2;

  private static final int PUSH_MILLIS_MIN = 100;
  private static final int PUSH_MILLIS_MAX = 500;
  private static final int DEVICE_STATE_MILLIS = 12;

  private ChannelSchedules() {}

  static Schedule suit(Schedule schedule, List<Implementation> implementations) {
    Optional<Implementation> found =
        implementations.stream()
            .filter(each -> each.name().equals(schedule.implementation()))
            .findFirst();
    Channel channel = found.map(Implementation::channel).orElse(Channel.PLAIN);
    boolean urgent = found.filter(schedule.mode()::hasUrgentConnection).isPresent();
    boolean lastRoundOnFirst = Implementations.isQemu(schedule.implementation());
    var random = new Random(schedule.seed());
    return channel == Channel.PLAIN || schedule.migrations().size() > 1
        ? schedule
        : schedule.withFaults(
            schedule.faults().stream()
                .map(fault -> suit(fault, channel, urgent, lastRoundOnFirst, random))
                .toList());
  }

  private static PlannedFault suit(
      PlannedFault fault,
      Channel channel,
      boolean urgent,
      boolean lastRoundOnFirst,
      Random random) {
    Trigger at = fault.at();
    if (channel == Channel.SEVERAL) {
      return moved(fault, ofSeveral(fault, urgent, lastRoundOnFirst, random));
    }
    if (channel == Channel.ENCRYPTED && at.phase() == StreamPhase.DEVICE_STATE) {
      long millis = at.afterMillis() + 1 + random.nextInt(DEVICE_STATE_MILLIS);
      return moved(fault, new Trigger(StreamPhase.FINAL_ROUND, at.connection(), 0, millis));
    }
    return fault;
  }

  private static Trigger ofSeveral(
      PlannedFault fault, boolean urgent, boolean lastRoundOnFirst, Random random) {
    Trigger at = fault.at();
    int behind = urgent ? CHANNELS + 1 : CHANNELS;
    int first = 1 + (at.connection() - 1) * (1 + behind);
    return switch (at.phase()) {
      case PUSH -> {
        int further = 1 + random.nextInt(behind);
        yield new Trigger(at.phase(), first + further, at.afterBytes(), at.afterMillis());
      }
      case FIRST_ROUND, LATER_ROUND -> {
        int drawn = random.nextInt(CHANNELS);
        int further = fault.kind().traits().awaitsNextAttempt() ? CHANNELS : 1 + drawn;
        yield new Trigger(at.phase(), first + further, at.afterBytes(), at.afterMillis());
      }
      case LAST_PAGES -> {
        int further = 1 + random.nextInt(behind);
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
