------------------------ MODULE MCReverseCheckpointHasty ------------------------
(* ReverseCheckpoint with a destination that sees no stream: it takes a checkpoint  *)
(* again, or asks for the ownership, without waiting for what is on its way.        *)
(* Each action is that of the module without the guard that no host could check.    *)
EXTENDS MCReverseCheckpointGraph

RetakeCheckpointHasty ==
    /\ Alive("destination") /\ destination = "Running" /\ taken > acknowledged
    /\ taken' = acknowledged
    /\ UNCHANGED <<phases, faults, lock, messages, guest, staging, stored, acknowledged, output>>

AskOwnershipHasty ==
    /\ Alive("destination") /\ destination = "Running" /\ Missing = {}
    /\ back' = Append(back, [type |-> "AskOwnership"])
    /\ UNCHANGED <<phases, faults, lock, forward, guest, staging, checkpoints, output>>
================================================================================
