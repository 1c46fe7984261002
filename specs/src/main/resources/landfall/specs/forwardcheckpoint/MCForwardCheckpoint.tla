-------------------------- MODULE MCForwardCheckpoint --------------------------
(* ForwardCheckpoint with bounds.                                                *)
EXTENDS ForwardCheckpointConduct

CONSTANTS
    MaxSteps,       \* may hide: what needs more writes of the guest than that
    MaxFailures     \* may hide: what needs more failures, one after the other

Bounded == Len(steps) <= MaxSteps /\ failures <= MaxFailures

\* Within these bounds for liveness, see MCPreCopy.
F == INSTANCE ForwardCheckpoint
GuestStepWithinBounds(h, p) == Len(steps) < MaxSteps /\ F!GuestStep(h, p)
CrashWithinBounds(h) == failures < MaxFailures /\ F!Crash(h)
CutLinkWithinBounds(l) == failures < MaxFailures /\ F!CutLink(l)

FairSpec == Spec /\ Fairness
AllOutputLeaves == \A n \in 1..MaxSteps : OutputLeaves(n)

\* What the combination does not promise. Expected to be violated.
SurvivesTwoFailures == Switched /\ ~Over /\ failures <= 2 => GoesOn

\* States that must be reached, so that nothing holds for nothing. Each is expected to
\* be violated.
ReachFetchedFromStore == ~(~Alive("source") /\ destination = "Owner" /\ Len(steps) > 0)
ReachClaimLost == ~(claim = "destination" /\ source = "Completed" /\ crashed = {})
ReachSupersededByStore == ~(destination = "Superseded" /\ stored > 0 /\ crashed = {})
ReachGoneOnWithoutStore == ~(~Alive("store") /\ destination = "Owner" /\ acknowledged > 0)
================================================================================
