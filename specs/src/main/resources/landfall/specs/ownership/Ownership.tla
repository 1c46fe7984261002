------------------------------ MODULE Ownership ------------------------------
(* The arbiter that Handover assumes, and nothing else: one record, "who owns *)
(* the guest, and to whom is it offered", read and changed in one step. An    *)
(* owner may act or not; nobody else acts. The guest is offered to one host,  *)
(* by an owner that does not act any more. Then that host takes it, or the    *)
(* owner takes it back, whoever comes first.                                  *)
(*                                                                            *)
(* SharedLock and Lease are ways to build it. Handover uses it.               *)
(*                                                                            *)
(* Left out: whose copy is good enough to run. That needs the consent of the  *)
(* last owner (Handover), or checkpoints (ReverseCheckpoint).                 *)

CONSTANTS
    Hosts,
    First       \* the owner at first

VARIABLES
    owner,      \* a host
    offeredTo,  \* a host that may take the guest, or "nobody"
    effective   \* the hosts whose guest does something that others see

vars == <<owner, offeredTo, effective>>

TypeOK == owner \in Hosts /\ offeredTo \in Hosts \cup {"nobody"} /\ effective \subseteq Hosts

Init == owner = First /\ offeredTo = "nobody" /\ effective \in SUBSET {First}

Begin(h) ==
    /\ owner = h /\ offeredTo = "nobody"
    /\ effective' = {h}
    /\ UNCHANGED <<owner, offeredTo>>

Stop == effective' = {} /\ UNCHANGED <<owner, offeredTo>>

OfferTo(d) ==
    /\ effective = {} /\ offeredTo = "nobody" /\ d # owner
    /\ offeredTo' = d
    /\ UNCHANGED <<owner, effective>>

Take(h) ==
    /\ offeredTo = h \/ (owner = h /\ offeredTo # "nobody")
    /\ owner' = h /\ offeredTo' = "nobody"
    /\ effective' \in SUBSET {h}

Next == Stop \/ \E h \in Hosts : Begin(h) \/ OfferTo(h) \/ Take(h)

Spec == Init /\ [][Next]_vars

\* What the arbiter is for.
OwnerActs == effective \subseteq {owner}
NobodyActsMeanwhile == offeredTo # "nobody" => effective = {}
==============================================================================
