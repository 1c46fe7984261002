package landfall.explorer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import landfall.postcopy.Action;
import landfall.postcopy.DestinationPhase;
import landfall.postcopy.Protocol;
import landfall.postcopy.SourcePhase;
import landfall.precopy.PageSet;
import landfall.protocol.Host;
import org.junit.jupiter.api.Test;

/**
 * Every phase of post-copy met with every action: what is written here is enabled, and leads where
 * it says; nothing else is enabled.
 */
class PostCopyGridTest {
  private static final int ATTEMPT = 3;
  private static final PageSet NONE = PageSet.empty();
  private static final PageSet FIRST = PageSet.of(0);
  private static final PageSet BOTH = PageSet.of(0, 1);

  private static final Host THERE = new Host("B");
  private static final Protocol PLAIN = new Protocol(2, false, Set.of());
  private static final Protocol ARBITER = new Protocol(2, true, Set.of());

  private static final List<SourcePhase> SOURCE_PHASES =
      List.of(
          new SourcePhase.Running(ATTEMPT),
          new SourcePhase.PreCopy(ATTEMPT, 1, FIRST),
          new SourcePhase.PreCopy(ATTEMPT, 2, NONE),
          new SourcePhase.Paused(ATTEMPT, FIRST),
          new SourcePhase.Offered(ATTEMPT, FIRST),
          new SourcePhase.HandedOver(ATTEMPT, FIRST),
          new SourcePhase.Serving(ATTEMPT, FIRST),
          new SourcePhase.Serving(ATTEMPT, NONE),
          new SourcePhase.Completed(ATTEMPT, NONE));

  private static final List<Action.OfSource> SOURCE_ACTIONS =
      List.of(
          new Action.StartAttempt(),
          new Action.SendPage(1),
          new Action.StartRound(PageSet.of(1)),
          new Action.StartRound(NONE),
          new Action.PauseSource(PageSet.of(1)),
          new Action.OfferHandover(),
          new Action.ReceiveReady(ATTEMPT, THERE),
          new Action.ReceiveReady(ATTEMPT - 1, THERE),
          new Action.ReceiveResumed(ATTEMPT),
          new Action.ReceiveResumed(ATTEMPT - 1),
          new Action.AnswerDemand(ATTEMPT, 0),
          new Action.AnswerDemand(ATTEMPT - 1, 0),
          new Action.ReceiveComplete(ATTEMPT),
          new Action.ReceiveComplete(ATTEMPT - 1),
          new Action.Cancel(),
          new Action.AbortAttempt(),
          new Action.GiveUpConnection(),
          new Action.Recover(),
          new Action.ReceivePageList(ATTEMPT, BOTH),
          new Action.ReceivePageList(ATTEMPT - 1, BOTH),
          new Action.ReclaimLock(true),
          new Action.ReclaimLock(false),
          new Action.ResumeUnacknowledged());

  // Phase, attempt, round if there is one, and pending pages before; the action; the same after.
  private static final Set<String> SOURCE_GRID =
      Set.of(
          "Running 3 [] StartAttempt -> PreCopy 4 round 1 [0, 1]",
          "PreCopy 3 round 1 [0] SendPage -> PreCopy 3 round 1 []",
          "PreCopy 3 round 2 [] StartRound [1] -> PreCopy 3 round 3 [1]",
          "PreCopy 3 round 1 [0] PauseSource [1] -> Paused 3 [0, 1]",
          "PreCopy 3 round 2 [] PauseSource [1] -> Paused 3 [1]",
          "PreCopy 3 round 1 [0] Cancel -> Running 3 []",
          "PreCopy 3 round 1 [0] AbortAttempt -> Running 3 []",
          "PreCopy 3 round 2 [] Cancel -> Running 3 []",
          "PreCopy 3 round 2 [] AbortAttempt -> Running 3 []",
          "Paused 3 [0] OfferHandover -> Offered 3 [0]",
          "Paused 3 [0] Cancel -> Running 3 []",
          "Paused 3 [0] AbortAttempt -> Running 3 []",
          "Offered 3 [0] ReceiveReady 3 -> HandedOver 3 [0]",
          "Offered 3 [0] Cancel -> Running 3 []",
          "Offered 3 [0] AbortAttempt -> Running 3 []",
          "HandedOver 3 [0] ReceiveResumed 3 -> Serving 3 [0]",
          "HandedOver 3 [0] ReceivePageList 3 -> Serving 3 [0, 1]",
          "HandedOver 3 [0] GiveUpConnection -> HandedOver 3 [0]",
          "HandedOver 3 [0] Recover -> HandedOver 4 [0]",
          "Serving 3 [0] SendPage -> Serving 3 []",
          "Serving 3 [0] AnswerDemand 3 -> Serving 3 []",
          "Serving 3 [] AnswerDemand 3 -> Serving 3 []",
          "Serving 3 [0] ReceivePageList 3 -> Serving 3 [0, 1]",
          "Serving 3 [] ReceivePageList 3 -> Serving 3 [0, 1]",
          "Serving 3 [0] GiveUpConnection -> Serving 3 [0]",
          "Serving 3 [] GiveUpConnection -> Serving 3 []",
          "Serving 3 [0] Recover -> Serving 4 [0]",
          "Serving 3 [] Recover -> Serving 4 []",
          "Serving 3 [0] ReceiveComplete 3 -> Completed 3 [0]",
          "Serving 3 [] ReceiveComplete 3 -> Completed 3 []");

