package landfall.explorer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import landfall.forwardcheckpoint.Action;
import landfall.forwardcheckpoint.Claim;
import landfall.forwardcheckpoint.DestinationPhase;
import landfall.forwardcheckpoint.Effect;
import landfall.forwardcheckpoint.Mutant;
import landfall.forwardcheckpoint.Place;
import landfall.forwardcheckpoint.Protocol;
import landfall.forwardcheckpoint.Request;
import landfall.forwardcheckpoint.SourcePhase;
import landfall.forwardcheckpoint.Store;
import landfall.precopy.PageSet;
import landfall.protocol.Step;
import org.junit.jupiter.api.Test;

/**
 * Every phase of a guest whose pages are copied ahead met with every action, and with every
 * question of another place: what is written here is enabled, and leads where it says, with the
 * effects in this order; nothing else is enabled, and no other question is answered.
 */
class ForwardCheckpointGridTest {
  private static final PageSet NONE = PageSet.empty();
  private static final PageSet FIRST = PageSet.of(0);
  private static final PageSet BOTH = PageSet.of(0, 1);

  private static final Protocol PLAIN = new Protocol(2, Place.SOURCE, Set.of());
  private static final Protocol STAGED = new Protocol(2, Place.STORE, Set.of());

  private static final List<SourcePhase> SOURCE_PHASES =
      List.of(
          new SourcePhase.Running(FIRST),
          new SourcePhase.Paused(FIRST),
          new SourcePhase.Paused(BOTH),
          new SourcePhase.Serving(3, NONE),
          // Only by mistake.
          new SourcePhase.Serving(3, FIRST),
          new SourcePhase.Recovering(3),
          new SourcePhase.Recovered(3),
          new SourcePhase.Completed(3));

  private static final List<Action.OfSource> SOURCE_ACTIONS =
      List.of(
          new Action.CopyAhead(0, false),
          new Action.CopyAhead(0, true),
          new Action.CopyAhead(1, false),
          new Action.PauseSource(),
          new Action.SwitchOver(3, NONE),
          new Action.SwitchOver(3, FIRST),
          new Action.ResumeSource(),
          new Action.StartRecovery(),
          new Action.RecoverSource(),
          new Action.LearnClaimed());

  private static final List<Request.ToSource> TO_SOURCE =
      List.of(
          new Request.GivePage(0),
          new Request.CommitPages(3, BOTH),
          new Request.CommitPages(5, FIRST),
          new Request.PromiseNotToRecover(),
          new Request.ConfirmPromise());

  // Phase, pages copied or owed, and position of the last checkpoint.
  private static final Set<String> SOURCE_GRID =
      Set.of(
          "Running [0] CopyAhead[page=0, written=true] -> Running [0]:"
              + " ClearWritten[page=0] AskStore[request=KeepPage[page=0]]",
          "Running [0] CopyAhead[page=1, written=false] -> Running [0, 1]:"
              + " ClearWritten[page=1] AskStore[request=KeepPage[page=1]]",
          "Running [0] PauseSource[] -> Paused [0]: PauseGuest[]",
          "Paused [0] CopyAhead[page=0, written=true] -> Paused [0]:"
              + " ClearWritten[page=0] AskStore[request=KeepPage[page=0]]",
          "Paused [0] CopyAhead[page=1, written=false] -> Paused [0, 1]:"
              + " ClearWritten[page=1] AskStore[request=KeepPage[page=1]]",
          "Paused [0] ResumeSource[] -> Running [0]: ResumeGuest[]",
          "Paused [0, 1] CopyAhead[page=0, written=true] -> Paused [0, 1]:"
              + " ClearWritten[page=0] AskStore[request=KeepPage[page=0]]",
          "Paused [0, 1] SwitchOver[position=3, written=[]] -> Serving [] 3:"
              + " AskStore[request=ConfirmCopies[pages=[0, 1]]]"
              + " AskDestination[request=RunGuest[position=3]] StopLog[]",
          "Paused [0, 1] ResumeSource[] -> Running [0, 1]: ResumeGuest[]",
          "Serving [] 3 StartRecovery[] -> Recovering 3: AskStore[request=TakeClaim[by=SOURCE]]",
          "Serving [] 3 LearnClaimed[] -> Completed 3:"
              + " AskStore[request=ConfirmClaim[by=DESTINATION]]",
          "Serving [] 3 GivePage[page=0] -> Serving [] 3: SendPage[page=0]",
          "Serving [] 3 CommitPages[position=5, pages=[0]] -> Serving [] 5:"
              + " CommitImage[pages=[0]]",
          "Serving [] 3 PromiseNotToRecover[] -> Completed 3:",
          "Serving [0] 3 StartRecovery[] -> Recovering 3: AskStore[request=TakeClaim[by=SOURCE]]",
          "Serving [0] 3 LearnClaimed[] -> Completed 3:"
              + " AskStore[request=ConfirmClaim[by=DESTINATION]]",
          "Serving [0] 3 GivePage[page=0] -> Serving [] 3: SendPage[page=0]",
          "Serving [0] 3 CommitPages[position=5, pages=[0]] -> Serving [0] 5:"
              + " CommitImage[pages=[0]]",
          "Serving [0] 3 PromiseNotToRecover[] -> Completed 3:",
          "Recovering 3 RecoverSource[] -> Recovered 3: ResumeFrom[position=3]",
          "Completed 3 GivePage[page=0] -> Completed 3: SendPage[page=0]",
          "Completed 3 ConfirmPromise[] -> Completed 3:");

