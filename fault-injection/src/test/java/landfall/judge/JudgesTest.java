package landfall.judge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import landfall.evidence.Judge;
import landfall.evidence.TrialResult;
import landfall.evidence.Verdict;
import landfall.history.HistoryWriter;
import landfall.history.HistoryWriter.Type;
import landfall.nemesis.FaultKind;
import landfall.nemesis.PlannedFault;
import landfall.nemesis.StreamPhase;
import landfall.nemesis.Trigger;
import landfall.trial.Mode;
import landfall.trial.Observations;
import landfall.trial.Schedule;
import landfall.trial.TrialFiles;
import landfall.workload.Clients;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each judge sees a planted violation, passes what is right, and decides nothing from nothing. */
class JudgesTest {
  @TempDir Path folder;

  private static Verdict status(Observations seen) {
    return StatusJudge.judge(seen, Mode.PRECOPY);
  }

  private static Verdict liveness(Observations seen, boolean arbiter) {
    return LivenessJudge.judge(seen, arbiter, Mode.PRECOPY);
  }

  private static Verdict memory(Observations seen, int workingSetPages) {
    return MemoryJudge.judge(seen, workingSetPages, false);
  }

  private static void assertHolds(Verdict verdict) {
    assertInstanceOf(Verdict.Holds.class, verdict, verdict::sentence);
  }

  private static void assertUndecided(String why, Verdict verdict) {
    assertEquals("undecided: " + why, verdict.sentence());
  }

  private static void assertViolated(String claim, String evidence, Verdict verdict) {
    Verdict.Violated violated =
        assertInstanceOf(Verdict.Violated.class, verdict, verdict::sentence);
    assertEquals(claim, violated.claim());
    assertTrue(violated.evidence().contains(evidence), violated::evidence);
  }

  // ---------------------------------------------------------------- history

  @Nested
  class OfTheHistory {

    /**
     * So many writes of a register, each read again, the last read giving what is said; and four
     * operations of a cell of cas, since both kinds of cells must have been used.
     */
    private Path history(int pairs, Long lastRead) throws IOException {
      Path file = folder.resolve("history.edn");
      try (HistoryWriter out = HistoryWriter.create(file)) {
        for (long i = 1; i <= pairs; i++) {
          out.append(Type.INVOKE, 1, "write", 0L, i, 4 * i);
          out.append(Type.OK, 1, "write", 0L, i, 4 * i + 1);
          out.append(Type.INVOKE, 2, "read", 0L, null, 4 * i + 2);
          out.append(Type.OK, 2, "read", 0L, i == pairs ? lastRead : i, 4 * i + 3);
        }
        long cell = Clients.REGISTERS;
        for (long i = 0; i < 4; i++) {
          long time = 4L * pairs + 10 + 2 * i;
          out.append(Type.INVOKE, 3, "read", cell, null, time);
          out.append(Type.OK, 3, "read", cell, null, time + 1);
        }
      }
      return file;
    }

    @Test
    void aHistoryOfOneGuestHolds() throws IOException {
      Verdict verdict = HistoryJudge.judge(history(150, 150L), Story.completed().told().replies());
      assertEquals(new Verdict.Holds(304), verdict);
    }

    @Test
    void aStepThatTwoHostsAnsweredNeedsTwoGuests() throws IOException {
      Observations seen = Story.completed().answers("A", 260, 3).answers("B", 261, 3).told();
      Verdict verdict = HistoryJudge.judge(history(150, 150L), seen.replies());
      assertViolated("AtMostOneEffective", "step 3 of the guest was answered twice", verdict);
      assertViolated("AtMostOneEffective", "to request 3, at host A, at 260.0 ms", verdict);
      assertViolated("AtMostOneEffective", "to request 4, at host B", verdict);
    }

    @Test
    void aGuestThatServedMoreThanItWasAskedForHasForgottenWhatItWas() throws IOException {
      Story story = Story.completed().answers("B", 270, 2_000_000_000);
      assertViolated(
          "ConsistentImage",
          "the guest says that it has served 2000000000 commands; it was asked for 900 in all",
          HistoryJudge.judge(history(150, 150L), story.asked(900).told()));
    }

    @Test
    void aStepIsSeenTwiceEvenIfHardlyAnythingWasAsked() throws IOException {
      Observations seen = Story.completed().answers("B", 270, 2).told();
      assertViolated(
          "AtMostOneEffective", "step 2", HistoryJudge.judge(history(1, 1L), seen.replies()));
    }

    @Test
    void aWriteThatWasForgottenIsNoHistoryOfOneGuest() throws IOException {
      Verdict verdict = HistoryJudge.judge(history(150, 149L), List.of());
      assertInstanceOf(Verdict.Violated.class, verdict, verdict::sentence);
    }

    @Test
    void fewAnsweredOperationsDecideNothing() throws IOException {
      assertUndecided(
          "198 operations were answered, 200 are needed to decide",
          HistoryJudge.judge(history(97, 97L), List.of()));
      Verdict ofNone = HistoryJudge.judge(history(0, null), List.of());
      assertInstanceOf(Verdict.Undecided.class, ofNone, ofNone::sentence);
    }

    @Test
    void aCellOfCasIsJudgedAsSuch() throws IOException {
      Path file = folder.resolve("history.edn");
      long cell = Clients.REGISTERS;
      try (HistoryWriter out = HistoryWriter.create(file)) {
        out.append(Type.INVOKE, 1, "cas", cell, List.of(0L, 1L), 1);
        out.append(Type.OK, 1, "cas", cell, List.of(0L, 1L), 2);
        out.append(Type.INVOKE, 1, "cas", cell, List.of(0L, 2L), 3);
        out.append(Type.OK, 1, "cas", cell, List.of(0L, 2L), 4);
      }
      Verdict verdict = HistoryJudge.judge(file, List.of());
      assertInstanceOf(Verdict.Violated.class, verdict, verdict::sentence);
    }
  }

  // ---------------------------------------------------------------- memory

  @Nested
  class OfMemory {
    private static final int WORKING_SET = 4;

    @Test
    void aGuestThatForgotWhatItWroteIsAViolation() {
      assertViolated(
          "ConsistentImage",
          "the guest wrote 4 pages, and knows of 0 now",
          memory(Story.completed().reports("verify ok 0 0").told(), WORKING_SET));
    }

    @Test
    void aGuestThatVerifiedItsPagesHolds() {
      assertEquals(
          new Verdict.Holds(400),
          memory(Story.completed().reports("verify ok 400 0").told(), WORKING_SET));
    }

