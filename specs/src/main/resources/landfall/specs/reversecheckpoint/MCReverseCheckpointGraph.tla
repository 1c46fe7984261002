------------------------ MODULE MCReverseCheckpointGraph ------------------------
(* ReverseCheckpoint within bounds, for its whole graph: every state and every     *)
(* step. The explorer holds the core of the reference engine against it. No        *)
(* symmetry and no view: states which those would merge are states which the core  *)
(* has to reach.                                                                   *)
EXTENDS ReverseCheckpoint

CONSTANTS
    MaxSteps,   \* may hide: what needs a longer past of the guest, on either host
    MaxMessages \* may hide: what needs more messages on their way in one direction

\* A state beyond the bounds is not in the graph, nor is a step to it.
Bounded ==
    (\A h \in Hosts : Len(steps[h]) <= MaxSteps) /\ Len(back) <= MaxMessages /\ Len(forward) <= MaxMessages
================================================================================
