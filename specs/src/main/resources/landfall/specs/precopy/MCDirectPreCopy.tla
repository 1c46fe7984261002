----------------------------- MODULE MCDirectPreCopy ---------------------------
(* DirectPreCopy with bounds.                                                   *)
EXTENDS DirectPreCopyConduct

CONSTANTS
    MaxSteps,       \* may hide: what needs a longer past of a copy than that
    MaxAttempts,    \* may hide: what needs more attempts than that
    MaxCuts,        \* may hide: what needs more links cut at once
    MaxCrashes      \* may hide: what needs more hosts dead at once

Bounded ==
    /\ \A h \in Hosts : Len(steps[h]) <= MaxSteps
    /\ Len(from) <= MaxAttempts
    /\ Cardinality(cut) <= MaxCuts /\ Cardinality(crashed) <= MaxCrashes

\* For liveness the bounds are guards of the actions, see MCPreCopy.
P == INSTANCE PreCopy
GuestStepWithinBounds(h, p) == Len(steps[h]) < MaxSteps /\ P!GuestStep(h, p)
StartAttemptWithinBounds(h, d) == Len(from) < MaxAttempts /\ P!StartAttempt(h, d)
Impossible(x) == FALSE
ImpossibleBetween(x, y) == FALSE
DirectFairSpec == DirectSpec /\ DirectFairness

\* States that must be reached, so that nothing holds for nothing. Each is expected to be violated.
ReachCollectedWhileDue ==
    ~\E h \in Hosts : phase[h] = "PreCopy" /\ round[h] = 2 /\ pending[h] = Pages
ReachRefused == ~\E h \in Hosts : H!Runs(h) /\ attempt[h] > 0 /\ lock = H!Held(h, attempt[h])
================================================================================
