------------------------------- MODULE MCPostCopy ------------------------------
(* PostCopy with bounds.                                                        *)
EXTENDS PostCopyConduct

CONSTANTS
    MaxSteps,   \* may hide: what needs more writes of the guest than that
    MaxAttempts,\* may hide: what needs more connections; a recovery is one, too
    MaxRounds   \* may hide: what needs more pre-copy rounds in one attempt

\* For safety: states beyond the bounds are looked at, but not gone on from.
Bounded == Len(steps) <= MaxSteps /\ attempt <= MaxAttempts /\ round <= MaxRounds

(* For liveness the bounds are guards of the actions, see MCPreCopy. A recovery  *)
(* beyond the bound would be owed for ever, so connections break only as long as *)
(* there is a number left for the one that follows.                              *)
P == INSTANCE PostCopy
GuestStepWithinBounds(h, p) == Len(steps) < MaxSteps /\ P!GuestStep(h, p)
StartAttemptWithinBounds == attempt < MaxAttempts - 1 /\ P!StartAttempt
StartRoundWithinBounds == round < MaxRounds /\ P!StartRound
ResetConnectionWithinBounds == attempt < MaxAttempts /\ P!ResetConnection
CutLinkWithinBounds(d) == attempt < MaxAttempts /\ P!CutLink(d)
\* Deadlines may pass as long as a further connection is possible.
GiveUpConnectionWithinBounds == attempt < MaxAttempts /\ P!GiveUpConnection

FairSpec == Spec /\ Fairness

\* For a model in which some fault is assumed away.
Impossible == FALSE

\* States that must be reached, so that nothing holds for nothing. Each is expected
\* to be violated.
ReachRecovered == ~(source = "Completed" /\ attempt = 2)
ReachDemandAnswered == ~(destination = "Running" /\ requested # {}
                         /\ forward[accepted] # <<>> /\ Head(forward[accepted]).type = "Page"
                         /\ Head(forward[accepted]).page \in requested)
\* The copy of the second round is still on its way when the switchover is.
ReachSentAgain == ~(destination = "Receiving" /\ source = "Offered" /\ accepted = attempt
                    /\ \E p \in Pages \ Missing :
                         /\ memory["destination"][p] < memory["source"][p]
                         /\ OfPage(forward[accepted], p) # {})
\* A page that two rounds sent is stale all the same.
ReachStaleAfterTwoRounds ==
    ~(destination = "Receiving" /\ forward[accepted] # <<>>
      /\ Head(forward[accepted]).type = "DeviceState"
      /\ \E p \in Head(forward[accepted]).discard :
           memory["destination"][p] > 0 /\ memory["destination"][p] < memory["source"][p])
\* With an arbiter.
ReachTakenBackLate == ~(H!Runs("source") /\ destination = "Ready" /\ Holds(forward[accepted], "Handover"))
ReachClaimed == ~(H!Runs("destination") /\ source = "HandedOver" /\ ~H!Alive("source")
                  /\ cut = {} /\ back[accepted] = <<>>)
ReachDiscarded == ~(destination = "Running" /\ Missing # {} /\ Missing # Pages)
================================================================================
