package landfall.campaign;

import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import landfall.evidence.EvidenceFolder;
import landfall.evidence.TrialResult;
import landfall.implementation.Implementation;
import landfall.trial.Schedule;

/** Runs a recorded schedule again. */
public final class Replay {
  private Replay() {}

  /**
   * Runs it some times.
   *
   * @param evidence where the new trials go
   */
  public static List<TrialResult> run(
      Implementation implementation,
      Schedule schedule,
      int times,
      EvidenceFolder evidence,
      Consumer<TrialResult> finished)
      throws IOException, InterruptedException {
    return Campaign.repeating(implementation, schedule, times, evidence).run(finished);
  }
}
