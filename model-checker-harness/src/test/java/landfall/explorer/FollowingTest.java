package landfall.explorer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import landfall.precopy.Mutant;
import landfall.tlc.ModelRun;
import landfall.tlc.Models;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FollowingTest {
  @TempDir private static Path folder;

  @BeforeAll
  static void findBehaviours() throws Exception {
    List<String> models =
        List.of(
            "MCPreCopyResumeUnacknowledged",
            "MCPreCopyRetryAfterClearedLog",
            "MCPreCopyInDoubtForEver",
            "MCPostCopyResumeUnacknowledged");
    new ModelRun(folder, 2).run(Models.named(models), result -> {});
  }

  private static Behaviour behaviour(String model) throws IOException {
    return Behaviour.read(folder.resolve("counterexamples").resolve(model + ".json"));
  }

  @ParameterizedTest
  @CsvSource({
    "MCPreCopyResumeUnacknowledged, RESUME_UNACKNOWLEDGED, ResumeUnacknowledged, 11",
    "MCPreCopyRetryAfterClearedLog, RETRY_SENDS_DIRTY_ONLY, StartAttempt, 9"
  })
  void theCoreRefusesAMistakeAndFollowsToItsEndOnlyWithTheSameMistake(
      String model, Mutant mutant, String refused, int steps) throws Exception {
    Following correct = Following.of(behaviour(model), Set.of());
    assertEquals(Optional.of(refused), correct.refused());
    assertTrue(correct.taken() >= 2 && correct.taken() < steps, correct.toString());
    assertEquals(
        new Following(steps, steps, Optional.empty()),
        Following.of(behaviour(model), Set.of(mutant)));
  }

  @Test
  void theCoreFollowsABehaviourWithoutAMistake() throws Exception {
    assertEquals(
        new Following(9, 9, Optional.empty()),
        Following.of(behaviour("MCPreCopyInDoubtForEver"), Set.of()));
  }

  @Test
  void whatIsDoneFromOutsideIsToldWithTheMessageThatItHits() throws Exception {
    assertEquals(
        List.of(new Behaviour.Fault("CutLink", 1, "Resumed", "HandedOver", 1)),
        behaviour("MCPreCopyResumeUnacknowledged").faults());
    // Of liveness there is no one shortest counterexample, so the moment is not pinned.
    assertEquals(
        List.of("CrashDestination"),
        behaviour("MCPreCopyInDoubtForEver").faults().stream()
            .map(Behaviour.Fault::action)
            .toList());
  }

  @Test
  void aBehaviourOfAnotherProtocolIsRefused() {
    String cause =
        assertThrows(IOException.class, () -> behaviour("MCPostCopyResumeUnacknowledged"))
            .getMessage();
    assertTrue(cause.endsWith("not a behaviour of PreCopy, as landfall check writes them"), cause);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "{\"model\":\"MCPreCopy\",\"steps\":[]}",
        "{\"model\":\"MCPreCopy\",\"steps\":[{\"action\":\"Init\",\"changed\":{\"memory\":\"<<\"}}]}",
        "{\"model\":\"MCPreCopy\",\"steps\":[{\"action\":\"Init\",\"changed\":{\"memory\":\"7\"}}]}",
        "{\"steps\":[7, [], null]}"
      })
  void aFileThatIsNoBehaviourIsRefusedByItsName(String text) throws Exception {
    Path file = Files.writeString(folder.resolve("bad.json"), text);
    String cause = assertThrows(IOException.class, () -> Behaviour.read(file)).getMessage();
    assertTrue(cause.startsWith(file + ": not a "), cause);
  }
}
