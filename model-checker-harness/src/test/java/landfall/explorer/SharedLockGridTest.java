package landfall.explorer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import landfall.protocol.Step;
import landfall.sharedlock.Action;
import landfall.sharedlock.Claim;
import landfall.sharedlock.DestinationPhase;
import landfall.sharedlock.Effect;
import landfall.sharedlock.Host;
import landfall.sharedlock.Lock;
import landfall.sharedlock.Mutant;
import landfall.sharedlock.Owner;
import landfall.sharedlock.Protocol;
import landfall.sharedlock.SourcePhase;
import landfall.sharedlock.Storage;
import org.junit.jupiter.api.Test;

/**
 * Hosts in every phase, and storage with every lock, met with every action: what is written here is
 * enabled, and leads where it says, with the effects in this order; nothing else is enabled.
 */
class SharedLockGridTest {
  private static final Protocol PLAIN = new Protocol(Set.of());

  private static final List<Claim> CLAIMS =
      Arrays.stream(Lock.values())
          .flatMap(lock -> List.of(new Claim(lock, false), new Claim(lock, true)).stream())
          .toList();

  private static final List<Action.OfClaimant> OF_CLAIMANT =
      List.of(
          new Action.LockExclusively(),
          new Action.ReadRecord(Owner.SOURCE),
          new Action.ReadRecord(Owner.DESTINATION),
          new Action.ReadRecord(Owner.FREE),
          new Action.TakeOwnership());

  // A lock is what the host takes for its own; "free" is what it has read.
  private static final Set<String> SOURCE_GRID =
      Set.of(
          "Given EXCLUSIVE LearnCompleted DESTINATION -> Completed: SetLock NONE",
          "Given EXCLUSIVE ReadRecord FREE -> Given EXCLUSIVE free:",
          "Given EXCLUSIVE free LearnCompleted DESTINATION -> Completed: SetLock NONE",
          "Given EXCLUSIVE free TakeOwnership -> Running EXCLUSIVE: WriteRecord SOURCE StartGuest",
          "Given NONE LearnCompleted DESTINATION -> Completed: SetLock NONE",
          "Given NONE LockExclusively -> Given EXCLUSIVE: SetLock EXCLUSIVE",
          "Given NONE free LearnCompleted DESTINATION -> Completed: SetLock NONE",
          "Given NONE free LockExclusively -> Given EXCLUSIVE free: SetLock EXCLUSIVE",
          "Given NONE free TakeOwnership -> Running NONE: WriteRecord SOURCE StartGuest",
          "Given SHARED LearnCompleted DESTINATION -> Completed: SetLock NONE",
          "Given SHARED LetGo -> Given NONE: SetLock NONE",
          "Given SHARED LockExclusively -> Given EXCLUSIVE: SetLock EXCLUSIVE",
          "Given SHARED free LearnCompleted DESTINATION -> Completed: SetLock NONE",
          "Given SHARED free LetGo -> Given NONE free: SetLock NONE",
          "Given SHARED free LockExclusively -> Given EXCLUSIVE free: SetLock EXCLUSIVE",
          "Given SHARED free TakeOwnership -> Running SHARED: WriteRecord SOURCE StartGuest",
          "Paused GiveAway -> Given SHARED: WriteRecord FREE",
          "Paused TakeBackAttempt -> Running SHARED: CloseConnection StartGuest",
          "Running EXCLUSIVE ShareLock -> Running SHARED: SetLock SHARED",
          "Running SHARED PauseSource -> Paused: StopGuest SendImage");

