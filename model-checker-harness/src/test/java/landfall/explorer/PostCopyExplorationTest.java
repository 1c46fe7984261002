package landfall.explorer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import landfall.postcopy.DestinationPhase;
import landfall.postcopy.Protocol;
import landfall.postcopy.SourcePhase;
import landfall.testing.AtLength;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Post-copy within the smallest bounds that have a recovery: one page, one write. */
class PostCopyExplorationTest {
  private static final Bounds BOUNDS = new Bounds(1, 1, 2, false);
  private static final ExploredProtocol POST_COPY = ExploredProtocol.POST_COPY;
  private static final CoreWalk<ModelWorld<SourcePhase, DestinationPhase>> WALK = walked(BOUNDS);
  private static final List<CoreWalk.Step<ModelWorld<SourcePhase, DestinationPhase>>> STEPS =
      WALK.steps();
  private static final Set<String> OF_ARBITER =
      Set.of("ReclaimLock", "RefuseHandover", "LearnSuperseded", "ClaimLock");
  private static final Set<String> MISTAKES = Set.of("ResumeUnacknowledged", "ResumeUnasked");
  private static Exploration recovered;

  @BeforeAll
  static void exploreOnce() throws Exception {
    recovered = Exploration.of(POST_COPY, BOUNDS);
  }

  @Test
  void theCoreTakesTheStepsOfTheSpecificationWhenAConnectionIsRecovered() {
    ExplorationTest.assertEqualAndNotSmall(recovered.compare(Set.of()));
  }

  @ParameterizedTest
  @AtLength
  @CsvSource({
    "1, ResumeUnacknowledged",
    "19, ReceivePageList",
    "35, OfferHandover",
    "36, ReceivePage"
  })
  void everyMistakeOfTheProtocolShowsInTheActionThatMakesIt(int defect, String action) {
    ExplorationTest.assertShows(recovered.compare(Set.of(defect)), action);
  }

  @Test
  void everyActionIsTakenWithinTheseBoundsButThoseOfAnArbiterAndOfAMistake() {
    var actions = CoreWalk.actionsOf("PostCopy");
    actions.removeAll(OF_ARBITER);
    actions.removeAll(MISTAKES);
    // With a connection for urgent pages: see ExplorationTest.
    actions.remove("OvertakePage");

    assertEquals(actions, WALK.actions());
  }

  @Test
  @AtLength
  void withAnArbiterTheCoreTakesTheStepsOfTheSpecification() throws Exception {
    var bounds = new Bounds(1, 0, 2, true);
    Exploration arbitrated = Exploration.of(POST_COPY, bounds);
    ExplorationTest.assertEqualAndNotSmall(arbitrated.compare(Set.of()));
    ExplorationTest.assertShows(arbitrated.compare(Set.of(1)), "ResumeUnacknowledged");
    ExplorationTest.assertShows(arbitrated.compare(Set.of(63)), "ResumeUnasked");

    var actions = walked(bounds).actions();
    assertTrue(actions.containsAll(OF_ARBITER), () -> actions.toString());
  }

  @Test
  void aPageThatBecameStaleIsDiscarded() {
    assertTrue(
        STEPS.stream()
            .anyMatch(
                step ->
                    step.action().equals("ReceiveDeviceState")
                        && version(step.before()) == 0
                        && version(step.after()) == ModelWorld.ABSENT));
  }

  @Test
  void aPageThatASecondRoundSendsTakesThePlaceOfTheOlderCopy() {
    assertTrue(
        STEPS.stream()
            .anyMatch(
                step ->
                    step.action().equals("ReceivePage")
                        && step.before().source().round() == 2
                        && version(step.before()) == 0
                        && version(step.after()) == 1));
  }

  @Test
  void aPageThatWasWrittenAgainAfterTheSecondRoundIsDiscarded() {
    assertTrue(
        walked(new Bounds(1, 2, 1, false)).steps().stream()
            .anyMatch(
                step ->
                    step.action().equals("ReceiveDeviceState")
                        && version(step.before()) == 1
                        && version(step.after()) == ModelWorld.ABSENT));
  }

  @Test
  void everyRoundButTheFirstHasAWriteAsItsCauseSoThatBoundsOnWritesBoundRounds() {
    int roundsMost =
        walked(new Bounds(1, 2, 1, false)).steps().stream()
            .mapToInt(step -> step.after().source().round())
            .max()
            .orElseThrow();

    assertEquals(3, roundsMost);
    assertTrue(roundsMost < Bounds.ROUNDS_MAX);
  }

  @Test
  void theOldCopyOfAPageWhoseNewOneIsLostWithTheConnectionNeverComesToRun() {
    var lost =
        STEPS.stream()
            .filter(step -> step.action().equals("LoseMessage"))
            .filter(step -> step.before().source().round() == 2)
            .filter(step -> version(step.after()) == 0)
            .toList();
    assertTrue(!lost.isEmpty());
    assertTrue(
        STEPS.stream()
            .filter(step -> step.after().destinationCopy().executing())
            .allMatch(
                step ->
                    version(step.after()) == ModelWorld.ABSENT
                        || version(step.after()) == step.after().steps().size()));
  }

  @Test
  void aPageThatArrivesAgainIsNotPlacedOverWhatTheGuestWrote() {
    assertTrue(
        STEPS.stream()
            .anyMatch(step -> step.action().equals("ReceivePage") && version(step.before()) == 1));
    assertTrue(
        STEPS.stream()
            .filter(step -> step.action().equals("ReceivePage") && version(step.before()) == 1)
            .allMatch(step -> version(step.after()) == 1));
  }

  @Test
  void aFaultOutlivesTheConnectionOnWhichItWasAskedFor() {
    assertTrue(
        STEPS.stream()
            .anyMatch(
                step ->
                    step.action().equals("ReceiveRecover")
                        && !step.after().destination().requested().isEmpty()
                        && step.after().back().get(1).get(0) instanceof Message.PageList list
                        && list.missing().contains(0)));
  }

  @Test
  void aPageThatIsAskedForOvertakesThePush() {
    assertTrue(
        walked(Bounds.of(0, 1, false)).steps().stream()
            .anyMatch(
                step ->
                    step.action().equals("AnswerDemand")
                        && step.before().source().pending().contains(0)
                        && step.after().source().pending().contains(0)
                        && !step.after().forward().equals(step.before().forward())));
  }

  private static int version(ModelWorld<SourcePhase, DestinationPhase> world) {
    return world.destinationCopy().versions().get(0);
  }

  private static CoreWalk<ModelWorld<SourcePhase, DestinationPhase>> walked(Bounds bounds) {
    return CoreWalk.of(
        new PostCopyCore(new Protocol(bounds.pages(), bounds.arbiter(), Set.of()), false), bounds);
  }
}