    @Test
    void aMismatchThatTheGuestReportsIsAViolation() {
      assertViolated(
          "ConsistentImage",
          "at 300.0 ms, host B: the guest reports: !mismatch page=7",
          memory(
              Story.completed()
                  .reports("verify ok 400 0")
                  .reports("!mismatch page=7 offset=0 expected=1 found=2 version=3")
                  .told(),
              WORKING_SET));
    }

    @Test
    void wrongPagesAtTheEndAreAViolation() {
      assertViolated(
          "ConsistentImage",
          "of 400 pages, 2 are not as written",
          memory(Story.completed().reports("verify ok 400 2").told(), WORKING_SET));
    }

    @Test
    void mismatchesThatTheGuestCountsAreAViolation() {
      assertViolated(
          "ConsistentImage",
          "the guest counts 3 mismatches",
          memory(
              Story.completed().reports("status ok time=1 written=90 x=1 mismatches=3").told(),
              WORKING_SET));
    }

    @Test
    void pagesOfBothRamsThatDifferAreAViolation() {
      assertViolated(
          "ConsistentImage",
          "differ (number from the start of RAM, first ones shown): [5, 9]",
          memory(
              Story.completed().reports("verify ok 4 0").compared(1024, 5, 9).told(), WORKING_SET));
      assertEquals(
          new Verdict.Holds(1028),
          memory(Story.completed().reports("verify ok 4 0").compared(1024).told(), WORKING_SET));
    }

    @Test
    void ramsThatShouldHaveBeenComparedAndWereNotDecideNothing() {
      Story saved = Story.completed().reports("verify ok 4 0").notCompared("pmemsave was refused");
      assertUndecided(
          "both RAMs could not be compared: pmemsave was refused",
          memory(saved.told(), WORKING_SET));
      assertInstanceOf(
          Verdict.Violated.class, memory(saved.reports("!mismatch page=7").told(), WORKING_SET));
    }

    @Test
    void reportsOfTheGuestThatWereNotKeptDecideNothing() {
      Verdict verdict =
          memory(
              Story.completed().reports("verify ok 4 0").dropped("reports of the guest", 9).told(),
              WORKING_SET);
      assertInstanceOf(Verdict.Undecided.class, verdict, verdict::sentence);
    }

    @Test
    void aGuestThatRunsAndDidNotVerifyDecidesNothing() {
      assertUndecided(
          "the guest runs but did not verify its memory at the end",
          memory(
              Story.completed().reports("status ok written=90 mismatches=0").told(), WORKING_SET));
    }

    @Test
    void aGuestThatReportedNothingDecidesNothing() {
      assertUndecided(
          "the guest reported nothing about its memory",
          memory(Story.of(100, 200, "failed").told(), WORKING_SET));
    }

    @Test
    void aGuestThatIsLostVerifiedWhatItWroteAgain() {
      assertEquals(
          new Verdict.Holds(90),
          memory(
              Story.of(100, 200, "failed")
                  .reports("status ok written=90 mismatches=0")
                  .ends("", "inmigrate", "")
                  .told(),
              WORKING_SET));
    }
  }

  // ---------------------------------------------------------------- a guest that may return

  @Nested
  class OfAGuestThatSendsCheckpoints {

    /** The destination ran the guest, answered, and is killed. */
    private static Story split() {
      return Story.of(100, 200, "failed")
          .answers("A", 50, 1)
          .says("A", 200, "failed")
          .passes(StreamPhase.DEVICE_STATE, 120)
          .passes(StreamPhase.HANDOVER, 130)
          .passes(StreamPhase.RESUMED)
          .passes(StreamPhase.PUSH, 150)
          .answers("B", 152, 2)
          .fault(FaultKind.KILL_DESTINATION, "push", 155, true);
    }

    private static Verdict liveness(Story story) {
      return LivenessJudge.judge(story.speaksHandover().told(), false, Mode.CHECKPOINT);
    }

    @Test
    void theSourceThatDoesNotGoOnHasLostIt() {
      assertViolated(
          "EventuallyRuns",
          "the destination was killed, and the source had the last checkpoint",
          liveness(split().ends("finish-migrate", "", "postcopy-paused")));
    }

    @Test
    void onceTheSourceWasAskedForTheOwnershipBothMayBeLostTogether() {
      assertHolds(
          liveness(
              split().passes(StreamPhase.OWNERSHIP).ends("finish-migrate", "", "postcopy-paused")));
    }

    private static Verdict withLock(Story story, String lock) {
      Observations seen = story.speaksHandover().locked(lock).told();
      return LivenessJudge.judge(seen, true, Mode.CHECKPOINT);
    }

    @Test
    void withALockTheSourceThatWasAskedMustGoOnUnlessTheGuestWasTaken() {
      Story asked =
          split().passes(StreamPhase.OWNERSHIP).ends("finish-migrate", "", "postcopy-paused");
      assertViolated(
          "EventuallyRuns",
          "the destination was killed before the lock said that it had taken the guest",
          withLock(asked, "{\"by\":\"A\",\"offeredTo\":\"B\",\"attempt\":1}"));
      assertHolds(withLock(asked, "{\"owner\":\"B\",\"attempt\":1}"));
      Story unasked = split().ends("finish-migrate", "", "postcopy-paused");
      assertInstanceOf(
          Verdict.Undecided.class, withLock(unasked, "{\"owner\":\"B\",\"attempt\":1}"));
    }

    /** Who takes the guest in the lock says so to no source; a lock that denies it is believed. */
    @Test
    void completedNeedsNoWordOnTheChannelIfTheDestinationTookTheGuestByTheLock() {
      Story taken =
          Story.of(100, 200, "completed")
              .speaksHandover()
              .answers("A", 50, 1)
              .passes(StreamPhase.DEVICE_STATE, 120)
              .passes(StreamPhase.HANDOVER, 130)
              .answers("B", 250, 2)
              .says("A", 200, "completed")
              .ends("postmigrate", "running", "completed", "B");
      String owned = "{\"owner\":\"B\",\"attempt\":1}";
      String offered = "{\"by\":\"A\",\"offeredTo\":\"B\",\"attempt\":1}";
      String never = "the destination never said that it has every page";
      assertViolated(
          "StatusTruthful", never, StatusJudge.judge(taken.locked(owned).told(), Mode.CHECKPOINT));
      taken.says("B", 190, "completed");
      assertViolated(
          "StatusTruthful",
          never,
          StatusJudge.judge(taken.locked(offered).told(), Mode.CHECKPOINT));
      assertHolds(StatusJudge.judge(taken.locked(owned).told(), Mode.CHECKPOINT));
    }