  private static final List<DestinationPhase> DESTINATION_PHASES =
      List.of(
          new DestinationPhase.Waiting(BOTH),
          new DestinationPhase.Running(FIRST, 3),
          new DestinationPhase.Running(NONE, 3),
          new DestinationPhase.Claimed(FIRST, 3),
          new DestinationPhase.Claimed(NONE, 3),
          new DestinationPhase.Owner(NONE, 3),
          new DestinationPhase.Superseded(FIRST, 3));

  private static final List<Action.OfDestination> DESTINATION_ACTIONS =
      List.of(
          new Action.FetchPage(0, Place.SOURCE),
          new Action.FetchPage(0, Place.STORE),
          new Action.FetchPage(1, Place.STORE),
          new Action.CommitCheckpoint(3),
          new Action.CommitCheckpoint(5),
          new Action.ReceiveCheckpointDone(3),
          new Action.ReceiveCheckpointDone(5),
          new Action.ReleaseOutput(2),
          new Action.ReleaseOutput(3),
          new Action.ClaimGuest(),
          new Action.FinishClaim(),
          new Action.LearnSuperseded(),
          new Action.GrantOwnership(),
          new Action.BecomeOwner());

  private static final List<Request.ToDestination> TO_DESTINATION =
      List.of(new Request.RunGuest(3));

