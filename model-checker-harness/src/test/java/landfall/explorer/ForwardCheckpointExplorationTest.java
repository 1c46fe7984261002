package landfall.explorer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import landfall.forwardcheckpoint.Claim;
import landfall.forwardcheckpoint.DestinationPhase;
import landfall.forwardcheckpoint.Mutant;
import landfall.forwardcheckpoint.Place;
import landfall.forwardcheckpoint.Protocol;
import landfall.forwardcheckpoint.SourcePhase;
import landfall.testing.AtLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Copies ahead, of two pages, one write and two failures, with checkpoints that go to the source
 * and with such as go to the store. {@link ExplorationTest} holds the core as it is against the
 * model.
 */
class ForwardCheckpointExplorationTest {
  private static final List<Place> HOSTS = List.of(Place.SOURCE, Place.DESTINATION);
  private static final Map<Place, CoreWalk<ForwardCheckpointWorld>> WALKS =
      Map.of(
          Place.SOURCE, walked(Bounds.ofCopiesAhead(2, 1, 2, false), Set.of()),
          Place.STORE, walked(Bounds.ofCopiesAhead(2, 1, 2, true), Set.of()));

  @ParameterizedTest
  @CsvSource({
    "46, Copied, \"once\", 1, SOURCE",
    "47, Copied, \"after\", 2, SOURCE",
    "48, Copied, \"never\", 1, SOURCE",
    "48, Copied, \"never\", 1, STORE",
    "49, ClaimAtStore, FALSE, 1, SOURCE",
    "50, Sealed, FALSE, 1, STORE"
  })
  @AtLength
  void aMutantIsTheMistakeForWhichTheSpecificationHasAConstant(
      int defect, String name, String value, int pages, Place keeper) throws Exception {
    var mistaken =
        Exploration.of(
            ExploredProtocol.FORWARD_CHECKPOINT,
            Bounds.ofCopiesAhead(pages, 1, 1, keeper == Place.STORE),
            Map.of(name, value));

    var same = mistaken.compare(Set.of(defect));
    assertTrue(same.equal(), () -> Comparison.table(List.of(same)) + "\n" + same.examples());
    assertEquals(same.coreStates(), same.coreWorlds());
    assertFalse(mistaken.compare(Set.of()).equal());
  }

  @ParameterizedTest
  @EnumSource(names = {"SOURCE", "STORE"})
  void whateverFailsTheGuestHasOneHomeAndNothingThatWasSeenIsLost(Place keeper) {
    for (var step : WALKS.get(keeper).steps()) {
      assertTrue(atMostOneEffective(step.after()), step::toString);
      assertTrue(noReleasedOutputLost(step.after()), step::toString);
      assertTrue(consistentImage(step.after()), step::toString);
      assertTrue(survivesOneFailure(step.after(), keeper), step::toString);
    }
  }

  @ParameterizedTest
  @EnumSource
  void eachMistakeBreaksWhatItsModelSays(Mutant mistake) {
    Predicate<ForwardCheckpointWorld> property =
        switch (mistake) {
          case COPIED_ONCE -> ForwardCheckpointExplorationTest::consistentImage;
          case COPIED_AFTER, NOT_COPIED -> world -> survivesOneFailure(world, Place.SOURCE);
          case NOT_CLAIMED -> ForwardCheckpointExplorationTest::atMostOneEffective;
          case NOT_SEALED -> ForwardCheckpointExplorationTest::noReleasedOutputLost;
        };
    var bounds = Bounds.ofCopiesAhead(1, 1, 1, mistake == Mutant.NOT_SEALED);
    assertTrue(
        walked(bounds, Set.of(mistake)).steps().stream()
            .anyMatch(step -> !property.test(step.after())));
  }

  @Test
  void aStoreThatHasNoCheckpointsHasNoneToRefuse() {
    var bounds = Bounds.ofCopiesAhead(1, 1, 1, false);

    assertEquals(
        Set.copyOf(walked(bounds, Set.of()).steps()),
        Set.copyOf(walked(bounds, Set.of(Mutant.NOT_SEALED)).steps()));
  }