    @Test
    void withALockADestinationThatHasEveryPageMustGoOnWithoutItsSource() {
      String offered = "{\"by\":\"A\",\"offeredTo\":\"B\",\"attempt\":1}";
      Story torn = withoutSource();
      assertHolds(withLock(torn.ends("", "running", "postcopy-paused"), offered));
      Story whole = withoutSource().passes(StreamPhase.OWNERSHIP);
      assertViolated(
          "EventuallyRuns",
          "the destination had every page when the source was killed",
          withLock(whole.ends("", "running", "postcopy-paused"), offered));
    }

    private static Story withoutSource() {
      return Story.of(100, 200, "")
          .answers("A", 50, 1)
          .passes(StreamPhase.DEVICE_STATE, 120)
          .passes(StreamPhase.HANDOVER, 130)
          .passes(StreamPhase.RESUMED)
          .passes(StreamPhase.PUSH, 150)
          .answers("B", 152, 2)
          .fault(FaultKind.KILL_SOURCE, "push", 155, true);
    }

    @Test
    void itMayHaveAnsweredAtTheDestinationBefore() {
      Story returned = split().answers("A", 250, 3).ends("running", "", "failed", "A");
      assertHolds(StatusJudge.judge(returned.told(), Mode.CHECKPOINT));
      assertViolated(
          "StatusTruthful",
          "host A reported 'failed' at 200 ms, but the guest answered at host B at 152 ms",
          StatusJudge.judge(returned.told(), Mode.POSTCOPY));
    }

    @Test
    void aSourceThatSaysFailedMustHaveIt() {
      Story lost = split().ends("finish-migrate", "", "failed");
      assertViolated(
          "StatusTruthful",
          "host A reported 'failed' at 200 ms, but the guest never answered at the source after"
              + " that",
          StatusJudge.judge(lost.told(), Mode.CHECKPOINT));
    }
  }

  // ---------------------------------------------------------------- a guest with a store

  @Nested
  class OfAGuestThatIsCopiedAhead {

    /** The destination runs the guest, without most of its pages, and answered. */
    private static Story split() {
      return Story.of(100, 200, "postcopy-active")
          .answers("A", 50, 1)
          .says("A", 120, "active")
          .passes(StreamPhase.DEVICE_STATE, 120)
          .passes(StreamPhase.HANDOVER, 130)
          .passes(StreamPhase.RESUMED)
          .passes(StreamPhase.PUSH, 150)
          .answers("B", 152, 2);
    }

    private static Verdict liveness(Story story) {
      return LivenessJudge.judge(story.speaksHandover().told(), false, Mode.FORWARD);
    }

    @ParameterizedTest
    @EnumSource(names = {"KILL_SOURCE", "KILL_DESTINATION"})
    void neitherHostTakesTheGuestAlong(FaultKind kind) {
      boolean source = kind == FaultKind.KILL_SOURCE;
      assertViolated(
          "EventuallyRuns",
          source
              ? "the guest had been given to the destination when the source was killed"
              : "the destination was killed, and the source had the last checkpoint",
          liveness(
              split()
                  .fault(kind, "push", 155, true)
                  .ends(
                      source ? "" : "finish-migrate", source ? "running" : "", "postcopy-paused")));
    }

    @Test
    void aSecondFailureMayLoseIt() {
      assertHolds(
          liveness(
              split()
                  .fault(FaultKind.RESTART_COMPANION, "push", 153, true)
                  .fault(FaultKind.KILL_SOURCE, "push", 155, true)
                  .ends("", "running", "postcopy-paused")));
    }

    @ParameterizedTest
    @EnumSource(names = {"RESTART_GRANTOR", "STOP_GRANTOR"})
    void aGrantorThatComesBackIsNoFailure(FaultKind kind) {
      assertViolated(
          "EventuallyRuns",
          "the guest had been given to the destination when the source was killed",
          liveness(
              split()
                  .fault(kind, "push", 153, true)
                  .fault(FaultKind.KILL_SOURCE, "push", 155, true)
                  .ends("", "running", "postcopy-paused")));
    }

    @ParameterizedTest
    @EnumSource(names = {"RESTART_COMPANION", "STOP_COMPANION", "CUT_STORE_SOURCE"})
    void hostsThatLoseEachOtherGoOnUnlessTheStoreDies(FaultKind kind) {
      Story story =
          split()
              .fault(FaultKind.RESET, "push", 153, true)
              .fault(kind, "push", 155, true)
              .ends("finish-migrate", "running", "postcopy-paused");
      Verdict status = StatusJudge.judge(story.told(), Mode.FORWARD);
      if (kind == FaultKind.RESTART_COMPANION) {
        assertHolds(liveness(story));
        assertHolds(status);
      } else {
        assertViolated("EventuallyRuns", "no host was killed", liveness(story));
        assertViolated("StatusTruthful", "no host was killed", status);
      }
    }

    @Test
    void whatDidNotTakeEffectIsNoFailure() {
      assertViolated(
          "EventuallyRuns",
          "the guest had been given to the destination when the source was killed",
          liveness(
              split()
                  .fault(FaultKind.RESTART_COMPANION, "push", 153, false)
                  .fault(FaultKind.KILL_SOURCE, "push", 155, true)
                  .ends("", "running", "postcopy-paused")));
    }

    @Test
    void withoutAFailureCompletedMeansWholeAsEver() {
      Story completed =
          Story.of(100, 200, "completed")
              .answers("A", 50, 1)
              .says("A", 200, "completed")
              .passes(StreamPhase.DEVICE_STATE, 120)
              .passes(StreamPhase.HANDOVER, 130)
              .answers("B", 152, 2)
              .ends("", "running", "completed", "B");
      assertViolated(
          "StatusTruthful",
          "the destination never said that it has every page",
          StatusJudge.judge(completed.told(), Mode.FORWARD));
    }
  }

  // ---------------------------------------------------------------- a guest on two hosts

  @Nested
  class OfAGuestOnTwoHosts {
    private static Verdict judge(Story story) {
      return LivenessJudge.judge(story.speaksHandover().told(), false, Mode.POSTCOPY);
    }