  private static final Set<String> DESTINATION_GRID =
      Set.of(
          "Ready EXCLUSIVE DiscardImage SOURCE -> Waiting NONE: SetLock NONE",
          "Ready EXCLUSIVE ReadRecord FREE -> Ready EXCLUSIVE free:",
          "Ready EXCLUSIVE free TakeOwnership -> Running EXCLUSIVE: WriteRecord DESTINATION StartGuest",
          "Ready NONE LockExclusively -> Ready EXCLUSIVE: SetLock EXCLUSIVE",
          "Ready NONE free LockExclusively -> Ready EXCLUSIVE free: SetLock EXCLUSIVE",
          "Ready NONE free TakeOwnership -> Running NONE: WriteRecord DESTINATION StartGuest",
          "Ready SHARED FailUpgrade -> Ready NONE: SetLock NONE",
          "Ready SHARED LockExclusively -> Ready EXCLUSIVE: SetLock EXCLUSIVE",
          "Ready SHARED ReceiveImage -> Ready SHARED: SendReady",
          "Ready SHARED free FailUpgrade -> Ready NONE free: SetLock NONE",
          "Ready SHARED free LockExclusively -> Ready EXCLUSIVE free: SetLock EXCLUSIVE",
          "Ready SHARED free ReceiveImage -> Ready SHARED free: SendReady",
          "Ready SHARED free TakeOwnership -> Running SHARED: WriteRecord DESTINATION StartGuest",
          "Waiting NONE JoinLock -> Waiting SHARED: SetLock SHARED",
          "Waiting SHARED ReceiveImage -> Ready SHARED: SendReady");

  // What the host that asks has of the lock, and what the other has.
  private static final Set<String> STORAGE_GRID =
      Set.of(
          "EXCLUSIVE EXCLUSIVE FreeLock of the dead -> NONE EXCLUSIVE",
          "EXCLUSIVE EXCLUSIVE SetLock NONE -> NONE EXCLUSIVE",
          "EXCLUSIVE NONE FreeLock of the dead -> NONE NONE",
          "EXCLUSIVE NONE SetLock EXCLUSIVE -> EXCLUSIVE NONE",
          "EXCLUSIVE NONE SetLock NONE -> NONE NONE",
          "EXCLUSIVE NONE SetLock SHARED -> SHARED NONE",
          "EXCLUSIVE SHARED FreeLock of the dead -> NONE SHARED",
          "EXCLUSIVE SHARED SetLock NONE -> NONE SHARED",
          "EXCLUSIVE SHARED SetLock SHARED -> SHARED SHARED",
          "NONE EXCLUSIVE SetLock NONE -> NONE EXCLUSIVE",
          "NONE NONE SetLock EXCLUSIVE -> EXCLUSIVE NONE",
          "NONE NONE SetLock NONE -> NONE NONE",
          "NONE NONE SetLock SHARED -> SHARED NONE",
          "NONE SHARED SetLock NONE -> NONE SHARED",
          "NONE SHARED SetLock SHARED -> SHARED SHARED",
          "SHARED EXCLUSIVE FreeLock of the dead -> NONE EXCLUSIVE",
          "SHARED EXCLUSIVE SetLock NONE -> NONE EXCLUSIVE",
          "SHARED NONE FreeLock of the dead -> NONE NONE",
          "SHARED NONE SetLock EXCLUSIVE -> EXCLUSIVE NONE",
          "SHARED NONE SetLock NONE -> NONE NONE",
          "SHARED NONE SetLock SHARED -> SHARED NONE",
          "SHARED SHARED FreeLock of the dead -> NONE SHARED",
          "SHARED SHARED SetLock NONE -> NONE SHARED",
          "SHARED SHARED SetLock SHARED -> SHARED SHARED");

  @Test
  void theSourceTakesTheseStepsAndNoOthers() {
    assertEquals(new TreeSet<>(SOURCE_GRID), sources(PLAIN));
  }

  @Test
  void theDestinationTakesTheseStepsAndNoOthers() {
    assertEquals(new TreeSet<>(DESTINATION_GRID), destinations(PLAIN));
  }

  @Test
  void storageGrantsTheseRequestsAndNoOthers() {
    assertEquals(new TreeSet<>(STORAGE_GRID), storages(PLAIN));
  }

