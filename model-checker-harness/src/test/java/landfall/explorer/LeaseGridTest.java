package landfall.explorer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import landfall.lease.Action;
import landfall.lease.Effect;
import landfall.lease.Grantor;
import landfall.lease.Holder;
import landfall.lease.Mutant;
import landfall.lease.Protocol;
import landfall.protocol.Host;
import landfall.protocol.Step;
import org.junit.jupiter.api.Test;

/**
 * Holders and grantors of every kind met with every action: what is written here is enabled, and
 * leads where it says, with the effects in this order; nothing else is enabled.
 */
class LeaseGridTest {
  private static final Host A = new Host("A");
  private static final Host B = new Host("B");
  private static final Protocol PLAIN = new Protocol(5, 2, Set.of());

  private static final List<Holder> HOLDERS =
      List.of(
          Holder.without(),
          new Holder(0, 0, true),
          new Holder(0, 3, false),
          new Holder(1, 0, false),
          new Holder(4, 3, true));

  private static final List<Action.OfHolder> OF_HOLDER =
      List.of(
          new Action.TickHost(),
          new Action.AskLease(),
          new Action.ReceiveLease(),
          new Action.StartGuest(),
          new Action.NoticeEnd(),
          new Action.ReleaseLease());

  // What is left, what is asked for, and whether the guest runs.
  private static final Set<String> HOLDER_GRID =
      Set.of(
          "0 0 AskLease -> 0 5: SendAsk[]",
          "0 0 ReceiveLease -> 0 0:",
          "0 0 running AskLease -> 0 5 running: SendAsk[]",
          "0 0 running ReceiveLease -> 0 0 running:",
          "0 0 running NoticeEnd -> 0 0: StopGuest[]",
          "0 3 TickHost -> 0 2:",
          "0 3 ReceiveLease -> 3 0: HoldTerm[sinceAsked=true]",
          "1 0 TickHost -> 0 0:",
          "1 0 AskLease -> 1 5: SendAsk[]",
          "1 0 ReceiveLease -> 1 0:",
          "1 0 StartGuest -> 1 0 running: StartGuest[]",
          "1 0 ReleaseLease -> 0 0: SendRelease[]",
          "4 3 running TickHost -> 3 2 running:",
          "4 3 running ReceiveLease -> 3 0 running: HoldTerm[sinceAsked=true]",
          "4 3 running ReleaseLease -> 0 0: StopGuest[] SendRelease[]");

  private static final List<Grantor> GRANTORS =
      List.of(
          new Grantor.Free(0),
          new Grantor.Free(4),
          new Grantor.Waiting(4),
          new Grantor.Waiting(0),
          new Grantor.Lent(A, 4),
          new Grantor.Lent(A, 0));

  private static final List<Action.OfGrantor> OF_GRANTOR =
      List.of(
          new Action.TickGrantor(),
          new Action.GrantLease(A),
          new Action.GrantLease(B),
          new Action.ReceiveRelease(A),
          new Action.ReceiveRelease(B),
          new Action.ExpireLease());

  private static final Set<String> GRANTOR_GRID =
      Set.of(
          "free 0 TickGrantor -> free 0:",
          "free 0 GrantLease A -> A 7: SendGranted[to=A]",
          "free 0 GrantLease B -> B 7: SendGranted[to=B]",
          "free 0 ReceiveRelease A -> free 0:",
          "free 0 ReceiveRelease B -> free 0:",
          "free 4 TickGrantor -> free 3:",
          "free 4 GrantLease A -> A 7: SendGranted[to=A]",
          "free 4 GrantLease B -> B 7: SendGranted[to=B]",
          "free 4 ReceiveRelease A -> free 4:",
          "free 4 ReceiveRelease B -> free 4:",
          "waiting 4 TickGrantor -> waiting 3:",
          "waiting 4 ReceiveRelease A -> waiting 4:",
          "waiting 4 ReceiveRelease B -> waiting 4:",
          "waiting 0 TickGrantor -> waiting 0:",
          "waiting 0 ReceiveRelease A -> waiting 0:",
          "waiting 0 ReceiveRelease B -> waiting 0:",
          "waiting 0 ExpireLease -> free 0:",
          "A 4 TickGrantor -> A 3:",
          "A 4 GrantLease A -> A 7: SendGranted[to=A]",
          "A 4 ReceiveRelease A -> free 4:",
          "A 4 ReceiveRelease B -> A 4:",
          "A 0 TickGrantor -> A 0:",
          "A 0 GrantLease A -> A 7: SendGranted[to=A]",
          "A 0 ReceiveRelease A -> free 0:",
          "A 0 ReceiveRelease B -> A 0:",
          "A 0 ExpireLease -> free 0:");

  @Test
  void aHolderTakesTheseStepsAndNoOthers() {
    assertEquals(new TreeSet<>(HOLDER_GRID), holders(PLAIN));
  }