    /** The destination runs the guest, and its pages follow. */
    private static Story split() {
      return Story.of(100, 200, "postcopy-active")
          .answers("A", 50, 1)
          .says("A", 120, "active")
          .passes(StreamPhase.DEVICE_STATE, 120)
          .passes(StreamPhase.HANDOVER, 130)
          .passes(StreamPhase.RESUMED)
          .passes(StreamPhase.PUSH, 150);
    }

    @ParameterizedTest
    @EnumSource(names = {"KILL_SOURCE", "KILL_DESTINATION"})
    void whoDiesWhileItHasPagesTakesTheGuestAlong(FaultKind kind) {
      boolean source = kind == FaultKind.KILL_SOURCE;
      assertHolds(
          judge(
              split()
                  .fault(kind, "push", 155, true)
                  .ends(
                      source ? "" : "finish-migrate", source ? "running" : "", "postcopy-paused")));
    }

    @Test
    void nobodyElseMayLoseIt() {
      assertViolated(
          "EventuallyRuns",
          "no host was killed",
          judge(split().ends("finish-migrate", "running", "postcopy-paused")));
      assertViolated(
          "EventuallyRuns",
          "no host was killed",
          judge(
              split()
                  .fault(FaultKind.KILL_SOURCE, false)
                  .ends("finish-migrate", "running", "postcopy-paused")));
    }

    @Test
    void aDestinationThatHasEveryPageNeedsNoSource() {
      Story whole =
          split()
              .passes(StreamPhase.COMPLETE)
              .fault(FaultKind.KILL_SOURCE, "complete", 155, true)
              .ends("", "running", "postcopy-active");
      assertViolated(
          "EventuallyRuns",
          "the guest had been given to the destination when the source was killed",
          judge(whole));
      assertHolds(judge(whole.ends("", "running", "postcopy-active", "B")));
    }

    @Test
    void whatIsLeftOfAGuestMayRunUntilItNeedsWhatIsGone() {
      Story left =
          split()
              .answers("B", 160, 2)
              .fault(FaultKind.KILL_SOURCE, "push", 155, true)
              .reports("status written=90 mismatches=0")
              .ends("", "running", "active", "B");
      assertHolds(judge(left));
      assertEquals(new Verdict.Holds(90), MemoryJudge.judge(left.told(), 4, true));
      assertUndecided(
          "the guest runs but did not verify its memory at the end",
          MemoryJudge.judge(left.told(), 4, false));
      assertTrue(Fate.of(left.told(), left.told().attempts().get(0)).leftWithoutPages());
    }

    @Test
    void aSourceThatDiesBeforeTheHandoverLeavesNoPagesMissing() {
      Story before =
          Story.of(100, 200, "active")
              .speaksHandover()
              .passes(StreamPhase.DEVICE_STATE, 140)
              .comesInVain(StreamPhase.HANDOVER, 145)
              .fault(FaultKind.KILL_SOURCE, "handover", 145.1, true);
      assertFalse(Fate.of(before.told(), before.told().attempts().get(0)).leftWithoutPages());
    }

    @Test
    void aRecoveryOfASourceInDoubtGivesTheGuestAway() {
      Story recovered =
          Story.of(100, 200, "postcopy-recover")
              .speaksHandover()
              .passes(StreamPhase.DEVICE_STATE, 120)
              .comesInVain(StreamPhase.HANDOVER, 130)
              .passes(StreamPhase.RECOVER, 150)
              .fault(FaultKind.KILL_SOURCE, "recover", 155, true);
      assertTrue(Fate.of(recovered.told(), recovered.told().attempts().get(0)).leftWithoutPages());
    }

    @Test
    void aSourceThatSaysCompletedBeforeTheDestinationHasEveryPageLies() {
      Story early =
          Story.completed()
              .passes(StreamPhase.DEVICE_STATE)
              .passes(StreamPhase.HANDOVER)
              .passes(StreamPhase.RESUMED);
      assertViolated(
          "StatusTruthful",
          "host A reported 'completed' at 200 ms, but the destination never said that it has every"
              + " page",
          StatusJudge.judge(early.told(), Mode.POSTCOPY));
      assertHolds(StatusJudge.judge(early.passes(StreamPhase.COMPLETE).told(), Mode.POSTCOPY));
    }

    @Test
    void memoryThatFollowsAGuestIsMemory() {
      assertHolds(judge(Story.completed().carriesNothing().passes(StreamPhase.PUSH)));
    }
  }

  // ---------------------------------------------------------------- liveness

  @Nested
  class OfLiveness {
    private static Verdict judge(Story story) {
      return liveness(story.speaksHandover().told(), false);
    }

    private static Verdict judgeWithArbiter(Story story) {
      return liveness(story.speaksHandover().told(), true);
    }

    /** Of a stream as QEMU's, in which no message gives the guest away. */
    private static Verdict judgeWithoutHandover(Story story) {
      return liveness(story.told(), false);
    }

    @Test
    void aGuestThatAnswersAfterTheFaultsHolds() {
      assertHolds(judge(Story.completed()));
      assertHolds(judge(Story.failed()));
    }

    @Test
    void withoutAnAttemptNothingIsDecidedAndTheCauseIsNamed() {
      assertUndecided("no migration was started", judge(new Story()));
      assertUndecided(
          "no migration was started; host A at 120 ms: the guest answered nothing",
          judge(new Story().hadIncident("A", "the guest answered nothing")));
    }

    @Test
    void withoutGuestMemoryOnTheChannelNothingIsDecided() {
      assertUndecided(
          "no page of the guest was seen on the migration channel",
          judge(Story.completed().carriesNothing()));
    }

    @Test
    void aSilentGuestOfLivingHostsIsAViolation() {
      assertViolated(
          "EventuallyRuns",
          "no host was killed",
          judge(Story.of(100, 200, "device").ends("finish-migrate", "inmigrate", "device")));
    }

    @Test
    void aGuestThatCameBackAndFallsSilentIsAViolation() {
      assertViolated(
          "EventuallyRuns",
          "from 550 ms on it answered nowhere for 3400 ms (3000 ms are allowed)",
          judge(Story.completed().silentFor(3_400, 0)));
      assertHolds(judge(Story.completed().silentFor(2_900, 0)));
    }

    @Test
    void aSilenceInWhichOurOwnClientsStoodStillIsNotTheGuests() {
      assertHolds(judge(Story.completed().silentFor(3_400, 500)));
      assertInstanceOf(Verdict.Violated.class, judge(Story.completed().silentFor(3_400, 300)));
    }

