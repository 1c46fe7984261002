------------------------- MODULE ForwardCheckpointInduction -------------------------
(* Why ForwardCheckpoint is safe, and survives one failure, however long it goes on: *)
(* an invariant that every step keeps, and that implies both.                        *)
(*                                                                                   *)
(* Its heart: what the destination lacks was not written since the switchover, and   *)
(* the store has it (ImagesAgree); and who has the claim took it after a failure     *)
(* that was not its own death (FailuresAgree).                                       *)
(*                                                                                   *)
(* The model checker begins in every state that satisfies IndInv within the bounds,  *)
(* reachable or not, and looks at every step from there. It does not hold if pages   *)
(* are not copied ahead, and not if nobody asks the store, and must not.             *)
EXTENDS ForwardCheckpointConduct

CONSTANTS MaxSteps, MaxFailures

\* One goes on alone, and has the claim.
PhasesAgree ==
    /\ Switched <=> destination # "Waiting"
    /\ claim = "source" <=> TookOver
    /\ claim = "destination" => destination \in {"Claimed", "Owner"}
    /\ destination = "Claimed" => claim = "destination"
    /\ destination = "Owner" => claim = "destination" \/ source = "Completed"
    /\ destination = "Superseded" => TookOver

\* Released, acknowledged, stored, done: in this order, until one goes on alone.
CountsAgree ==
    /\ acknowledged <= stored /\ stored <= Len(steps)
    /\ source \in {"Running", "Paused", "Recovered"} => position["source"] = Len(steps)
    /\ source \in {"Serving", "Completed", "Recovering"} => position["destination"] = Len(steps)
    /\ CASE source = "Recovered" ->
              released = Len(steps) \/ (released <= acknowledged /\ Len(steps) = stored)
         [] ~Switched \/ destination \in {"Claimed", "Owner"} -> released = Len(steps)
         [] OTHER -> released <= acknowledged

\* The keeper has the stored image, until the source goes on from there. What the
\* destination has is the guest; what it lacks is at the source and at the store.
ImagesAgree ==
    /\ IF Switched /\ source # "Recovered"
       THEN \A p \in Pages : memory[Keeper][p] = VersionAt(p, stored)
       ELSE \A p \in Pages : memory["source"][p] = VersionAt(p, Len(steps))
    /\ Switched /\ source # "Recovered" => \A p \in Pages :
        IF p \in Missing
        THEN /\ VersionAt(p, stored) = VersionAt(p, Len(steps))
             /\ {memory["source"][p], memory["store"][p]} = {VersionAt(p, stored)}
        ELSE memory["destination"][p] = VersionAt(p, Len(steps))
    /\ ~Switched => Missing = Pages
    /\ destination = "Owner" \/ (source = "Completed" /\ claim = "none") => Missing = {}

\* What is broken now failed once, and there was a failure before one gave the other up.
FailuresAgree ==
    /\ failures >= Cardinality(crashed) + Cardinality(cut)
    /\ claim = "source" => failures > Cardinality(crashed \ {"destination"})
    /\ claim = "destination" => failures > Cardinality(crashed \ {"source"})

IndInv == PhasesAgree /\ CountsAgree /\ ImagesAgree /\ FailuresAgree

------------------------------------------------------------------------------------
\* Every state of these types that satisfies IndInv.
IndInit ==
    /\ source \in {"Running", "Paused", "Serving", "Recovering", "Recovered", "Completed"}
    /\ destination \in {"Waiting", "Running", "Claimed", "Owner", "Superseded"}
    /\ claim \in Hosts \cup {"none"}
    /\ PhasesAgree
    /\ \E n \in 0..MaxSteps : steps \in [1..n -> Pages]
    /\ stored \in 0..Len(steps) /\ acknowledged \in 0..stored /\ released \in 0..Len(steps)
    /\ position \in [Hosts -> 0..MaxSteps]
    /\ CountsAgree
    /\ memory \in [Places -> [Pages -> {Absent} \cup (0..MaxSteps)]]
    /\ \A p \in Pages : memory["source"][p] # Absent
    /\ ImagesAgree
    /\ crashed \in SUBSET Places /\ cut \in SUBSET Links /\ failures \in 0..MaxFailures
    /\ FailuresAgree

Bounded == Len(steps) <= MaxSteps /\ failures <= MaxFailures
Induction == IndInit /\ [][Next]_vars

\* What the invariant is for. It is checked in every state of IndInv.
Safe == /\ TypeOK /\ AtMostOneEffective /\ ConsistentImage /\ NoReleasedOutputLost
        /\ SurvivesOneFailure

\* Every step from a state of IndInv is one of LiveMigration, or changes nothing there.
StepsRefineProp == [][Abstract!Next]_<<steps, released, Home>>
====================================================================================
