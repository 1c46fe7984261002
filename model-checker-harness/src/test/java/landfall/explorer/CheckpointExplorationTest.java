package landfall.explorer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import landfall.checkpoint.DestinationPhase;
import landfall.checkpoint.Protocol;
import landfall.checkpoint.SourcePhase;
import landfall.explorer.ModelWorld.Direction;
import landfall.explorer.ModelWorld.Host;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Checkpoints within small bounds: one page, of the disk, and one write. */
class CheckpointExplorationTest {
  private static final Bounds BOUNDS = Bounds.ofCheckpoints(1, 1, 2);
  private static final List<Step> STEPS = stepsWithin(BOUNDS);
  private static Exploration onePage;

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
    "38, ReleaseOutput"
  })
  void everyMistakeOfTheProtocolShowsWhereItDoesHarm(int defect, String action) {
    ExplorationTest.assertShows(onePage.compare(Set.of(defect)), action);
  }

  @Test
  void everyActionIsTakenWithinTheseBounds() {
    var module = SpecText.ofModule("ReverseCheckpoint");
    var actions = new TreeSet<>(module.disjuncts("Next"));
    actions.addAll(module.disjuncts("Protocol"));
    actions.addAll(module.disjuncts("Fault"));
    actions.removeAll(Set.of("Protocol", "Fault"));

    assertEquals(
        actions, STEPS.stream().map(Step::action).collect(Collectors.toCollection(TreeSet::new)));
  }

  @Test
  void aRecoveringSourceTakesTheDiskAndCarriesOutWhatWasHeld() {
    assertTrue(
        taken("RecoverSource").stream()
            .anyMatch(
                step ->
                    step.before().output().disk().equals(List.of(0))
                        && step.after().output().disk().equals(List.of(1))));
    assertTrue(taken("RecoverSource").stream().allMatch(step -> step.before().output().fenced()));
    assertTrue(
        taken("ReleaseOutput").stream()
            .filter(step -> step.before().output().fenced())
            .allMatch(step -> step.after().output().disk().equals(step.before().output().disk())));
  }

  @Test
  void aCheckpointOfWhichAPageWasLostIsNotCommitted() {
    var ends =
        taken("CommitCheckpoint").stream()
            .filter(step -> step.before().staging().position() == 0)
            .toList();
    assertFalse(ends.isEmpty());
    for (Step end : ends) {
      assertEquals(end.before().source().stored(), end.after().source().stored());
      assertEquals(end.before().forward(), end.after().forward());
    }
  }

  @Test
  void nobodySeesWhatTheSourceHasNotConfirmed() {
    for (Step step : STEPS) {
      var world = step.after();
      if (world.destination() instanceof DestinationPhase.Running
          && !(world.source() instanceof SourcePhase.Recovered)) {
        assertTrue(world.output().released() <= world.source().stored(), step::toString);
      }
    }
  }

  @Test
  void aDestinationThatHearsNothingKeepsWhatItKnows() {
    assertTrue(
        taken("RecoverSource").stream().anyMatch(step -> step.before().destination().taken() == 1));
    for (Step step : STEPS) {
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
    for (Step step : STEPS) {
      if (step.before().cut().contains(Direction.BACK)) {
        assertFalse(
            Set.of("CommitCheckpoint", "GrantOwnership", "AnswerSuperseded")
                .contains(step.action()),
            step::toString);
      }
    }
  }

  /** A step of the core as it is. */
  private record Step(
      ModelWorld<SourcePhase, DestinationPhase> before,
      String action,
      ModelWorld<SourcePhase, DestinationPhase> after) {}

  private static List<Step> taken(String action) {
    var steps = STEPS.stream().filter(step -> step.action().equals(action)).toList();
    assertFalse(steps.isEmpty(), action);
    return steps;
  }

  private static List<Step> stepsWithin(Bounds bounds) {
    var core =
        new CheckpointCore(new Protocol(bounds.pages(), Set.of()), Set.of(bounds.pages() - 1));
    var steps = new ArrayList<Step>();
    var known = new HashSet<>(Set.of(core.initial()));
    var waiting = new ArrayDeque<>(known);
    for (var world = waiting.poll(); world != null; world = waiting.poll()) {
      for (var next : core.from(world)) {
        if (core.within(bounds, next.world())) {
          steps.add(new Step(world, next.action(), next.world()));
          if (known.add(next.world())) {
            waiting.add(next.world());
          }
        }
      }
    }
    return steps;
  }
}