    @Test
    void aKillThatWasNotSeenExcusesNothing() {
      assertViolated(
          "EventuallyRuns",
          "no host was killed",
          judge(
              Story.of(100, 200, "device")
                  .fault(FaultKind.KILL_DESTINATION, false)
                  .ends("finish-migrate", "inmigrate", "device")));
    }

    @Test
    void aDestinationThatWasKilledAfterTheHandoverTakesTheGuestWithIt() {
      assertHolds(
          judge(
              Story.of(100, 200, "device")
                  .passes(StreamPhase.DEVICE_STATE, 140)
                  .comesInVain(StreamPhase.HANDOVER, 145)
                  .fault(FaultKind.KILL_DESTINATION, "handover", 145.1, true)
                  .ends("finish-migrate", "", "device")));
    }

    @Test
    void withAnArbiterTheSourceTakesItBackUnlessTheDestinationHadTakenIt() {
      assertViolated(
          "EventuallyRuns",
          "the destination was killed before it had taken the guest",
          judgeWithArbiter(
              Story.of(100, 200, "device")
                  .passes(StreamPhase.DEVICE_STATE, 140)
                  .comesInVain(StreamPhase.HANDOVER, 145)
                  .fault(FaultKind.KILL_DESTINATION, "handover", 145.1, true)
                  .ends("finish-migrate", "", "device")));
      assertHolds(
          judgeWithArbiter(
              Story.of(100, 200, "completed")
                  .passes(StreamPhase.DEVICE_STATE, 140)
                  .passes(StreamPhase.HANDOVER, 142)
                  .passes(StreamPhase.RESUMED)
                  .fault(FaultKind.KILL_DESTINATION, "resumed", 150, true)
                  .ends("postmigrate", "", "completed")));
    }

    @Test
    void withAnArbiterThatTheSourceSaysCompletedDoesNotShowThatTheDestinationTookIt() {
      Verdict verdict =
          judgeWithArbiter(
              Story.of(100, 200, "completed")
                  .passes(StreamPhase.DEVICE_STATE, 140)
                  .comesInVain(StreamPhase.HANDOVER, 145)
                  .fault(FaultKind.KILL_DESTINATION, "handover", 145.1, true)
                  .ends("postmigrate", "", "completed"));
      assertInstanceOf(Verdict.Violated.class, verdict, verdict::sentence);
    }

    @Test
    void aDestinationThatWasKilledBeforeItDoesNot() {
      assertViolated(
          "EventuallyRuns",
          "the destination was killed before it had taken the guest",
          judge(
              Story.of(100, 200, "failed")
                  .passes(StreamPhase.DEVICE_STATE)
                  .passes(StreamPhase.READY)
                  .fault(FaultKind.KILL_DESTINATION, true)
                  .ends("paused", "", "failed")));
    }

    @Test
    void aDestinationThatWasStartedAgainIsAnswerableForTheNextAttempt() {
      Story arrived =
          Story.failed()
              .fault(FaultKind.RESTART_DESTINATION, "later-round", 150, true)
              .attempt(300, 400, "completed")
              .answers("B", 450, 3);
      assertHolds(judge(arrived.ends("postmigrate", "running", "completed", "B")));
      // What it did not have when it was killed excuses nothing afterwards.
      assertViolated(
          "EventuallyRuns",
          "neither host that had the guest was killed",
          judge(arrived.ends("postmigrate", "inmigrate", "completed")));
    }

    /** The case lost-guest-holds: nothing of the device state was delivered. */
    private static Story lostGuest() {
      return Story.of(100, 200, "completed")
          .answers("A", 50, 1)
          .says("A", 200, "completed")
          .comesInVain(StreamPhase.DEVICE_STATE, 150)
          .fault(FaultKind.KILL_DESTINATION, "device-state", 150.1, true)
          .ends("postmigrate", "", "completed");
    }

    @Test
    void thatTheSourceSaysCompletedDoesNotShowThatTheGuestWasGivenAway() {
      assertViolated(
          "EventuallyRuns",
          "the destination was killed before it had taken the guest",
          judgeWithoutHandover(lostGuest()));
      assertViolated(
          "StatusTruthful",
          "host A reported 'completed' at 200 ms, but the destination was killed before it had"
              + " got all of the guest",
          status(lostGuest().told()));
    }

    @Test
    void norDoesWhatADestinationSaysThatCannotHaveTheGuest() {
      assertViolated(
          "EventuallyRuns",
          "the destination was killed before it had taken the guest",
          judgeWithoutHandover(lostGuest().runs("B", 140, "running")));
    }

    @Test
    void aDestinationThatHadTheWholeStreamMayHaveTakenTheGuestWithIt() {
      Story lost =
          Story.of(100, 200, "completed")
              .answers("A", 50, 1)
              .says("A", 200, "completed")
              .passes(StreamPhase.DEVICE_STATE, 150)
              .delivers(155)
              .fault(FaultKind.KILL_DESTINATION, "device-state", 250, true)
              .ends("postmigrate", "", "completed");
      assertHolds(judgeWithoutHandover(lost));
      assertUndecided(
          "the source reported 'completed', and the destination was killed before it gave any sign"
              + " that it runs the guest",
          status(lost.told()));
      assertHolds(status(lost.runs("B", 240, "running").told()));
    }

    @Test
    void aDestinationThatWasToldMustRunAlthoughTheSourceWasKilled() {
      Story told =
          Story.of(100, 200, "active")
              .passes(StreamPhase.DEVICE_STATE)
              .passes(StreamPhase.HANDOVER)
              .fault(FaultKind.KILL_SOURCE, true)
              .ends("", "inmigrate", "");
      assertViolated("EventuallyRuns", "had been given to the destination", judge(told));
    }

    @Test
    void aHandoverThatACutWithheldUntilTheSourceWasKilledGivesNothingAway() {
      Story cut =
          Story.of(100, 200, "active")
              .passes(StreamPhase.DEVICE_STATE, 140)
              .comesInVain(StreamPhase.HANDOVER, 150)
              .fault(FaultKind.CUT_FORWARD, "handover", 150, true)
              .fault(FaultKind.KILL_SOURCE, "handover", 250, true)
              .ends("", "inmigrate", "");
      assertHolds(judge(cut));
    }

    @Test
    void aSourceThatWasKilledBeforeTheHandoverTakesTheGuestWithIt() {
      assertHolds(
          judge(
              Story.of(100, 200, "active")
                  .passes(StreamPhase.READY)
                  .fault(FaultKind.KILL_SOURCE, true)
                  .ends("", "inmigrate", "")));
    }

