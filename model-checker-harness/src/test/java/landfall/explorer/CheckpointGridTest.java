package landfall.explorer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import landfall.checkpoint.Action;
import landfall.checkpoint.DestinationPhase;
import landfall.checkpoint.Mutant;
import landfall.checkpoint.Protocol;
import landfall.checkpoint.SourcePhase;
import landfall.precopy.PageSet;
import org.junit.jupiter.api.Test;

/**
 * Every phase of checkpoints met with every action: what is written here is enabled, and leads
 * where it says, with the effects in this order; nothing else is enabled.
 */
class CheckpointGridTest {
  private static final PageSet NONE = PageSet.empty();
  private static final PageSet FIRST = PageSet.of(0);

  private static final Protocol PLAIN = new Protocol(2, false, Set.of());
  private static final Protocol ARBITER = new Protocol(2, true, Set.of());

  private static final List<SourcePhase> SOURCE_PHASES =
      List.of(
          new SourcePhase.Serving(1, 0, NONE),
          new SourcePhase.Serving(1, 3, FIRST),
          new SourcePhase.Reclaimed(1),
          new SourcePhase.Recovering(1),
          new SourcePhase.Recovered(1),
          new SourcePhase.Completed(1));

  private static final List<Action.OfSource> SOURCE_ACTIONS =
      List.of(
          new Action.SendPage(1),
          new Action.ReceiveCheckpointPage(3, 1),
          new Action.CommitCheckpoint(3, FIRST),
          new Action.CommitCheckpoint(3, PageSet.of(0, 1)),
          new Action.CommitCheckpoint(4, FIRST),
          new Action.ReclaimLock(true),
          new Action.ReclaimLock(false),
          new Action.StartRecovery(),
          new Action.RecoverSource(),
          new Action.AnswerSuperseded(),
          new Action.GrantOwnership(),
          new Action.AnswerGranted(false),
          new Action.AnswerGranted(true));

  // Phase, position of the last checkpoint, and what is staged for which.
  private static final Set<String> SOURCE_GRID =
      Set.of(
          "Serving 1 SendPage 1 -> Serving 1: SendPage[pages=[1], kept=true]",
          "Serving 1 ReceiveCheckpointPage 3 1 -> Serving 1 [1] for 3:"
              + " DropStaged[] StagePage[position=3, pages=[1]]",
          "Serving 1 CommitCheckpoint 3 [0] -> Serving 1: DropStaged[]",
          "Serving 1 CommitCheckpoint 3 [0, 1] -> Serving 1: DropStaged[]",
          "Serving 1 CommitCheckpoint 4 [0] -> Serving 1: DropStaged[]",
          "Serving 1 StartRecovery -> Recovering 1: FenceDisk[] DropStaged[]",
          "Serving 1 GrantOwnership -> Completed 1: SendGranted[]",
          "Serving 1 [0] for 3 SendPage 1 -> Serving 1 [0] for 3: SendPage[pages=[1], kept=true]",
          "Serving 1 [0] for 3 ReceiveCheckpointPage 3 1 -> Serving 1 [0, 1] for 3:"
              + " StagePage[position=3, pages=[1]]",
          "Serving 1 [0] for 3 CommitCheckpoint 3 [0] -> Serving 3:"
              + " CommitStaged[] SendCheckpointDone[position=3]",
          "Serving 1 [0] for 3 CommitCheckpoint 3 [0, 1] -> Serving 1: DropStaged[]",
          "Serving 1 [0] for 3 CommitCheckpoint 4 [0] -> Serving 1: DropStaged[]",
          "Serving 1 [0] for 3 StartRecovery -> Recovering 1: FenceDisk[] DropStaged[]",
          "Serving 1 [0] for 3 GrantOwnership -> Completed 1: SendGranted[]",
          "Reclaimed 1 StartRecovery -> Recovering 1: FenceDisk[]",
          "Reclaimed 1 AnswerSuperseded -> Reclaimed 1: SendSuperseded[]",
          "Recovering 1 RecoverSource -> Recovered 1:"
              + " CarryOutDiskWrites[upTo=1] ResumeFrom[position=1]",
          "Recovering 1 AnswerSuperseded -> Recovering 1: SendSuperseded[]",
          "Recovered 1 AnswerSuperseded -> Recovered 1: SendSuperseded[]",
          "Completed 1 AnswerGranted -> Completed 1: SendGranted[]",
          "Completed 1 AnswerGranted of the question -> Completed 1: SendGranted[]");

