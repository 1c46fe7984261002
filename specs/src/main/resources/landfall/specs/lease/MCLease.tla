-------------------------------- MODULE MCLease --------------------------------
(* Lease needs no bounds but those of its terms. Here are the states that must be *)
(* reached, so that nothing holds for nothing. Each is expected to be violated.   *)
EXTENDS LeaseInduction, LeaseConduct

FairSpec == Spec /\ Fairness

\* A holder that was cut off has lost the lease, and B acts.
ReachLentToAnother == ~(Effective("B") /\ "A" \in running /\ Alive("A"))
\* A goes on for a second term without a break.
ReachRenewed ==
    ~(left["A"] = 1 /\ lag["A"] = 0 /\ reserved = Term + Allowance /\ ~forgot)
\* The bound is tight: the grantor is as far ahead as it can be, and the holder acts.
ReachLastTick == ~(Effective("A") /\ lag["A"] = Drift /\ reserved <= 1)
================================================================================
