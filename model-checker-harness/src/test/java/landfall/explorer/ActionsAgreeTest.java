package landfall.explorer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One vocabulary: code and specification call the same thing by the same name. */
class ActionsAgreeTest {
  private static final SpecText PRE_COPY = SpecText.ofModule("PreCopy");
  private static final SpecText POST_COPY = SpecText.ofModule("PostCopy");
  private static final SpecText CHECKPOINT = SpecText.ofModule("ReverseCheckpoint");
  private static final SpecText FORWARD_CHECKPOINT = SpecText.ofModule("ForwardCheckpoint");
  private static final SpecText LEASE = SpecText.ofModule("Lease");
  private static final SpecText SHARED_LOCK = SpecText.ofModule("SharedLock");
  private static final SpecText HANDOVER = SpecText.ofModule("Handover");
  private static final SpecText TWO_HOSTS = SpecText.ofModule("TwoHostHandover");

  @Test
  void everyActionOfAHostHasOneRecordAndBack() {
    assertEquals(
        union(PRE_COPY.everyDisjunct("Protocol"), Set.of("StartAttempt", "Cancel")),
        names(landfall.precopy.Action.class));
    var others = union(PRE_COPY.everyDisjunct("Next"), PRE_COPY.everyDisjunct("Fault"));
    others.removeAll(Set.of("Protocol", "StartAttempt", "Cancel", "Fault"));
    assertEquals(others, new TreeSet<>(PreCopySteps.WITHOUT_HOST));
    // The graph model, which has them once more, has all of them.
    assertEquals(
        union(names(landfall.precopy.Action.class), PreCopySteps.WITHOUT_HOST),
        new TreeSet<>(SpecText.ofModule("MCPreCopyGraph").everyDisjunct("GraphNext")));
  }

  @Test
  void everyActionOfAHostThatDoesPostCopyHasOneRecordAndBack() {
    assertEquals(
        union(POST_COPY.disjuncts("Protocol"), Set.of("Cancel")),
        union(
            names(landfall.postcopy.Action.OfSource.class),
            names(landfall.postcopy.Action.OfDestination.class)));
  }

  @Test
  void everyActionOfAHostThatTakesCheckpointsHasOneRecordAndBack() {
    assertEquals(
        CHECKPOINT.disjuncts("Protocol"),
        union(
            names(landfall.checkpoint.Action.OfSource.class),
            names(landfall.checkpoint.Action.OfDestination.class)));
  }

  @Test
  void everyActionOfAHostWhosePagesAreCopiedAheadHasOneRecordAndBack() {
    assertEquals(
        union(FORWARD_CHECKPOINT.disjuncts("Protocol"), Set.of("PauseSource")),
        union(
            names(landfall.forwardcheckpoint.Action.OfSource.class),
            names(landfall.forwardcheckpoint.Action.OfDestination.class)));
    var others = union(FORWARD_CHECKPOINT.disjuncts("Next"), FORWARD_CHECKPOINT.disjuncts("Fault"));
    others.removeAll(Set.of("Protocol", "Fault", "PauseSource"));
    assertEquals(others, new TreeSet<>(ForwardCheckpointSteps.WITHOUT_HOST));
  }

  @Test
  void everyActionOfALeaseHasOneRecordAndBack() {
    assertEquals(
        union(LEASE.disjuncts("Protocol"), Set.of("ReleaseLease")),
        union(
            names(landfall.lease.Action.OfHolder.class),
            names(landfall.lease.Action.OfGrantor.class)));
    assertEquals(new TreeSet<>(LEASE.disjuncts("Fault")), new TreeSet<>(LeaseSteps.WITHOUT_HOST));
    assertEquals(
        union(Set.of("Protocol", "Fault"), Set.of("ReleaseLease")),
        new TreeSet<>(LEASE.disjuncts("Next")));
    // The graph model, which has them once more, has all of them.
    assertEquals(
        union(union(LEASE.disjuncts("Protocol"), LEASE.disjuncts("Fault")), Set.of("ReleaseLease")),
        new TreeSet<>(SpecText.ofModule("MCLeaseGraph").disjuncts("Next")));
  }

  @Test
  void everyActionOfALockOnStorageHasOneRecordAndBack() {
    var module = union(SHARED_LOCK.disjuncts("Protocol"), SHARED_LOCK.disjuncts("Fault"));
    module.addAll(SHARED_LOCK.disjuncts("Next"));
    module.removeAll(Set.of("Protocol", "Fault"));

    var inCode = new TreeSet<>(SharedLockSteps.WITHOUT_HOST);
    inCode.addAll(names(landfall.sharedlock.Action.OfStorage.class));
    inCode.addAll(names(landfall.sharedlock.Action.OfClaimant.class));
    inCode.addAll(names(landfall.sharedlock.Action.OfSource.class));
    inCode.addAll(names(landfall.sharedlock.Action.OfDestination.class));
    inCode.remove("OfClaimant");
    assertEquals(module, inCode);
    // The graph model, which has them once more, has all of them.
    assertEquals(module, SpecText.ofModule("MCSharedLockGraph").disjuncts("Next"));
  }