  // What the source goes on from is the last checkpoint, and stays it.
  @Test
  void aStoreTakesNoCheckpointOnceSomebodyHasTheClaim() {
    var committed = WALKS.get(Place.STORE).taken("CommitCheckpoint");

    assertTrue(committed.stream().allMatch(step -> step.before().store().claim() == Claim.NONE));
    for (var step : WALKS.get(Place.STORE).steps()) {
      if (step.before().store().claim() != Claim.NONE) {
        assertEquals(step.before().store(), step.after().store(), step::toString);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SOURCE", "STORE"})
  void everyActionIsTakenWithinTheseBounds(Place keeper) {
    assertEquals(CoreWalk.actionsOf("ForwardCheckpoint"), WALKS.get(keeper).actions());
  }

  @ParameterizedTest
  @EnumSource(names = {"SOURCE", "STORE"})
  void theClaimIsTakenOnceAndNeverGivenBack(Place keeper) {
    for (var step : WALKS.get(keeper).steps()) {
      Claim before = step.before().store().claim();
      assertTrue(before == Claim.NONE || before == step.after().store().claim(), step::toString);
    }
    assertEquals(
        EnumSet.allOf(Claim.class),
        WALKS.get(keeper).steps().stream()
            .map(step -> step.after().store().claim())
            .collect(Collectors.toSet()));
  }

  // What it releases is its own: the module says that of all steps of the guest, and no host knows
  // of steps that were done elsewhere.
  @ParameterizedTest
  @EnumSource(names = {"SOURCE", "STORE"})
  void aDestinationThatReleasesAllOfTheGuestsOutputHasDoneAllOfTheGuestsSteps(Place keeper) {
    for (String action : List.of("ClaimGuest", "BecomeOwner")) {
      assertTrue(
          WALKS.get(keeper).taken(action).stream().anyMatch(step -> step.before().released() == 0));
      for (var step : WALKS.get(keeper).taken(action)) {
        assertEquals(
            step.before().copy(Place.DESTINATION).position(), step.after().released(), action);
      }
    }
  }

  // So what the source's dirty log and its own account say is all that the module reads off memory.
  @ParameterizedTest
  @EnumSource(names = {"SOURCE", "STORE"})
  void theSourceKnowsWhatTheStoreHasAndOwesNothingAfterTheSwitchover(Place keeper) {
    for (var step : WALKS.get(keeper).steps()) {
      var world = step.after();
      if (world.source() instanceof SourcePhase.Running running) {
        assertEquals(world.store().copies(), running.copied());
      } else if (world.source() instanceof SourcePhase.Serving serving) {
        assertTrue(serving.owed().isEmpty(), step::toString);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SOURCE", "STORE"})
  void whoCannotBeReachedIsNotChangedByAStepOfAnother(Place keeper) {
    for (var step : WALKS.get(keeper).steps()) {
      for (Place place : Place.values()) {
        boolean alone =
            !step.before().alive(place)
                || HOSTS.stream()
                    .filter(host -> host != place)
                    .noneMatch(host -> step.before().connected(host, place));
        if (alone && place == Place.STORE) {
          assertEquals(step.before().store(), step.after().store(), step::toString);
          assertEquals(step.before().copy(place), step.after().copy(place), step::toString);
        } else if (!step.before().alive(place)) {
          assertEquals(step.before().copy(place), step.after().copy(place), step::toString);
        }
      }
    }
  }

  // The module's properties, as its core's world has them.

  private static boolean atMostOneEffective(ForwardCheckpointWorld world) {
    return !(world.guestRunsAt(Place.SOURCE) && world.guestRunsAt(Place.DESTINATION));
  }

  private static boolean noReleasedOutputLost(ForwardCheckpointWorld world) {
    return HOSTS.stream()
        .filter(world::guestRunsAt)
        .allMatch(host -> world.released() <= world.copy(host).position());
  }

  private static boolean consistentImage(ForwardCheckpointWorld world) {
    return HOSTS.stream()
        .filter(world::guestRunsAt)
        .allMatch(
            host ->
                pages(world)
                    .allMatch(
                        page -> {
                          int version = world.copy(host).versions().get(page);
                          return host == Place.DESTINATION && version == ModelWorld.ABSENT
                              || version == world.versionAt(page, world.copy(host).position());
                        }));
  }

  private static boolean survivesOneFailure(ForwardCheckpointWorld world, Place keeper) {
    boolean switched =
        !(world.source() instanceof SourcePhase.Running
            || world.source() instanceof SourcePhase.Paused);
    boolean over =
        world.destination() instanceof DestinationPhase.Owner
            || world.source() instanceof SourcePhase.Completed
                && world.store().claim() == Claim.NONE;
    return !switched || over || world.failures() > 1 || goesOn(world, keeper);
  }

  private static boolean goesOn(ForwardCheckpointWorld world, Place keeper) {
    boolean canRecover =
        world.alive(Place.SOURCE)
            && world.alive(keeper)
            && (world.source() instanceof SourcePhase.Recovering
                || world.source() instanceof SourcePhase.Serving
                    && world.store().claim() != Claim.DESTINATION);
    return canRecover
        || world.source() instanceof SourcePhase.Recovered
        || world.guestRunsAt(Place.DESTINATION)
            && pages(world).allMatch(page -> pageHeld(world, page));
  }

  private static boolean pageHeld(ForwardCheckpointWorld world, int page) {
    return world.copy(Place.DESTINATION).versions().get(page) != ModelWorld.ABSENT
        || world.alive(Place.SOURCE)
            && (world.source() instanceof SourcePhase.Serving
                || world.source() instanceof SourcePhase.Completed)
        || world.alive(Place.STORE)
            && world.copy(Place.STORE).versions().get(page) != ModelWorld.ABSENT;
  }

  private static IntStream pages(ForwardCheckpointWorld world) {
    return IntStream.range(0, world.copy(Place.STORE).versions().size());
  }

  private static CoreWalk<ForwardCheckpointWorld> walked(Bounds bounds, Set<Mutant> mutants) {
    Place keeper = bounds.staged() ? Place.STORE : Place.SOURCE;
    return CoreWalk.of(
        new ForwardCheckpointCore(new Protocol(bounds.pages(), keeper, mutants)), bounds);
  }
}
