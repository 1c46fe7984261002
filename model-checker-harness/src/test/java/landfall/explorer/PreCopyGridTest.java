package landfall.explorer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import landfall.precopy.Action;
import landfall.precopy.DestinationPhase;
import landfall.precopy.PageSet;
import landfall.precopy.Protocol;
import landfall.precopy.SourcePhase;
import org.junit.jupiter.api.Test;

/**
 * Every phase met with every action: what is written here is enabled, and leads where it says;
 * nothing else is enabled.
 */
class PreCopyGridTest {
  private static final int ATTEMPT = 3;
  private static final PageSet NONE = PageSet.empty();
  private static final PageSet SOME = PageSet.of(0, 1);

  private static final Protocol PLAIN = new Protocol(2, false, Set.of());
  private static final Protocol ARBITER = new Protocol(2, true, Set.of());

  private static final List<SourcePhase> SOURCE_PHASES =
      List.of(
          new SourcePhase.Running(ATTEMPT),
          new SourcePhase.PreCopy(ATTEMPT, 1, SOME),
          new SourcePhase.PreCopy(ATTEMPT, 1, NONE),
          new SourcePhase.Paused(ATTEMPT, 1, SOME),
          new SourcePhase.Paused(ATTEMPT, 1, NONE),
          new SourcePhase.Offered(ATTEMPT, 1),
          new SourcePhase.HandedOver(ATTEMPT, 1),
          new SourcePhase.Completed(ATTEMPT, 1));

  private static final List<Action.OfSource> SOURCE_ACTIONS =
      List.of(
          new Action.StartAttempt(),
          new Action.SendPage(1),
          new Action.StartRound(SOME, 1),
          new Action.StartRound(PageSet.of(0), 1),
          new Action.StartRound(NONE, 1),
          new Action.PauseSource(0, 1),
          new Action.PauseSource(1, 1),
          new Action.PauseSource(2, 1),
          new Action.OfferHandover(0),
          new Action.OfferHandover(1),
          new Action.ReceiveReady(ATTEMPT),
          new Action.ReceiveReady(ATTEMPT - 1),
          new Action.ReceiveResumed(ATTEMPT),
          new Action.ReceiveResumed(ATTEMPT - 1),
          new Action.Cancel(),
          new Action.AbortAttempt(),
          new Action.ResendHandover(),
          new Action.GiveUpConnection(),
          new Action.ReclaimLock(true),
          new Action.ReclaimLock(false),
          new Action.ResumeUnacknowledged());

  private static final Set<String> SOURCE_GRID =
      Set.of(
          "Running(0 pending) StartAttempt -> PreCopy(2 pending)",
          "PreCopy(2 pending) SendPage -> PreCopy(1 pending)",
          "PreCopy(0 pending) StartRound 2 -> PreCopy(2 pending)",
          "PreCopy(0 pending) PauseSource 0 -> Paused(0 pending)",
          "PreCopy(0 pending) PauseSource 1 -> Paused(0 pending)",
          "PreCopy(2 pending) Cancel -> Running(0 pending)",
          "PreCopy(2 pending) AbortAttempt -> Running(0 pending)",
          "PreCopy(0 pending) Cancel -> Running(0 pending)",
          "PreCopy(0 pending) AbortAttempt -> Running(0 pending)",
          "Paused(2 pending) SendPage -> Paused(1 pending)",
          "Paused(0 pending) StartRound 1 -> Paused(1 pending)",
          "Paused(0 pending) StartRound 2 -> Paused(2 pending)",
          "Paused(0 pending) OfferHandover 0 -> Offered(0 pending)",
          "Paused(2 pending) Cancel -> Running(0 pending)",
          "Paused(2 pending) AbortAttempt -> Running(0 pending)",
          "Paused(0 pending) Cancel -> Running(0 pending)",
          "Paused(0 pending) AbortAttempt -> Running(0 pending)",
          "Offered(0 pending) ReceiveReady 3 -> HandedOver(0 pending)",
          "Offered(0 pending) Cancel -> Running(0 pending)",
          "Offered(0 pending) AbortAttempt -> Running(0 pending)",
          "HandedOver(0 pending) ReceiveResumed 3 -> Completed(0 pending)",
          "HandedOver(0 pending) GiveUpConnection -> HandedOver(0 pending)");

  private static final List<DestinationPhase> DESTINATION_PHASES =
      List.of(
          new DestinationPhase.Waiting(ATTEMPT),
          new DestinationPhase.Receiving(ATTEMPT),
          new DestinationPhase.Ready(ATTEMPT),
          new DestinationPhase.Running(ATTEMPT));

