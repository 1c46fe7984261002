package landfall.explorer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import landfall.explorer.LeaseWorld.Side;
import landfall.lease.Mutant;
import landfall.lease.Protocol;
import landfall.protocol.Host;
import landfall.testing.AtLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Leases of one tick; those of the graph's model are in {@code docs/explored.md}. */
class LeaseExplorationTest {
  private static final int TERM = 1;
  private static final int DRIFT = 1;
  private static final List<Host> HOSTS = List.of(new Host("A"), new Host("B"));

  @Test
  void itTakesTheStepsOfTheSpecificationAndNoOthers() throws Exception {
    Exploration exploration =
        Exploration.of(ExploredProtocol.LEASE, Bounds.none(), Map.of("Term", "1"));
    var same = exploration.compare(Set.of());
    assertTrue(same.equal(), () -> Comparison.table(List.of(same)) + "\n" + same.examples());
    var other = exploration.compare(Set.of(40));
    assertFalse(
        other.equal(),
        "a host that counts from the answer is not told from one that counts from the question");
  }

  @Test
  @AtLength
  void itsMutantsAreTheMistakesForWhichTheSpecificationHasConstants() throws Exception {
    var mistaken =
        Exploration.of(
            ExploredProtocol.LEASE,
            Bounds.none(),
            Map.of(
                "Term",
                "1",
                "Allowance",
                "0",
                "CountsFromAsk",
                "FALSE",
                "ChecksClock",
                "FALSE",
                "WaitsAfresh",
                "FALSE"));

    var same = mistaken.compare(Set.of(39, 40, 41, 62));
    assertTrue(same.equal(), () -> Comparison.table(List.of(same)) + "\n" + same.examples());
  }

  @Test
  void noTwoHostsLetOutputLeave() {
    var core = new Protocol(TERM, DRIFT, Set.of());
    assertEquals(Set.of(), reached(core, DRIFT, world -> bothAct(world, core)));
  }

  // The bound on clocks is an assumption, and the core rests on it.
  @Test
  void theyDoWhenClocksComeApartByMoreThanTheHostsBelieve() {
    var core = new Protocol(TERM, DRIFT, Set.of());
    assertTrue(!reached(core, DRIFT + 1, world -> bothAct(world, core)).isEmpty());
  }

  @ParameterizedTest
  @EnumSource
  void theyDoWithEachMistake(Mutant mistake) {
    var core = new Protocol(TERM, DRIFT, Set.of(mistake));
    assertTrue(!reached(core, DRIFT, world -> bothAct(world, core)).isEmpty());
  }

  @Test
  void everyActionIsTaken() {
    var core = new LeaseCore(new Protocol(TERM, DRIFT, Set.of()), DRIFT, HOSTS);
    assertEquals(CoreWalk.actionsOf("Lease"), CoreWalk.of(core, Bounds.none()).actions());
  }

  private static boolean bothAct(LeaseWorld world, Protocol protocol) {
    return world.sides().values().stream()
            .map(Side::holder)
            .filter(holder -> holder.letsOutputLeave(protocol))
            .count()
        > 1;
  }

  private static Set<LeaseWorld> reached(
      Protocol protocol, int drift, Predicate<LeaseWorld> which) {
    var worlds =
        new HashSet<>(CoreWalk.of(new LeaseCore(protocol, drift, HOSTS), Bounds.none()).worlds());
    worlds.removeIf(which.negate());
    return worlds;
  }
}
