package landfall.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import landfall.evidence.Verdict;
import landfall.explorer.ExploredProtocol;
import landfall.testing.AtLength;
import landfall.testing.Sampled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A simulation finds each mistake that a core can make, and none in the core as it is. Few runs are
 * looked at here, and every day one of {@value #EVERYDAY} mistakes; {@code .ci/run} has the command
 * look at 20,000 of each protocol, and with {@code -Dlandfall.tests=all} at all mistakes.
 */
class SimulationTest {
  private static final int EVERYDAY = 4;
  private static final long SEED = 1;
  private static final int STORY_MAX = 30;

  private static Simulated simulated(ExploredProtocol protocol, int runs, Integer... defects) {
    return new Simulation(protocol, 0, Set.of(defects)).runs(SEED, 1, runs);
  }

  static Stream<Arguments> mutants() {
    var mutants = new ArrayList<Arguments>();
    for (ExploredProtocol protocol : ExploredProtocol.values()) {
      protocol.defects().stream()
          .filter(protocol::isInModel)
          .forEach(defect -> mutants.add(Arguments.of(protocol, defect)));
    }
    List<Arguments> chosen =
        IntStream.range(0, mutants.size())
            .filter(i -> AtLength.ASKED || i % EVERYDAY == 0)
            .mapToObj(mutants::get)
            .toList();
    System.out.printf(
        "%d of %d mutants are simulated: -Dlandfall.tests=all simulates all%n",
        chosen.size(), mutants.size());
    return chosen.stream();
  }

  @ParameterizedTest
  @Sampled
  @MethodSource("mutants")
  void everyMutantIsBrokenAndToldInAShortStory(ExploredProtocol protocol, int defect) {
    Simulated broken = simulated(protocol, 10_000, defect);
    assertInstanceOf(Verdict.Violated.class, broken.verdict());
    Story story = broken.story().orElseThrow();
    assertTrue(story.steps().size() <= STORY_MAX, story::toString);
    // The core as it is makes nothing of the same run.
    assertEquals(
        Optional.empty(), new Simulation(protocol, 0, Set.of()).runs(SEED, story.run(), 1).story());
  }

  @ParameterizedTest
  @EnumSource
  void theCoreAsItIsHoldsWhateverGoesWrong(ExploredProtocol protocol) {
    Simulated clean = simulated(protocol, 2_000);
    assertEquals(new Verdict.Holds(clean.faulty()), clean.verdict());
    assertTrue(clean.faulty() > clean.runs() / 2, clean::faultsSeen);
    List<String> faults =
        switch (protocol) {
          case PRE_COPY -> List.of("cancel", "crash", "cut", "lost message", "reset", "restart");
          case POST_COPY -> List.of("cancel", "crash", "cut", "lost message", "reset");
          case CHECKPOINT -> List.of("crash", "cut", "lost message");
          case FORWARD_CHECKPOINT -> List.of("crash", "cut");
          case LEASE -> List.of("crash", "lost message", "restarted grantor");
          case SHARED_LOCK ->
              List.of("crash", "cut off from storage", "lost message", "refused lock");
        };
    assertEquals(faults, List.copyOf(clean.faults().keySet()));
  }

  @ParameterizedTest
  @EnumSource
  void aRunIsDecidedByItsSeedAndItsNumber(ExploredProtocol protocol) {
    for (long run = 1; run <= 50; run++) {
      Course.Outcome one = new Course(protocol, 0, Set.of(), SEED, run).outcome();
      Course.Outcome again = new Course(protocol, 0, Set.of(), SEED, run).outcome();
      assertEquals(one.path(), again.path());
      assertEquals(one.micros(), again.micros());
      assertEquals(one.seen(), again.seen());
    }
    assertFalse(
        new Course(protocol, 0, Set.of(), SEED, 1)
            .outcome()
            .path()
            .equals(new Course(protocol, 0, Set.of(), SEED + 1, 1).outcome().path()));
  }

  @Test
  void aStoryIsTheSameWhenItsRunIsTakenAlone() {
    Story story = simulated(ExploredProtocol.PRE_COPY, 10_000, 1).story().orElseThrow();
    Story again =
        new Simulation(ExploredProtocol.PRE_COPY, 0, Set.of(1))
            .runs(SEED, story.run(), 1)
            .story()
            .orElseThrow();
    assertEquals(story.toString(), again.toString());
    assertEquals("AtMostOneEffective", story.property());
    assertTrue(
        story.steps().get(story.steps().size() - 1).contains("ResumeUnacknowledged")
            || story.steps().stream().anyMatch(step -> step.contains("ResumeUnacknowledged")),
        story::toString);
  }

  @Test
  void withoutAFaultNothingIsDecided() {
    var quiet =
        new Simulated("precopy", "as it is", 100, 0, new TreeMap<>(), 0, 0, 1, Optional.empty());
    assertInstanceOf(Verdict.Undecided.class, quiet.verdict());
    var unfinished =
        new Simulated("precopy", "as it is", 100, 90, new TreeMap<>(), 0, 1, 1, Optional.empty());
    assertInstanceOf(Verdict.Undecided.class, unfinished.verdict());
  }

  @Test
  void threeHostsAreOfPreCopy() {
    assertTrue(
        new Simulation(ExploredProtocol.PRE_COPY, 3, Set.of()).runs(SEED, 1, 100).faulty() > 0);
    for (int hosts : List.of(-1, 1, 4)) {
      assertThrows(
          IllegalArgumentException.class,
          () -> new Simulation(ExploredProtocol.PRE_COPY, hosts, Set.of()));
    }
    assertThrows(
        IllegalArgumentException.class,
        () -> new Simulation(ExploredProtocol.POST_COPY, 3, Set.of()));
  }

  @Test
  void mistakesBelowTheModelAreRefused() {
    for (int defect : List.of(15, 52, 53, 99)) {
      assertThrows(
          IllegalArgumentException.class,
          () -> new Simulation(ExploredProtocol.PRE_COPY, 0, Set.of(defect)));
    }
  }

  @Test
  void everyActionHasASentenceAndAPace() {
    for (ExploredProtocol protocol : ExploredProtocol.values()) {
      for (Class<?> action : actions(protocol).toList()) {
        assertFalse(Sentences.template(action.getSimpleName(), protocol).isEmpty());
      }
    }
    assertThrows(
        IllegalStateException.class,
        () -> Sentences.template("NoSuchAction", ExploredProtocol.PRE_COPY));
  }

  private static Stream<Class<?>> actions(ExploredProtocol protocol) {
    Class<?> root =
        switch (protocol) {
          case PRE_COPY -> landfall.precopy.Action.class;
          case POST_COPY -> landfall.postcopy.Action.class;
          case CHECKPOINT -> landfall.checkpoint.Action.class;
          case FORWARD_CHECKPOINT -> landfall.forwardcheckpoint.Action.class;
          case LEASE -> landfall.lease.Action.class;
          case SHARED_LOCK -> landfall.sharedlock.Action.class;
        };
    return records(root);
  }

  private static Stream<Class<?>> records(Class<?> type) {
    return type.isSealed()
        ? Arrays.stream(type.getPermittedSubclasses()).flatMap(SimulationTest::records)
        : Stream.of(type);
  }
}
