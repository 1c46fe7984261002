-------------------------------- MODULE MCPreCopy ------------------------------
(* PreCopy with bounds.                                                         *)
EXTENDS PreCopyConduct

CONSTANTS
    MaxSteps,   \* may hide: what needs more writes of the guest than that
    MaxAttempts \* may hide: what needs more attempts than that

\* For safety: states beyond the bounds are looked at, but not gone on from.
Bounded == Len(steps) <= MaxSteps /\ attempt <= MaxAttempts

(* For liveness a constraint would hide too much: at the bound, a fair step that *)
(* leaves it would be owed for ever, and no behaviour there would count. So the  *)
(* bounds are guards of the actions: the guest falls silent, and the operator    *)
(* tries no further attempt. May hide: livelocks that need more of either.       *)
P == INSTANCE PreCopy
GuestStepWithinBounds(h, p) == Len(steps) < MaxSteps /\ P!GuestStep(h, p)
StartAttemptWithinBounds == attempt < MaxAttempts /\ P!StartAttempt

FairSpec == Spec /\ Fairness

\* For a model in which some fault is assumed away.
Impossible == FALSE

\* States that must be reached, so that nothing holds for nothing. Each is expected
\* to be violated.
ReachThirdRound == ~(source = "Paused" /\ round = 3 /\ pending = {} /\ log = {})
ReachDirtyAtRetry == ~(source = "PreCopy" /\ attempt = 2 /\ log # {} /\ destination = "Receiving")
================================================================================
