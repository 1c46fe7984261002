-------------------------- MODULE SharedLockInduction -------------------------
(* Why SharedLock is safe: an invariant that every step keeps, as in             *)
(* HandoverInduction. SharedLock is finite, so this adds no certainty; it says   *)
(* why. With any of the four mistakes some step leaves it.                       *)
EXTENDS SharedLock, Naturals

\* The record says who may run, whatever the locks say.
RecordAgrees ==
    /\ record = "source" <=> source \in {"Running", "Paused"}
    /\ record = "free" => destination = "Ready"
    /\ record = "destination" <=> destination = "Running"

\* Whose image is the newest.
ImagesAgree ==
    /\ record # "destination" => "source" \in newest
    /\ record # "source" => "destination" \in newest
    /\ record = "free" => newest = Hosts

\* A message is of the attempt that is under way.
MailAgrees ==
    /\ Cardinality(mail) <= 1
    /\ mail # {} => source = "Paused" /\ Alive("source")
    /\ "Ready" \in mail => destination = "Ready" /\ "destination" \in newest

\* What a host has read is still so, since it has the lock.
LocksAgree ==
    /\ ExclusiveMeansAlone
    /\ \A h \in readFree : Alive(h) /\ record = "free" /\ lock[h] = "exclusive"
    /\ \A h \in Hosts : Runs(h) => lock[h] # "none"
    /\ Alive("source") /\ source = "Paused" => lock["source"] # "none"

IndInv == RecordAgrees /\ ImagesAgree /\ MailAgrees /\ LocksAgree

\* Every state of these types that satisfies IndInv.
IndInit ==
    /\ source \in {"Running", "Paused", "Given", "Completed"}
    /\ destination \in {"Waiting", "Ready", "Running"} /\ record \in Hosts \cup {"free"}
    /\ RecordAgrees
    /\ newest \in SUBSET Hosts /\ ImagesAgree
    /\ crashed \in SUBSET Hosts /\ cutOff \in SUBSET Hosts
    /\ mail \in SUBSET {"Image", "Ready"} /\ MailAgrees
    /\ lock \in [Hosts -> {"none", "shared", "exclusive"}] /\ readFree \in SUBSET Hosts
    /\ LocksAgree
Induction == IndInit /\ [][Next]_vars

Safe == AtMostOneEffective /\ NoReleasedOutputLost
===============================================================================