    @Test
    void whereTheHandoverCannotBeSeenTheSourcesWordCountsAgainstIt() {
      Story active =
          Story.of(100, 200, "active").fault(FaultKind.KILL_SOURCE, true).ends("", "paused", "");
      assertHolds(judgeWithoutHandover(active));
      Story completed =
          Story.of(100, 200, "completed")
              .fault(FaultKind.KILL_SOURCE, true)
              .ends("", "paused", "completed");
      assertInstanceOf(Verdict.Violated.class, judgeWithoutHandover(completed));
    }

    @Test
    void nothingIsLeftOfTwoHostsThatWereKilled() {
      assertHolds(
          judge(
              Story.of(100, 200, "active")
                  .fault(FaultKind.KILL_SOURCE, true)
                  .fault(FaultKind.KILL_DESTINATION, true)
                  .ends("", "", "")));
    }
  }

  // ---------------------------------------------------------------- status

  @Nested
  class OfTheStatus {
    private static Verdict judge(Story story) {
      return status(story.told());
    }

    @Test
    void anAnswerToWhatWasAskedBeforeTheReportMayBeReadMuchLater() {
      assertHolds(judge(Story.completed().answers("A", 900, 1, 190)));
    }

    @Test
    void anAnswerToWhatWasAskedAfterTheReportIsALieHoweverSoonItComes() {
      assertViolated(
          "StatusTruthful",
          "host A reported 'completed' at 200 ms, but the guest answered at host A at 202 ms",
          judge(Story.completed().answers("A", 202, 3, 201)));
    }

    @Test
    void whatIsReportedTruthfullyHolds() {
      assertHolds(judge(Story.completed()));
      assertHolds(judge(Story.failed()));
      assertHolds(
          judge(
              Story.failed()
                  .attempt(300, 400, "completed")
                  .answers("B", 450, 3)
                  .ends("postmigrate", "running", "completed", "B")));
    }

    @Test
    void withoutAttemptsOrReportsNothingIsDecided() {
      assertUndecided("no host reported anything", judge(new Story().says("A", 1, "none")));
      assertUndecided("no host reported anything", judge(Story.of(100, 200, "completed")));
    }

    /** Paused at the source at 130 ms, and arrived at 200 ms. */
    private Story pausedAndMoved() {
      return moved().operator("A", 120, "stop").runs("A", 130, "paused");
    }

    private Story moved() {
      return Story.of(100, 200, "completed")
          .answers("A", 50, 1)
          .says("A", 200, "completed")
          .ends("postmigrate", "running", "completed", "B");
    }

    @Test
    void aGuestThatWasPausedAndRunsWithoutTheOperatorIsAViolation() {
      assertViolated(
          "StaysPaused",
          "the operator paused the guest, host A reported 'paused' at 130 ms, and nobody let the"
              + " guest go on, but the guest answered at host B at 240 ms",
          judge(pausedAndMoved().answers("B", 240, 3, 210)));
      assertViolated(
          "StaysPaused",
          "the guest answered at host A at 240 ms",
          judge(
              Story.of(100, 200, "failed")
                  .answers("A", 50, 1)
                  .says("A", 200, "failed")
                  .ends("running", "inmigrate", "failed", "A")
                  .operator("A", 120, "stop")
                  .runs("A", 130, "paused")
                  .answers("A", 240, 3, 210)));
    }

    @Test
    void aGuestThatWasPausedMayRunOnceTheOperatorLetsItGoOn() {
      for (String host : List.of("A", "B")) {
        assertHolds(judge(pausedAndMoved().operator(host, 220, "cont").answers("B", 240, 3, 210)));
        // He had said so before, and that may come later than the pause.
        assertHolds(judge(pausedAndMoved().operator(host, 110, "cont").answers("B", 240, 3, 210)));
      }
      // Of an attempt before: it went on then, and was paused again.
      assertViolated(
          "StaysPaused",
          "'paused' at 130 ms",
          judge(pausedAndMoved().operator("A", 20, "cont").answers("B", 240, 3, 210)));
    }

    @Test
    void thatAGuestWasPausedMustBeCertain() {
      // It may have answered before.
      assertHolds(judge(pausedAndMoved().answers("B", 240, 3, 129)));
      // It may have gone before, and the pause may be that of the migration.
      assertHolds(
          judge(pausedAndMoved().passes(StreamPhase.DEVICE_STATE, 125).answers("B", 240, 3, 210)));
      assertHolds(judge(pausedAndMoved().isEncrypted(110).answers("B", 240, 3, 210)));
      // The host has not said so.
      assertHolds(
          judge(
              moved()
                  .operator("A", 120, "stop")
                  .runs("A", 130, "finish-migrate")
                  .answers("B", 240, 3, 210)));
    }

    @Test
    void aGuestThatAnswersAtTheSourceLongAfterCompletedIsALie() {
      assertViolated(
          "StatusTruthful",
          "host A reported 'completed' at 200 ms, but the guest answered at host A at 400 ms",
          judge(Story.completed().answers("A", 400, 3)));
    }

