---------------------------- MODULE MCDirectPostCopy ---------------------------
(* DirectPostCopy with bounds. Recoveries need none: a new connection takes the *)
(* place of the lost one, with nothing on its way.                              *)
EXTENDS DirectPostCopyConduct

CONSTANTS
    MaxSteps,       \* may hide: what needs a longer past of a copy than that
    MaxAttempts,    \* may hide: what needs more attempts than that
    MaxCrashes      \* may hide: what needs more hosts dead at once

\* Cut links are looked at, and not gone on from. May hide: what needs one side to hear nothing
\* while the other goes on.
Bounded ==
    /\ \A h \in Hosts : Len(steps[h]) <= MaxSteps
    /\ Len(from) <= MaxAttempts
    /\ cut = {} /\ Cardinality(crashed) <= MaxCrashes

\* For liveness: one attempt, and connections break once the device state is on its way.
Impossible(x) == FALSE
ImpossibleBetween(x, y) == FALSE
StartOnce(h, d) == from = <<>> /\ StartAttempt(h, d) /\ UNCHANGED splitVars
ResetOnceGivenAway(a) == GivenAway(from[a]) /\ H!ResetConnection(a) /\ UNCHANGED memoryVars
SplitFairSpec == SplitSpec /\ SplitFairness

\* For a recovery whose destination has another attempt by now: there, on, and back.
StartAlongChain(h, d) ==
    /\ Len(from) < 3 /\ <<h, d>> = <<<<"A", "B">>, <<"B", "C">>, <<"C", "B">>>>[Len(from) + 1]
    /\ Missing(h) = {} /\ StartAttempt(h, d) /\ UNCHANGED splitVars
PauseFirstForPostCopy(h) == attempt[h] = 1 /\ H!PauseSource(h) /\ UNCHANGED <<memoryVars, splitVars>>
ResetFirst(a) == a = 1 /\ H!ResetConnection(a) /\ UNCHANGED memoryVars

\* States that must be reached, so that nothing holds for nothing. Each is expected to be violated.
\* The destination, which asked for a page in vain, is asked which pages it has, and has one.
ReachSplitRecovered ==
    ~\E h \in Hosts : phase[h] = "Resuming" /\ requested[to[attempt[h]]] # {}
                      /\ pending[h] # {} /\ pending[h] # Pages
\* The guest runs with a page of before the pause, and waits for one that was stale.
ReachStaleRequested ==
    ~\E h \in Hosts : H!Runs(h) /\ requested[h] # {} /\ Missing(h) # Pages
                      /\ \E p \in requested[h] : VersionAt(p, h) > 0
================================================================================