  private static final List<DestinationPhase> DESTINATION_PHASES =
      List.of(
          new DestinationPhase.Running(FIRST, 1, 1),
          new DestinationPhase.Running(FIRST, 1, 3),
          new DestinationPhase.Running(NONE, 1, 1),
          new DestinationPhase.Owner(NONE, 1, 3),
          new DestinationPhase.Superseded(FIRST, 1, 3));

  private static final List<Action.OfDestination> DESTINATION_ACTIONS =
      List.of(
          new Action.ReceivePage(0),
          new Action.ReceivePage(1),
          new Action.TakeCheckpoint(1),
          new Action.TakeCheckpoint(3),
          new Action.RetakeCheckpoint(),
          new Action.ReceiveCheckpointDone(0),
          new Action.ReceiveCheckpointDone(3),
          new Action.ReleaseOutput(0),
          new Action.ReleaseOutput(1),
          new Action.ReceiveSuperseded(),
          new Action.AskOwnership(),
          new Action.BecomeOwner(),
          new Action.ClaimLock(),
          new Action.LearnSuperseded(),
          new Action.OwnUnasked(),
          new Action.DropForward());

  // Phase, missing pages, position acknowledged and position taken.
  private static final Set<String> DESTINATION_GRID =
      Set.of(
          "Running [0] 1 1 ReceivePage 0 -> Running [] 1 1: PlacePage[pages=[0]]",
          "Running [0] 1 1 ReceivePage 1 -> Running [0] 1 1:",
          "Running [0] 1 1 TakeCheckpoint 3 -> Running [0] 1 3:"
              + " SendCheckpoint[position=3, since=1]",
          "Running [0] 1 1 ReceiveCheckpointDone 0 -> Running [0] 1 1:",
          "Running [0] 1 1 ReceiveCheckpointDone 3 -> Running [0] 3 1:",
          "Running [0] 1 1 ReleaseOutput 0 -> Running [0] 1 1: ReleaseOutput[upTo=1]",
          "Running [0] 1 1 ReceiveSuperseded -> Superseded [0] 1 1: StopGuest[] ResetLink[]",
          "Running [0] 1 1 BecomeOwner -> Owner [0] 1 1: ReleaseAllOutput[]",
          "Running [0] 1 3 ReceivePage 0 -> Running [] 1 3: PlacePage[pages=[0]]",
          "Running [0] 1 3 ReceivePage 1 -> Running [0] 1 3:",
          "Running [0] 1 3 RetakeCheckpoint -> Running [0] 1 1:",
          "Running [0] 1 3 ReceiveCheckpointDone 0 -> Running [0] 1 3:",
          "Running [0] 1 3 ReceiveCheckpointDone 3 -> Running [0] 3 3:",
          "Running [0] 1 3 ReleaseOutput 0 -> Running [0] 1 3: ReleaseOutput[upTo=1]",
          "Running [0] 1 3 ReceiveSuperseded -> Superseded [0] 1 3: StopGuest[] ResetLink[]",
          "Running [0] 1 3 BecomeOwner -> Owner [0] 1 3: ReleaseAllOutput[]",
          "Running [] 1 1 ReceivePage 0 -> Running [] 1 1:",
          "Running [] 1 1 ReceivePage 1 -> Running [] 1 1:",
          "Running [] 1 1 TakeCheckpoint 3 -> Running [] 1 3:"
              + " SendCheckpoint[position=3, since=1]",
          "Running [] 1 1 ReceiveCheckpointDone 0 -> Running [] 1 1:",
          "Running [] 1 1 ReceiveCheckpointDone 3 -> Running [] 3 1:",
          "Running [] 1 1 ReleaseOutput 0 -> Running [] 1 1: ReleaseOutput[upTo=1]",
          "Running [] 1 1 ReceiveSuperseded -> Superseded [] 1 1: StopGuest[] ResetLink[]",
          "Running [] 1 1 AskOwnership -> Running [] 1 1: SendAskOwnership[]",
          "Running [] 1 1 BecomeOwner -> Owner [] 1 1: ReleaseAllOutput[]",
          "Owner [] 1 3 DropForward -> Owner [] 1 3:",
          "Superseded [0] 1 3 DropForward -> Superseded [0] 1 3:");

  @Test
  void theSourceTakesTheseStepsAndNoOthers() {
    assertEquals(new TreeSet<>(SOURCE_GRID), enabledAtSource(PLAIN));
  }

