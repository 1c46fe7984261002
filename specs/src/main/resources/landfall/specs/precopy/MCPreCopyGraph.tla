---------------------------- MODULE MCPreCopyGraph -----------------------------
(* PreCopy within bounds, for its whole graph: every state and every step. The  *)
(* explorer holds the core of the reference engine against it. Properties are   *)
(* checked elsewhere (MCPreCopy). No symmetry and no view: states which those   *)
(* would merge are states which the core has to reach.                          *)
EXTENDS PreCopy

CONSTANTS
    MaxSteps,   \* may hide: what needs more writes of the guest than that
    MaxAttempts \* may hide: what needs more attempts than that

\* A state beyond the bounds is not in the graph, nor is a step to it.
Bounded == Len(steps) <= MaxSteps /\ attempt <= MaxAttempts
================================================================================
