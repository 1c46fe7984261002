------------------------------- MODULE MCHandover ------------------------------
(* Handover with bounds.                                                        *)
EXTENDS Handover

CONSTANTS
    MaxSteps,   \* may hide: what needs more writes of the guest than that
    MaxAttempts \* may hide: what needs a third attempt, if it is 2

Bounded == Len(steps) <= MaxSteps /\ attempt <= MaxAttempts

\* States that must be reached, so that the models above do not hold for nothing.
\* Each is expected to be violated.
ReachSecondAttemptCompleted == ~(source = "Completed" /\ attempt = 2)
ReachInDoubt == ~(source = "HandedOver" /\ attempt \in broken /\ Alive("destination"))
ReachReclaimed == ~(source = "Running" /\ destination = "Ready" /\ lock = "source"
                    /\ \E i \in 1..Len(forward[accepted]) : forward[accepted][i].type = "Handover")
ReachClaimed == ~(destination = "Running" /\ lock = "destination" /\ source = "HandedOver"
                  /\ ~Alive("source"))
================================================================================
