------------------------------ MODULE MCLeaseGraph ------------------------------
(* Lease, for its whole graph: every state and every step. The explorer holds the  *)
(* core of the reference engine against it.                                        *)
(*                                                                                 *)
(* Whether a holder looks at its clock before each output changes no step of the   *)
(* module, only what is seen of the guest. So here who acts is a variable: no more *)
(* than what the module defines, written down after each step, for the core to be  *)
(* asked the same.                                                                 *)
EXTENDS Integers, FiniteSets

CONSTANTS Hosts, First, Term, Allowance, Drift, CountsFromAsk, ChecksClock, WaitsAfresh

VARIABLES
    grantee, forgot, reserved, left, lag, asked, askedLag, request, granted, running, crashed,
    acting      \* hosts whose guest does something that others see

L == INSTANCE Lease
vars == <<L!vars, acting>>

Acting == {h \in Hosts : L!Effective(h)}
AtMostOneEffective == L!AtMostOneEffective

Init == L!Init /\ acting = Acting

Seen == acting' = Acting'
TickGrantor == L!TickGrantor /\ Seen
TickHost(h) == L!TickHost(h) /\ Seen
AskLease(h) == L!AskLease(h) /\ Seen
GrantLease(h) == L!GrantLease(h) /\ Seen
ReceiveLease(h) == L!ReceiveLease(h) /\ Seen
StartGuest(h) == L!StartGuest(h) /\ Seen
NoticeEnd(h) == L!NoticeEnd(h) /\ Seen
ReleaseLease(h) == L!ReleaseLease(h) /\ Seen
ReceiveRelease(h) == L!ReceiveRelease(h) /\ Seen
ExpireLease == L!ExpireLease /\ Seen
LoseRequest(h) == L!LoseRequest(h) /\ Seen
LoseAnswer(h) == L!LoseAnswer(h) /\ Seen
Crash(h) == L!Crash(h) /\ Seen
RestartGrantor == L!RestartGrantor /\ Seen

Next ==
    \/ TickGrantor \/ ExpireLease
    \/ \E h \in Hosts : \/ TickHost(h) \/ AskLease(h) \/ GrantLease(h) \/ ReceiveLease(h)
                       \/ StartGuest(h) \/ NoticeEnd(h) \/ ReceiveRelease(h)
    \/ RestartGrantor
    \/ \E h \in Hosts : LoseRequest(h) \/ LoseAnswer(h) \/ Crash(h)
    \/ \E h \in Hosts : ReleaseLease(h)
Spec == Init /\ [][Next]_vars
================================================================================