  private static final List<Action.OfDestination> DESTINATION_ACTIONS = destinationActions();

  private static final Set<String> DESTINATION_GRID =
      Set.of(
          "Waiting 3 ReceiveHello 4 -> Receiving 4",
          "Receiving 3 ReceiveHello 4 -> Receiving 4",
          "Receiving 3 ReceivePage 3 -> Receiving 3",
          "Receiving 3 ReceiveDeviceState 3 -> Ready 3",
          "Receiving 3 DiscardImage -> Waiting 3",
          "Ready 3 ReceiveHello 4 -> Receiving 4",
          "Ready 3 ResumeDestination 3 -> Running 3",
          "Running 3 ResumeDestination 3 -> Running 3");

  @Test
  void theSourceTakesTheseStepsAndNoOthers() {
    var grid = new TreeSet<>(SOURCE_GRID);
    grid.add("HandedOver(0 pending) ResendHandover -> HandedOver(0 pending)");

    assertEquals(grid, enabledAtSource(PLAIN));
  }

  @Test
  void withAnArbiterASourceInDoubtAsksTheLockAndDoesNotResend() {
    var grid = new TreeSet<>(SOURCE_GRID);
    grid.add("HandedOver(0 pending) ReclaimLock true -> Running(0 pending)");
    grid.add("HandedOver(0 pending) ReclaimLock false -> Completed(0 pending)");

    assertEquals(grid, enabledAtSource(ARBITER));
  }

  @Test
  void theDestinationTakesTheseStepsAndNoOthers() {
    assertEquals(new TreeSet<>(DESTINATION_GRID), enabledAtDestination(PLAIN));
  }

  @Test
  void withAnArbiterTheDestinationMayClaimTheGuestOrRefuseIt() {
    var grid = new TreeSet<>(DESTINATION_GRID);
    grid.add("Ready 3 RefuseHandover 3 -> Waiting 3");
    grid.add("Ready 3 ClaimLock -> Running 3");

    assertEquals(grid, enabledAtDestination(ARBITER));
  }

  @Test
  void theGridMeetsEveryPhaseAndEveryAction() {
    assertEquals(SourcePhase.class.getPermittedSubclasses().length, Grid.kinds(SOURCE_PHASES));
    assertEquals(
        DestinationPhase.class.getPermittedSubclasses().length, Grid.kinds(DESTINATION_PHASES));
    assertEquals(Action.OfSource.class.getPermittedSubclasses().length, Grid.kinds(SOURCE_ACTIONS));
    assertEquals(
        Action.OfDestination.class.getPermittedSubclasses().length,
        Grid.kinds(DESTINATION_ACTIONS));
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
      actions.add(new Action.ReceivePage(attempt));
      actions.add(new Action.ReceiveDeviceState(attempt));
      actions.add(new Action.ResumeDestination(attempt));
      actions.add(new Action.RefuseHandover(attempt));
    }
    actions.add(new Action.ClaimLock());
    actions.add(new Action.DiscardImage());
    return List.copyOf(actions);
  }

  private static String show(SourcePhase phase) {
    return phase.name() + "(" + phase.pending().size() + " pending)";
  }

  private static String show(DestinationPhase phase) {
    return phase.name() + " " + phase.accepted();
  }

  // The name, and what of the action's content can matter.
  private static String show(Action action) {
    String content = "";
    if (action instanceof Action.StartRound round) {
      content = " " + round.dirty().size();
    } else if (action instanceof Action.PauseSource pause) {
      content = " " + pause.dirtyPages();
    } else if (action instanceof Action.OfferHandover offer) {
      content = " " + offer.dirtyPages();
    } else if (action instanceof Action.ReceiveReady ready) {
      content = " " + ready.attempt();
    } else if (action instanceof Action.ReceiveResumed resumed) {
      content = " " + resumed.attempt();
    } else if (action instanceof Action.ReclaimLock reclaim) {
      content = " " + reclaim.taken();
    } else if (action instanceof Action.ReceiveHello hello) {
      content = " " + hello.attempt();
    } else if (action instanceof Action.ReceivePage page) {
      content = " " + page.attempt();
    } else if (action instanceof Action.ReceiveDeviceState state) {
      content = " " + state.attempt();
    } else if (action instanceof Action.ResumeDestination resume) {
      content = " " + resume.attempt();
    } else if (action instanceof Action.RefuseHandover refuse) {
      content = " " + refuse.attempt();
    }
    return action.name() + content;
  }
}
