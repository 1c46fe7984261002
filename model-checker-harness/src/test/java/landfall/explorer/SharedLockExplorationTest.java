package landfall.explorer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Set;
import landfall.sharedlock.Host;
import landfall.sharedlock.Lock;
import landfall.sharedlock.Mutant;
import landfall.sharedlock.Protocol;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The lock on storage with its mistakes. {@link ExplorationTest} holds the core as it is against
 * the model.
 */
class SharedLockExplorationTest {
  private static final Set<SharedLockWorld> CORRECT = reached(Set.of());

  // Who does not look at the record takes steps that others do not, and lacks one that they have.
  @Test
  void theMutantOfTheRecordIsTheMistakeForWhichTheSpecificationHasASwitch() throws Exception {
    assertSame(Set.of(44), "OwnerRecorded");
  }

  // These only add steps, each its own (SharedLockGridTest), so that one cannot hide another.
  @Test
  void theOtherMutantsAreTheMistakesForWhichTheSpecificationHasSwitches() throws Exception {
    assertSame(Set.of(42, 43, 45), "SwitchesAfterPause", "TakesExclusive", "KeepsLockOfCutOff");
  }

  @Test
  void theGuestRunsOnOneHostAndFromTheNewestImage() {
    assertFalse(CORRECT.stream().anyMatch(SharedLockExplorationTest::twoRun));
    assertFalse(CORRECT.stream().anyMatch(SharedLockExplorationTest::outputLost));
  }

  @ParameterizedTest
  @EnumSource
  void itDoesNotWithEachMistake(Mutant mistake) {
    var reached = reached(Set.of(mistake));
    // A lock that a death has freed lets one host run, and from what it has.
    assertEquals(
        mistake != Mutant.FREED_IS_GIVEN,
        reached.stream().anyMatch(SharedLockExplorationTest::twoRun));
    assertTrue(reached.stream().anyMatch(SharedLockExplorationTest::outputLost));
  }

  // Only storage can bring the two apart, and no other mistake is needed for it.
  @Test
  void aHostHasTheLockThatItTakesForItsOwnUntilStorageFreesIt() {
    assertFalse(CORRECT.stream().anyMatch(SharedLockExplorationTest::isDeceived));
    var mistaken = reached(Set.of(Mutant.FREED_WHILE_CUT_OFF));
    assertTrue(mistaken.stream().anyMatch(SharedLockExplorationTest::isDeceived));
    assertFalse(
        reached(Set.of(Mutant.SWITCHED_RUNNING, Mutant.SHARED_FOR_WRITING, Mutant.FREED_IS_GIVEN))
            .stream()
            .anyMatch(SharedLockExplorationTest::isDeceived));
  }

  // What storage promises, whatever the hosts do and believe.
  @Test
  void anExclusiveLockIsTheOnlyOneWithAllMistakesTogether() {
    for (SharedLockWorld world : reached(Set.of(Mutant.values()))) {
      for (Host host : Host.values()) {
        assertTrue(
            world.storage().lock(host) != Lock.EXCLUSIVE
                || world.storage().lock(host.other()) == Lock.NONE,
            world::toString);
      }
    }
  }

  @Test
  void everyActionIsTaken() {
    var actions = CoreWalk.actionsOf("SharedLock");
    assertEquals(actions, walked(Set.of(Mutant.SWITCHED_RUNNING)).actions());
    actions.remove("GiveAwayRunning");
    assertEquals(actions, walked(Set.of()).actions());
  }

  private static void assertSame(Set<Integer> defects, String... switches) throws Exception {
    var off = new HashMap<String, String>();
    List.of(switches).forEach(name -> off.put(name, "FALSE"));
    var mistaken = Exploration.of(ExploredProtocol.SHARED_LOCK, Bounds.none(), off);

    var same = mistaken.compare(defects);
    assertTrue(same.equal(), () -> Comparison.table(List.of(same)) + "\n" + same.examples());
    assertEquals(same.coreStates(), same.coreWorlds());
  }

  private static boolean twoRun(SharedLockWorld world) {
    return Arrays.stream(Host.values()).allMatch(host -> world.machine(host).executing());
  }

  private static boolean outputLost(SharedLockWorld world) {
    return Arrays.stream(Host.values())
        .map(world::machine)
        .anyMatch(machine -> machine.executing() && !machine.newest());
  }

  private static boolean isDeceived(SharedLockWorld world) {
    return Arrays.stream(Host.values())
        .anyMatch(host -> world.believed(host) != world.storage().lock(host));
  }

  private static Set<SharedLockWorld> reached(Set<Mutant> mutants) {
    return walked(mutants).worlds();
  }

  private static CoreWalk<SharedLockWorld> walked(Set<Mutant> mutants) {
    return CoreWalk.of(new SharedLockCore(new Protocol(mutants)), Bounds.none());
  }
}