  @Test
  void theDestinationTakesTheseStepsAndNoOthers() {
    assertEquals(new TreeSet<>(DESTINATION_GRID), enabledAtDestination(PLAIN));
  }

  @Test
  void withAnArbiterASourceAsksTheLockBeforeItRecoversAndAGrantIsNoPromise() {
    var grid = new TreeSet<>(SOURCE_GRID);
    for (String serving : List.of("Serving 1", "Serving 1 [0] for 3")) {
      grid.removeIf(step -> step.startsWith(serving + " StartRecovery"));
      grid.removeIf(step -> step.startsWith(serving + " GrantOwnership"));
      grid.add(serving + " GrantOwnership -> " + serving + ": SendGranted[]");
      grid.add(serving + " ReclaimLock true -> Reclaimed 1: DropStaged[]");
      grid.add(serving + " ReclaimLock false -> Completed 1: DropStaged[]");
    }

    assertEquals(grid, enabledAtSource(ARBITER));
  }

  @Test
  void withAnArbiterADestinationAsksTheLockAndTakesAGuestByItselfOnlyIfItIsWhole() {
    var grid = new TreeSet<>(DESTINATION_GRID);
    for (String phase : List.of("[0] 1 1", "[0] 1 3", "[] 1 1")) {
      grid.add(
          "Running %s LearnSuperseded -> Superseded %s: StopGuest[] CloseLink[]"
              .formatted(phase, phase));
    }
    grid.add("Running [] 1 1 ClaimLock -> Owner [] 1 1: ReleaseAllOutput[] CloseLink[]");

    assertEquals(grid, enabledAtDestination(ARBITER));
  }

  @Test
  void outputIsHeldUntilTheOwnershipHasPassed() {
    assertEquals(
        List.of(true, true, true, false, true),
        DESTINATION_PHASES.stream().map(phase -> phase.holdsOutput(PLAIN)).toList());
  }

  @Test
  void aMistakeChangesNoMoreThanItsOwnSteps() {
    assertEquals(
        Set.of(
            "Running [] 1 1 AskOwnership -> Owner [] 1 1: SendAskOwnership[] ReleaseAllOutput[]"),
        newSteps(Mutant.END_NOT_ACKNOWLEDGED));
    assertEquals(
        Set.of("Recovering 1 RecoverSource -> Recovered 1: ResumeFrom[position=1]"),
        newSteps(Mutant.DISK_WRITES_NOT_CARRIED));
    assertEquals(
        Set.of(
            "Serving 1 StartRecovery -> Recovering 1: DropStaged[]",
            "Serving 1 [0] for 3 StartRecovery -> Recovering 1: DropStaged[]",
            "Reclaimed 1 StartRecovery -> Recovering 1:"),
        newSteps(Mutant.NOT_FENCED));
    assertEquals(
        Set.of(
            "Serving 1 SendPage 1 -> Serving 1: SendPage[pages=[1], kept=false]",
            "Serving 1 [0] for 3 SendPage 1 -> Serving 1 [0] for 3: SendPage[pages=[1], kept=false]"),
        newSteps(Mutant.SOURCE_FREES_PAGES));
    assertEquals(
        Set.of("Completed 1 AnswerGranted -> Completed 1:"), newSteps(Mutant.GRANT_NOT_REPEATED));
    // This one is no step of a host: what the guest makes is not kept back.
    assertEquals(Set.of(), newSteps(Mutant.OUTPUT_NOT_HELD));
    // Without an arbiter there is no lock to ask.
    for (Mutant mutant :
        List.of(Mutant.RECOVERY_UNASKED, Mutant.OWNER_UNASKED, Mutant.CLAIMED_TORN)) {
      assertEquals(Set.of(), newSteps(mutant));
    }
    assertEquals(
        Set.of(
            "Serving 1 StartRecovery -> Recovering 1: FenceDisk[] DropStaged[]",
            "Serving 1 [0] for 3 StartRecovery -> Recovering 1: FenceDisk[] DropStaged[]"),
        newStepsWithArbiter(Mutant.RECOVERY_UNASKED));
    assertEquals(
        Set.of(
            "Running [0] 1 1 OwnUnasked -> Owner [0] 1 1: ReleaseAllOutput[]",
            "Running [0] 1 3 OwnUnasked -> Owner [0] 1 3: ReleaseAllOutput[]",
            "Running [] 1 1 OwnUnasked -> Owner [] 1 1: ReleaseAllOutput[]"),
        newStepsWithArbiter(Mutant.OWNER_UNASKED));
    assertEquals(
        Set.of(
            "Running [0] 1 1 ClaimLock -> Owner [0] 1 1: ReleaseAllOutput[] CloseLink[]",
            "Running [0] 1 3 ClaimLock -> Owner [0] 1 3: ReleaseAllOutput[] CloseLink[]",
            "Owner [] 1 3 ReceivePage 0 -> Owner [] 1 3:",
            "Owner [] 1 3 ReceivePage 1 -> Owner [] 1 3:"),
        newStepsWithArbiter(Mutant.CLAIMED_TORN));
  }

