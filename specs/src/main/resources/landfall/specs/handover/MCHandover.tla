------------------------------- MODULE MCHandover ------------------------------
(* Handover with bounds.                                                        *)
EXTENDS HandoverConduct

CONSTANTS
    MaxSteps,   \* may hide: what needs more writes of the guest than that
    MaxAttempts \* may hide: what needs a third attempt, if it is 2

Bounded == Len(steps) <= MaxSteps /\ attempt <= MaxAttempts

\* For mutants, which may send for ever. May hide: what needs more on its way at once.
FewMessages == \A a \in DOMAIN forward : Len(forward[a]) <= 4 /\ Len(back[a]) <= 4

\* For liveness the bounds are guards of the actions, see MCPreCopy.
P == INSTANCE Handover
GuestStepWithinBounds(h, p) == Len(steps) < MaxSteps /\ P!GuestStep(h, p)
StartAttemptWithinBounds == attempt < MaxAttempts /\ P!StartAttempt
FairSpec == Spec /\ Fairness

\* With an arbiter: the lock changes in no way but those that Ownership allows, which SharedLock
\* and Lease provide.
Owner == INSTANCE Ownership WITH holder <- lock, effective <- {h \in Hosts : Runs(h)}
RefinesOwnership == Owner!Spec
\* And nobody takes it from a source that did not give it away. A lease alone does not see to that.
TakenWithConsentProp == [][lock = "source" /\ lock' # "source" => source' = "HandedOver"]_vars

\* For a model in which some fault is assumed away.
Impossible == FALSE

\* A source that is in doubt learns what became of the guest.
InDoubt == source = "HandedOver" /\ Alive("source")
DoubtEnds == FaultsEnd => (InDoubt ~> ~InDoubt)

\* States that must be reached, so that the models above do not hold for nothing.
\* Each is expected to be violated.
ReachSecondAttemptCompleted == ~(source = "Completed" /\ attempt = 2)
ReachInDoubt == ~(source = "HandedOver" /\ attempt \in broken /\ Alive("destination"))
ReachReclaimed == ~(source = "Running" /\ destination = "Ready" /\ lock = "source"
                    /\ \E i \in 1..Len(forward[accepted]) : forward[accepted][i].type = "Handover")
ReachClaimed == ~(destination = "Running" /\ lock = "destination" /\ source = "HandedOver"
                  /\ ~Alive("source"))
================================================================================
