---------------------------- MODULE MCPostCopyGraph ----------------------------
(* PostCopy within bounds, for its whole graph: every state and every step. The *)
(* explorer holds the core of the reference engine against it. Properties are   *)
(* checked elsewhere (MCPostCopy). No symmetry and no view: states which those  *)
(* would merge are states which the core has to reach.                          *)
EXTENDS PostCopy

CONSTANTS
    MaxSteps,   \* may hide: what needs more writes of the guest than that
    MaxAttempts,\* may hide: what needs more connections; a recovery is one, too
    MaxRounds   \* may hide: what needs more pre-copy rounds in one attempt

\* A state beyond the bounds is not in the graph, nor is a step to it.
Bounded == Len(steps) <= MaxSteps /\ attempt <= MaxAttempts /\ round <= MaxRounds
================================================================================