  @Test
  void aMistakeAddsNoMoreThanItsOwnSteps() {
    assertEquals(
        Set.of(
            "Running SHARED GiveAwayRunning SOURCE -> Running NONE: WriteRecord FREE SetLock NONE"),
        newSteps(Mutant.SWITCHED_RUNNING));
    assertEquals(
        Set.of(
            "Given SHARED ReadRecord FREE -> Given SHARED free:",
            "Ready SHARED ReadRecord FREE -> Ready SHARED free:",
            "Ready SHARED DiscardImage SOURCE -> Waiting NONE: SetLock NONE"),
        newSteps(Mutant.SHARED_FOR_WRITING));
    assertEquals(
        Set.of(
            "Given EXCLUSIVE ReadRecord SOURCE -> Given EXCLUSIVE free:",
            "Given EXCLUSIVE ReadRecord DESTINATION -> Given EXCLUSIVE free:",
            "Ready EXCLUSIVE ReadRecord SOURCE -> Ready EXCLUSIVE free:",
            "Ready EXCLUSIVE ReadRecord DESTINATION -> Ready EXCLUSIVE free:"),
        newSteps(Mutant.FREED_IS_GIVEN));
    assertEquals(
        Set.of(
            "SHARED NONE FreeLock of the silent -> NONE NONE",
            "SHARED SHARED FreeLock of the silent -> NONE SHARED",
            "SHARED EXCLUSIVE FreeLock of the silent -> NONE EXCLUSIVE",
            "EXCLUSIVE NONE FreeLock of the silent -> NONE NONE",
            "EXCLUSIVE SHARED FreeLock of the silent -> NONE SHARED",
            "EXCLUSIVE EXCLUSIVE FreeLock of the silent -> NONE EXCLUSIVE"),
        newSteps(Mutant.FREED_WHILE_CUT_OFF));
  }

  // Who does not look at the record cannot see that an image is of no use.
  @Test
  void aMistakeTakesNoStepAwayButOne() {
    for (Mutant mutant : Mutant.values()) {
      var gone = new TreeSet<>(SOURCE_GRID);
      gone.addAll(DESTINATION_GRID);
      gone.addAll(STORAGE_GRID);
      gone.removeAll(all(new Protocol(Set.of(mutant))));
      assertEquals(
          mutant == Mutant.FREED_IS_GIVEN
              ? Set.of("Ready EXCLUSIVE DiscardImage SOURCE -> Waiting NONE: SetLock NONE")
              : Set.of(),
          gone);
    }
  }

  @Test
  void theRecordIsWrittenForWhoeverAsks() {
    for (Storage storage : storages()) {
      for (Owner owner : Owner.values()) {
        assertEquals(
            new Storage(storage.locks(), owner),
            storage.on(Host.DESTINATION, new Effect.WriteRecord(owner)).orElseThrow());
      }
    }
  }

