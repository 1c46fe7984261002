--------------------------- MODULE MCReverseCheckpoint -------------------------
(* ReverseCheckpoint with bounds.                                               *)
EXTENDS ReverseCheckpointConduct

CONSTANTS
    MaxSteps,   \* may hide: what needs more writes of the guest than that
    MaxMessages \* may hide: what needs more messages on their way in one direction

Bounded == Len(steps) <= MaxSteps /\ Len(back) <= MaxMessages /\ Len(forward) <= MaxMessages

\* Within these bounds for liveness, see MCPreCopy.
R == INSTANCE ReverseCheckpoint
GuestStepWithinBounds(h, p) == Len(steps) < MaxSteps /\ R!GuestStep(h, p)
\* For liveness without a bound on messages: on a link that is first in, first out, one answer of
\* a kind is enough.
Waits(type) == \E i \in 1..Len(forward) : forward[i].type = type
AnswerSupersededOnce == ~Waits("Superseded") /\ R!AnswerSuperseded
AnswerGrantedOnce == ~Waits("Granted") /\ R!AnswerGranted

FairSpec == Spec /\ Fairness
AllOutputLeaves == \A n \in 1..MaxSteps : OutputLeaves(n)

\* For a model in which some fault is assumed away.
Impossible == FALSE
NeverCut(d) == FALSE

\* What the published schemes promise, and under which assumption. A guest goes on if one host
\* has all of it, or can get it.
GoesOn == \/ Alive("destination") /\ (Missing = {} \/ Alive("source"))
          \/ Alive("source") /\ (CanRecover \/ source = "Recovered")
          \/ source = "Completed" \* the migration is over: what follows is a host's death
SurvivesDestination == "source" \notin crashed => GoesOn
SurvivesAnyCrash == Cardinality(crashed) <= 1 => GoesOn
SurvivesAnyTwoCrashes == Missing = {} => GoesOn

\* States that must be reached, so that nothing holds for nothing. Each is expected
\* to be violated.
ReachRecoveredFromCheckpoint == ~(source = "Recovered" /\ stored > 0)
ReachSuperseded == ~(destination = "Superseded")
ReachOwnerAfterCheckpoint == ~(destination = "Owner" /\ stored > 0)
ReachRolledBack == ~(source = "Recovering" /\ stored < Len(steps))
================================================================================