    @Test
    void completedWithoutAGuestAtTheDestinationIsALieUnlessThatWasKilled() {
      Story nowhere =
          Story.of(100, 200, "completed")
              .answers("A", 50, 1)
              .says("A", 200, "completed")
              .ends("postmigrate", "paused", "completed");
      assertViolated("StatusTruthful", "never answered at the destination", judge(nowhere));
      // The destination was killed after it had said that it runs the guest.
      assertHolds(
          judge(
              nowhere
                  .passes(StreamPhase.DEVICE_STATE, 140)
                  .runs("B", 190, "running")
                  .fault(FaultKind.KILL_DESTINATION, "resumed", 195, true)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"failed", "cancelled"})
    void anAttemptThatIsSaidToHaveFailedAlthoughTheGuestArrivedIsALie(String status) {
      assertViolated(
          "StatusTruthful",
          "the guest answered at host B at 250 ms",
          judge(
              Story.of(100, 200, status)
                  .answers("A", 50, 1)
                  .answers("B", 250, 2)
                  .answers("A", 260, 3)
                  .says("A", 200, status)
                  .ends("running", "running-not", status, "A")));
    }

    @Test
    void failedWithoutAGuestAtTheSourceIsALieUnlessThatWasKilled() {
      Story nowhere =
          Story.of(100, 200, "failed")
              .answers("A", 50, 1)
              .says("A", 200, "failed")
              .ends("paused", "inmigrate", "failed");
      assertViolated("StatusTruthful", "never answered at the source after that", judge(nowhere));
      assertHolds(judge(nowhere.fault(FaultKind.KILL_SOURCE, true)));
    }

    /**
     * As seen of the reference: no client came between two attempts that followed at once; and a
     * guest stood for 3.5 s, since the grantor that lends it was killed and started again.
     */
    @Test
    void aGuestThatIsMovedOnWhileItMayYetComeBackNeedNotHaveAnsweredInBetween() {
      assertHolds(judge(movedOn(350)));
      assertHolds(judge(movedOn(3_700)));
      assertViolated("StatusTruthful", "never answered at the source after", judge(movedOn(8_350)));
    }

    private static Story movedOn(double atMillis) {
      return Story.of(100, 200, "failed")
          .answers("A", 50, 1)
          .says("A", 200, "failed")
          .attempt(atMillis, atMillis + 100, "completed")
          .says("A", atMillis + 100, "completed")
          .answers("B", atMillis + 120, 2)
          .ends("postmigrate", "running", "completed", "B");
    }

    @Test
    void aDestinationThatSaysCompletedOfAnAttemptThatFailedLies() {
      assertViolated(
          "StatusTruthful",
          "host B reported 'completed' at 190 ms, but the guest answered at host A at" + " 300 ms",
          judge(Story.failed().says("B", 190, "completed").answers("A", 300, 3)));
      assertViolated(
          "StatusTruthful",
          "host B reported 'completed' at 240 ms, but the guest never answered there",
          judge(Story.failed().says("B", 240, "completed")));
    }

    /** As seen of the reference: the next attempt began before the destination had said so. */
    @Test
    void aDestinationThatSaysFailedOfTheAttemptBeforeDoesNotLie() {
      assertHolds(
          judge(
              Story.failed()
                  .attempt(300, 400, "completed")
                  .says("B", 310, "failed: Connection reset by peer")
                  .says("B", 320, "active")
                  .says("B", 390, "completed")
                  .answers("B", 450, 3)
                  .ends("postmigrate", "running", "completed", "B")));
    }

    /**
     * As seen on a busy machine: what it says of a lost attempt comes in the next, which succeeds.
     */
    @Test
    void aDestinationThatSaysCompletedOfTheAttemptBeforeLiesUnlessThatBroughtAGuest() {
      Story late =
          Story.failed()
              .attempt(300, 400, "completed")
              .tells("B", 310, "MIGRATION completed")
              .tells("B", 320, "MIGRATION active")
              .tells("B", 390, "MIGRATION completed")
              .answers("B", 450, 3)
              .ends("postmigrate", "running", "completed", "B");
      assertViolated(
          "StatusTruthful",
          "host B reported 'completed' at 310 ms, but it said that it was under way after that, and no"
              + " guest had arrived before",
          judge(late));
      assertHolds(judge(late.answers("B", 20, 1)));
    }

    /** An answer to a question may be older than an event that came before it. */
    @Test
    void anAnswerThatIsOlderThanAnEventTakesNothingBack() {
      assertHolds(
          judge(Story.completed().tells("B", 190, "MIGRATION completed").says("B", 191, "active")));
    }

    @Test
    void aDestinationLiesInAnEventAsItDoesInAnAnswer() {
      assertViolated(
          "StatusTruthful",
          "host B reported 'completed' at 190 ms, but the guest never answered there",
          judge(Story.failed().tells("B", 190, "MIGRATION completed")));
    }

    @Test
    void aDestinationThatSaysCompletedBeforeAnybodyMigratedLies() {
      assertViolated(
          "StatusTruthful",
          "host B reported 'completed' at 20 ms, but nobody had migrated anything",
          judge(Story.completed().says("B", 20, "completed")));
    }

    @Test
    void aDestinationThatSaysFailedAlthoughTheGuestRunsThereLies() {
      assertViolated(
          "StatusTruthful",
          "host B reported 'failed: torn' at 140 ms, but the guest answered at host B at 250 ms",
          judge(Story.completed().says("B", 140, "failed: torn")));
    }

    @Test
    void aDestinationThatTellsTheTruthHolds() {
      assertHolds(judge(Story.completed().says("B", 190, "completed")));
      assertHolds(judge(Story.failed().says("B", 190, "failed: the link broke")));
      // It failed at first, and took the guest in the next attempt.
      assertHolds(
          judge(
              Story.failed()
                  .says("B", 190, "failed: the link broke")
                  .attempt(300, 400, "completed")
                  .says("B", 390, "completed")
                  .answers("B", 450, 3)
                  .ends("postmigrate", "running", "completed", "B")));
    }

    @ParameterizedTest
    @EnumSource(names = {"KILL_DESTINATION", "RESTART_DESTINATION"})
    void aKilledDestinationExcusesNoLieAboutItsSuccessorNorAboutItself(FaultKind kind) {
      Story second =
          Story.failed()
              .fault(kind, "later-round", 150, true)
              .attempt(300, 400, "completed")
              .says("A", 400, "completed");
      assertViolated(
          "StatusTruthful",
          "host A reported 'completed' at 400 ms, but the guest never answered at the"
              + " destination",
          judge(second.ends("postmigrate", "running", "completed")));
      assertHolds(
          judge(second.answers("B", 450, 3).ends("postmigrate", "running", "completed", "B")));
    }

    @Test
    void reportsThatWereNotKeptDecideNothingUnlessWhatWasKeptIsALie() {
      Story flood = Story.completed().dropped("events", 1_000_000);
      assertUndecided(
          "the hosts said so much that not all of it was kept: {events=1000000}", judge(flood));
      assertInstanceOf(Verdict.Violated.class, judge(flood.answers("A", 400, 3)));
    }

    /** It failed to B, and went to C. */
    private static Story wentElsewhere() {
      return Story.failed()
          .elsewhere(300, 400, "completed")
          .answers("C", 450, 4)
          .endsAt("postmigrate", "inmigrate", "running", "C");
    }

    @Test
    void aHostThatWasLeftOutMayNeverAnswerAgain() {
      assertHolds(judge(wentElsewhere()));
      assertHolds(judge(wentElsewhere().says("B", 350, "failed: superseded")));
      assertViolated(
          "StatusTruthful",
          "host A reported 'failed' at 200 ms, but the guest answered at host B at 460 ms",
          judge(wentElsewhere().answers("B", 460, 4)));
    }

    @Test
    void completedIsALieIfTheLockDoesNotSayThatAKilledDestinationTookTheGuest() {
      Story killed =
          Story.of(100, 200, "completed")
              .speaksHandover()
              .answers("A", 50, 1)
              .passes(StreamPhase.DEVICE_STATE, 150)
              .passes(StreamPhase.HANDOVER, 160)
              .says("A", 200, "completed")
              .fault(FaultKind.KILL_DESTINATION, "handover", 170, true)
              .ends("postmigrate", "", "completed");
      assertInstanceOf(Verdict.Undecided.class, judge(killed));
      assertInstanceOf(
          Verdict.Undecided.class, judge(killed.locked("{\"owner\":\"B\",\"attempt\":1}")));
      for (String lock : List.of("", "{\"by\":\"A\",\"offeredTo\":\"B\",\"attempt\":1}")) {
        assertViolated("StatusTruthful", "before the lock said", judge(killed.locked(lock)));
        assertViolated(
            "EventuallyRuns", "before the lock said", liveness(killed.locked(lock).told(), true));
      }
    }

    @Test
    void bothHostsThatSayTheyRunTheGuestAreTwoGuests() {
      assertViolated(
          "AtMostOneEffective",
          "the hosts A and B report that they run the guest",
          judge(Story.completed().ends("running", "running", "completed", "B")));
    }

    @Test
    void withoutAnOutcomeThereMustBeAKilledHost() {
      Story doubt =
          Story.of(100, 200, "device")
              .answers("A", 50, 1)
              .says("A", 150, "device")
              .ends("finish-migrate", "running", "device", "B");
      assertViolated("StatusTruthful", "yet host A still reports 'device'", judge(doubt));
      assertHolds(judge(doubt.fault(FaultKind.KILL_DESTINATION, true)));
    }
  }

