package landfall.explorer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import landfall.precopy.Action;
import landfall.precopy.HostCore;
import landfall.precopy.PageSet;
import landfall.precopy.Phase;
import landfall.precopy.Protocol;
import landfall.protocol.Host;
import org.junit.jupiter.api.Test;

/**
 * Every phase met with every action: what is written here is enabled, and leads where it says;
 * nothing else is enabled.
 */
class PreCopyGridTest {
  /** The attempt that is under way: this host's own, or the one that it took up. */
  private static final int ATTEMPT = 3;

  /** The attempt by which the guest came here before. */
  private static final int ARRIVED_BY = 2;

  private static final PageSet NONE = PageSet.empty();
  private static final PageSet SOME = PageSet.of(0, 1);
  private static final Host OTHER = new Host("other");

  private static final Protocol PLAIN = new Protocol(2, false, Set.of());
  private static final Protocol ARBITER = new Protocol(2, true, Set.of());

  private static final List<Phase> PHASES =
      List.of(
          new Phase.Waiting(1, ATTEMPT),
          new Phase.Receiving(1, ATTEMPT),
          new Phase.Ready(1, ATTEMPT),
          new Phase.Running(ATTEMPT, ARRIVED_BY),
          new Phase.PreCopy(ATTEMPT, ARRIVED_BY, 1, SOME),
          new Phase.PreCopy(ATTEMPT, ARRIVED_BY, 1, NONE),
          new Phase.Paused(ATTEMPT, ARRIVED_BY, 1, SOME),
          new Phase.Paused(ATTEMPT, ARRIVED_BY, 1, NONE),
          new Phase.Offered(ATTEMPT, ARRIVED_BY, 1),
          new Phase.HandedOver(ATTEMPT, ARRIVED_BY, 1),
          new Phase.Completed(ATTEMPT, ARRIVED_BY));

  private static final List<Action> ACTIONS = actions();

  private static final Set<String> GRID =
      Set.of(
          "Receiving 1 3 ReceiveHello 4 -> Receiving 1 4",
          "Receiving 1 3 ReceivePage 3 -> Receiving 1 3",
          "Receiving 1 3 ReceiveDeviceState 3 -> Ready 1 3",
          "Receiving 1 3 DiscardImage -> Waiting 1 3",
          "Ready 1 3 ReceiveHello 4 -> Receiving 1 4",
          "Ready 1 3 ResumeDestination 3 -> Running 1 3",
          "Running 3 2 StartAttempt -> PreCopy 4 2, 2 pending",
          "PreCopy 3 2, 2 pending SendPage -> PreCopy 3 2, 1 pending",
          "PreCopy 3 2 StartRound 2 -> PreCopy 3 2, 2 pending",
          "PreCopy 3 2 PauseSource 0 -> Paused 3 2",
          "PreCopy 3 2 PauseSource 1 -> Paused 3 2",
          "PreCopy 3 2, 2 pending Cancel -> Running 3 2",
          "PreCopy 3 2, 2 pending AbortAttempt -> Running 3 2",
          "PreCopy 3 2 Cancel -> Running 3 2",
          "PreCopy 3 2 AbortAttempt -> Running 3 2",
          "Paused 3 2, 2 pending SendPage -> Paused 3 2, 1 pending",
          "Paused 3 2 StartRound 1 -> Paused 3 2, 1 pending",
          "Paused 3 2 StartRound 2 -> Paused 3 2, 2 pending",
          "Paused 3 2 OfferHandover 0 -> Offered 3 2",
          "Paused 3 2, 2 pending Cancel -> Running 3 2",
          "Paused 3 2, 2 pending AbortAttempt -> Running 3 2",
          "Paused 3 2 Cancel -> Running 3 2",
          "Paused 3 2 AbortAttempt -> Running 3 2",
          "Offered 3 2 ReceiveReady 3 -> HandedOver 3 2",
          "Offered 3 2 Cancel -> Running 3 2",
          "Offered 3 2 AbortAttempt -> Running 3 2",
          "HandedOver 3 2 ReceiveResumed 3 -> Completed 3 2",
          "HandedOver 3 2 GiveUpConnection -> HandedOver 3 2",
          "Completed 3 2 ReceiveHello 4 -> Receiving 3 4",
          "Waiting 1 3 ReceiveHello 4 -> Receiving 1 4");

  /** Whoever had the guest by an attempt says so as often as the source of it asks. */
  private static Set<String> answers() {
    var answers = new TreeSet<String>();
    for (Phase phase : PHASES) {
      for (int attempt = ARRIVED_BY - 1; attempt <= ATTEMPT; attempt++) {
        boolean arrivedNow = phase.accepted() == ARRIVED_BY && attempt == ARRIVED_BY;
        if (attempt < phase.accepted() || arrivedNow) {
          answers.add(show(phase) + " ResumeDestination " + attempt + " -> " + show(phase));
        }
      }
    }
    return answers;
  }

  @Test
  void aHostTakesTheseStepsAndNoOthers() {
    var grid = new TreeSet<>(GRID);
    grid.addAll(answers());
    grid.add("HandedOver 3 2 ResendHandover -> HandedOver 3 2");

    assertEquals(grid, enabled(PLAIN));
  }

  @Test
  void withAnArbiterTheLockDecidesAndNothingIsSentAgain() {
    var grid = new TreeSet<>(GRID);
    grid.addAll(answers());
    grid.add("HandedOver 3 2 ReclaimLock true -> Running 3 2");
    grid.add("HandedOver 3 2 ReclaimLock false -> Completed 3 2");
    grid.add("Ready 1 3 RefuseHandover 3 -> Waiting 1 3");
    grid.add("Ready 1 3 ClaimLock -> Running 1 3");
    grid.add("Ready 1 3 LearnSuperseded -> Waiting 1 3");

    assertEquals(grid, enabled(ARBITER));
  }

  @Test
  void theGridMeetsEveryPhaseAndEveryAction() {
    Grid.assertMeetsAll(Phase.class, PHASES);
    Grid.assertMeetsAll(Action.class, ACTIONS);
  }

  private static Set<String> enabled(Protocol protocol) {
    var core = new HostCore(protocol, true);
    return Grid.enabled(
        PHASES,
        ACTIONS,
        (phase, action) ->
            core.on(phase, action)
                .map(step -> show(phase) + " " + show(action) + " -> " + show(step.phase())));
  }

  private static List<Action> actions() {
    var actions =
        new ArrayList<Action>(
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
                new Action.Cancel(),
                new Action.AbortAttempt(),
                new Action.ResendHandover(),
                new Action.GiveUpConnection(),
                new Action.ReclaimLock(true),
                new Action.ReclaimLock(false),
                new Action.ResumeUnacknowledged(),
                new Action.ClaimLock(),
                new Action.LearnSuperseded(),
                new Action.DiscardImage()));
    for (int attempt = ARRIVED_BY - 1; attempt <= ATTEMPT + 1; attempt++) {
      actions.add(new Action.ReceiveReady(attempt, OTHER));
      actions.add(new Action.ReceiveResumed(attempt));
      actions.add(new Action.ReceiveHello(attempt));
      actions.add(new Action.ReceivePage(attempt));
      actions.add(new Action.ReceiveDeviceState(attempt));
      actions.add(new Action.ResumeDestination(attempt));
      actions.add(new Action.RefuseHandover(attempt));
    }
    return List.copyOf(actions);
  }

  private static String show(Phase phase) {
    String pending = phase.pending().isEmpty() ? "" : ", " + phase.pending().size() + " pending";
    return phase.name() + " " + phase.attempt() + " " + phase.accepted() + pending;
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