  @Test
  void phasesOfBothHostsOfALockOnStorageHaveTheNamesOfTheSpecification() {
    var ofTheModule = SHARED_LOCK.strings("TypeOK");
    for (String phase :
        union(
            names(landfall.sharedlock.SourcePhase.class),
            names(landfall.sharedlock.DestinationPhase.class))) {
      assertTrue(ofTheModule.contains(phase), phase);
    }
    assertEquals(
        Set.of("none", "shared", "exclusive", "free", "Image"),
        ofTheModule.stream()
            .filter(
                text ->
                    !names(landfall.sharedlock.SourcePhase.class).contains(text)
                        && !names(landfall.sharedlock.DestinationPhase.class).contains(text))
            .collect(Collectors.toSet()));
  }

  @ParameterizedTest
  @EnumSource(
      names = {"PRE_COPY", "FORWARD_CHECKPOINT", "LEASE", "SHARED_LOCK"},
      mode = EnumSource.Mode.EXCLUDE)
  void everyOtherActionIsAStepOfTheWorldAndBack(ExploredProtocol protocol) {
    var module = SpecText.ofModule(protocol.module());
    var others = union(module.disjuncts("Next"), module.disjuncts("Fault"));
    others.removeAll(Set.of("Protocol", "Fault", "Cancel"));

    var ofTheWorld = new TreeSet<>(WorldSteps.WITHOUT_HOST);
    if (protocol == ExploredProtocol.CHECKPOINT) {
      // Messages are numbered and repeated: there is no connection to lose.
      ofTheWorld.remove("ResetConnection");
    }
    if (protocol == ExploredProtocol.POST_COPY) {
      ofTheWorld.add("OvertakePage");
    }
    assertEquals(others, ofTheWorld);
  }

  @Test
  void phasesOfTheSourceHaveTheNamesOfTheSpecification() {
    assertEquals(
        union(TWO_HOSTS.strings("SourcePhases"), Set.of("Serving")),
        names(landfall.postcopy.SourcePhase.class));
  }

  @Test
  void phasesOfTheDestinationHaveTheNamesOfTheSpecification() {
    var phases = new TreeSet<>(TWO_HOSTS.strings("DestinationPhases"));
    assertEquals(new TreeSet<>(HANDOVER.strings("Phases")), names(landfall.precopy.Phase.class));
    assertEquals(phases, names(landfall.postcopy.DestinationPhase.class));
  }

  @Test
  void phasesOfBothHostsOfCheckpointsHaveTheNamesOfTheSpecification() {
    var strings = new TreeSet<>(CHECKPOINT.strings("TypeOK"));
    // The lock, which names a host otherwise.
    strings.remove("offered");
    assertEquals(
        strings,
        union(
            names(landfall.checkpoint.SourcePhase.class),
            names(landfall.checkpoint.DestinationPhase.class)));
  }

  @Test
  void phasesOfBothHostsOfCopiesAheadHaveTheNamesOfTheSpecification() {
    var strings = new TreeSet<>(FORWARD_CHECKPOINT.strings("TypeOK"));
    // Who may have the claim.
    strings.remove("none");
    assertEquals(
        strings,
        union(
            names(landfall.forwardcheckpoint.SourcePhase.class),
            names(landfall.forwardcheckpoint.DestinationPhase.class)));
  }

  @Test
  void stepsThatTlcCannotNameAreToldApart() {
    assertEquals(Set.of("ReceiveHello", "ReceiveRecover"), POST_COPY.overAttempts("Protocol"));
    assertEquals(Set.of("LoseMessage"), POST_COPY.overAttempts("Fault"));
    assertEquals(Set.of(), CHECKPOINT.overAttempts("Protocol"));
    assertEquals(Set.of(), CHECKPOINT.overAttempts("Fault"));
    assertEquals(Set.of(), FORWARD_CHECKPOINT.overAttempts("Protocol"));
    assertEquals(Set.of(), FORWARD_CHECKPOINT.overAttempts("Fault"));
    assertEquals(Set.of(), LEASE.overAttempts("Protocol"));
    assertEquals(Set.of(), LEASE.overAttempts("Fault"));
    assertEquals(Set.of(), SHARED_LOCK.overAttempts("Protocol"));
    assertEquals(Set.of(), SHARED_LOCK.overAttempts("Fault"));
  }

  private static TreeSet<String> names(Class<?> sealed) {
    return Arrays.stream(sealed.getPermittedSubclasses())
        .map(Class::getSimpleName)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static TreeSet<String> union(Set<String> some, Set<String> others) {
    return Stream.concat(some.stream(), others.stream())
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