  // ---------------------------------------------------------------- a trial from its files

  @Nested
  class OfATrial {
    /** What the guest was asked before the report it may have answered before it left. */
    @Test
    void aReportStandsBehindAnswersToWhatWasAskedBeforeIt() throws IOException {
      Observations seen =
          Story.of(100, 200, "completed")
              .answers("A", 50, 1, 49)
              .answers("A", 900, 2, 150)
              .answers("A", 950, 3, 201)
              .told();
      assertEquals(
          List.of("Released1", "Migrates", "Released2", "Reports", "Released3"), told(seen));
    }

    /** A guest that is back answers what waits for it there, also from before it left. */
    @Test
    void aReportStandsBeforeTheGuestIsBack() throws IOException {
      Observations seen =
          Story.of(100, 200, "completed")
              .back(300, 400, "completed")
              .answers("A", 50, 1, 49)
              .answers("A", 210, 2, 150)
              .answers("B", 250, 3, 240)
              .answers("A", 350, 4, 160)
              .told();
      assertEquals(
          List.of(
              "Released1",
              "Migrates",
              "Released2",
              "Reports",
              "Released3",
              "Migrates",
              "Released4",
              "Reports"),
          told(seen));
    }

    private List<String> told(Observations seen) throws IOException {
      Path file = folder.resolve("observed.ndjson");
      ObservedTrace.write(written(seen), file);
      return Files.readAllLines(file).stream()
          .map(line -> line.replaceAll(".*\"action\":\"(\\w+)\".*?(\\d*)}+$", "$1$2"))
          .map(line -> line.replaceAll("(Migrates|Reports).*", "$1"))
          .toList();
    }

    private TrialFiles written(Observations seen) throws IOException {
      Path trial = Files.createDirectory(folder.resolve("0001"));
      var fault =
          new PlannedFault(FaultKind.RESET, new Trigger(StreamPhase.RESUMED, 1, 0, 0), 0, 0);
      Schedule schedule = Story.schedule(Mode.PRECOPY, Schedule.once(List.of(fault)));
      var json = new ObjectMapper();
      json.writeValue(trial.resolve("schedule.json").toFile(), schedule);
      json.writeValue(trial.resolve("observations.json").toFile(), seen);
      Files.createFile(trial.resolve("history.edn"));
      Files.createDirectory(trial.resolve("log"));
      return new TrialFiles(trial);
    }

    @Test
    void everyJudgeIsAsked() throws IOException {
      TrialResult result =
          TrialJudge.judge(
              written(Story.completed().reports("verify ok 400 0").told()), new Verdict.Holds(12));
      assertEquals(new Verdict.Holds(400), result.verdicts().get(Judge.MEMORY));
      assertHolds(result.verdicts().get(Judge.LIVENESS));
      assertHolds(result.verdicts().get(Judge.STATUS));
      assertEquals(new Verdict.Holds(12), result.verdicts().get(Judge.TRACE));
      assertInstanceOf(Verdict.Undecided.class, result.verdicts().get(Judge.HISTORY));
    }

    @Test
    void aTrialWithoutAnEndIsBrokenAndNothingElse() throws IOException {
      TrialResult result =
          TrialJudge.judge(
              written(Story.completed().broken("the guest did not boot").told()), null);
      assertEquals(
          new Verdict.Broken("the guest did not boot"), result.verdicts().get(Judge.LIVENESS));
      assertEquals(1, result.verdicts().size());
    }

    @Test
    void aFolderOfSomethingElseIsRefusedByName() {
      IOException refused =
          assertThrows(IOException.class, () -> TrialJudge.judge(new TrialFiles(folder), null));
      assertEquals(
          folder + " is not the folder of a trial: it has no schedule.json", refused.getMessage());
    }

    @Test
    void aDamagedFileIsRefusedByNameAndLine() throws IOException {
      TrialFiles files = written(Story.completed().told());
      Path observations = files.folder().resolve("observations.json");
      Files.writeString(observations, "{\"attempts\":[],\n\"faults\":[,]}");
      IOException refused = assertThrows(IOException.class, () -> TrialJudge.judge(files, null));
      assertTrue(refused.getMessage().startsWith(observations + ":2: "), refused.getMessage());
    }
  }

  @Test
  void aStatusOrEventThatNobodyListedDecidesNothing() {
    assertHolds(StatusJudge.judge(Story.completed().told(), Mode.PRECOPY));
    Verdict event =
        StatusJudge.judge(Story.completed().tells("B", 150, "COLO_EXIT").told(), Mode.PRECOPY);
    assertEquals(
        new Verdict.Undecided("host B said 'COLO_EXIT' (EVENT), which is in no list of the judges"),
        event);
    Verdict status =
        StatusJudge.judge(
            Story.completed().tells("B", 150, "MIGRATION half-done").told(), Mode.PRECOPY);
    assertInstanceOf(Verdict.Undecided.class, status);
  }
}
