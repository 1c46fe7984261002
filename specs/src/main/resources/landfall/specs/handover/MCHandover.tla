------------------------------- MODULE MCHandover ------------------------------
(* Handover with bounds.                                                        *)
EXTENDS HandoverConduct

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

\* For mutants, which may send for ever. May hide: what needs more on its way at once.
FewMessages == \A a \in Attempts : Len(forward[a]) <= 4 /\ Len(back[a]) <= 4

\* For liveness the bounds are guards of the actions, see MCPreCopy.
P == INSTANCE Handover
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
StartAlongChainAndBack(h, d) == IsNext(d, <<"B", "C", "B">>) /\ P!StartAttempt(h, d)

\* With an arbiter: nobody takes the lock from an owner that did not give the guest away.
TakenWithConsentProp ==
    [][lock'.owner # lock.owner =>
        phase[lock.owner] \notin {"Running", "PreCopy", "Paused", "Offered"}]_vars

\* While the lock is offered to a host, no newer attempt can distract it.
NoHelloWhileOffered ==
    Arbiter => \A h \in Hosts : phase[h] = "Ready" /\ OfferedTo(h) =>
        \A a \in Attempts : to[a] = h /\ a > accepted[h] => forward[a] = <<>>

\* A source that is in doubt learns what became of the guest.
InDoubt(h) == phase[h] = "HandedOver" /\ Alive(h)
DoubtEnds == FaultsEnd => \A h \in Hosts : []<>~InDoubt(h)

\* States that must be reached, so that the models above do not hold for nothing.
\* Each is expected to be violated.
ReachInDoubt ==
    ~\E h \in Hosts : InDoubt(h) /\ attempt[h] \in broken /\ Alive(to[attempt[h]])
ReachReclaimed ==
    ~\E h \in Hosts : lock.attempt > 0 /\ lock = Held(from[lock.attempt], lock.attempt)
                      /\ phase[h] = "Ready" /\ accepted[h] = lock.attempt
ReachClaimedFromDead ==
    ~\E h \in Hosts : Runs(h) /\ accepted[h] > 0 /\ from[accepted[h]] \in crashed
ReachElsewhere ==
    ~\E b, c \in Hosts : b # c /\ phase[b] = "Ready" /\ phase[First] = "Completed" /\ Runs(c)
ReachChain ==
    ~\E h \in Hosts \ {First} : Runs(h) /\ accepted[h] > 1 /\ accepted[from[accepted[h]]] > 0
ReachThereAndBack == ~(Runs(First) /\ accepted[First] > 0)
ReachRestartedGetsGuest == ~(Runs(First) /\ accepted[First] > 0 /\ attempt[First] = 0)
================================================================================
