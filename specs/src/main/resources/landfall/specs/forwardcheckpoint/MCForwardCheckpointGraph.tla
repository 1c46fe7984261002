------------------------ MODULE MCForwardCheckpointGraph ------------------------
(* ForwardCheckpoint within bounds, for its whole graph: every state and every     *)
(* step. The explorer holds the core of the reference engine against it. No        *)
(* symmetry and no view: states which those would merge are states which the core  *)
(* has to reach. Every step is that of the module.                                 *)
EXTENDS ForwardCheckpoint

CONSTANTS
    MaxSteps,       \* may hide: what needs more writes of the guest than that
    MaxFailures     \* may hide: what needs more failures, one after the other

\* A state beyond the bounds is not in the graph, nor is a step to it.
Bounded == Len(steps) <= MaxSteps /\ failures <= MaxFailures
================================================================================