  @Test
  void theGridMeetsEveryPhaseAndEveryAction() {
    Grid.assertMeetsAll(SourcePhase.class, SOURCE_PHASES);
    Grid.assertMeetsAll(DestinationPhase.class, DESTINATION_PHASES);
    Grid.assertMeetsAll(Action.OfSource.class, SOURCE_ACTIONS);
    Grid.assertMeetsAll(Action.OfDestination.class, DESTINATION_ACTIONS);
  }

  private static Set<String> newSteps(Mutant mutant) {
    var protocol = new Protocol(2, false, Set.of(mutant));
    var steps = new TreeSet<>(enabledAtSource(protocol));
    steps.addAll(enabledAtDestination(protocol));
    steps.removeAll(SOURCE_GRID);
    steps.removeAll(DESTINATION_GRID);
    return steps;
  }

  private static Set<String> newStepsWithArbiter(Mutant mutant) {
    var protocol = new Protocol(2, true, Set.of(mutant));
    var steps = new TreeSet<>(enabledAtSource(protocol));
    steps.addAll(enabledAtDestination(protocol));
    steps.removeAll(enabledAtSource(ARBITER));
    steps.removeAll(enabledAtDestination(ARBITER));
    return steps;
  }

  private static Set<String> enabledAtSource(Protocol protocol) {
    return Grid.enabled(
        SOURCE_PHASES,
        SOURCE_ACTIONS,
        (phase, action) ->
            phase
                .on(action, protocol)
                .map(step -> line(show(phase), action, show(step.phase()), step)));
  }

  private static Set<String> enabledAtDestination(Protocol protocol) {
    return Grid.enabled(
        DESTINATION_PHASES,
        DESTINATION_ACTIONS,
        (phase, action) ->
            phase
                .on(action, protocol)
                .map(step -> line(show(phase), action, show(step.phase()), step)));
  }

  private static String line(
      String before, Action action, String after, landfall.protocol.Step<?, ?> step) {
    return before + " " + show(action) + " -> " + after + show(step);
  }

  private static String show(SourcePhase phase) {
    String staged =
        phase instanceof SourcePhase.Serving serving && serving.stagedFor() > 0
            ? " " + serving.staged() + " for " + serving.stagedFor()
            : "";
    return phase.name() + " " + phase.stored() + staged;
  }

  private static String show(DestinationPhase phase) {
    return phase.name() + " " + phase.missing() + " " + phase.acknowledged() + " " + phase.taken();
  }

  private static String show(landfall.protocol.Step<?, ?> step) {
    var text = new StringBuilder(":");
    step.effects().forEach(effect -> text.append(' ').append(effect));
    return text.toString();
  }

  // The name, and what of the action's content can matter.
  private static String show(Action action) {
    String content = "";
    if (action instanceof Action.SendPage page) {
      content = " " + page.pages().toArray()[0];
    } else if (action instanceof Action.ReceiveCheckpointPage page) {
      content = " " + page.position() + " " + page.pages().toArray()[0];
    } else if (action instanceof Action.CommitCheckpoint end) {
      content = " " + end.position() + " " + end.pages();
    } else if (action instanceof Action.ReclaimLock reclaim) {
      content = " " + reclaim.taken();
    } else if (action instanceof Action.AnswerGranted answer) {
      content = answer.asksOwnership() ? " of the question" : "";
    } else if (action instanceof Action.ReceivePage page) {
      content = " " + page.pages().toArray()[0];
    } else if (action instanceof Action.TakeCheckpoint take) {
      content = " " + take.position();
    } else if (action instanceof Action.ReceiveCheckpointDone done) {
      content = " " + done.position();
    } else if (action instanceof Action.ReleaseOutput release) {
      content = " " + release.released();
    }
    return action.name() + content;
  }
}