  private static final List<DestinationPhase> DESTINATION_PHASES =
      List.of(
          new DestinationPhase.Waiting(ATTEMPT, BOTH),
          new DestinationPhase.Receiving(ATTEMPT, FIRST),
          new DestinationPhase.Ready(ATTEMPT, FIRST),
          new DestinationPhase.Ready(ATTEMPT, NONE),
          new DestinationPhase.Running(ATTEMPT, FIRST, NONE),
          new DestinationPhase.Running(ATTEMPT, FIRST, FIRST),
          new DestinationPhase.Running(ATTEMPT, NONE, NONE));

  private static final List<Action.OfDestination> DESTINATION_ACTIONS = destinationActions();

  // Phase, attempt, missing pages, and those asked for if there are any.
  private static final Set<String> DESTINATION_GRID =
      Set.of(
          "Waiting 3 [0, 1] ReceiveHello 4 -> Receiving 4 [0, 1]",
          "Receiving 3 [0] ReceiveHello 4 -> Receiving 4 [0, 1]",
          "Receiving 3 [0] ReceivePage 3 -> Receiving 3 []",
          "Receiving 3 [0] ReceiveDeviceState 3 [1] -> Ready 3 [0, 1]",
          "Receiving 3 [0] DiscardImage -> Waiting 3 [0]",
          "Ready 3 [0] ReceiveHello 4 -> Receiving 4 [0, 1]",
          "Ready 3 [0] ResumeDestination 3 -> Running 3 [0]",
          "Ready 3 [0] ReceiveRecover 4 in doubt -> Running 4 [0]",
          "Ready 3 [] ReceiveHello 4 -> Receiving 4 [0, 1]",
          "Ready 3 [] ResumeDestination 3 -> Running 3 []",
          "Ready 3 [] ReceiveRecover 4 in doubt -> Running 4 []",
          "Running 3 [0] ReceivePage 3 -> Running 3 []",
          "Running 3 [0] waits for [0] ReceivePage 3 -> Running 3 []",
          "Running 3 [] ReceivePage 3 -> Running 3 []",
          "Running 3 [0] DemandPage 0 -> Running 3 [0] waits for [0]",
          "Running 3 [0] ReceiveRecover 4 -> Running 4 [0]",
          "Running 3 [0] ReceiveRecover 4 in doubt -> Running 4 [0]",
          "Running 3 [0] waits for [0] ReceiveRecover 4 -> Running 4 [0] waits for [0]",
          "Running 3 [0] waits for [0] ReceiveRecover 4 in doubt -> Running 4 [0] waits for [0]",
          "Running 3 [] ReceiveRecover 4 -> Running 4 []",
          "Running 3 [] ReceiveRecover 4 in doubt -> Running 4 []",
          "Running 3 [] SendComplete -> Running 3 []",
          "Running 3 [0] ResumeDestination 3 -> Running 3 [0]",
          "Running 3 [0] waits for [0] ResumeDestination 3 -> Running 3 [0] waits for [0]",
          "Running 3 [] ResumeDestination 3 -> Running 3 []");

  @Test
  void theSourceTakesTheseStepsAndNoOthers() {
    assertEquals(new TreeSet<>(SOURCE_GRID), enabledAtSource(PLAIN));
  }

  @Test
  void withAnArbiterTheLockAndNotTheOtherHostTellsASourceInDoubtWhoseTheGuestIs() {
    var grid = new TreeSet<>(SOURCE_GRID);
    grid.remove("HandedOver 3 [0] Recover -> HandedOver 4 [0]");
    grid.add("HandedOver 3 [0] ReclaimLock true -> Running 3 []");
    grid.add("HandedOver 3 [0] ReclaimLock false -> Serving 3 [0]");

    assertEquals(grid, enabledAtSource(ARBITER));
  }

  @Test
  void theDestinationTakesTheseStepsAndNoOthers() {
    assertEquals(new TreeSet<>(DESTINATION_GRID), enabledAtDestination(PLAIN));
  }