  // Phase, missing pages and position acknowledged.
  private static final Set<String> DESTINATION_GRID =
      Set.of(
          "Waiting [0, 1] 0 RunGuest[position=3] -> Running [0, 1] 3: ResumeFrom[position=3]",
          "Running [0] 3 FetchPage[page=0, from=SOURCE] -> Running [] 3:"
              + " AskSource[request=GivePage[page=0]] PlacePage[page=0]",
          "Running [0] 3 FetchPage[page=0, from=STORE] -> Running [] 3:"
              + " AskStore[request=GivePage[page=0]] PlacePage[page=0]",
          "Running [0] 3 CommitCheckpoint[position=5] -> Running [0] 3:"
              + " AskSource[request=CommitPages[position=5, pages=[1]]]",
          "Running [0] 3 ReceiveCheckpointDone[position=5] -> Running [0] 5:",
          "Running [0] 3 ReleaseOutput[released=2] -> Running [0] 3: ReleaseOutput[upTo=3]",
          "Running [0] 3 ClaimGuest[] -> Claimed [0] 3:"
              + " AskStore[request=TakeClaim[by=DESTINATION]] ReleaseAllOutput[]",
          "Running [0] 3 LearnSuperseded[] -> Superseded [0] 3:"
              + " AskStore[request=ConfirmClaim[by=SOURCE]] StopGuest[]",
          "Running [] 3 CommitCheckpoint[position=5] -> Running [] 3:"
              + " AskSource[request=CommitPages[position=5, pages=[0, 1]]]",
          "Running [] 3 ReceiveCheckpointDone[position=5] -> Running [] 5:",
          "Running [] 3 ReleaseOutput[released=2] -> Running [] 3: ReleaseOutput[upTo=3]",
          "Running [] 3 ClaimGuest[] -> Claimed [] 3:"
              + " AskStore[request=TakeClaim[by=DESTINATION]] ReleaseAllOutput[]",
          "Running [] 3 LearnSuperseded[] -> Superseded [] 3:"
              + " AskStore[request=ConfirmClaim[by=SOURCE]] StopGuest[]",
          "Running [] 3 GrantOwnership[] -> Running [] 3:"
              + " AskSource[request=PromiseNotToRecover[]]",
          "Running [] 3 BecomeOwner[] -> Owner [] 3:"
              + " AskSource[request=ConfirmPromise[]] ReleaseAllOutput[]",
          "Claimed [0] 3 FetchPage[page=0, from=SOURCE] -> Claimed [] 3:"
              + " AskSource[request=GivePage[page=0]] PlacePage[page=0]",
          "Claimed [0] 3 FetchPage[page=0, from=STORE] -> Claimed [] 3:"
              + " AskStore[request=GivePage[page=0]] PlacePage[page=0]",
          "Claimed [] 3 FinishClaim[] -> Owner [] 3:");

  private static final List<Store> STORES =
      List.of(
          new Store(FIRST, 3, Claim.NONE),
          new Store(BOTH, 3, Claim.SOURCE),
          new Store(BOTH, 3, Claim.DESTINATION));

  private static final List<Request.ToStore> TO_STORE =
      List.of(
          new Request.KeepPage(1),
          new Request.GivePage(1),
          new Request.ConfirmCopies(BOTH),
          new Request.StartCheckpoints(4),
          new Request.CommitPages(3, BOTH),
          new Request.CommitPages(5, BOTH),
          new Request.GiveImage(),
          new Request.TakeClaim(Claim.SOURCE),
          new Request.TakeClaim(Claim.DESTINATION),
          new Request.ConfirmClaim(Claim.SOURCE),
          new Request.ConfirmClaim(Claim.DESTINATION));

  // Pages copied, position of the last checkpoint, and who has the claim.
  private static final Set<String> STORE_GRID =
      Set.of(
          "[0] 3 NONE KeepPage[page=1] -> [0, 1] 3 NONE: StorePage[page=1]",
          "[0] 3 NONE StartCheckpoints[position=4] -> [0] 4 NONE:",
          "[0] 3 NONE CommitPages[position=5, pages=[0, 1]] -> [0, 1] 5 NONE:"
              + " CommitImage[pages=[0, 1]]",
          "[0] 3 NONE GiveImage[] -> [0] 3 NONE: SendImage[position=3, pages=[0]]",
          "[0] 3 NONE TakeClaim[by=SOURCE] -> [0] 3 SOURCE:",
          "[0] 3 NONE TakeClaim[by=DESTINATION] -> [0] 3 DESTINATION:",
          "[0, 1] 3 SOURCE KeepPage[page=1] -> [0, 1] 3 SOURCE: StorePage[page=1]",
          "[0, 1] 3 SOURCE GivePage[page=1] -> [0, 1] 3 SOURCE: SendPage[page=1]",
          "[0, 1] 3 SOURCE ConfirmCopies[pages=[0, 1]] -> [0, 1] 3 SOURCE:",
          "[0, 1] 3 SOURCE GiveImage[] -> [0, 1] 3 SOURCE: SendImage[position=3, pages=[0, 1]]",
          "[0, 1] 3 SOURCE TakeClaim[by=SOURCE] -> [0, 1] 3 SOURCE:",
          "[0, 1] 3 SOURCE ConfirmClaim[by=SOURCE] -> [0, 1] 3 SOURCE:",
          "[0, 1] 3 DESTINATION KeepPage[page=1] -> [0, 1] 3 DESTINATION: StorePage[page=1]",
          "[0, 1] 3 DESTINATION GivePage[page=1] -> [0, 1] 3 DESTINATION: SendPage[page=1]",
          "[0, 1] 3 DESTINATION ConfirmCopies[pages=[0, 1]] -> [0, 1] 3 DESTINATION:",
          "[0, 1] 3 DESTINATION GiveImage[] -> [0, 1] 3 DESTINATION:"
              + " SendImage[position=3, pages=[0, 1]]",
          "[0, 1] 3 DESTINATION TakeClaim[by=DESTINATION] -> [0, 1] 3 DESTINATION:",
          "[0, 1] 3 DESTINATION ConfirmClaim[by=DESTINATION] -> [0, 1] 3 DESTINATION:");

