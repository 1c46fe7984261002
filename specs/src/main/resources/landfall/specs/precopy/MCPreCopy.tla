-------------------------------- MODULE MCPreCopy ------------------------------
(* PreCopy with bounds.                                                         *)
EXTENDS PreCopyConduct

CONSTANTS
    MaxSteps,       \* may hide: what needs a longer past of a copy than that
    MaxAttempts,    \* may hide: what needs more attempts than that
    MaxCuts,        \* may hide: what needs more links cut at once
    MaxCrashes      \* may hide: what needs more hosts dead at once

\* For safety: states beyond the bounds are looked at, but not gone on from.
Bounded ==
    /\ \A h \in Hosts : Len(steps[h]) <= MaxSteps
    /\ Len(from) <= MaxAttempts
    /\ Cardinality(cut) <= MaxCuts /\ Cardinality(crashed) <= MaxCrashes

(* For liveness a constraint would hide too much: at the bound, a fair step that *)
(* leaves it would be owed for ever, and no behaviour there would count. So the  *)
(* bounds are guards of the actions: the guest falls silent, and the operator    *)
(* tries no further attempt. May hide: livelocks that need more of either.       *)
P == INSTANCE PreCopy
GuestStepWithinBounds(h, p) == Len(steps[h]) < MaxSteps /\ P!GuestStep(h, p)
StartAttemptWithinBounds(h, d) == Len(from) < MaxAttempts /\ P!StartAttempt(h, d)
CutLinkWithinBounds(h, d) == Cardinality(cut) < MaxCuts /\ P!CutLink(h, d)
CrashWithinBounds(h) == Cardinality(crashed) < MaxCrashes /\ P!Crash(h)

FairSpec == Spec /\ Fairness

\* For a model in which some fault is assumed away.
Impossible(x) == FALSE
ImpossibleBetween(x, y) == FALSE

\* For a model in which the operator moves the guest along one way.
IsNext(d, route) == Len(from) < Len(route) /\ d = route[Len(from) + 1]
StartAlongChain(h, d) == IsNext(d, <<"B", "C">>) /\ P!StartAttempt(h, d)
StartThereAndBack(h, d) == IsNext(d, <<"B", "A", "B">>) /\ P!StartAttempt(h, d)

\* See MCHandover.
InDoubt(h) == phase[h] = "HandedOver" /\ H!Alive(h)
DoubtEnds == FaultsEnd => \A h \in Hosts : []<>~InDoubt(h)

\* States that must be reached, so that nothing holds for nothing. Each is expected
\* to be violated.
ReachThirdRound ==
    ~\E h \in Hosts : phase[h] = "Paused" /\ round[h] = 3 /\ pending[h] = {} /\ log[h] = {}
ReachDirtyAtRetry ==
    ~\E h \in Hosts : /\ phase[h] = "PreCopy" /\ attempt[h] = 2 /\ accepted[h] = 0
                      /\ log[h] # {} /\ phase[to[2]] = "Receiving"
================================================================================
