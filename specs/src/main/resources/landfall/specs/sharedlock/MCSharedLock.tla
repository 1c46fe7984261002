----------------------------- MODULE MCSharedLock -----------------------------
(* SharedLock needs no bounds. Here are the states that must be reached, so      *)
(* that nothing holds for nothing. Each is expected to be violated.              *)
EXTENDS SharedLockInduction, SharedLockConduct

FairSpec == Spec /\ Fairness

\* Shared by both, and the guest still runs at the source.
ReachSharedByBoth == ~(Runs("source") /\ \A h \in Hosts : lock[h] = "shared")
\* The destination has the lock exclusively, after the source died, and must not run.
ReachLockOfTheDead == ~(lock["destination"] = "exclusive" /\ record = "source" /\ ~Alive("source"))
\* The source takes the guest again, since the destination died.
ReachTakenAgain == ~(Runs("source") /\ destination = "Ready" /\ ~Alive("destination")
                     /\ lock["source"] = "exclusive")
\* Nobody moves, since a host that is cut off has the lock: the price of safety.
ReachHeldByCutOff == ~(record = "free" /\ lock["destination"] = "exclusive"
                       /\ "destination" \in cutOff /\ source = "Given")
===============================================================================
