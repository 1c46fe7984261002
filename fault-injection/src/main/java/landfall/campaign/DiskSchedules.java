package landfall.campaign;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import landfall.implementation.Implementation;
import landfall.nemesis.FaultKind;
import landfall.nemesis.FaultTraits.Moment;
import landfall.nemesis.Place;
import landfall.nemesis.PlannedFault;
import landfall.nemesis.StreamPhase;
import landfall.trial.Schedule;
import landfall.trial.Schedule.Migration;

/**
 * Has the storage of the guest's disk fill up, or put nothing onto its medium, in schedules whose
 * other faults stay as they were drawn: in every other one of those that have a disk, counted from
 * the second, while the guest is still at the source or as soon as it runs at the destination. Not
 * where the disk's writes are held: there the guest hears of nothing.
 */
final class DiskSchedules {
  private static final List<FaultKind> FAILURES =
      FaultKind.all(kind -> kind.prepared().equals(Optional.of(Place.CALLS)));

  private DiskSchedules() {}

  static List<Schedule> withFailures(
      List<Schedule> schedules, List<Implementation> implementations) {
    List<Schedule> failing = new ArrayList<>();
    boolean turn = false;
    for (Schedule each : schedules) {
      Implementation implementation = named(each.implementation(), implementations);
      List<FaultKind> possible = possible(each, implementation);
      failing.add(
          turn && !possible.isEmpty()
              ? withFailure(each, possible, implementation.traces())
              : each);
      turn ^= !possible.isEmpty();
    }
    return failing;
  }

  private static Implementation named(String name, List<Implementation> implementations) {
    return implementations.stream()
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  /** Empty where there is no disk, or nobody hears that it fails. */
  private static List<FaultKind> possible(Schedule schedule, Implementation implementation) {
    if (schedule.mode().returns()) {
      return List.of();
    }
    boolean handover = implementation.traces();
    Set<Place> beside = Schedules.beside(schedule.mode().of(implementation));
    beside.add(Place.CALLS);
    return FAILURES.stream()
        .filter(
            kind ->
                kind.traits()
                    .fits(
                        new Moment(
                            phase(kind, handover), schedule.mode().splits(), handover, beside)))
        .toList();
  }

  private static Schedule withFailure(
      Schedule schedule, List<FaultKind> possible, boolean handover) {
    var random = new Random(schedule.seed());
    FaultKind kind = possible.get(random.nextInt(possible.size()));
    PlannedFault failure = Schedules.planned(kind, phase(kind, handover), random);
    boolean atSource = kind.traits().needsGuestAtSource();
    Migration first = schedule.migrations().get(0);
    List<PlannedFault> faults = new ArrayList<>(first.faults());
    faults.addAll(atSource ? Stories.slowed(failure) : List.of(failure));
    List<Migration> migrations = new ArrayList<>(schedule.migrations());
    migrations.set(0, new Migration(first.from(), first.to(), faults));
    return schedule.travelling(
        migrations, schedule.comparesMemory() && !Schedules.needsGuestAtDestination(faults));
  }

  private static StreamPhase phase(FaultKind kind, boolean handover) {
    if (kind.traits().needsGuestAtSource()) {
      return StreamPhase.FIRST_ROUND;
    }
    return handover ? StreamPhase.HANDOVER : StreamPhase.DEVICE_STATE;
  }
}
