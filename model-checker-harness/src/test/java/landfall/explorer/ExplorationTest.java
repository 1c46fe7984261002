package landfall.explorer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import landfall.testing.AtLength;
import landfall.testing.Sampled;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Cores held against the model checker's graphs. Every day each core is, as it is, and so is one
 * mutant of pre-copy, one of post-copy and one of checkpoints, each against the specification with
 * its switch turned. {@code -Dlandfall.tests=all} takes all mutants, and three hosts ({@code
 * .ci/run} does).
 */
class ExplorationTest {

  private static final Map<Set<Integer>, Comparison> COMPARISONS = new HashMap<>();
  private static Exploration onePageTwoAttempts;

  @BeforeAll
  static void exploreOnce() throws Exception {
    onePageTwoAttempts = Exploration.of(ExploredProtocol.PRE_COPY, new Bounds(1, 1, 2, false));
  }

  /** {@code Lease} has no bounds: {@link LeaseExplorationTest} has a small one. */
  @ParameterizedTest
  @AtLength
  @EnumSource(names = "LEASE", mode = EnumSource.Mode.EXCLUDE)
  void theCoreTakesTheStepsOfTheSpecificationAndNoOthers(ExploredProtocol protocol)
      throws Exception {
    var bounds =
        switch (protocol) {
          case PRE_COPY -> Bounds.of(1, 1, false);
          // A page overtakes another without any write; recovery is explored with one page.
          case POST_COPY -> Bounds.of(0, 1, false);
          // A checkpoint of two messages, of two pages.
          case CHECKPOINT -> Bounds.ofCheckpoints(1, 1, 2);
          // A third failure, and a third write, are explored from the command line only.
          case FORWARD_CHECKPOINT -> Bounds.ofCopiesAhead(2, 1, 1, false);
          case LEASE, SHARED_LOCK -> Bounds.none();
        };
    assertEqualAndNotSmall(Exploration.of(protocol, bounds).compare(Set.of()));
  }

  @ParameterizedTest
  @EnumSource(names = {"PRE_COPY", "POST_COPY"})
  @AtLength
  void itDoesWithAnArbiterToo(ExploredProtocol protocol) throws Exception {
    assertEqualAndNotSmall(
        Exploration.of(
                protocol, new Bounds(protocol == ExploredProtocol.PRE_COPY ? 2 : 1, 1, 1, true))
            .compare(Set.of()));
  }

  @Test
  @AtLength
  void itDoesWithAConnectionForUrgentPagesToo() throws Exception {
    var bounds = Bounds.of(0, 1, false);
    var urgent =
        Exploration.of(ExploredProtocol.POST_COPY, bounds, Map.of("UrgentPages", "TRUE"))
            .compare(Set.of());
    assertEqualAndNotSmall(urgent);
    // It is not the graph without such a connection.
    var plain = Exploration.of(ExploredProtocol.POST_COPY, bounds).compare(Set.of());
    assertTrue(urgent.specSteps() > plain.specSteps());
  }

  /**
   * The box of three hosts is within these bounds: two attempts to two hosts, and one write. That
   * the core as it is equals the model there is a row of {@code docs/explored.md}.
   */
  @Test
  @AtLength
  void aLockForAnybodyIsTheMistakeOfTheSwitchWithThreeHosts() throws Exception {
    var mistaken =
        Exploration.of(
            ExploredProtocol.PRE_COPY, Bounds.ofThreeHosts(), Map.of("NamedRelease", "FALSE"));
    var same = mistaken.compare(Set.of(51));
    assertTrue(same.equal(), () -> Comparison.table(List.of(same)) + "\n" + same.examples());
    assertFalse(mistaken.compare(Set.of()).equal(), "the mistake does not show");
  }

  @Test
  void itDoesWithAStagingStoreToo() throws Exception {
    assertEqualAndNotSmall(
        Exploration.of(ExploredProtocol.FORWARD_CHECKPOINT, Bounds.ofCopiesAhead(2, 1, 1, true))
            .compare(Set.of()));
  }

