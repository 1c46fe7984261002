package landfall.explorer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import landfall.testing.AtLength;
import landfall.testing.Sampled;
import landfall.tlc.Lessons;
import landfall.tlc.ModelRun;
import landfall.tlc.Models;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Cores follow what the model checker found. Every day it looks for the counterexamples of {@link
 * #EVERYDAY}, {@code -Dlandfall.tests=all} has it look for all ({@code .ci/run} does).
 */
@Sampled
class FollowingTest {

  /** Some of each protocol, and each that is unlike the others. */
  private static final List<String> EVERYDAY =
      List.of(
          "MCPreCopyResumeUnacknowledged",
          "MCPreCopyInDoubtForEver",
          "MCPostCopyResumeUnacknowledged",
          "MCPostCopyPageListNotSent",
          "MCPostCopySurvivesOneCrash",
          "MCReverseCheckpointSourceFreesPages",
          "MCReverseCheckpointEndNotAcknowledged",
          "MCReverseCheckpointNotFenced",
          "MCReverseCheckpointGrantNotRepeated",
          "MCReverseCheckpointClaimedTorn",
          "MCReverseCheckpointTwoFailures",
          "MCReverseCheckpointSourceDies",
          "MCLeaseDriftTooLarge",
          "MCLeaseRestartedForgets",
          "MCSharedLockFreedIsGiven",
          "MCForwardCheckpointNotCopied",
          "MCForwardCheckpointCopiedAfter",
          "MCForwardCheckpointTwoFailures",
          "MCForwardCheckpointNobodyDares",
          "MCHandoverResumeUnacknowledged");

  private static final List<String> ONLY_WITH_ALL =
      List.of(
          "MCPreCopyRetryAfterClearedLog",
          "MCPostCopyHandoverUnasked",
          "MCPostCopyDiscardListNotSent",
          "MCPostCopyStalePageOverNewer",
          "MCReverseCheckpointOutputNotHeld",
          "MCReverseCheckpointAppliedPageByPage",
          "MCReverseCheckpointDiskWritesNotCarried",
          "MCReverseCheckpointRecoveryUnasked",
          "MCReverseCheckpointOwnerUnasked",
          "MCLeaseCountedFromAnswer",
          "MCLeaseClockNotChecked",
          "MCSharedLockSwitchedRunning",
          "MCSharedLockSharedForWriting",
          "MCSharedLockFreedWhileCutOff",
          "MCForwardCheckpointCopiedOnce",
          "MCForwardCheckpointNotClaimed",
          "MCForwardCheckpointNotSealed");

  @TempDir private static Path folder;

  @BeforeAll
  static void findBehaviours() throws Exception {
    List<String> models = new ArrayList<>(EVERYDAY);
    if (AtLength.ASKED) {
      models.addAll(ONLY_WITH_ALL);
    }
    System.out.printf(
        "%d of %d counterexamples: -Dlandfall.tests=all follows all%n",
        models.size(), EVERYDAY.size() + ONLY_WITH_ALL.size());
    new ModelRun(folder, 2).run(Models.named(models), result -> {});
  }

  private static void assumeLookedFor(String model) {
    assumeTrue(
        AtLength.ASKED || !ONLY_WITH_ALL.contains(model),
        "a sample is followed every day: -Dlandfall.tests=all asks for all");
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
    "MCPostCopyStalePageOverNewer, 36, ReceivePage, 17",
    "MCPostCopyHandoverUnasked, 63, ResumeUnasked, 9",
    "MCReverseCheckpointOutputNotHeld, 27, GuestStep, 6",
    "MCReverseCheckpointAppliedPageByPage, 28, ReceiveCheckpointPage, 5",
    "MCReverseCheckpointEndNotAcknowledged, 30, AskOwnership, 8",
    "MCReverseCheckpointDiskWritesNotCarried, 37, RecoverSource, 9",
    "MCReverseCheckpointNotFenced, 38, ReleaseOutput, 12",
    "MCReverseCheckpointRecoveryUnasked, 64, StartRecovery, 6",
    "MCReverseCheckpointOwnerUnasked, 65, OwnUnasked, 9",
    "MCForwardCheckpointCopiedOnce, 46, SwitchOver, 5",
    "MCForwardCheckpointNotClaimed, 49, StartRecovery, 7",
    "MCForwardCheckpointNotSealed, 50, CommitCheckpoint, 11",
    "MCLeaseCountedFromAnswer, 40, ReceiveLease, 12",
    "MCLeaseClockNotChecked, 41, TickHost, 10",
    "MCSharedLockSwitchedRunning, 42, GiveAwayRunning, 9",
    "MCSharedLockSharedForWriting, 43, ReadRecord, 9",
    "MCSharedLockFreedIsGiven, 44, ReadRecord, 11",
    "MCSharedLockFreedWhileCutOff, 45, FreeLock, 15"
  })
  void theCoreRefusesAMistakeAndFollowsToItsEndOnlyWithTheSameMistake(
      String model, int defect, String refused, int steps) throws Exception {
    assumeLookedFor(model);
    Following correct = Following.of(behaviour(model), Set.of());
    assertEquals(Optional.of(refused), correct.refused());
    assertTrue(correct.taken() >= 2 && correct.taken() < steps, correct.toString());
    assertEquals(
        new Following(steps, steps, Optional.empty()),
        Following.of(behaviour(model), Set.of(defect)));
    assertEquals(Optional.of(defect), Lessons.mutant(model));
  }

  /** Whoever fails before a page has come, the mistake is made at once. */
  @Test
  void theCoreRefusesToTakeAPartOfAGuest() throws Exception {
    String model = "MCReverseCheckpointClaimedTorn";
    assertEquals(
        new Following(2, 1, Optional.of("ClaimLock")), Following.of(behaviour(model), Set.of()));
    assertEquals(new Following(2, 2, Optional.empty()), Following.of(behaviour(model), Set.of(66)));
    assertEquals(Optional.of(66), Lessons.mutant(model));
  }

  /** Its mistake is made before anything else happens. */
  @Test
  void theCoreRefusesAGrantorThatForgets() throws Exception {
    String model = "MCLeaseRestartedForgets";
    assertEquals(
        new Following(5, 0, Optional.of("RestartGrantor")),
        Following.of(behaviour(model), Set.of()));
    assertEquals(new Following(5, 5, Optional.empty()), Following.of(behaviour(model), Set.of(62)));
    assertEquals(Optional.of(62), Lessons.mutant(model));
  }

  @Test
  void theCoreKeepsThePageThatItHasSent() throws Exception {
    assertEquals(
        new Following(2, 1, Optional.of("ReceivePage")),
        Following.of(behaviour("MCReverseCheckpointSourceFreesPages"), Set.of()));
    assertEquals(
        new Following(2, 2, Optional.empty()),
        Following.of(behaviour("MCReverseCheckpointSourceFreesPages"), Set.of(29)));
    assertEquals(Optional.of(29), Lessons.mutant("MCReverseCheckpointSourceFreesPages"));
  }

  // Of liveness there is no one shortest counterexample, so its length is not pinned.
  @Test
  void theCoreAnswersWhateverArrivesOnceItHasGivenTheOwnershipUp() throws Exception {
    var forEver = behaviour("MCReverseCheckpointGrantNotRepeated");
    Following correct = Following.of(forEver, Set.of());
    assertEquals(Optional.of("AnswerGranted"), correct.refused());
    assertTrue(correct.taken() >= 2, correct.toString());
    assertEquals(Optional.empty(), Following.of(forEver, Set.of(54)).refused());
    assertEquals(Optional.of(54), Lessons.mutant("MCReverseCheckpointGrantNotRepeated"));
  }

  // There the mistake is the second step: the guest is paused, and no page is copied.
  @ParameterizedTest
  @CsvSource({"MCForwardCheckpointCopiedAfter, 47", "MCForwardCheckpointNotCopied, 48"})
  void theCoreSwitchesOverOnlyWithCopiesOfAllPages(String model, int defect) throws Exception {
    assertEquals(
        new Following(3, 1, Optional.of("SwitchOver")), Following.of(behaviour(model), Set.of()));
    assertEquals(
        new Following(3, 3, Optional.empty()), Following.of(behaviour(model), Set.of(defect)));
    assertEquals(Optional.of(defect), Lessons.mutant(model));
  }

  // There the mistake is made before the first step: too little is reserved.
  @Test
  void theCoreWaitsForAsLongAsClocksMayComeApart() throws Exception {
    assertEquals(
        new Following(9, 0, Optional.of("Init")),
        Following.of(behaviour("MCLeaseDriftTooLarge"), Set.of()));
    assertEquals(
        new Following(9, 9, Optional.empty()),
        Following.of(behaviour("MCLeaseDriftTooLarge"), Set.of(39)));
    assertEquals(Optional.of(39), Lessons.mutant("MCLeaseDriftTooLarge"));
  }

  @Test
  void theCoreFollowsABehaviourWithoutAMistake() throws Exception {
    assertEquals(
        new Following(11, 11, Optional.empty()),
        Following.of(behaviour("MCPreCopyInDoubtForEver"), Set.of()));
    // The price of post-copy is no mistake of the core.
    assertEquals(
        new Following(9, 9, Optional.empty()),
        Following.of(behaviour("MCPostCopySurvivesOneCrash"), Set.of()));
    // Nor is what checkpoints back to the source do not survive.
    assertEquals(
        new Following(6, 6, Optional.empty()),
        Following.of(behaviour("MCReverseCheckpointTwoFailures"), Set.of()));
    assertEquals(
        new Following(1, 1, Optional.empty()),
        Following.of(behaviour("MCReverseCheckpointSourceDies"), Set.of()));
    // Nor what a second failure does to a guest that survives any one.
    assertEquals(
        new Following(5, 5, Optional.empty()),
        Following.of(behaviour("MCForwardCheckpointTwoFailures"), Set.of()));
    assertEquals(
        Optional.empty(),
        Following.of(behaviour("MCForwardCheckpointNobodyDares"), Set.of()).refused());
  }

  @ParameterizedTest
  @CsvSource({
    "MCPostCopyPageListNotSent, 36",
    "MCPostCopyDiscardListNotSent, 19",
    "MCPostCopyStalePageOverNewer, 35",
    "MCReverseCheckpointOutputNotHeld, 28",
    "MCReverseCheckpointAppliedPageByPage, 27",
    "MCReverseCheckpointSourceFreesPages, 28",
    "MCReverseCheckpointEndNotAcknowledged, 38",
    "MCReverseCheckpointDiskWritesNotCarried, 38",
    "MCReverseCheckpointNotFenced, 37",
    "MCReverseCheckpointGrantNotRepeated, 30",
    "MCForwardCheckpointCopiedOnce, 47",
    "MCForwardCheckpointCopiedAfter, 46",
    "MCForwardCheckpointNotCopied, 49",
    "MCForwardCheckpointNotClaimed, 48",
    "MCForwardCheckpointNotSealed, 49",
    "MCLeaseCountedFromAnswer, 41",
    "MCLeaseClockNotChecked, 40",
    "MCSharedLockSwitchedRunning, 43",
    "MCSharedLockSharedForWriting, 42",
    "MCSharedLockFreedIsGiven, 45",
    "MCSharedLockFreedWhileCutOff, 44"
  })
  void anotherMistakeDoesNotLeadThere(String model, int defect) throws Exception {
    assumeLookedFor(model);
    assertTrue(Following.of(behaviour(model), Set.of(defect)).refused().isPresent());
  }

  @Test
  void aFileTellsItsProtocol() throws Exception {
    assertEquals(ExploredProtocol.PRE_COPY, behaviour("MCPreCopyResumeUnacknowledged").protocol());
    assertEquals(
        ExploredProtocol.POST_COPY, behaviour("MCPostCopyResumeUnacknowledged").protocol());
    assertEquals(ExploredProtocol.CHECKPOINT, behaviour("MCReverseCheckpointNotFenced").protocol());
    assertEquals(
        ExploredProtocol.FORWARD_CHECKPOINT, behaviour("MCForwardCheckpointNotCopied").protocol());
    assertEquals(ExploredProtocol.LEASE, behaviour("MCLeaseDriftTooLarge").protocol());
    assertEquals(ExploredProtocol.SHARED_LOCK, behaviour("MCSharedLockFreedIsGiven").protocol());
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
    assertEquals(
        List.of(new Behaviour.Fault("CutLink", 0, "AskOwnership", "Serving", 0)),
        behaviour("MCReverseCheckpointEndNotAcknowledged").faults());
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
        assertThrows(IOException.class, () -> behaviour("MCHandoverResumeUnacknowledged"))
            .getMessage();
    assertTrue(
        cause.endsWith(
            "not a behaviour of one of PreCopy, PostCopy, ReverseCheckpoint, ForwardCheckpoint, Lease,"
                + " SharedLock, as landfall check writes them"),
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

  @Test
  void aFileThatSaysSomethingTwiceIsRefused() throws Exception {
    Path file = Files.writeString(folder.resolve("twice.json"), "{\"steps\":[],\n\"steps\":[]}");
    String cause = assertThrows(IOException.class, () -> Behaviour.read(file)).getMessage();
    assertTrue(cause.contains("Duplicate field 'steps'"), cause);
  }
}
