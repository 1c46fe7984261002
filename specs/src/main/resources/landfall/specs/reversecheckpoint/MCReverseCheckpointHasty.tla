------------------------ MODULE MCReverseCheckpointHasty ------------------------
(* ReverseCheckpoint with a destination that sees no stream: it keeps its counts    *)
(* until it is told that it was superseded, takes checkpoints until then, and takes *)
(* one again, or asks for the ownership, without waiting for what is on its way.    *)
(* Each action is that of the module without the guard that no host could check.    *)
EXTENDS MCReverseCheckpointGraph

TakeCheckpointUnaware ==
    /\ Alive("destination") /\ destination = "Running"
    /\ taken < position["destination"]
    /\ taken' = position["destination"]
    /\ LET dirty == {p \in Pages : memory["destination"][p] > acknowledged}
           sent == [i \in 1..Cardinality(dirty) |->
              LET p == CHOOSE q \in dirty : Cardinality({r \in dirty : r < q}) = i - 1
              IN  [type |-> "CheckpointPage", page |-> p, version |-> memory["destination"][p],
                   position |-> position["destination"]]]
       IN back' = back \o sent \o
             <<[type |-> "CheckpointEnd", position |-> position["destination"], pages |-> dirty]>>
    /\ UNCHANGED <<phases, faults, forward, guest, staging, stored, acknowledged, output>>

RetakeCheckpointHasty ==
    /\ Alive("destination") /\ destination = "Running" /\ taken > acknowledged
    /\ taken' = acknowledged
    /\ UNCHANGED <<phases, faults, messages, guest, staging, stored, acknowledged, output>>

AskOwnershipHasty ==
    /\ Alive("destination") /\ destination = "Running" /\ Missing = {}
    /\ back' = Append(back, [type |-> "AskOwnership"])
    /\ UNCHANGED <<phases, faults, forward, guest, staging, checkpoints, output>>
================================================================================
