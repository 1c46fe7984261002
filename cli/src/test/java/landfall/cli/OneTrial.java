package landfall.cli;

import java.nio.file.Path;
import java.util.List;
import landfall.evidence.TrialResult;
import landfall.implementation.Implementation;
import landfall.judge.TraceJudge;
import landfall.judge.TrialJudge;
import landfall.nemesis.PlannedFault;
import landfall.trial.Mode;
import landfall.trial.Schedule;
import landfall.trial.Trial;
import landfall.trial.TrialFiles;

/** One migration by pre-copy on real hosts, with faults that a test chose, run and judged. */
final class OneTrial {
  private static final long SEED = 4711;

  private OneTrial() {}

  /**
   * @param name of the implementation
   * @param comparesMemory whether the guest is kept paused where it arrives
   */
  static TrialResult judged(
      Path folder, String name, boolean comparesMemory, PlannedFault... faults) throws Exception {
    Implementation implementation = Hosts.implementations().named(name).get(0);
    var files = new TrialFiles(folder.resolve("trial"));
    var schedule =
        new Schedule(
            1,
            SEED,
            name,
            Mode.PRECOPY,
            Schedule.once(List.of(faults)),
            true,
            comparesMemory,
            new Schedule.GuestLoad(300, 1400, 16, 15),
            8_000_000,
            15,
            List.of());
    new Trial(schedule, implementation, files, implementation.putGuest(folder)).run();
    return TrialJudge.judge(
        files, TraceJudge.judge(List.of(files), TrialFiles::observed).get(files));
  }
}