  @Test
  void storageWithoutALockForEachHostIsRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new Storage(Map.of(Host.SOURCE, Lock.SHARED), Owner.FREE));
  }

  @Test
  void theGridMeetsEveryPhaseAndEveryAction() {
    Grid.assertMeetsAll(SourcePhase.class, sources());
    Grid.assertMeetsAll(DestinationPhase.class, destinations());
    Grid.assertMeetsAll(Action.OfSource.class, ofSource());
    Grid.assertMeetsAll(Action.OfDestination.class, ofDestination());
  }

  private static List<SourcePhase> sources() {
    var phases = new ArrayList<SourcePhase>(List.of(new SourcePhase.Paused()));
    phases.add(new SourcePhase.Completed());
    Arrays.stream(Lock.values()).map(SourcePhase.Running::new).forEach(phases::add);
    CLAIMS.stream().map(SourcePhase.Given::new).forEach(phases::add);
    return phases;
  }

  private static List<Action.OfSource> ofSource() {
    var actions = new ArrayList<Action.OfSource>(OF_CLAIMANT);
    actions.add(new Action.ShareLock());
    actions.add(new Action.PauseSource());
    actions.add(new Action.TakeBackAttempt());
    actions.add(new Action.GiveAway());
    actions.add(new Action.LetGo());
    for (Owner record : Owner.values()) {
      actions.add(new Action.GiveAwayRunning(record));
      actions.add(new Action.LearnCompleted(record));
    }
    return actions;
  }

  private static List<DestinationPhase> destinations() {
    var phases = new ArrayList<DestinationPhase>();
    Arrays.stream(Lock.values()).map(DestinationPhase.Waiting::new).forEach(phases::add);
    Arrays.stream(Lock.values()).map(DestinationPhase.Running::new).forEach(phases::add);
    CLAIMS.stream().map(DestinationPhase.Ready::new).forEach(phases::add);
    return phases;
  }

  private static List<Action.OfDestination> ofDestination() {
    var actions = new ArrayList<Action.OfDestination>(OF_CLAIMANT);
    actions.add(new Action.JoinLock());
    actions.add(new Action.ReceiveImage());
    actions.add(new Action.FailUpgrade());
    for (Owner record : Owner.values()) {
      actions.add(new Action.DiscardImage(record));
    }
    return actions;
  }

  private static List<Storage> storages() {
    return Arrays.stream(Lock.values())
        .flatMap(
            own ->
                Arrays.stream(Lock.values())
                    .map(
                        others ->
                            new Storage(
                                Map.of(Host.SOURCE, own, Host.DESTINATION, others), Owner.FREE)))
        .toList();
  }

  private static Set<String> newSteps(Mutant mutant) {
    var steps = all(new Protocol(Set.of(mutant)));
    steps.removeAll(SOURCE_GRID);
    steps.removeAll(DESTINATION_GRID);
    steps.removeAll(STORAGE_GRID);
    return steps;
  }

  private static Set<String> all(Protocol protocol) {
    var steps = new TreeSet<>(sources(protocol));
    steps.addAll(destinations(protocol));
    steps.addAll(storages(protocol));
    return steps;
  }

  private static Set<String> sources(Protocol protocol) {
    return Grid.enabled(
        sources(),
        ofSource(),
        (phase, action) -> phase.on(action, protocol).map(step -> line(show(phase), action, step)));
  }

  private static Set<String> destinations(Protocol protocol) {
    return Grid.enabled(
        destinations(),
        ofDestination(),
        (phase, action) -> phase.on(action, protocol).map(step -> line(show(phase), action, step)));
  }

  private static Set<String> storages(Protocol protocol) {
    var asked =
        Grid.enabled(
            storages(),
            List.of(Lock.values()),
            (storage, mode) ->
                storage
                    .on(Host.SOURCE, new Effect.SetLock(mode))
                    .map(after -> show(storage) + " SetLock " + mode + " -> " + show(after)));
    asked.addAll(
        Grid.enabled(
            storages(),
            List.of(true, false),
            (storage, dead) ->
                storage
                    .on(new Action.FreeLock(Host.SOURCE, dead), protocol)
                    .map(
                        after ->
                            show(storage)
                                + (dead ? " FreeLock of the dead" : " FreeLock of the silent")
                                + " -> "
                                + show(after))));
    return asked;
  }

  private static String line(String from, Action action, Step<?, Effect> step) {
    return from
        + " "
        + show(action)
        + " -> "
        + show(step.phase())
        + step.effects().stream()
            .map(SharedLockGridTest::show)
            .map(text -> " " + text)
            .collect(Collectors.joining("", ":", ""));
  }

  private static String show(Object phase) {
    var name = phase.getClass().getSimpleName();
    if (phase instanceof SourcePhase.Given given) {
      return name + show(given.claim());
    }
    if (phase instanceof DestinationPhase.Ready ready) {
      return name + show(ready.claim());
    }
    if (phase instanceof SourcePhase.Running running) {
      return name + " " + running.lock();
    }
    if (phase instanceof DestinationPhase.Running running) {
      return name + " " + running.lock();
    }
    return phase instanceof DestinationPhase.Waiting waiting ? name + " " + waiting.lock() : name;
  }

  private static String show(Claim claim) {
    return " " + claim.lock() + (claim.readFree() ? " free" : "");
  }

  private static String show(Action action) {
    if (action instanceof Action.ReadRecord read) {
      return action.name() + " " + read.record();
    }
    if (action instanceof Action.GiveAwayRunning give) {
      return action.name() + " " + give.record();
    }
    if (action instanceof Action.LearnCompleted learn) {
      return action.name() + " " + learn.record();
    }
    return action instanceof Action.DiscardImage discard
        ? action.name() + " " + discard.record()
        : action.name();
  }

  private static String show(Effect effect) {
    if (effect instanceof Effect.SetLock set) {
      return "SetLock " + set.mode();
    }
    return effect instanceof Effect.WriteRecord write
        ? "WriteRecord " + write.owner()
        : effect.getClass().getSimpleName();
  }

  private static String show(Storage storage) {
    return storage.lock(Host.SOURCE) + " " + storage.lock(Host.DESTINATION);
  }
}
