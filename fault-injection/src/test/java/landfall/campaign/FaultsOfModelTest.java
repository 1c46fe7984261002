package landfall.campaign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import landfall.explorer.Behaviour;
import landfall.nemesis.FaultKind;
import landfall.nemesis.PlannedFault;
import landfall.nemesis.StreamPhase;
import landfall.nemesis.Trigger;
import landfall.tlc.ModelRun;
import landfall.tlc.Models;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FaultsOfModelTest {
  @TempDir private static Path folder;

  @BeforeAll
  static void findBehaviours() throws Exception {
    List<String> models =
        List.of(
            "MCPreCopyResumeUnacknowledged", "MCPreCopyRetryAfterClearedLog", "ReachThirdRound");
    new ModelRun(folder, 2).run(Models.named(models), result -> {});
  }

  private static List<PlannedFault> faultsOf(String model) throws IOException {
    return FaultsOfModel.of(
        Behaviour.read(folder.resolve("counterexamples").resolve(model + ".json")));
  }

  @Test
  void theLinkIsCutWhenTheAnswerThatTheModelLosesIsAboutToPass() throws Exception {
    assertEquals(
        List.of(new PlannedFault(FaultKind.CUT_BOTH, Trigger.at(StreamPhase.RESUMED), 1_600, 0)),
        faultsOf("MCPreCopyResumeUnacknowledged"));
  }

  @Test
  void theOperatorCancelsWhereTheModelDoes() throws Exception {
    assertEquals(
        List.of(new PlannedFault(FaultKind.CANCEL, Trigger.at(StreamPhase.CONNECTED), 0, 0)),
        faultsOf("MCPreCopyRetryAfterClearedLog"));
  }

  @Test
  void aBehaviourThatNeedsNoFaultMakesNoCampaign() {
    assertEquals(
        "ReachThirdRound needs no fault: no cut, reset, crash or cancel is in its counterexample",
        assertThrows(IllegalArgumentException.class, () -> faultsOf("ReachThirdRound"))
            .getMessage());
  }
}
