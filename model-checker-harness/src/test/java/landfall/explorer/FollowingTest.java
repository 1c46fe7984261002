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
            "MCPostCopyResumeUnacknowledged",
            "MCPostCopyDiscardListNotSent",
            "MCPostCopyPageListNotSent",
            "MCPostCopyStalePageOverNewer",
            "MCPostCopySurvivesOneCrash",
            "MCReverseCheckpointTwoFailures");
    new ModelRun(folder, 2).run(Models.named(models), result -> {});
  }

  private static Behaviour behaviour(String model) throws IOException {
    return Behaviour.read(folder.resolve("counterexamples").resolve(model + ".json"));
  }

  @ParameterizedTest
  @CsvSource({
    "MCPreCopyResumeUnacknowledged, 1, ResumeUnacknowledged, 11",
    "MCPreCopyRetryAfterClearedLog, 13, StartAttempt, 9",
    "MCPostCopyResumeUnacknowledged, 1, ResumeUnacknowledged, 9",
    "MCPostCopyPageListNotSent, 19, ReceivePageList, 14",
    "MCPostCopyDiscardListNotSent, 35, OfferHandover, 10",
    "MCPostCopyStalePageOverNewer, 36, ReceivePage, 17"
  })
  void theCoreRefusesAMistakeAndFollowsToItsEndOnlyWithTheSameMistake(
      String model, int defect, String refused, int steps) throws Exception {
    Following correct = Following.of(behaviour(model), Set.of());
    assertEquals(Optional.of(refused), correct.refused());
    assertTrue(correct.taken() >= 2 && correct.taken() < steps, correct.toString());
    assertEquals(
        new Following(steps, steps, Optional.empty()),
        Following.of(behaviour(model), Set.of(defect)));
  }

  @Test
  void theCoreFollowsABehaviourWithoutAMistake() throws Exception {
    assertEquals(
        new Following(9, 9, Optional.empty()),
        Following.of(behaviour("MCPreCopyInDoubtForEver"), Set.of()));
    // The price of post-copy is no mistake of the core.
    assertEquals(
        new Following(9, 9, Optional.empty()),
        Following.of(behaviour("MCPostCopySurvivesOneCrash"), Set.of()));
  }

  @ParameterizedTest
  @CsvSource({
    "MCPostCopyPageListNotSent, 36",
    "MCPostCopyDiscardListNotSent, 19",
    "MCPostCopyStalePageOverNewer, 35"
  })
  void anotherMistakeDoesNotLeadThere(String model, int defect) throws Exception {
    assertTrue(Following.of(behaviour(model), Set.of(defect)).refused().isPresent());
  }

  @Test
  void aFileTellsItsProtocol() throws Exception {
    assertEquals(ExploredProtocol.PRE_COPY, behaviour("MCPreCopyResumeUnacknowledged").protocol());
    assertEquals(
        ExploredProtocol.POST_COPY, behaviour("MCPostCopyResumeUnacknowledged").protocol());
  }

  @Test
  void whatIsDoneFromOutsideIsToldWithTheMessageThatItHits() throws Exception {
    assertEquals(
        List.of(new Behaviour.Fault("CutLink", 1, "Resumed", "HandedOver", 1)),
        behaviour("MCPreCopyResumeUnacknowledged").faults());
    assertEquals(
        List.of(new Behaviour.Fault("CutLink", 1, "Resumed", "HandedOver", 0)),
        behaviour("MCPostCopyResumeUnacknowledged").faults());
    assertEquals(
        List.of(new Behaviour.Fault("CrashSource", 1, "", "Serving", 0)),
        behaviour("MCPostCopySurvivesOneCrash").faults());
    assertEquals(
        List.of("ResetConnection"),
        behaviour("MCPostCopyPageListNotSent").faults().stream()
            .map(Behaviour.Fault::action)
            .toList());
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
        assertThrows(IOException.class, () -> behaviour("MCReverseCheckpointTwoFailures"))
            .getMessage();
    assertTrue(
        cause.endsWith("not a behaviour of PreCopy or PostCopy, as landfall check writes them"),
        cause);
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