  @Test
  void theSourceTakesTheseStepsAndNoOthers() {
    assertEquals(new TreeSet<>(SOURCE_GRID), atSource(PLAIN));
  }

  @Test
  void theDestinationTakesTheseStepsAndNoOthers() {
    assertEquals(new TreeSet<>(DESTINATION_GRID), atDestination(PLAIN));
  }

  @Test
  void theStoreAnswersTheseQuestionsAndNoOthers() {
    assertEquals(new TreeSet<>(STORE_GRID), atStore(STAGED));
  }

  @Test
  void withCheckpointsAtTheStoreTheHostsAskThereAndDoAllElseAsBefore() {
    assertChanges(
        STAGED,
        Set.of(
            "Paused [0, 1] SwitchOver[position=3, written=[]] -> Serving [] 0:"
                + " AskStore[request=ConfirmCopies[pages=[0, 1]]]"
                + " AskStore[request=StartCheckpoints[position=3]]"
                + " AskDestination[request=RunGuest[position=3]] StopLog[]",
            "Recovering 3 RecoverSource[] -> Recovered 3:"
                + " AskStore[request=GiveImage[]] ResumeFromAnswer[]",
            "Running [0] 3 CommitCheckpoint[position=5] -> Running [0] 3:"
                + " AskStore[request=CommitPages[position=5, pages=[1]]]",
            "Running [] 3 CommitCheckpoint[position=5] -> Running [] 3:"
                + " AskStore[request=CommitPages[position=5, pages=[0, 1]]]"),
        Set.of(
            "Paused [0, 1] SwitchOver[position=3, written=[]]",
            "Recovering 3 RecoverSource[]",
            "Running [0] 3 CommitCheckpoint[position=5]",
            "Running [] 3 CommitCheckpoint[position=5]"));
  }

  // Without copies, too, there is a first checkpoint.
  @Test
  void aStoreWithoutCopiesLearnsOfTheSwitchoverAllTheSame() {
    assertEquals(
        List.of(
            new Effect.AskStore(new Request.StartCheckpoints(3)),
            new Effect.AskDestination(new Request.RunGuest(3)),
            new Effect.StopLog()),
        new SourcePhase.Paused(NONE)
            .on(
                new Action.SwitchOver(3, NONE),
                new Protocol(2, Place.STORE, Set.of(Mutant.NOT_COPIED)))
            .orElseThrow()
            .effects());
  }

  @Test
  void outputIsHeldUntilTheSourceCannotTakeTheGuestBack() {
    assertEquals(
        List.of(true, true, true, false, false, false, true),
        DESTINATION_PHASES.stream().map(DestinationPhase::holdsOutput).toList());
  }

