--------------------------- MODULE MCHandoverStranger ---------------------------
(* Handover among strangers: somebody who is no host of the guest reaches every    *)
(* port, and may say Hello, Handover and Resumed at any time. Three secrets keep   *)
(* the guest: its identity, which no stranger knows; the token that a destination  *)
(* tells with Ready; and the proof that it shows when the guest runs.              *)
(*                                                                                 *)
(* Left out: strangers who read what hosts say (TLS is there for that); what a     *)
(* stranger's own guest does; numbers of attempts, which hosts compare along the   *)
(* way of one guest only.                                                          *)
(* Code: reference-impl, Arrivals and Departure in package landfall.host.          *)
EXTENDS MCHandover

CONSTANT Secrets    \* those that hosts ask for

ASSUME Secrets \subseteq {"identity", "token", "proof"}

\* A stranger's attempt takes the place of an incomplete image, and comes to nothing. (A
\* source whose attempt ends so has the guest.) A whole image may be the guest by now.
StrangerHello(h) ==
    /\ Alive(h)
    /\ \/ phase[h] = "Receiving"
       \/ phase[h] = "Ready" /\ "identity" \notin Secrets
    /\ SetPhase(h, "Waiting") /\ CloseDestination(accepted[h])
    /\ UNCHANGED <<numbers, attempts, back, faults, lock, guest>>

StrangerHandover(h) ==
    /\ "token" \notin Secrets /\ Alive(h) /\ phase[h] = "Ready"
    /\ SetPhase(h, "Running") /\ lock' = Held(h, accepted[h])
    /\ UNCHANGED <<numbers, connection, faults, guest>>

\* In the place of a destination that a source in doubt asks again.
StrangerResumed(h) ==
    /\ "proof" \notin Secrets /\ Alive(h) /\ phase[h] = "HandedOver"
    /\ SetPhase(h, "Completed") /\ CloseSource(attempt[h])
    /\ UNCHANGED <<numbers, attempts, forward, faults, lock, guest>>

NextAmongStrangers ==
    Next \/ \E h \in Hosts : StrangerHello(h) \/ StrangerHandover(h) \/ StrangerResumed(h)

SpecAmongStrangers == Init /\ [][NextAmongStrangers]_vars
================================================================================
