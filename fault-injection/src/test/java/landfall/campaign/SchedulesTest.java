package landfall.campaign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import landfall.implementation.HostPlace;
import landfall.implementation.Implementation;
import landfall.implementation.Implementations;
import landfall.implementation.Ownership;
import landfall.nemesis.FaultKind;
import landfall.nemesis.FaultTraits;
import landfall.nemesis.FaultTraits.Moment;
import landfall.nemesis.Place;
import landfall.nemesis.PlannedFault;
import landfall.nemesis.StreamPhase;
import landfall.report.Coverage;
import landfall.trial.Mode;
import landfall.trial.Schedule;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SchedulesTest {
  private static final Set<StreamPhase> OF_CHECKPOINTS =
      EnumSet.of(
          StreamPhase.CHECKPOINT, StreamPhase.COMMIT, StreamPhase.OWNERSHIP, StreamPhase.GRANTED);

  private static final Set<StreamPhase> OF_HANDOVER =
      Set.of(StreamPhase.READY, StreamPhase.HANDOVER, StreamPhase.RESUMED);

  private static List<Implementation> named(String name) {
    return new Implementations(List.of("landfall", "host"), "0.1.0", 16).named(name);
  }

  @Property(tries = 100)
  void theSameSeedMakesTheSameSchedulesAndALongerCampaignBeginsWithTheShorterOne(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 150) int trials,
      @ForAll @IntRange(min = 0, max = 150) int more) {
    for (String name : List.of("reference", "qemu")) {
      List<Schedule> shorter = Schedules.of(named(name), seed, trials);
      List<Schedule> longer = Schedules.of(named(name), seed, trials + more);
      assertEquals(trials, shorter.size());
      assertEquals(shorter, Schedules.of(named(name), seed, trials));
      assertEquals(shorter, longer.subList(0, trials));
    }
  }

  /** What is left over is drawn by lot, beside another fault. */
  @Test
  void aLongCampaignAimsAtNearlyAllPointsThatAnotherOneAimsAt() {
    Set<Coverage.Point> points = points(1, 20_000);
    Set<Coverage.Point> others = points(2, 20_000);
    assertTrue(points.containsAll(points(1, 300)), "a longer campaign begins with the shorter one");
    Set<Coverage.Point> missing = new HashSet<>(others);
    missing.removeAll(points);
    assertTrue(others.size() > 2_000, () -> others.size() + " points");
    assertTrue(missing.size() * 100 < others.size(), () -> missing.size() + " are missing");
  }

  private static Set<Coverage.Point> points(long seed, int trials) {
    List<Implementation> all =
        new Implementations(List.of("landfall", "host"), "0.1.0", 16)
            .owned(List.of(Ownership.values()));
    return new Campaign(all, seed, trials, 0, List.of(), null, 1).points();
  }

  /** Asked for, clocks jump beside what was drawn anyway, and strike another process. */
  @Test
  void clocksJumpInEveryOtherTrialBesideWhatWasDrawn() {
    List<Implementation> all =
        new Implementations(List.of("landfall", "host"), "0.1.0", 16)
            .owned(List.of(Ownership.values()));
    List<Schedule> calm = Schedules.of(all, 5, 120, 0, List.of());
    List<Schedule> jumping = ClockSchedules.withJumps(calm, all);
    Set<Place> struck = new HashSet<>();
    for (int i = 0; i < calm.size(); i++) {
      List<PlannedFault> drawn = calm.get(i).migrations().get(0).faults();
      if (i % 2 == 1 || drawn.isEmpty()) {
        assertEquals(calm.get(i), jumping.get(i));
        continue;
      }
      List<PlannedFault> faults = jumping.get(i).migrations().get(0).faults();
      assertEquals(drawn, faults.subList(0, drawn.size()));
      PlannedFault jump = faults.get(drawn.size());
      assertEquals(drawn.size() + 1, faults.size());
      assertEquals(Optional.of(Place.CLOCK), jump.kind().traits().prepared(), jump::toString);
      assertEquals(drawn.get(0).at(), jump.at());
      assertNotEquals(drawn.get(0).kind().traits().place(), jump.kind().traits().place());
      struck.add(jump.kind().traits().place());
    }
    assertEquals(Set.of(Place.SOURCE, Place.DESTINATION, Place.COMPANION), struck);
  }

  /** Asked for, storage fails where the guest, or who watches its host, hears of it. */
  @ParameterizedTest
  @ValueSource(strings = {"reference", "qemu"})
  void disksFailInEveryOtherTrialWhereTheGuestHearsOfIt(String name) {
    List<Implementation> all = named(name);
    // Of QEMU in one mode every other trial has a board without a disk.
    List<Mode> modes = name.equals("qemu") ? List.of(Mode.PRECOPY) : List.of();
    List<Schedule> calm = Schedules.of(all, 5, 120, 0, modes);
    List<Schedule> failing = DiskSchedules.withFailures(calm, all);
    Set<String> withDisk =
        all.stream()
            .filter(each -> Schedules.beside(each).contains(Place.DISK))
            .map(Implementation::name)
            .collect(Collectors.toSet());
    Set<FaultKind> struck = EnumSet.noneOf(FaultKind.class);
    boolean turn = true;
    for (int i = 0; i < calm.size(); i++) {
      List<PlannedFault> drawn = calm.get(i).migrations().get(0).faults();
      List<PlannedFault> faults = failing.get(i).migrations().get(0).faults();
      boolean hasDisk = withDisk.contains(calm.get(i).implementation());
      boolean mayFail = hasDisk && !calm.get(i).mode().returns();
      turn ^= mayFail;
      if (!mayFail || !turn) {
        assertEquals(calm.get(i), failing.get(i));
        continue;
      }
      assertEquals(drawn, faults.subList(0, drawn.size()));
      PlannedFault failure = faults.get(faults.size() - 1);
      FaultTraits traits = failure.kind().traits();
      assertEquals(Optional.of(Place.CALLS), traits.prepared(), failure::toString);
      assertEquals(drawn.size() + (traits.needsGuestAtSource() ? 2 : 1), faults.size());
      assertFalse(traits.needsGuestAtDestination() && failing.get(i).comparesMemory());
      struck.add(failure.kind());
    }
    assertEquals(
        EnumSet.of(
            FaultKind.FAIL_SYNC_SOURCE,
            FaultKind.FAIL_SYNC_DESTINATION,
            FaultKind.FILL_DISK_SOURCE,
            FaultKind.FILL_DISK_DESTINATION),
        struck);
  }

  @Test
  void withTwoHostsNothingHasChangedAndWithoutAWordEveryTenthTrialHasThree() {
    List<Implementation> reference = named("reference-arbiter");
    List<Schedule> two = Schedules.of(reference, 5, 40);
    assertEquals(two, Schedules.of(reference, 5, 40, 2));
    List<Schedule> drawn = Schedules.of(reference, 5, 40, 0);
    for (int i = 0; i < 40; i++) {
      if (i % 10 == 9) {
        assertTrue(drawn.get(i).migrations().size() >= 2, drawn.get(i)::plan);
      } else {
        assertEquals(two.get(i), drawn.get(i));
      }
    }
    assertEquals(Schedules.of(named("qemu"), 5, 40), Schedules.of(named("qemu"), 5, 40, 0));
    assertThrows(IllegalArgumentException.class, () -> Schedules.of(named("qemu"), 5, 40, 3));
  }

  @Test
  void withThreeHostsEachMigrationStartsWhereTheGuestMayBe() {
    for (Schedule each : Schedules.of(named("reference-arbiter"), 5, 70, 3)) {
      Set<String> mayHaveIt = new HashSet<>(Set.of("A"));
      assertEquals(List.of("A", "B", "C"), each.hosts());
      for (Schedule.Migration migration : each.migrations()) {
        assertTrue(mayHaveIt.contains(migration.from()), each::plan);
        mayHaveIt.add(migration.to());
        assertTrue(migration.faults().stream().allMatch(fault -> fault.at().connection() == 1));
      }
    }
    assertEquals(
        "A to B: cut-back at ready; A to C: cut-forward at handover",
        Schedules.of(named("reference"), 5, 1, 3).get(0).plan());
  }

  @Property(tries = 50)
  void modesTakeTurnsAndALongerCampaignBeginsWithTheShorterOne(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 120) int trials) {
    List<Schedule> shorter = Schedules.of(named("reference"), seed, trials, 0, List.of());
    List<Schedule> longer = Schedules.of(named("reference"), seed, trials + 20, 0, List.of());
    assertEquals(shorter, longer.subList(0, trials));
    for (int i = 0; i < trials; i++) {
      assertEquals(i + 1, shorter.get(i).trial());
      List<Mode> modes = Mode.of(named("reference"));
      assertEquals(modes.get(i % modes.size()), shorter.get(i).mode());
    }
    assertEquals(trials, shorter.stream().map(Schedule::seed).distinct().count());
  }

  @Test
  void ownershipsTakeTurnsInTheModesThatTheyGoWith() {
    List<Implementation> all =
        new Implementations(List.of("landfall", "host"), "0.1.0", 16)
            .owned(List.of(Ownership.values()));
    List<Schedule> schedules = Schedules.of(all, 5, 90, 0, List.of());
    assertEquals(
        List.of(
            "precopy",
            "postcopy",
            "hybrid",
            "checkpoint",
            "precopy-lock",
            "postcopy-lock",
            "hybrid-lock",
            "precopy-lease",
            "forward-lease"),
        schedules.subList(0, 9).stream().map(Schedule::way).toList());
    // A lock and a lease share the turn of a guest in parts; with checkpoints so does nothing.
    assertEquals(
        List.of("checkpoint-lock", "precopy-lock", "postcopy-lease", "hybrid-lease"),
        schedules.subList(12, 16).stream().map(Schedule::way).toList());
    assertEquals("checkpoint-lease", schedules.get(21).way());
    // So do a store with a lease and one without.
    assertEquals("forward-store", schedules.get(17).way());
    assertEquals(90, schedules.stream().map(Schedule::seed).distinct().count());
    List<Schedule> alone = Schedules.of(named("reference-lease"), 5, 50, 0, List.of());
    for (Mode mode : List.of(Mode.PRECOPY, Mode.POSTCOPY, Mode.HYBRID)) {
      List<Schedule> leased = leasedBy(mode, schedules);
      assertTrue(leased.size() >= 5, mode::word);
      assertEquals(leased, leasedBy(mode, alone).subList(0, leased.size()));
    }
    assertEquals(
        List.of("postcopy", "postcopy-lock", "postcopy", "postcopy-lease"),
        Schedules.of(all, 5, 4, 0, List.of(Mode.POSTCOPY)).stream().map(Schedule::way).toList());
  }

  private static List<Schedule> leasedBy(Mode mode, List<Schedule> schedules) {
    return schedules.stream()
        .filter(each -> each.ownership() == Ownership.LEASE && each.mode() == mode)
        .map(each -> each.asTrial(1))
        .toList();
  }

  @Test
  void withALockTrialsOfAGuestInPartsBeginWithTheStorage() {
    List<Schedule> locked =
        Schedules.of(named("reference-arbiter"), 5, 300, 2, List.of(Mode.POSTCOPY));
    assertEquals(
        List.of(
            "postcopy-lock: lose-storage-source at ready",
            "postcopy-lock: lose-storage-destination at handover",
            "postcopy-lock: lose-storage-source at handover, kill-destination at handover"),
        locked.subList(0, 3).stream().map(Schedule::plan).toList());
    // A source whose Handover is lost has the guest, so there is no connection of a recovery.
    for (Schedule each : locked) {
      List<PlannedFault> faults = each.migrations().get(0).faults();
      boolean recovers = faults.stream().anyMatch(f -> f.at().phase() == StreamPhase.RECOVER);
      assertTrue(!recovers || faults.get(0).at().phase() != StreamPhase.HANDOVER, each::plan);
    }
  }

  @Test
  void withALockTrialsOfCheckpointsBeginWithTheMomentsAtWhichItDecides() {
    List<Schedule> locked =
        Schedules.of(named("reference-arbiter"), 5, 60, 2, List.of(Mode.CHECKPOINT));
    assertEquals(
        List.of(
            "checkpoint-lock: lose-storage-source at ready",
            "checkpoint-lock: lose-storage-destination at granted",
            "checkpoint-lock: lose-storage-source at ownership, reset at ownership"),
        locked.subList(0, 3).stream().map(Schedule::plan).toList());
    // Then come the points that there are without a lock.
    Set<FaultKind> kinds = EnumSet.noneOf(FaultKind.class);
    locked.subList(11, 60).forEach(each -> each.faults().forEach(fault -> kinds.add(fault.kind())));
    assertTrue(
        kinds.containsAll(Set.of(FaultKind.KILL_DESTINATION, FaultKind.RESET, FaultKind.CUT_BOTH)),
        kinds::toString);
  }

  @Test
  void withALeaseTrialsOfCheckpointsBeginWithTheGrantorAlone() {
    List<Schedule> leased =
        Schedules.of(named("reference-lease"), 5, 90, 2, List.of(Mode.CHECKPOINT));
    assertEquals(
        List.of(
            "checkpoint-lease: restart-companion at push",
            "checkpoint-lease: stop-companion at push",
            "checkpoint-lease: restart-companion at first-round"),
        leased.subList(0, 3).stream().map(Schedule::plan).toList());
    List<Schedule> pairs = leased.stream().filter(each -> each.faults().size() == 2).toList();
    assertTrue(pairs.size() >= 12, pairs::toString);
    for (Schedule pair : pairs) {
      assertEquals(Place.COMPANION, pair.faults().get(0).kind().traits().place(), pair::plan);
      assertEquals(pair.faults().get(0).at(), pair.faults().get(1).at(), pair::plan);
    }
    // Among them are the points that there are without a lease.
    Set<FaultKind> kinds = EnumSet.noneOf(FaultKind.class);
    leased.stream()
        .filter(each -> each.faults().size() == 1)
        .forEach(each -> kinds.add(each.faults().get(0).kind()));
    assertTrue(
        kinds.containsAll(Set.of(FaultKind.KILL_DESTINATION, FaultKind.RESET, FaultKind.CUT_BOTH)),
        kinds::toString);
  }

  @Test
  void aPlanSaysWhatTheGuestIsMovedBy() {
    assertTrue(
        Schedules.of(named("reference-arbiter"), 5, 1, 2)
            .get(0)
            .plan()
            .startsWith("precopy-lock: "));
    assertEquals(Ownership.LOCK, Implementations.ownership("reference-arbiter-mutant-13"));
    assertEquals(Ownership.NONE, Implementations.ownership("reference-mutant-13"));
    assertEquals(Ownership.NONE, Implementations.ownership("qemu-x86-tls"));
  }

  @Test
  void ofPreCopyAloneNothingHasChanged() {
    List<Schedule> preCopy = Schedules.of(named("reference"), 5, 40, 0);
    assertEquals(preCopy, Schedules.of(named("reference"), 5, 40, 0, List.of(Mode.PRECOPY)));
    assertEquals(
        preCopy, Schedules.of(named("reference"), 5, 40, 0, List.of(Mode.PRECOPY, Mode.PRECOPY)));
    List<Schedule> turns =
        Schedules.of(named("reference"), 5, 80, 0, List.of(Mode.HYBRID, Mode.PRECOPY));
    for (int i = 0; i < 40; i++) {
      assertEquals(preCopy.get(i), turns.get(2 * i + 1).asTrial(i + 1));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"POSTCOPY", "HYBRID"})
  void aGuestThatIsSplitIsMetInEveryPhase(Mode mode) {
    List<Schedule> schedules = Schedules.of(named("reference"), 3, 300, 2, List.of(mode));
    Set<StreamPhase> phases = new HashSet<>();
    Set<FaultKind> kinds = new HashSet<>();
    for (Schedule each : schedules) {
      assertEquals(List.of("A", "B"), each.hosts());
      assertEquals(1, each.migrations().size());
      assertTrue(each.plan().startsWith(mode.word() + ": "), each::plan);
      for (PlannedFault fault : each.faults()) {
        assertTrue(takesEffect(fault), each::plan);
        // Only the connection that takes the place of a lost one begins with a recovery.
        assertEquals(fault.at().phase() == StreamPhase.RECOVER ? 2 : 1, fault.at().connection());
        phases.add(fault.at().phase());
        kinds.add(fault.kind());
      }
    }
    Set<StreamPhase> expected = EnumSet.allOf(StreamPhase.class);
    expected.removeAll(Set.of(StreamPhase.CONNECTED, StreamPhase.FINAL_ROUND));
    expected.removeAll(OF_CHECKPOINTS);
    if (mode == Mode.POSTCOPY) {
      expected.remove(StreamPhase.LATER_ROUND);
    }
    assertEquals(expected, phases);
    assertEquals(fitting(expected, true), kinds);
    assertFalse(kinds.contains(FaultKind.HOLD_THEN_RELEASE));
    assertTrue(kinds.contains(FaultKind.PAUSE_MIGRATION));
    long compared = schedules.stream().filter(Schedule::comparesMemory).count();
    assertTrue(compared > 60 && compared < 100, () -> compared + " compare memory");
  }

  @ParameterizedTest
  @EnumSource(names = {"POSTCOPY", "HYBRID"})
  void aGuestThatIsSplitGoesThroughThreeHostsWithTheSameFaults(Mode mode) {
    List<Schedule> two = Schedules.of(named("reference"), 3, 60, 2, List.of(mode));
    List<Schedule> three = Schedules.of(named("reference"), 3, 60, 3, List.of(mode));
    List<Schedule> drawn = Schedules.of(named("reference"), 3, 60, 0, List.of(mode));
    Set<Integer> struck = new HashSet<>();
    for (int i = 0; i < 60; i++) {
      Schedule each = three.get(i);
      assertEquals(List.of("A", "B", "C"), each.hosts());
      assertEquals(mode, each.mode());
      Set<String> mayHaveIt = new HashSet<>(Set.of("A"));
      for (int at = 0; at < each.migrations().size(); at++) {
        Schedule.Migration migration = each.migrations().get(at);
        assertTrue(mayHaveIt.contains(migration.from()), each::plan);
        mayHaveIt.add(migration.to());
        if (migration.faults().equals(two.get(i).faults())) {
          struck.add(at);
        }
      }
      assertEquals(i % 10 == 9, drawn.get(i).hosts().size() == 3, drawn.get(i)::plan);
    }
    assertTrue(struck.containsAll(Set.of(0, 1)), struck::toString);
    assertEquals(
        List.of(Mode.PRECOPY, Mode.POSTCOPY, Mode.HYBRID),
        Schedules.of(named("reference"), 3, 9, 3, List.of()).stream()
            .map(Schedule::mode)
            .distinct()
            .toList());
  }

  @Test
  void aGuestThatIsCopiedAheadLosesEachOfItsThreePlacesInEveryPhaseFromTheSwitchoverOn() {
    List<Schedule> schedules = new ArrayList<>();
    for (long seed = 3; seed < 6; seed++) {
      schedules.addAll(Schedules.of(named("reference-store"), seed, 240, 0, List.of()));
    }
    Map<FaultKind, Set<StreamPhase>> lostIn = new EnumMap<>(FaultKind.class);
    for (Schedule each : schedules) {
      assertEquals(Mode.FORWARD, each.mode());
      assertEquals("forward-store", each.way());
      assertEquals(List.of("A", "B"), each.hosts());
      assertEquals(1, each.migrations().size());
      // Two hosts that die take it with them, and show nothing.
      if (each.faults().size() > 1) {
        assertEquals(2, each.faults().size(), each::plan);
        Set<Place> struck =
            each.faults().stream()
                .map(fault -> fault.kind().traits().place())
                .collect(Collectors.toSet());
        assertTrue(
            struck.equals(Set.of(Place.CHANNEL, Place.STORE_LINK))
                || struck.equals(Set.of(Place.CHANNEL, Place.COMPANION)),
            each::plan);
        assertTrue(
            each.faults().stream().noneMatch(fault -> fault.kind().traits().forgets()), each::plan);
      }
      for (PlannedFault fault : each.faults()) {
        FaultTraits traits = fault.kind().traits();
        StreamPhase phase = fault.at().phase();
        var beside = Set.of(Place.COMPANION, Place.STORE_LINK);
        assertTrue(traits.fits(new Moment(phase, true, true, beside)), fault::toString);
        assertTrue(each.faults().size() > 1 || !traits.needsHostsApart(phase), each::plan);
        lostIn.computeIfAbsent(fault.kind(), kind -> EnumSet.noneOf(StreamPhase.class)).add(phase);
      }
    }
    for (FaultKind kind :
        List.of(
            FaultKind.KILL_SOURCE,
            FaultKind.KILL_DESTINATION,
            FaultKind.RESTART_COMPANION,
            FaultKind.STOP_COMPANION,
            FaultKind.CUT_BOTH,
            FaultKind.CUT_STORE_SOURCE,
            FaultKind.CUT_TO_STORE_DESTINATION,
            FaultKind.CUT_FROM_STORE_DESTINATION,
            FaultKind.HOLD_TO_STORE_SOURCE,
            FaultKind.DELAY_STORE_DESTINATION,
            FaultKind.RESET_STORE_SOURCE)) {
      assertTrue(
          lostIn
              .get(kind)
              .containsAll(Set.of(StreamPhase.HANDOVER, StreamPhase.RESUMED, StreamPhase.PUSH)),
          () -> kind + " in " + lostIn.get(kind));
    }
    assertEquals(List.of(Mode.FORWARD), Mode.of(named("reference-store")));
    assertFalse(Mode.of(named("reference")).contains(Mode.FORWARD));
  }

  @Test
  void aGuestThatMayReturnLosesItsDestinationInEveryPhaseFromTheSwitchoverOn() {
    // Of one seed, a fault that matters may have been left out for a trial without any.
    List<Schedule> schedules = new ArrayList<>();
    for (long seed = 3; seed < 6; seed++) {
      schedules.addAll(Schedules.of(named("reference"), seed, 60, 0, List.of(Mode.CHECKPOINT)));
    }
    Set<StreamPhase> killedIn = EnumSet.noneOf(StreamPhase.class);
    for (Schedule each : schedules) {
      assertEquals(List.of("A", "B"), each.hosts());
      assertEquals(1, each.migrations().size());
      for (PlannedFault fault : each.faults()) {
        var moment = new Moment(fault.at().phase(), true, true, Set.of());
        assertTrue(fault.kind().traits().fits(moment), fault::toString);
        if (fault.kind() == FaultKind.KILL_DESTINATION) {
          killedIn.add(fault.at().phase());
        }
      }
    }
    assertTrue(killedIn.containsAll(OF_CHECKPOINTS), killedIn::toString);
    assertTrue(
        killedIn.containsAll(Set.of(StreamPhase.HANDOVER, StreamPhase.RESUMED, StreamPhase.PUSH)),
        killedIn::toString);
  }

  @Test
  void anotherSeedMakesOtherSchedules() {
    assertNotEquals(
        Schedules.of(named("reference"), 1, 20), Schedules.of(named("reference"), 2, 20));
  }

  @ParameterizedTest
  @ValueSource(strings = {"reference", "qemu", "qemu-x86", "qemu-riscv64", "reference-mutant-1"})
  void fortyTrialsTryManyKindsAtManyPhasesAndEachIsValid(String name) {
    for (long seed = 0; seed < 50; seed++) {
      List<Schedule> schedules = Schedules.of(named(name), seed, 40);
      Set<FaultKind> kinds = new HashSet<>();
      Set<StreamPhase> phases = new HashSet<>();
      Set<String> names =
          named(name).stream().map(Implementation::name).collect(Collectors.toSet());
      for (Schedule each : schedules) {
        assertTrue(names.contains(each.implementation()), each::toString);
        assertTrue(each.retry() && each.bandwidthMax() > 0 && each.downtimeLimitMillis() > 0);
        PlannedFault fault = each.faults().get(0);
        kinds.add(fault.kind());
        phases.add(fault.at().phase());
        assertTrue(each.faults().size() <= 2, each::plan);
        for (PlannedFault one : each.faults()) {
          assertEquals(1, one.at().connection());
          assertTrue(takesEffect(one), each::plan);
        }
        assertTrue(
            named(name).get(0).traces() || !OF_HANDOVER.contains(fault.at().phase()), each::plan);
      }
      assertTrue(kinds.size() >= 6, kinds::toString);
      assertTrue(phases.size() >= 4, phases::toString);
      assertEquals(
          IntStream.rangeClosed(1, 40).boxed().toList(),
          schedules.stream().map(Schedule::trial).toList());
      assertEquals(40, schedules.stream().map(Schedule::seed).distinct().count());
      // Unless the guest must run where it arrives for a fault to hit anything.
      for (Schedule each : schedules) {
        assertEquals(
            each.faults().stream()
                .noneMatch(fault -> fault.kind().traits().needsGuestAtDestination()),
            each.comparesMemory(),
            each::plan);
      }
    }
  }

  private static boolean takesEffect(PlannedFault fault) {
    return switch (fault.kind()) {
      case KILL_SOURCE,
          KILL_DESTINATION,
          RESET,
          CANCEL,
          CONTINUE_SOURCE,
          MIGRATE_AGAIN,
          PAUSE_MIGRATION,
          HOLD_THEN_RELEASE ->
          fault.durationMillis() == 0 && fault.amount() == 0;
      case RESTART_DESTINATION,
          RESTART_COMPANION,
          STOP_COMPANION,
          RESTART_GRANTOR,
          STOP_GRANTOR,
          FAIL_DISK_SOURCE,
          FAIL_DISK_DESTINATION,
          LOSE_STORAGE_SOURCE,
          LOSE_STORAGE_DESTINATION,
          PAUSE_GUEST,
          STOP_SOURCE,
          STOP_DESTINATION,
          CUT_BOTH,
          CUT_FORWARD,
          CUT_BACK,
          HALF_OPEN ->
          fault.durationMillis() >= 100 && fault.amount() == 0;
      case RATE_LIMIT,
          DELAY,
          TINY_CHUNKS,
          JUMP_CLOCK_SOURCE,
          JUMP_CLOCK_DESTINATION,
          JUMP_CLOCK_COMPANION ->
          fault.durationMillis() >= 100 && fault.amount() > 0;
      case CONTINUE_DESTINATION, TRUNCATE -> fault.durationMillis() == 0 && fault.amount() == 0;
      // They take effect when the host ends, when the next bytes come, when somebody closes.
      case QUIT_SOURCE, QUIT_DESTINATION, SLOW_CLOSE ->
          fault.durationMillis() >= 1_000 && fault.amount() == 0;
      case FLIP_BIT, FLIP_BIT_BACK -> fault.durationMillis() >= 1_000;
      default -> fault.durationMillis() == 0 || fault.durationMillis() >= 100;
    };
  }

  @Test
  void aLongCampaignTriesEveryKind() {
    List<FaultKind> kinds = new ArrayList<>();
    Schedules.of(named("reference"), 3, 300)
        .forEach(each -> kinds.add(each.faults().get(0).kind()));
    assertEquals(fitting(EnumSet.allOf(StreamPhase.class), false), new HashSet<>(kinds));
    assertFalse(kinds.contains(FaultKind.PAUSE_MIGRATION));
    assertTrue(kinds.contains(FaultKind.HOLD_THEN_RELEASE));
  }

  /** The kinds that say something at one of these phases of the reference engine. */
  private static Set<FaultKind> fitting(Set<StreamPhase> phases, boolean splits) {
    return Set.copyOf(
        FaultKind.all(
            traits ->
                phases.stream()
                    .anyMatch(
                        phase ->
                            traits.fits(new Moment(phase, splits, true, Set.of(Place.DISK))))));
  }

  /** One that comes back is no failure, so the other fault of such a trial is the only one. */
  @Test
  void theGrantorBesideAStoreIsStruckAloneAndWhileTheHostsLoseEachOther() {
    List<Schedule> leased = copiedAhead("reference-lease");
    Map<FaultKind, Set<StreamPhase>> struck = new EnumMap<>(FaultKind.class);
    Set<Integer> faults = new HashSet<>();
    for (Schedule each : leased) {
      each.faults().stream()
          .filter(fault -> fault.kind().traits().place() == Place.GRANTOR)
          .forEach(
              fault -> {
                faults.add(each.faults().size());
                struck
                    .computeIfAbsent(fault.kind(), kind -> EnumSet.noneOf(StreamPhase.class))
                    .add(fault.at().phase());
              });
    }
    assertEquals(Set.of(FaultKind.STOP_GRANTOR, FaultKind.RESTART_GRANTOR), struck.keySet());
    struck.values().forEach(phases -> assertTrue(phases.size() >= 6, phases::toString));
    assertEquals(Set.of(1, 2), faults);
    assertTrue(
        copiedAhead("reference-store").stream()
            .flatMap(each -> each.faults().stream())
            .noneMatch(fault -> fault.kind().traits().place() == Place.GRANTOR));
  }

  private static List<Schedule> copiedAhead(String implementation) {
    return Schedules.of(named(implementation), 3, 300, 2, List.of(Mode.FORWARD));
  }

  @Test
  void onlyWhereHostsNeedAProcessBesideThemIsItStruck() {
    for (Mode mode : List.of(Mode.PRECOPY, Mode.POSTCOPY)) {
      Map<FaultKind, Set<StreamPhase>> struck = new EnumMap<>(FaultKind.class);
      for (Schedule each : Schedules.of(named("reference-lease"), 3, 300, 2, List.of(mode))) {
        each.faults().stream()
            .filter(fault -> fault.kind().traits().place() == Place.COMPANION)
            .forEach(
                fault ->
                    struck
                        .computeIfAbsent(fault.kind(), kind -> EnumSet.noneOf(StreamPhase.class))
                        .add(fault.at().phase()));
      }
      assertEquals(Set.of(FaultKind.STOP_COMPANION, FaultKind.RESTART_COMPANION), struck.keySet());
      struck.values().forEach(phases -> assertTrue(phases.size() >= 6, phases::toString));
    }
    assertTrue(
        Schedules.of(named("reference"), 3, 300, 0, List.of()).stream()
            .flatMap(each -> each.faults().stream())
            .noneMatch(fault -> fault.kind().traits().place() == Place.COMPANION));
  }

  @Test
  void storageIsTakenFromHostsThatHaveIt() {
    Set<FaultKind> ofLock = kinds("reference-arbiter");
    Set<FaultKind> lost =
        EnumSet.of(FaultKind.LOSE_STORAGE_SOURCE, FaultKind.LOSE_STORAGE_DESTINATION);
    assertTrue(ofLock.containsAll(lost), ofLock::toString);
    assertTrue(Collections.disjoint(kinds("reference"), lost));
    Set<FaultKind> failed = EnumSet.of(FaultKind.FAIL_DISK_SOURCE, FaultKind.FAIL_DISK_DESTINATION);
    assertTrue(kinds("qemu-riscv64").containsAll(failed));
    // The guest of a PC has no disk.
    assertTrue(Collections.disjoint(kinds("qemu-x86"), failed));
    for (Schedule each : Schedules.of(named("qemu"), 3, 300, 0, List.of())) {
      for (PlannedFault fault : each.faults()) {
        if (fault.kind().traits().needsGuestAtDestination()) {
          assertFalse(each.comparesMemory(), each::plan);
        }
        if (failed.contains(fault.kind())) {
          assertEquals("qemu-riscv64", each.implementation());
        }
      }
    }
  }

  private static Set<FaultKind> kinds(String name) {
    return Schedules.of(named(name), 3, 400, 2, List.of()).stream()
        .flatMap(each -> each.faults().stream())
        .map(PlannedFault::kind)
        .collect(Collectors.toSet());
  }

  @Test
  void theSecondOfTwoFaultsFallsWhileTheFirstOneLasts() {
    List<Schedule> pairs =
        Schedules.of(named("reference"), 3, 120).stream()
            .filter(each -> each.faults().size() == 2)
            .toList();
    assertTrue(pairs.size() > 20, () -> pairs.size() + " pairs");
    for (Schedule pair : pairs) {
      PlannedFault first = pair.faults().get(0);
      PlannedFault second = pair.faults().get(1);
      assertEquals(first.at().phase(), second.at().phase());
      assertTrue(second.at().afterMillis() < first.durationMillis(), pair::plan);
    }
  }

  /** As the hosts of trials are told how long to wait. */
  @Test
  void cutsOfEachDirectionOutlastTheDeadlineOfTheReference() {
    List<String> command =
        named("reference")
            .get(0)
            .command(
                new HostPlace("A", Path.of("s"), Path.of("l"), 0, false, 1, List.of(1)),
                Path.of("kernel"));
    long deadline = Long.parseLong(command.get(command.indexOf("--deadline-millis") + 1));
    Set<FaultKind> longer = EnumSet.noneOf(FaultKind.class);
    List<Schedule> schedules = Schedules.of(named("reference"), 3, 300);
    schedules.stream()
        .flatMap(each -> each.faults().stream())
        .filter(fault -> fault.durationMillis() > deadline)
        .forEach(fault -> longer.add(fault.kind()));
    assertTrue(
        longer.containsAll(Set.of(FaultKind.CUT_BOTH, FaultKind.CUT_FORWARD, FaultKind.CUT_BACK)),
        longer::toString);
    // And the connection breaks while the answer is withheld.
    assertTrue(
        schedules.stream()
            .anyMatch(
                each -> each.plan().equals("cut-back at resumed, reset 300 ms after resumed")));
  }

  /** The case qemu-split-brain: both boards, with the return path. */
  @ParameterizedTest
  @ValueSource(strings = {"qemu", "qemu-riscv64"})
  void theAnswerIsCutOffAndThenTheConnectionBreaks(String name) {
    assertTrue(
        Schedules.of(named(name), 1, 4).stream()
            .anyMatch(
                each ->
                    each.plan()
                        .equals(
                            "cut-back at device-state, reset 300 ms after device-state, with"
                                + " return-path")));
  }

  @Test
  void qemuMovesGuestsInAllModesButWithCheckpointsAndWithoutAChecksumNoBitIsFlipped() {
    assertEquals(List.of(Mode.PRECOPY, Mode.POSTCOPY, Mode.HYBRID), Mode.of(named("qemu")));
    assertEquals(List.of(Mode.PRECOPY), Mode.of(named("qemu-multifd")));
    assertEquals(List.of(Mode.PRECOPY), Mode.of(named("qemu-tls")));
    Set<FaultKind> kinds = new HashSet<>();
    for (Schedule each :
        Schedules.of(named("qemu"), 3, 300, 0, List.of(Mode.POSTCOPY, Mode.HYBRID))) {
      each.faults().forEach(fault -> kinds.add(fault.kind()));
    }
    assertTrue(
        kinds.containsAll(Set.of(FaultKind.PAUSE_MIGRATION, FaultKind.RESET)), kinds::toString);
    assertTrue(Collections.disjoint(kinds, Set.of(FaultKind.FLIP_BIT, FaultKind.FLIP_BIT_BACK)));
  }

  @Test
  void faultsOfRoundsFallOnTheConnectionsThatCarryPages() {
    Set<Integer> ofPages = new HashSet<>();
    for (Schedule each : Schedules.of(named("qemu-multifd"), 1, 80, 0, List.of())) {
      for (PlannedFault fault : each.faults()) {
        if (Set.of(StreamPhase.FIRST_ROUND, StreamPhase.LATER_ROUND).contains(fault.at().phase())) {
          ofPages.add(fault.at().connection());
        } else {
          assertEquals(1, fault.at().connection());
        }
      }
    }
    assertEquals(Set.of(2, 3), ofPages);
  }

  /** All three carry pages; of the last round there may be none on the first. */
  @Test
  void overSeveralConnectionsOfTheReferenceFaultsFallWhereSomethingPasses() {
    Set<Integer> ofPages = new HashSet<>();
    Set<Integer> held = new HashSet<>();
    for (Schedule each :
        Schedules.of(named("reference-multifd"), 1, 200, 0, List.of(Mode.PRECOPY))) {
      assertEquals(1, each.migrations().size());
      for (PlannedFault fault : each.faults()) {
        StreamPhase phase = fault.at().phase();
        assertTrue(phase != StreamPhase.FINAL_ROUND, each::toString);
        boolean ofRound = Set.of(StreamPhase.FIRST_ROUND, StreamPhase.LATER_ROUND).contains(phase);
        assertEquals(ofRound, fault.at().connection() > 1, each::toString);
        if (ofRound) {
          ofPages.add(fault.at().connection());
        }
        if (fault.kind().traits().awaitsNextAttempt()) {
          held.add(fault.at().connection());
        }
      }
    }
    assertEquals(Set.of(2, 3), ofPages);
    assertEquals(Set.of(3), held);
  }

  /**
   * The first connection of the second link is the fourth; the push is on the two behind it. Where
   * urgent pages have one of their own, it is the one behind these.
   */
  @Test
  void overSeveralConnectionsTheReferenceMovesGuestsInAllModes() {
    assertEquals(
        List.of(Mode.PRECOPY, Mode.POSTCOPY, Mode.HYBRID, Mode.CHECKPOINT),
        Mode.of(named("reference-multifd")));
    Map<StreamPhase, Set<Integer>> urgent = connectionsOf(Mode.POSTCOPY);
    Map<StreamPhase, Set<Integer>> connections = connectionsOf(Mode.CHECKPOINT);
    for (var each : List.of(urgent, connections)) {
      assertFalse(each.containsKey(StreamPhase.LAST_PAGES));
      assertEquals(Set.of(2, 3), each.get(StreamPhase.FIRST_ROUND));
      assertEquals(Set.of(1), each.get(StreamPhase.HANDOVER));
      assertEquals(Set.of(1), each.get(StreamPhase.RESUMED));
    }
    assertEquals(Set.of(2, 3, 4), urgent.get(StreamPhase.PUSH));
    assertEquals(Set.of(5), urgent.get(StreamPhase.RECOVER));
    assertEquals(Set.of(2, 3), connections.get(StreamPhase.PUSH));
    assertEquals(Set.of(1), connections.get(StreamPhase.COMMIT));
  }

  private static Map<StreamPhase, Set<Integer>> connectionsOf(Mode mode) {
    Map<StreamPhase, Set<Integer>> connections = new EnumMap<>(StreamPhase.class);
    for (Schedule each : Schedules.of(named("reference-multifd"), 1, 300, 0, List.of(mode))) {
      assertEquals(1, each.migrations().size());
      for (PlannedFault fault : each.faults()) {
        connections
            .computeIfAbsent(fault.at().phase(), phase -> new HashSet<>())
            .add(fault.at().connection());
      }
    }
    return connections;
  }

  /** What cannot be read cannot be waited for: the source's events say where it is. */
  @Test
  void onAnEncryptedChannelFaultsFallWhereTheSourceSaysSomething() {
    Set<StreamPhase> phases = new HashSet<>();
    List<Schedule> schedules = Schedules.of(named("qemu-tls"), 1, 80, 0, List.of());
    schedules.forEach(each -> each.faults().forEach(fault -> phases.add(fault.at().phase())));
    assertEquals(
        Set.of(
            StreamPhase.CONNECTED,
            StreamPhase.FIRST_ROUND,
            StreamPhase.LATER_ROUND,
            StreamPhase.FINAL_ROUND),
        phases);
    assertEquals(schedules, Schedules.of(named("qemu-tls"), 1, 80, 0, List.of()));
  }

  @Test
  void theBoardsOfQemuTakeTurns() {
    List<String> names =
        Schedules.of(named("qemu"), 1, 6).stream().map(Schedule::implementation).toList();
    assertEquals(
        List.of("qemu-riscv64", "qemu-x86", "qemu-riscv64", "qemu-x86", "qemu-riscv64", "qemu-x86"),
        names);
  }

  @Test
  void trackedPagesAreOfThisGuest() {
    for (Schedule each : Schedules.of(named("reference"), 1, 40)) {
      List<Integer> pages = Schedule.trackedPages(each.guest());
      assertEquals(4, new HashSet<>(pages).size());
      assertTrue(pages.stream().allMatch(page -> page >= 0 && page < 32 << 8), pages::toString);
    }
  }
}