  @Test
  void withAnArbiterTheDestinationLearnsFromTheLockAndTakesAGuestByItselfOnlyIfItIsWhole() {
    var grid = new TreeSet<>(DESTINATION_GRID);
    for (String missing : List.of("[0]", "[]")) {
      grid.remove("Ready 3 " + missing + " ReceiveRecover 4 in doubt -> Running 4 " + missing);
      grid.add("Ready 3 " + missing + " RefuseHandover 3 -> Waiting 3 " + missing);
      grid.add("Ready 3 " + missing + " LearnSuperseded -> Waiting 3 " + missing);
    }
    grid.add("Ready 3 [] ClaimLock -> Running 3 []");

    assertEquals(grid, enabledAtDestination(ARBITER));
  }

  @Test
  void theGridMeetsEveryPhaseAndEveryAction() {
    Grid.assertMeetsAll(SourcePhase.class, SOURCE_PHASES);
    Grid.assertMeetsAll(DestinationPhase.class, DESTINATION_PHASES);
    Grid.assertMeetsAll(Action.OfSource.class, SOURCE_ACTIONS);
    Grid.assertMeetsAll(Action.OfDestination.class, DESTINATION_ACTIONS);
  }

  private static Set<String> enabledAtSource(Protocol protocol) {
    return Grid.enabled(
        SOURCE_PHASES,
        SOURCE_ACTIONS,
        (phase, action) ->
            phase
                .on(action, protocol)
                .map(step -> show(phase) + " " + show(action) + " -> " + show(step.phase())));
  }

  private static Set<String> enabledAtDestination(Protocol protocol) {
    return Grid.enabled(
        DESTINATION_PHASES,
        DESTINATION_ACTIONS,
        (phase, action) ->
            phase
                .on(action, protocol)
                .map(step -> show(phase) + " " + show(action) + " -> " + show(step.phase())));
  }

  private static List<Action.OfDestination> destinationActions() {
    var actions = new ArrayList<Action.OfDestination>();
    for (int attempt = ATTEMPT - 1; attempt <= ATTEMPT + 1; attempt++) {
      actions.add(new Action.ReceiveHello(attempt));
      actions.add(new Action.ReceivePage(attempt, FIRST));
      actions.add(new Action.ReceiveDeviceState(attempt, PageSet.of(1)));
      actions.add(new Action.ResumeDestination(attempt));
      actions.add(new Action.RefuseHandover(attempt));
      actions.add(new Action.ResumeUnasked(attempt));
      actions.add(new Action.ReceiveRecover(attempt, false));
      actions.add(new Action.ReceiveRecover(attempt, true));
    }
    actions.add(new Action.DemandPage(0));
    actions.add(new Action.DemandPage(1));
    actions.add(new Action.SendComplete());
    actions.add(new Action.DiscardImage());
    actions.add(new Action.LearnSuperseded());
    actions.add(new Action.ClaimLock());
    return List.copyOf(actions);
  }

  private static String show(SourcePhase phase) {
    String round = phase.round() == 0 ? "" : "round " + phase.round() + " ";
    return phase.name() + " " + phase.attempt() + " " + round + phase.pending();
  }

  private static String show(DestinationPhase phase) {
    return phase.name()
        + " "
        + phase.accepted()
        + " "
        + phase.missing()
        + (phase.requested().isEmpty() ? "" : " waits for " + phase.requested());
  }

  // The name, and what of the action's content can matter.
  private static String show(Action action) {
    String content = "";
    if (action instanceof Action.PauseSource pause) {
      content = " " + pause.dirty();
    } else if (action instanceof Action.StartRound round) {
      content = " " + round.dirty();
    } else if (action instanceof Action.ReceiveReady ready) {
      content = " " + ready.attempt();
    } else if (action instanceof Action.ReceiveResumed resumed) {
      content = " " + resumed.attempt();
    } else if (action instanceof Action.AnswerDemand demand) {
      content = " " + demand.attempt();
    } else if (action instanceof Action.ReceiveComplete complete) {
      content = " " + complete.attempt();
    } else if (action instanceof Action.ReceivePageList list) {
      content = " " + list.attempt();
    } else if (action instanceof Action.ReclaimLock reclaim) {
      content = " " + reclaim.taken();
    } else if (action instanceof Action.ReceiveHello hello) {
      content = " " + hello.attempt();
    } else if (action instanceof Action.ReceivePage page) {
      content = " " + page.attempt();
    } else if (action instanceof Action.ReceiveDeviceState state) {
      content = " " + state.attempt() + " " + state.discard();
    } else if (action instanceof Action.ResumeDestination resume) {
      content = " " + resume.attempt();
    } else if (action instanceof Action.RefuseHandover refuse) {
      content = " " + refuse.attempt();
    } else if (action instanceof Action.ResumeUnasked resume) {
      content = " " + resume.attempt();
    } else if (action instanceof Action.ReceiveRecover recover) {
      content = " " + recover.attempt() + (recover.handover() ? " in doubt" : "");
    } else if (action instanceof Action.DemandPage demand) {
      content = " " + demand.page();
    }
    return action.name() + content;
  }
}
