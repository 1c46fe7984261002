------------------------ MODULE MCReverseCheckpointGraph ------------------------
(* ReverseCheckpoint within bounds, for its whole graph: every state and every     *)
(* step. The explorer holds the core of the reference engine against it. No        *)
(* symmetry and no view: states which those would merge are states which the core  *)
(* has to reach.                                                                   *)
(*                                                                                 *)
(* One step is not that of the module. RecoverSource there sets back what the      *)
(* destination, which hears nothing, knows of its checkpoints, so that no count is *)
(* beyond the guest's steps. No source can do that, so here the destination keeps  *)
(* its counts until it is told. It is as safe: MCReverseCheckpointOwnCounts checks *)
(* it (all but TypeOK: taken may be beyond the steps of a guest that was taken     *)
(* back).                                                                          *)
EXTENDS ReverseCheckpoint

CONSTANTS
    SetsBackDestination, \* TRUE: RecoverSource is that of the module
    MaxSteps,   \* may hide: what needs more writes of the guest than that
    MaxMessages \* may hide: what needs more messages on their way in one direction

\* A state beyond the bounds is not in the graph, nor is a step to it.
Bounded == Len(steps) <= MaxSteps /\ Len(back) <= MaxMessages /\ Len(forward) <= MaxMessages

R == INSTANCE ReverseCheckpoint
RecoverSourceAlone ==
    IF SetsBackDestination THEN R!RecoverSource
    ELSE /\ Alive("source") /\ source = "Recovering" /\ source' = "Recovered"
         /\ steps' = SubSeq(steps, 1, stored)
         /\ position' = [position EXCEPT !["source"] = stored]
         /\ released' = Least(released, stored)
         /\ disk' = IF CarriesDiskWrites THEN DiskAfter(0, stored) ELSE disk
         /\ UNCHANGED <<destination, faults, messages, memory, staging, checkpoints>>
================================================================================
