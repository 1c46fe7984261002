package landfall.explorer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import landfall.postcopy.DestinationPhase;
import landfall.postcopy.Protocol;
import landfall.postcopy.SourcePhase;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Post-copy within the smallest bounds that have a recovery: one page, one write. */
class PostCopyExplorationTest {
  private static final Bounds BOUNDS = new Bounds(1, 1, 2, false);
  private static final ExploredProtocol POST_COPY = ExploredProtocol.POST_COPY;
  private static final List<Step> STEPS = stepsWithin(BOUNDS);
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
    var module = SpecText.ofModule("PostCopy");
    var actions = new TreeSet<>(module.disjuncts("Next"));
    actions.addAll(module.disjuncts("Protocol"));
    actions.addAll(module.disjuncts("Fault"));
    actions.removeAll(
        Set.of("Protocol", "Fault", "ReclaimLock", "RefuseHandover", "ResumeUnacknowledged"));

    assertEquals(
        actions, STEPS.stream().map(Step::action).collect(Collectors.toCollection(TreeSet::new)));
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
        stepsWithin(new Bounds(1, 2, 1, false)).stream()
            .anyMatch(
                step ->
                    step.action().equals("ReceiveDeviceState")
                        && version(step.before()) == 1
                        && version(step.after()) == ModelWorld.ABSENT));
  }

  @Test
  void everyRoundButTheFirstHasAWriteAsItsCauseSoThatBoundsOnWritesBoundRounds() {
    int roundsMost =
        stepsWithin(new Bounds(1, 2, 1, false)).stream()
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
        stepsWithin(Bounds.of(0, 1, false)).stream()
            .anyMatch(
                step ->
                    step.action().equals("AnswerDemand")
                        && step.before().source().pending().contains(0)
                        && step.after().source().pending().contains(0)
                        && !step.after().forward().equals(step.before().forward())));
  }

  /** A step of the core as it is. */
  private record Step(
      ModelWorld<SourcePhase, DestinationPhase> before,
      String action,
      ModelWorld<SourcePhase, DestinationPhase> after) {}

  private static int version(ModelWorld<SourcePhase, DestinationPhase> world) {
    return world.destinationCopy().versions().get(0);
  }

  private static List<Step> stepsWithin(Bounds bounds) {
    var core = new PostCopyCore(new Protocol(bounds.pages(), bounds.arbiter(), Set.of()));
    var steps = new ArrayList<Step>();
    var known = new HashSet<>(Set.of(core.initial()));
    var waiting = new ArrayDeque<>(known);
    for (var world = waiting.poll(); world != null; world = waiting.poll()) {
      for (var next : core.from(world)) {
        if (bounds.contain(next.world())) {
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
