--------------------------- MODULE MCReverseCheckpoint -------------------------
(* ReverseCheckpoint with bounds.                                               *)
EXTENDS ReverseCheckpointConduct

CONSTANTS
    MaxSteps,   \* may hide: what needs a longer past of the guest, on either host
    MaxMessages \* may hide: what needs more messages on their way in one direction

Bounded ==
    (\A h \in Hosts : Len(steps[h]) <= MaxSteps) /\ Len(back) <= MaxMessages /\ Len(forward) <= MaxMessages

\* Within these bounds for liveness, see MCPreCopy.
R == INSTANCE ReverseCheckpoint
GuestStepWithinBounds(h, p) == Len(steps[h]) < MaxSteps /\ R!GuestStep(h, p)
\* For liveness without a bound on messages: on a link that is first in, first out, one answer of
\* a kind is enough.
Waits(type) == \E i \in 1..Len(forward) : forward[i].type = type
AnswerSupersededWithinBounds == ~Waits("Superseded") /\ R!AnswerSuperseded
AnswerGrantedWithinBounds == ~Waits("Granted") /\ R!AnswerGranted

\* A source with an arbiter grants as often as it is asked.
GrantOwnershipWithinBounds == ~Waits("Granted") /\ R!GrantOwnership

FairSpec == Spec /\ Fairness
AllOutputLeaves == \A n \in 1..MaxSteps : OutputLeaves(n)
AllOutputLeavesByLock == \A n \in 1..MaxSteps : OutputLeavesByLock(n)

\* For a model in which some fault is assumed away.
Impossible == FALSE
NeverCut(d) == FALSE

\* What the published schemes promise, and under which assumption. A guest goes on if one host
\* has all of it, or can get it.
GoesOn == \/ Alive("destination") /\ (Missing = {} \/ Alive("source"))
          \/ Alive("source") /\ (CanRecover \/ source = "Recovered")
\* The migration is over when the destination owns the guest: what follows is a host's death, as
\* it is for a guest that never moved.
Over == destination = "Owner"
\* The window: the source has given the ownership up, and the destination has not heard of it. If
\* the destination dies then, or was dead already, the guest is lost although the source is alive:
\* the source has promised never to take it back. Two hosts alone cannot close the window: who
\* gives the guest up last cannot know that the other one has it.
Window == source = "Completed" /\ destination = "Running"
SurvivesDestinationButInWindow == "source" \notin crashed => GoesOn \/ Over \/ Window
\* Without an arbiter expected to be violated, in the window and nowhere else.
SurvivesDestination == "source" \notin crashed => GoesOn \/ Over
SurvivesAnyCrash == Cardinality(crashed) <= 1 => GoesOn \/ Over
\* With an arbiter: as soon as the destination has every page it needs the source no more, unless
\* the source has taken the guest back.
SurvivesSourceOnceWhole ==
    ~Alive("source") /\ Alive("destination") /\ Missing = {} /\ lock # "source" =>
        Over \/ ENABLED ClaimLock
SurvivesAnyTwoCrashes == Missing = {} => GoesOn \/ Over

\* States that must be reached, so that nothing holds for nothing. Each is expected
\* to be violated.
ReachRecoveredFromCheckpoint == ~(source = "Recovered" /\ stored > 0)
ReachSuperseded == ~(destination = "Superseded")
ReachOwnerAfterCheckpoint == ~(destination = "Owner" /\ stored > 0)
ReachRolledBack == ~(source = "Recovering" /\ stored < Position("destination"))
\* Two histories that differ in a step, while both hosts execute.
ReachDiverged ==
    ~(/\ Executes("source") /\ Executes("destination")
      /\ \E i \in 1..Len(steps["source"]) \cap (1..Len(steps["destination"])) :
            steps["source"][i] # steps["destination"][i])
================================================================================