  @Test
  void aMistakeOfAStagingStoreIsWithinBoundsThatHaveOne() {
    var protocol = ExploredProtocol.FORWARD_CHECKPOINT;

    for (int defect : protocol.defects()) {
      assertTrue(protocol.isWithin(defect, Bounds.ofCopiesAhead(2, 1, 1, true)));
      assertEquals(defect != 50, protocol.isWithin(defect, Bounds.ofCopiesAhead(2, 1, 1, false)));
    }
  }

  @Test
  void itDoesWhenAnAttemptIsRepeated() {
    assertEqualAndNotSmall(retried(Set.of()));
  }

  @ParameterizedTest
  @CsvSource({
    "1, ResumeUnacknowledged",
    "2, DiscardImage",
    "13, StartAttempt",
    "14, StartAttempt",
    "33, ReceiveHello"
  })
  void everyMistakeOfTheProtocolShowsInTheActionThatMakesIt(int defect, String action) {
    assertShows(retried(Set.of(defect)), action);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 13, 14, 15, 33})
  void aMistakeBelowTheModelDoesNotShow(int defect) {
    var comparison = retried(Set.of(defect));

    assertEquals(!ExploredProtocol.PRE_COPY.isInModel(defect), comparison.equal());
  }

  static Stream<Arguments> switches() {
    return chosen(
        List.of(
            Arguments.of(ExploredProtocol.PRE_COPY, 1, "ResumeOnTimeout", "TRUE", 0, 1),
            Arguments.of(ExploredProtocol.POST_COPY, 35, "DiscardListSent", "FALSE", 1, 1),
            Arguments.of(ExploredProtocol.PRE_COPY, 13, "RetrySendsAll", "FALSE", 0, 2),
            Arguments.of(ExploredProtocol.POST_COPY, 1, "ResumeOnTimeout", "TRUE", 0, 1),
            Arguments.of(ExploredProtocol.POST_COPY, 19, "RecoverySendsPageList", "FALSE", 0, 2),
            Arguments.of(ExploredProtocol.POST_COPY, 36, "PlaceOnlyAbsent", "FALSE", 1, 2),
            Arguments.of(ExploredProtocol.POST_COPY, 63, "HandoverAsksLock", "FALSE", 0, 2)),
        2);
  }

  /** All, or so many of them. */
  private static Stream<Arguments> chosen(List<Arguments> rows, int everyday) {
    int count = AtLength.ASKED ? rows.size() : everyday;
    System.out.printf(
        "%d of %d switches for mistakes: -Dlandfall.tests=all turns all%n", count, rows.size());
    return rows.stream().limit(count);
  }

  @ParameterizedTest
  @Sampled
  @MethodSource("switches")
  void aMutantIsTheMistakeForWhichTheSpecificationHasASwitch(
      ExploredProtocol protocol, int defect, String name, String value, int steps, int attempts)
      throws Exception {
    // A mistake that needs an arbiter is made with one.
    boolean arbiter = !protocol.isWithin(defect, new Bounds(1, steps, attempts, false));
    var mistaken =
        Exploration.of(protocol, new Bounds(1, steps, attempts, arbiter), Map.of(name, value));

    var same = mistaken.compare(Set.of(defect));
    assertTrue(same.equal(), () -> Comparison.table(List.of(same)) + "\n" + same.examples());
  }

  static Stream<Arguments> switchesOfCheckpoints() {
    return chosen(
        List.of(
            Arguments.of(30, "EndAcknowledged", 1),
            Arguments.of(38, "Fenced", 2),
            Arguments.of(27, "OutputHeld", 1),
            Arguments.of(28, "WholeCheckpoints", 2),
            Arguments.of(29, "SourceKeepsPages", 1),
            Arguments.of(37, "CarriesDiskWrites", 2),
            Arguments.of(54, "GrantRepeated", 2),
            Arguments.of(64, "RecoveryAsksLock", 1),
            Arguments.of(65, "OwnerAsksLock", 1),
            Arguments.of(66, "ClaimsWhole", 1)),
        1);
  }

  @ParameterizedTest
  @Sampled
  @MethodSource("switchesOfCheckpoints")
  void aMutantOfCheckpointsIsTheMistakeForWhichTheSpecificationHasASwitch(
      int defect, String name, int messages) throws Exception {
    var without = Bounds.ofCheckpoints(1, 1, messages);
    // A mistake that needs an arbiter is made with one.
    var bounds = without.withArbiter(!ExploredProtocol.CHECKPOINT.isWithin(defect, without));
    var mistaken = Exploration.of(ExploredProtocol.CHECKPOINT, bounds, Map.of(name, "FALSE"));

    var same = mistaken.compare(Set.of(defect));
    assertTrue(same.equal(), () -> Comparison.table(List.of(same)) + "\n" + same.examples());
  }

  @Test
  void theMutantsExploredAreThoseOfTheCores() {
    assertEquals(List.of(1, 2, 13, 14, 15, 33, 51, 52, 53), ExploredProtocol.PRE_COPY.defects());
    assertEquals(List.of(1, 19, 35, 36, 63), ExploredProtocol.POST_COPY.defects());
    assertEquals(
        List.of(27, 28, 29, 30, 37, 38, 54, 64, 65, 66), ExploredProtocol.CHECKPOINT.defects());
    assertEquals(List.of(39, 40, 41, 62), ExploredProtocol.LEASE.defects());
    assertEquals(List.of(42, 43, 44, 45), ExploredProtocol.SHARED_LOCK.defects());
    assertEquals(List.of(46, 47, 48, 49, 50), ExploredProtocol.FORWARD_CHECKPOINT.defects());
  }

  @Test
  void aMutantOfAnotherProtocolIsRefusedByItsNumber() {
    String cause =
        assertThrows(IllegalArgumentException.class, () -> onePageTwoAttempts.compare(Set.of(35)))
            .getMessage();
    assertEquals(
        "no mutant 35 of PreCopy; known mutants are 1, 2, 13, 14, 15, 33, 51, 52, 53", cause);
  }

  @Test
  void theWayToTheFirstDifferenceIsAShortestOne() {
    var comparison = retried(Set.of(13));
    var first = comparison.examples().get(0);

    assertEquals(2, first.path().size(), first::toString);
    assertEquals("StartAttempt", first.path().get(0));
    assertTrue(first.before().contains("A |-> \"Running\""), first::toString);
  }

  @Test
  void theTableHasALinePerRun() {
    var comparison = retried(Set.of(14));
    var lines = Comparison.table(List.of(comparison)).lines().toList();

    assertEquals(3, lines.size());
    assertTrue(lines.get(2).startsWith("| mutant 14 |"), lines.get(2));
    assertTrue(lines.get(2).endsWith("| StartAttempt (only core) |"), lines.get(2));
  }

  static void assertShows(Comparison comparison, String action) {
    assertFalse(comparison.equal());
    assertTrue(comparison.stepsOnlyInCore() > 0);
    var first = comparison.examples().get(0);
    assertEquals(action, first.action());
    assertEquals(Difference.Side.CORE, first.onlyIn());
    assertTrue(first.toString().contains("only the core takes " + action), first::toString);
  }

  static void assertEqualAndNotSmall(Comparison comparison) {
    assertTrue(
        comparison.equal(),
        () -> Comparison.table(List.of(comparison)) + "\n" + comparison.examples());
    assertTrue(comparison.specStates() > 500, "few states: " + comparison.specStates());
    assertTrue(comparison.specSteps() > comparison.specStates());
    assertEquals(comparison.coreStates(), comparison.coreWorlds());
  }

  private static Comparison retried(Set<Integer> defects) {
    return COMPARISONS.computeIfAbsent(defects, onePageTwoAttempts::compare);
  }
}
