---------------------------- MODULE MCPostCopyHosts ----------------------------
(* PostCopyHosts with bounds.                                                   *)
EXTENDS PostCopyHosts

CONSTANTS
    MaxSteps,       \* may hide: what needs more writes of the guest than that
    MaxConnections, \* may hide: what needs more connections; a recovery is one, too
    MaxRounds,      \* may hide: what needs more pre-copy rounds in one attempt
    MaxCuts,        \* may hide: what needs more links cut at once
    MaxCrashes      \* may hide: what needs more hosts dead at once

\* States beyond the bounds are looked at, but not gone on from.
Bounded ==
    /\ Len(steps) <= MaxSteps /\ Len(from) <= MaxConnections
    /\ \A h \in Hosts : round[h] <= MaxRounds
    /\ Cardinality(cut) <= MaxCuts /\ Cardinality(crashed) <= MaxCrashes

P == INSTANCE PostCopyHosts

\* For a model in which something is assumed away.
Impossible(x) == FALSE
ImpossibleBetween(x, y) == FALSE

Begun == Cardinality({migration[a] : a \in Attempts})
\* B and C differ in nothing before the guest has gone to one of them: nothing is hidden.
StartFirstToB(h, d) == (Begun = 0 => d = "B") /\ P!StartAttempt(h, d)
\* The operator moves the guest along one way.
IsNext(d, route) == Begun < Len(route) /\ d = route[Begun + 1]
StartAlongChain(h, d) == IsNext(d, <<"B", "C">>) /\ P!StartAttempt(h, d)

\* For comparison with PostCopy: the guest goes from A to B, as often as it takes.
StartFromFirst(h, d) == h = First /\ P!StartAttempt(h, d)
Ways == {IF pair[1] = First THEN "forward" ELSE "back" : pair \in cut}
Role(h) == IF h = First THEN "source" ELSE "destination"
Roles(s) == {Role(h) : h \in s}
Second == CHOOSE h \in Hosts : h # First
ByRole(f) == [r \in {"source", "destination"} |-> IF r = "source" THEN f[First] ELSE f[Second]]
TwoHosts == INSTANCE PostCopy WITH
    ResumeOnTimeout <- FALSE, DiscardListSent <- TRUE,
    RecoverySendsPageList <- TRUE, PlaceOnlyAbsent <- TRUE, HandoverAsksLock <- TRUE,
    UrgentPages <- FALSE, RoundsInOrder <- TRUE,
    source <- phase[First], destination <- phase[Second],
    attempt <- attempt[First], accepted <- accepted[Second],
    forward <- forward, back <- back, broken <- broken, cut <- Ways, crashed <- Roles(crashed),
    lock <- [owner |-> Role(lock.owner), attempt |-> lock.attempt,
             offeredTo |-> IF lock.offeredTo = Nobody THEN Nobody ELSE Role(lock.offeredTo)],
    steps <- steps, position <- ByRole(position), memory <- ByRole(memory),
    log <- log[First], pending <- pending[First], round <- round[First],
    requested <- requested[Second]
RefinesPostCopy == TwoHosts!Spec
\* What PostCopy has, too. Of two states that differ in nothing else one is looked at.
AsTwoHosts == TwoHosts!vars

\* States that must be reached, so that nothing holds for nothing. Each is expected to be violated.
\* The guest is on two hosts, neither of which is the one where it began. That one may still wait
\* for the word that it is not needed.
ReachSplitAgain ==
    ~\E h \in Hosts : Runs(h) /\ Missing(h) # {} /\ SourceOf(h) # First /\ phase[First] = "Serving"
\* With an arbiter: the guest runs at a third host, and one that was to get it before has yet to
\* learn that.
ReachWentElsewhere ==
    ~\E h \in Hosts, d \in Hosts : d \notin {h, First} /\ Runs(d) /\ phase[h] = "Ready" /\ Superseded(h)
================================================================================