  @Test
  void aMistakeChangesNoMoreThanItsOwnSteps() {
    assertChanges(
        Mutant.COPIED_ONCE,
        Set.of(
            "Paused [0, 1] SwitchOver[position=3, written=[0]] -> Serving [] 3:"
                + " AskStore[request=ConfirmCopies[pages=[0, 1]]]"
                + " AskDestination[request=RunGuest[position=3]] StopLog[]"),
        Set.of(
            "Running [0] CopyAhead[page=0, written=true]",
            "Paused [0] CopyAhead[page=0, written=true]",
            "Paused [0, 1] CopyAhead[page=0, written=true]"));
    var copies =
        Set.of(
            "Running [0] CopyAhead[page=0, written=true]",
            "Running [0] CopyAhead[page=1, written=false]",
            "Paused [0] CopyAhead[page=0, written=true]",
            "Paused [0] CopyAhead[page=1, written=false]",
            "Paused [0, 1] CopyAhead[page=0, written=true]",
            "Paused [0, 1] SwitchOver[position=3, written=[]]");
    var switchovers = new TreeSet<String>();
    for (String written : List.of("[]", "[0]")) {
      for (String pages : List.of("[0] -> [1]", "[0, 1] -> []")) {
        String[] copiedAndOwed = pages.split(" -> ");
        switchovers.add(
            "Paused %s SwitchOver[position=3, written=%s] -> Serving %s 3:"
                    .formatted(copiedAndOwed[0], written, copiedAndOwed[1])
                + " AskDestination[request=RunGuest[position=3]] StopLog[]");
      }
    }
    assertChanges(Mutant.NOT_COPIED, switchovers, copies);
    switchovers.add(
        "Serving [0] 3 CopyAhead[page=0, written=false] -> Serving [] 3:"
            + " ClearWritten[page=0] AskStore[request=KeepPage[page=0]]");
    switchovers.add(
        "Serving [0] 3 CopyAhead[page=0, written=true] -> Serving [] 3:"
            + " ClearWritten[page=0] AskStore[request=KeepPage[page=0]]");
    assertChanges(Mutant.COPIED_AFTER, switchovers, copies);
    assertChanges(
        Mutant.NOT_CLAIMED,
        Set.of(
            "Serving [] 3 StartRecovery[] -> Recovering 3:",
            "Serving [0] 3 StartRecovery[] -> Recovering 3:",
            "Running [0] 3 ClaimGuest[] -> Claimed [0] 3: ReleaseAllOutput[]",
            "Running [] 3 ClaimGuest[] -> Claimed [] 3: ReleaseAllOutput[]"),
        Set.of(
            "Serving [] 3 StartRecovery[]",
            "Serving [0] 3 StartRecovery[]",
            "Running [0] 3 ClaimGuest[]",
            "Running [] 3 ClaimGuest[]"));
    assertChanges(
        Mutant.NOT_SEALED,
        Set.of(
            "[0, 1] 3 SOURCE StartCheckpoints[position=4] -> [0, 1] 4 SOURCE:",
            "[0, 1] 3 SOURCE CommitPages[position=5, pages=[0, 1]] -> [0, 1] 5 SOURCE:"
                + " CommitImage[pages=[0, 1]]",
            "[0, 1] 3 DESTINATION StartCheckpoints[position=4] -> [0, 1] 4 DESTINATION:",
            "[0, 1] 3 DESTINATION CommitPages[position=5, pages=[0, 1]] -> [0, 1] 5 DESTINATION:"
                + " CommitImage[pages=[0, 1]]"),
        Set.of());
  }