  @Test
  void theGrantorTakesTheseStepsAndNoOthers() {
    assertEquals(new TreeSet<>(GRANTOR_GRID), grantors(PLAIN));
  }

  @Test
  void aMistakeChangesNoMoreThanItsOwnSteps() {
    assertEquals(
        Set.of(
            "0 3 ReceiveLease -> 5 0: HoldTerm[sinceAsked=false]",
            "4 3 running ReceiveLease -> 5 0 running: HoldTerm[sinceAsked=false]"),
        newSteps(Mutant.COUNTED_FROM_ANSWER));
    assertEquals(
        Set.of(
            "free 0 GrantLease A -> A 6: SendGranted[to=A]",
            "free 0 GrantLease B -> B 6: SendGranted[to=B]",
            "free 4 GrantLease A -> A 6: SendGranted[to=A]",
            "free 4 GrantLease B -> B 6: SendGranted[to=B]",
            "A 4 GrantLease A -> A 6: SendGranted[to=A]",
            "A 0 GrantLease A -> A 6: SendGranted[to=A]"),
        newSteps(Mutant.ALLOWANCE_TOO_SHORT));
    // This one is no step: it is in what is let out.
    assertEquals(Set.of(), newSteps(Mutant.CLOCK_NOT_CHECKED));
  }

  @Test
  void aGrantorThatHasRestartedWaitsForWhomeverItMayHaveLentTheGuest() {
    assertEquals(new Grantor.Waiting(7), Grantor.restarted(PLAIN));
    assertEquals(
        new Grantor.Free(7),
        Grantor.restarted(new Protocol(5, 2, Set.of(Mutant.RESTARTED_FORGETS))));
  }

  @Test
  void outputLeavesOnlyWhileTheLeaseIsHeld() {
    var mistaken = new Protocol(5, 2, Set.of(Mutant.CLOCK_NOT_CHECKED));
    for (Holder holder : HOLDERS) {
      assertEquals(holder.equals(new Holder(4, 3, true)), holder.letsOutputLeave(PLAIN));
      assertEquals(holder.guestRuns(), holder.letsOutputLeave(mistaken));
    }
    assertTrue(Holder.running(PLAIN).letsOutputLeave(PLAIN));
    assertFalse(Holder.without().letsOutputLeave(PLAIN));
  }

  @Test
  void whatIsNoLeaseIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> new Protocol(0, 1, Set.of()));
    assertThrows(IllegalArgumentException.class, () -> new Protocol(1, 0, Set.of()));
    assertThrows(IllegalArgumentException.class, () -> new Holder(-1, 0, false));
    assertThrows(IllegalArgumentException.class, () -> new Grantor.Free(-1));
  }

  @Test
  void theGridMeetsEveryAction() {
    Grid.assertMeetsAll(Action.OfHolder.class, OF_HOLDER);
    Grid.assertMeetsAll(Action.OfGrantor.class, OF_GRANTOR);
    Grid.assertMeetsAll(Grantor.class, GRANTORS);
  }

  private static Set<String> newSteps(Mutant mutant) {
    var protocol = new Protocol(5, 2, Set.of(mutant));
    var steps = new TreeSet<>(holders(protocol));
    steps.addAll(grantors(protocol));
    steps.removeAll(HOLDER_GRID);
    steps.removeAll(GRANTOR_GRID);
    return steps;
  }

  private static Set<String> holders(Protocol protocol) {
    return Grid.enabled(
        HOLDERS,
        OF_HOLDER,
        (holder, action) ->
            holder
                .on(action, protocol)
                .map(
                    step ->
                        show(holder)
                            + " "
                            + action.name()
                            + " -> "
                            + show(step.phase())
                            + effects(step)));
  }

  private static Set<String> grantors(Protocol protocol) {
    return Grid.enabled(
        GRANTORS,
        OF_GRANTOR,
        (grantor, action) ->
            grantor
                .on(action, protocol)
                .map(
                    step ->
                        show(grantor)
                            + " "
                            + show(action)
                            + " -> "
                            + show(step.phase())
                            + effects(step)));
  }

  private static String show(Holder holder) {
    return holder.left() + " " + holder.asked() + (holder.guestRuns() ? " running" : "");
  }

  private static String show(Grantor grantor) {
    String who =
        grantor instanceof Grantor.Lent lent
            ? lent.grantee().name()
            : grantor instanceof Grantor.Waiting ? "waiting" : "free";
    return who + " " + grantor.reserved();
  }

  private static String show(Action.OfGrantor action) {
    if (action instanceof Action.GrantLease grant) {
      return action.name() + " " + grant.host();
    }
    return action instanceof Action.ReceiveRelease release
        ? action.name() + " " + release.host()
        : action.name();
  }

  private static String effects(Step<?, Effect> step) {
    var text = new StringBuilder(":");
    step.effects().forEach(effect -> text.append(' ').append(effect));
    return text.toString();
  }
}
