------------------------------ MODULE Ownership ------------------------------
(* The arbiter that Handover assumes, and nothing else: one word, "who owns   *)
(* the guest", that is read and changed in one step. An owner may act or not; *)
(* nobody else acts. The guest can be given away only by one who does not act *)
(* any more, and then whoever comes first takes it.                           *)
(*                                                                            *)
(* SharedLock and Lease are ways to build it. Handover uses it: MCHandover    *)
(* checks that Handover's lock changes in no other way.                       *)
(*                                                                            *)
(* Left out: whose copy is good enough to run. That needs the consent of the  *)
(* last owner (Handover), or checkpoints (ReverseCheckpoint).                 *)

VARIABLES
    holder,     \* a host, or "free"
    effective   \* the hosts whose guest does something that others see

vars == <<holder, effective>>
Hosts == {"source", "destination"}

TypeOK == holder \in Hosts \cup {"free"} /\ effective \subseteq Hosts

Init == holder = "source" /\ effective \in SUBSET {"source"}

Begin(h) == holder = h /\ effective' = {h} /\ UNCHANGED holder

Stop == effective' = {} /\ UNCHANGED holder

GiveAway == effective = {} /\ holder' = "free" /\ UNCHANGED effective

Take(h) == holder = "free" /\ holder' = h /\ effective' \in SUBSET {h}

Next == Stop \/ GiveAway \/ \E h \in Hosts : Begin(h) \/ Take(h)

Spec == Init /\ [][Next]_vars

\* What the arbiter is for.
OwnerActs == effective \subseteq {holder}
==============================================================================