  @Test
  void whatCannotBeIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> new Protocol(0, Place.SOURCE, Set.of()));
    assertThrows(IllegalArgumentException.class, () -> new Action.FetchPage(0, Place.DESTINATION));
    assertThrows(IllegalArgumentException.class, () -> new Request.TakeClaim(Claim.NONE));
    String cause =
        assertThrows(
                IllegalArgumentException.class,
                () -> new Protocol(1, Place.SOURCE, Set.of(Mutant.COPIED_ONCE, Mutant.NOT_COPIED)))
            .getMessage();
    assertTrue(cause.contains("at most one"), cause);
    assertEquals(
        "checkpoints go to the source or to the store, not to the destination, whose death they are"
            + " for",
        assertThrows(
                IllegalArgumentException.class, () -> new Protocol(1, Place.DESTINATION, Set.of()))
            .getMessage());
  }

  @Test
  void theGridMeetsEveryPhaseEveryActionAndEveryQuestion() {
    Grid.assertMeetsAll(SourcePhase.class, SOURCE_PHASES);
    Grid.assertMeetsAll(DestinationPhase.class, DESTINATION_PHASES);
    Grid.assertMeetsAll(Action.OfSource.class, SOURCE_ACTIONS);
    Grid.assertMeetsAll(Action.OfDestination.class, DESTINATION_ACTIONS);
    Grid.assertMeetsAll(Request.ToSource.class, TO_SOURCE);
    Grid.assertMeetsAll(Request.ToDestination.class, TO_DESTINATION);
    Grid.assertMeetsAll(Request.ToStore.class, TO_STORE);
    assertEquals(Claim.values().length, STORES.stream().map(Store::claim).distinct().count());
  }

  /**
   * Steps of a mutant, or with another keeper, against those of the core as it is.
   *
   * @param more steps that only the former takes
   * @param without what only the core as it is answers to, or answers to as it does
   */
  private static void assertChanges(Mutant mutant, Set<String> more, Set<String> without) {
    assertChanges(new Protocol(2, Place.SOURCE, Set.of(mutant)), more, without);
  }

  private static void assertChanges(Protocol other, Set<String> more, Set<String> without) {
    var plain = new TreeSet<>(SOURCE_GRID);
    plain.addAll(DESTINATION_GRID);
    plain.addAll(STORE_GRID);
    var changed = new TreeSet<>(atSource(other));
    changed.addAll(atDestination(other));
    changed.addAll(atStore(other));

    var added = new TreeSet<>(changed);
    added.removeAll(plain);
    assertEquals(new TreeSet<>(more), added);
    plain.removeAll(changed);
    assertEquals(
        new TreeSet<>(without),
        plain.stream()
            .map(step -> step.substring(0, step.indexOf(" -> ")))
            .collect(Collectors.toCollection(TreeSet::new)));
  }

  private static Set<String> atSource(Protocol protocol) {
    var steps =
        Grid.enabled(
            SOURCE_PHASES,
            SOURCE_ACTIONS,
            (phase, action) ->
                line(phase.on(action, protocol), phase, action, ForwardCheckpointGridTest::show));
    steps.addAll(
        Grid.enabled(
            SOURCE_PHASES,
            TO_SOURCE,
            (phase, request) ->
                line(phase.answer(request), phase, request, ForwardCheckpointGridTest::show)));
    return steps;
  }

  private static Set<String> atDestination(Protocol protocol) {
    var steps =
        Grid.enabled(
            DESTINATION_PHASES,
            DESTINATION_ACTIONS,
            (phase, action) ->
                line(phase.on(action, protocol), phase, action, ForwardCheckpointGridTest::show));
    steps.addAll(
        Grid.enabled(
            DESTINATION_PHASES,
            TO_DESTINATION,
            (phase, request) ->
                line(phase.answer(request), phase, request, ForwardCheckpointGridTest::show)));
    return steps;
  }

  private static Set<String> atStore(Protocol protocol) {
    return Grid.enabled(
        STORES,
        TO_STORE,
        (store, request) ->
            line(store.answer(request, protocol), store, request, ForwardCheckpointGridTest::show));
  }

  private static <P> Optional<String> line(
      Optional<Step<P, Effect>> step, P phase, Object event, Function<P, String> show) {
    return step.map(
        taken -> {
          var text = new StringBuilder();
          text.append(show.apply(phase)).append(' ').append(event);
          text.append(" -> ").append(show.apply(taken.phase())).append(':');
          taken.effects().forEach(effect -> text.append(' ').append(effect));
          return text.toString();
        });
  }

  private static String show(SourcePhase phase) {
    if (phase instanceof SourcePhase.Running running) {
      return phase.name() + " " + running.copied();
    }
    if (phase instanceof SourcePhase.Paused paused) {
      return phase.name() + " " + paused.copied();
    }
    return phase instanceof SourcePhase.Serving serving
        ? phase.name() + " " + serving.owed() + " " + serving.stored()
        : phase.name() + " " + phase.stored();
  }

  private static String show(DestinationPhase phase) {
    return phase.name() + " " + phase.missing() + " " + phase.acknowledged();
  }

  private static String show(Store store) {
    return store.copies() + " " + store.stored() + " " + store.claim();
  }
}
