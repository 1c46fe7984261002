package landfall.explorer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import landfall.checkpoint.DestinationPhase;
import landfall.checkpoint.Protocol;
import landfall.checkpoint.SourcePhase;
import landfall.explorer.ModelWorld.Direction;
import landfall.explorer.ModelWorld.Host;
import landfall.testing.AtLength;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Checkpoints within small bounds: one page, of the disk, and one write. */
class CheckpointExplorationTest {
  private static final Bounds BOUNDS = Bounds.ofCheckpoints(1, 1, 2);
  private static final Set<String> OF_ARBITER =
      Set.of("ReclaimLock", "LearnSuperseded", "ClaimLock");
  private static final CoreWalk<ModelWorld<SourcePhase, DestinationPhase>> WALK = walked(BOUNDS);
  private static Exploration onePage;

  private static CoreWalk<ModelWorld<SourcePhase, DestinationPhase>> walked(Bounds bounds) {
    var protocol = new Protocol(bounds.pages(), bounds.arbiter(), Set.of());
    return CoreWalk.of(new CheckpointCore(protocol, Set.of(bounds.pages() - 1)), bounds);
  }

  @BeforeAll
  static void exploreOnce() throws Exception {
    onePage = Exploration.of(ExploredProtocol.CHECKPOINT, BOUNDS);
  }

  @Test
  void theCoreTakesTheStepsOfTheSpecificationAndNoOthers() {
    ExplorationTest.assertEqualAndNotSmall(onePage.compare(Set.of()));
  }

  @ParameterizedTest
  @CsvSource({
    "27, GuestStep",
    "28, ReceiveCheckpointPage",
    "29, ReceivePage",
    "30, AskOwnership",
    "37, RecoverSource",
    "38, ReleaseOutput",
    "54, AnswerGranted"
  })
  void everyMistakeOfTheProtocolShowsWhereItDoesHarm(int defect, String action) {
    ExplorationTest.assertShows(onePage.compare(Set.of(defect)), action);
  }

  @Test
  void everyActionIsTakenWithinTheseBoundsButThoseOfAnArbiterAndOfAMistake() {
    var actions = CoreWalk.actionsOf("ReverseCheckpoint");
    actions.remove("OwnUnasked");
    actions.removeAll(OF_ARBITER);

    assertEquals(actions, WALK.actions());
  }

  @Test
  @AtLength
  void withAnArbiterTheCoreTakesTheStepsOfTheSpecification() throws Exception {
    Bounds bounds = Bounds.ofCheckpointsWithArbiter();
    Exploration arbitrated = Exploration.of(ExploredProtocol.CHECKPOINT, bounds);
    ExplorationTest.assertEqualAndNotSmall(arbitrated.compare(Set.of()));
    ExplorationTest.assertShows(arbitrated.compare(Set.of(64)), "StartRecovery");
    ExplorationTest.assertShows(arbitrated.compare(Set.of(65)), "OwnUnasked");
    ExplorationTest.assertShows(arbitrated.compare(Set.of(66)), "ClaimLock");

    var walk = walked(bounds);
    assertTrue(walk.actions().containsAll(OF_ARBITER), () -> walk.actions().toString());
    assertTrue(
        walk.taken("StartRecovery").stream()
            .allMatch(step -> step.before().lock().owner() == Host.SOURCE));
    assertTrue(
        walk.taken("ReclaimLock").stream()
            .anyMatch(step -> step.after().source() instanceof SourcePhase.Completed));
    assertFalse(
        walk.taken("ReclaimLock").stream().anyMatch(step -> step.after().output().fenced()),
        "the lock comes before the disk");
  }

  @Test
  void aRecoveringSourceTakesTheDiskAndCarriesOutWhatWasHeld() {
    assertTrue(
        WALK.taken("RecoverSource").stream()
            .anyMatch(
                step ->
                    step.before().output().disk().equals(List.of(0))
                        && step.after().output().disk().equals(List.of(1))));
    assertTrue(
        WALK.taken("RecoverSource").stream().allMatch(step -> step.before().output().fenced()));
    assertTrue(
        WALK.taken("ReleaseOutput").stream()
            .filter(step -> step.before().output().fenced())
            .allMatch(step -> step.after().output().disk().equals(step.before().output().disk())));
  }

  @Test
  void aCheckpointOfWhichAPageWasLostIsNotCommitted() {
    var ends =
        WALK.taken("CommitCheckpoint").stream()
            .filter(step -> step.before().staging().position() == 0)
            .toList();
    assertFalse(ends.isEmpty());
    for (var end : ends) {
      assertEquals(end.before().source().stored(), end.after().source().stored());
      assertEquals(end.before().forward(), end.after().forward());
    }
  }

  @Test
  void nobodySeesWhatTheSourceHasNotConfirmed() {
    for (var step : WALK.steps()) {
      var world = step.after();
      if (world.destination() instanceof DestinationPhase.Running) {
        assertTrue(world.output().released() <= world.source().stored(), step::toString);
      }
    }
  }

  @Test
  void aSupersededDestinationExecutesOnAndNobodySeesIt() {
    var unaware =
        WALK.taken("GuestStep").stream()
            .filter(step -> step.before().source() instanceof SourcePhase.Recovered)
            .filter(step -> step.before().steps().size() < step.after().steps().size())
            .toList();
    assertFalse(unaware.isEmpty());
    for (var step : unaware) {
      assertEquals(step.before().output(), step.after().output(), step::toString);
    }
    assertTrue(
        WALK.steps().stream()
            .anyMatch(
                step ->
                    !step.after().output().recovered().isEmpty()
                        && step.after().destination() instanceof DestinationPhase.Running
                        && step.after().steps().size() == 1
                        && step.after().source().stored() == 0));
  }

  @Test
  void aDestinationThatHearsNothingKeepsWhatItKnows() {
    assertTrue(
        WALK.taken("RecoverSource").stream()
            .anyMatch(step -> step.before().destination().taken() == 1));
    for (var step : WALK.steps()) {
      boolean ofDestination = !step.before().destination().equals(step.after().destination());
      assertTrue(
          !ofDestination
              || step.before().alive(Host.DESTINATION)
                  && Set.of(
                          "ReceivePage",
                          "TakeCheckpoint",
                          "RetakeCheckpoint",
                          "ReceiveCheckpointDone",
                          "ReceiveSuperseded",
                          "BecomeOwner")
                      .contains(step.action()),
          step::toString);
    }
  }

  @Test
  void aMessageOnACutLinkIsNotRead() {
    for (var step : WALK.steps()) {
      if (step.before().cut().contains(Direction.BACK)) {
        assertFalse(
            Set.of("CommitCheckpoint", "GrantOwnership", "AnswerSuperseded")
                .contains(step.action()),
            step::toString);
      }
    }
  }
}
