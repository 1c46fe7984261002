package landfall.explorer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import landfall.precopy.Action;
import landfall.precopy.DestinationPhase;
import landfall.precopy.SourcePhase;
import org.junit.jupiter.api.Test;

/** One vocabulary: code and specification call the same thing by the same name. */
class ActionsAgreeTest {
  private static final SpecText PRE_COPY = SpecText.ofModule("PreCopy");
  private static final SpecText HANDOVER = SpecText.ofModule("Handover");

  @Test
  void everyActionOfAHostHasOneRecordAndBack() {
    var ofHosts = union(PRE_COPY.disjuncts("Protocol"), Set.of("Cancel"));

    assertEquals(ofHosts, union(names(Action.OfSource.class), names(Action.OfDestination.class)));
  }

  @Test
  void everyOtherActionIsAStepOfTheWorldAndBack() {
    var others = union(PRE_COPY.disjuncts("Next"), PRE_COPY.disjuncts("Fault"));
    others.removeAll(Set.of("Protocol", "Fault", "Cancel"));

    assertEquals(others, new TreeSet<>(WorldSteps.WITHOUT_HOST));
  }

  @Test
  void phasesOfTheSourceHaveTheNamesOfTheSpecification() {
    assertEquals(new TreeSet<>(HANDOVER.strings("SourcePhases")), names(SourcePhase.class));
  }

  @Test
  void phasesOfTheDestinationHaveTheNamesOfTheSpecification() {
    assertEquals(
        new TreeSet<>(HANDOVER.strings("DestinationPhases")), names(DestinationPhase.class));
  }

  @Test
  void stepsThatTlcCannotNameAreToldApart() {
    assertEquals("ReceiveHello", PRE_COPY.overAttempts("Protocol"));
    assertEquals("LoseMessage", PRE_COPY.overAttempts("Fault"));
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
