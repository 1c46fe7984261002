package landfall.campaign;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import landfall.implementation.Implementation;
import landfall.nemesis.FaultKind;
import landfall.nemesis.FaultTraits.Lots;
import landfall.nemesis.FaultTraits.Moment;
import landfall.nemesis.FaultTraits.Size;
import landfall.nemesis.Place;
import landfall.nemesis.PlannedFault;
import landfall.trial.Schedule;
import landfall.trial.Schedule.Migration;

/**
 * Has wall clocks jump in schedules whose other faults stay as they were drawn: in every other one
 * the clock of a process jumps at the moment of the first fault, which strikes something else.
 * Whatever waits by the wall clock then waits for too long, or not at all.
 */
final class ClockSchedules {
  private static final List<FaultKind> JUMPS =
      FaultKind.all(kind -> kind.prepared().equals(Optional.of(Place.CLOCK)));

  private ClockSchedules() {}

  static List<Schedule> withJumps(List<Schedule> schedules, List<Implementation> implementations) {
    List<Schedule> jumping = new ArrayList<>();
    for (Schedule each : schedules) {
      jumping.add(jumping.size() % 2 == 0 ? withJump(each, implementations) : each);
    }
    return jumping;
  }

  private static Schedule withJump(Schedule schedule, List<Implementation> implementations) {
    Migration first = schedule.migrations().get(0);
    if (first.faults().isEmpty()) {
      return schedule;
    }
    Implementation implementation =
        implementations.stream()
            .filter(each -> each.name().equals(schedule.implementation()))
            .findFirst()
            .orElseThrow();
    PlannedFault other = first.faults().get(0);
    Set<Place> beside = Schedules.beside(schedule.mode().of(implementation));
    beside.add(Place.CLOCK);
    var moment =
        new Moment(other.at().phase(), schedule.mode().splits(), implementation.traces(), beside);
    List<FaultKind> possible =
        JUMPS.stream()
            .filter(kind -> kind.traits().fits(moment))
            .filter(kind -> kind.traits().place() != other.kind().traits().place())
            .toList();
    var random = new Random(schedule.seed());
    FaultKind kind = possible.get(random.nextInt(possible.size()));
    Size size = kind.traits().size(Lots.drawn(random));
    List<PlannedFault> faults = new ArrayList<>(first.faults());
    faults.add(new PlannedFault(kind, other.at(), size.durationMillis(), size.amount()));
    List<Migration> migrations = new ArrayList<>(schedule.migrations());
    migrations.set(0, new Migration(first.from(), first.to(), faults));
    return schedule.travelling(migrations, schedule.comparesMemory());
  }
}
