package landfall.explorer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import landfall.precopy.Mutant;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ExplorationTest {
  private static final Map<Set<Mutant>, Comparison> COMPARISONS = new HashMap<>();
  private static Exploration onePageTwoAttempts;

  @BeforeAll
  static void exploreOnce() throws Exception {
    onePageTwoAttempts = Exploration.within(new Bounds(1, 1, 2, false));
  }

  @Test
  void theCoreTakesTheStepsOfTheSpecificationAndNoOthers() throws Exception {
    assertEqualAndNotSmall(Exploration.within(Bounds.of(1, 1, false)).compare(Set.of()));
  }

  @Test
  void itDoesWithAnArbiterToo() throws Exception {
    assertEqualAndNotSmall(Exploration.within(Bounds.of(1, 1, true)).compare(Set.of()));
  }

  @Test
  void itDoesWhenAnAttemptIsRepeated() {
    assertEqualAndNotSmall(retried(Set.of()));
  }

  @ParameterizedTest
  @CsvSource({
    "RESUME_UNACKNOWLEDGED, ResumeUnacknowledged",
    "IGNORE_LOST_HANDOVER, DiscardImage",
    "RETRY_SENDS_DIRTY_ONLY, StartAttempt",
    "MISS_PAGES_AT_START, StartAttempt",
    "ACCEPT_STALE_FRAMES, ReceiveHello"
  })
  void everyMistakeOfTheProtocolShowsInTheActionThatMakesIt(Mutant mutant, String action) {
    var comparison = retried(Set.of(mutant));

    assertFalse(comparison.equal());
    assertTrue(comparison.stepsOnlyInCore() > 0);
    var first = comparison.examples().get(0);
    assertEquals(action, first.action());
    assertEquals(Difference.Side.CORE, first.onlyIn());
    assertTrue(first.toString().contains("only the core takes " + action), first::toString);
  }

  @ParameterizedTest
  @EnumSource
  void aMistakeBelowTheModelDoesNotShow(Mutant mutant) {
    var comparison = retried(Set.of(mutant));

    assertEquals(!Exploration.isInModel(mutant), comparison.equal());
  }

  @Test
  void theWayToTheFirstDifferenceIsAShortestOne() {
    var comparison = retried(Set.of(Mutant.RETRY_SENDS_DIRTY_ONLY));
    var first = comparison.examples().get(0);

    assertEquals(2, first.path().size(), first::toString);
    assertEquals("StartAttempt", first.path().get(0));
    assertTrue(first.before().contains("/\\ source = \"Running\""), first::toString);
  }

  @Test
  void theTableHasALinePerRun() {
    var comparison = retried(Set.of(Mutant.MISS_PAGES_AT_START));
    var lines = Comparison.table(List.of(comparison)).lines().toList();

    assertEquals(3, lines.size());
    assertTrue(lines.get(2).startsWith("| mutant 14 |"), lines.get(2));
    assertTrue(lines.get(2).endsWith("| StartAttempt (only core) |"), lines.get(2));
  }

  private static Comparison retried(Set<Mutant> mutants) {
    return COMPARISONS.computeIfAbsent(mutants, onePageTwoAttempts::compare);
  }

  private static void assertEqualAndNotSmall(Comparison comparison) {
    assertTrue(
        comparison.equal(),
        () -> Comparison.table(List.of(comparison)) + "\n" + comparison.examples());
    assertTrue(comparison.specStates() > 1_000, "few states: " + comparison.specStates());
    assertTrue(comparison.specSteps() > comparison.specStates());
    assertEquals(comparison.coreStates(), comparison.coreWorlds());
  }
}
