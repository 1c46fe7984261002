------------------------------ MODULE Ownership ------------------------------
(* The arbiter that Handover assumes, and nothing else: a record of who owns  *)
(* the guest, or between which two hosts it is on offer, read and changed in  *)
(* one step. An owner may act or not; nobody else acts. The guest is offered  *)
(* to one host, by an owner that does not act any more. Then that host takes  *)
(* it, or the owner takes it back, whoever comes first; no third host can.    *)
(*                                                                            *)
(* SharedLock and Lease are ways to build it. Handover uses it.               *)
(*                                                                            *)
(* Left out: whose copy is good enough to run. That needs the consent of the  *)
(* last owner (Handover), or checkpoints (ReverseCheckpoint).                 *)
EXTENDS Naturals, FiniteSets

CONSTANTS
    Hosts,
    First       \* the owner at first

VARIABLES
    owners,     \* the owner; while the guest is on offer, it and the host that may take it
    effective   \* the hosts whose guest does something that others see

vars == <<owners, effective>>

TypeOK == owners \in SUBSET Hosts /\ Cardinality(owners) \in 1..2 /\ effective \subseteq Hosts

Init == owners = {First} /\ effective \in SUBSET {First}

Begin(h) == owners = {h} /\ effective' = {h} /\ UNCHANGED owners

Stop == effective' = {} /\ UNCHANGED owners

OfferTo(h) ==
    /\ effective = {} /\ Cardinality(owners) = 1
    /\ owners' = owners \cup {h} /\ UNCHANGED effective

Take(h) == h \in owners /\ owners' = {h} /\ effective' \in SUBSET {h}

Next == Stop \/ \E h \in Hosts : Begin(h) \/ OfferTo(h) \/ Take(h)

Spec == Init /\ [][Next]_vars

\* What the arbiter is for.
OwnerActs == effective \subseteq owners
NobodyActsMeanwhile == Cardinality(owners) > 1 => effective = {}
==============================================================================
