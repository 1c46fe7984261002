-------------------------------- MODULE Lease --------------------------------
(* An arbiter made of time: a grantor lends the guest for a term. The holder    *)
(* acts only while its own clock says that the term runs; the grantor lends it  *)
(* to another only when the term and an allowance are over on its own clock. So *)
(* a holder that is dead, or cannot be reached, needs not be asked.             *)
(*                                                                              *)
(* Nobody's clock is right, and no two are set to each other. All that is known *)
(* is that within one term a clock falls behind the grantor's, or gets ahead of *)
(* it, by at most Drift ticks. The holder counts from when it asked, for the    *)
(* grantor counts from later, however long the messages take.                   *)
(*                                                                              *)
(* Messages may be lost or late. Requests are numbered, and only the answer to  *)
(* the last one counts: an older message is as good as lost, so there is at     *)
(* most one on its way in each direction.                                       *)
(*                                                                              *)
(* A grantor that restarts has forgotten to whom it lent the guest. It lends it *)
(* to nobody for as long as whoever has it may count on it.                     *)
(*                                                                              *)
(* Left out: whose copy is good enough to run (see Ownership: a lease that is   *)
(* over is no consent), replication of the grantor, the time from the look at   *)
(* the clock to the output (the allowance must cover it too).                   *)
(* The model is finite without bounds.                                          *)
(* Code: reference-impl, package lease.                                         *)
EXTENDS Integers, FiniteSets

CONSTANTS
    Hosts,
    First,          \* the host to which the guest is lent at first
    Term,           \* ticks for which the guest is lent
    Allowance,      \* further ticks that the grantor waits
    Drift,          \* ticks that two clocks come apart within one term
    CountsFromAsk,  \* FALSE: the holder counts from when it was answered
    ChecksClock,    \* FALSE: the holder acts until it happens to notice the end
    WaitsAfresh     \* FALSE: a grantor that has restarted takes the guest for free

ASSUME
    /\ First \in Hosts /\ "free" \notin Hosts
    /\ {Term, Drift} \subseteq Nat \ {0} /\ Allowance \in Nat
    /\ {CountsFromAsk, ChecksClock, WaitsAfresh} \subseteq BOOLEAN

VARIABLES
    grantee,    \* to whom the grantor has lent the guest, or "free"
    forgot,     \* TRUE: it has restarted, and does not know
    reserved,   \* ticks of the grantor's clock before it lends it to another
    left,       \* left[h]: ticks of h's clock for which h holds the lease
    lag,        \* lag[h]: ticks by which h's clock fell behind, since left[h] counts
    asked,      \* asked[h]: what left[h] will be if the answer comes now
    askedLag,   \* askedLag[h]: as lag[h], since asked[h] counts
    request,    \* request[h]: the message from h on its way to the grantor
    granted,    \* hosts to which an answer is on its way
    running,    \* hosts where the guest is not stopped
    crashed     \* hosts that are dead

terms == <<left, lag, asked, askedLag>>
messages == <<request, granted>>
lending == <<grantee, forgot>>
vars == <<lending, reserved, terms, messages, running, crashed>>

TypeOK ==
    /\ grantee \in Hosts \cup {"free"} /\ forgot \in BOOLEAN /\ reserved \in 0..(Term + Allowance)
    /\ left \in [Hosts -> 0..Term] /\ asked \in [Hosts -> 0..Term]
    /\ lag \in [Hosts -> -Drift..Drift] /\ askedLag \in [Hosts -> -Drift..Drift]
    /\ request \in [Hosts -> {"none", "Ask", "Release"}] /\ granted \subseteq Hosts
    /\ running \subseteq Hosts /\ crashed \subseteq Hosts

Init ==
    /\ grantee = First /\ forgot = FALSE /\ reserved = Term + Allowance
    /\ left = [h \in Hosts |-> IF h = First THEN Term ELSE 0]
    /\ asked = [h \in Hosts |-> 0]
    /\ lag = [h \in Hosts |-> 0] /\ askedLag = [h \in Hosts |-> 0]
    /\ request = [h \in Hosts |-> "none"] /\ granted = {}
    /\ running = {First} /\ crashed = {}

-------------------------------------------------------------------------------
Alive(h) == h \notin crashed
LessOne(n) == IF n = 0 THEN 0 ELSE n - 1

\* A host whose guest does something that others see.
Effective(h) == h \in running /\ (ChecksClock => left[h] > 0)

-------------------------------------------------------------------------------
(* The clocks: each ticks by itself, as long as it stays within the bound.      *)
TickGrantor ==
    /\ \A h \in Hosts : /\ left[h] > 0 => lag[h] < Drift
                        /\ asked[h] > 0 => askedLag[h] < Drift
    /\ reserved' = LessOne(reserved)
    /\ lag' = [h \in Hosts |-> IF left[h] > 0 THEN lag[h] + 1 ELSE 0]
    /\ askedLag' = [h \in Hosts |-> IF asked[h] > 0 THEN askedLag[h] + 1 ELSE 0]
    /\ UNCHANGED <<lending, left, asked, messages, running, crashed>>

TickHost(h) ==
    /\ left[h] > 0 \/ asked[h] > 0
    /\ left[h] > 0 => lag[h] > -Drift
    /\ asked[h] > 0 => askedLag[h] > -Drift
    /\ left' = [left EXCEPT ![h] = LessOne(@)]
    /\ asked' = [asked EXCEPT ![h] = LessOne(@)]
    /\ lag' = [lag EXCEPT ![h] = IF left[h] > 1 THEN @ - 1 ELSE 0]
    /\ askedLag' = [askedLag EXCEPT ![h] = IF asked[h] > 1 THEN @ - 1 ELSE 0]
    /\ UNCHANGED <<lending, reserved, messages, running, crashed>>

-------------------------------------------------------------------------------
\* For the first time, or to go on. Asks again only when the last request is stale.
AskLease(h) ==
    /\ Alive(h) /\ asked[h] = 0
    /\ asked' = [asked EXCEPT ![h] = Term] /\ askedLag' = [askedLag EXCEPT ![h] = 0]
    /\ request' = [request EXCEPT ![h] = "Ask"] /\ granted' = granted \ {h}
    /\ UNCHANGED <<lending, reserved, left, lag, running, crashed>>

GrantLease(h) ==
    /\ request[h] = "Ask" /\ ~forgot /\ grantee \in {"free", h}
    /\ grantee' = h /\ reserved' = Term + Allowance
    /\ request' = [request EXCEPT ![h] = "none"] /\ granted' = granted \cup {h}
    /\ UNCHANGED <<forgot, terms, running, crashed>>

\* An answer that comes after a whole term is worth nothing.
ReceiveLease(h) ==
    /\ Alive(h) /\ h \in granted /\ granted' = granted \ {h}
    /\ left' = [left EXCEPT ![h] = IF asked[h] = 0 THEN @ ELSE
                                   IF CountsFromAsk THEN asked[h] ELSE Term]
    /\ lag' = [lag EXCEPT ![h] = IF asked[h] = 0 THEN @ ELSE
                                 IF CountsFromAsk THEN askedLag[h] ELSE 0]
    /\ asked' = [asked EXCEPT ![h] = 0] /\ askedLag' = [askedLag EXCEPT ![h] = 0]
    /\ UNCHANGED <<lending, reserved, request, running, crashed>>

StartGuest(h) ==
    /\ Alive(h) /\ left[h] > 0 /\ h \notin running /\ running' = running \cup {h}
    /\ UNCHANGED <<lending, reserved, terms, messages, crashed>>

\* Late or not, it does no harm where the clock is looked at before each output.
NoticeEnd(h) ==
    /\ h \in running /\ left[h] = 0 /\ running' = running \ {h}
    /\ UNCHANGED <<lending, reserved, terms, messages, crashed>>

\* The holder stops and says so: the other needs not wait. It drops its request too.
ReleaseLease(h) ==
    /\ Alive(h) /\ left[h] > 0 /\ running' = running \ {h}
    /\ left' = [left EXCEPT ![h] = 0] /\ lag' = [lag EXCEPT ![h] = 0]
    /\ asked' = [asked EXCEPT ![h] = 0] /\ askedLag' = [askedLag EXCEPT ![h] = 0]
    /\ request' = [request EXCEPT ![h] = "Release"] /\ granted' = granted \ {h}
    /\ UNCHANGED <<lending, reserved, crashed>>

ReceiveRelease(h) ==
    /\ request[h] = "Release" /\ request' = [request EXCEPT ![h] = "none"]
    /\ grantee' = IF grantee = h /\ ~forgot THEN "free" ELSE grantee
    /\ UNCHANGED <<forgot, reserved, terms, granted, running, crashed>>

ExpireLease ==
    /\ grantee # "free" \/ forgot
    /\ reserved = 0 /\ grantee' = "free" /\ forgot' = FALSE
    /\ UNCHANGED <<reserved, terms, messages, running, crashed>>

-------------------------------------------------------------------------------
LoseRequest(h) ==
    /\ request[h] # "none" /\ request' = [request EXCEPT ![h] = "none"]
    /\ UNCHANGED <<lending, reserved, terms, granted, running, crashed>>
LoseAnswer(h) ==
    /\ h \in granted /\ granted' = granted \ {h}
    /\ UNCHANGED <<lending, reserved, terms, request, running, crashed>>
Crash(h) ==
    /\ Alive(h) /\ crashed' = crashed \cup {h} /\ running' = running \ {h}
    /\ left' = [left EXCEPT ![h] = 0] /\ lag' = [lag EXCEPT ![h] = 0]
    /\ asked' = [asked EXCEPT ![h] = 0] /\ askedLag' = [askedLag EXCEPT ![h] = 0]
    /\ UNCHANGED <<lending, reserved, messages>>
\* What was on its way to it is lost; what it answered is not.
RestartGrantor ==
    /\ forgot' = WaitsAfresh /\ grantee' = IF WaitsAfresh THEN grantee ELSE "free"
    /\ reserved' = Term + Allowance
    /\ request' = [h \in Hosts |-> "none"]
    /\ UNCHANGED <<terms, granted, running, crashed>>

Protocol ==
    \/ TickGrantor \/ ExpireLease
    \/ \E h \in Hosts : \/ TickHost(h) \/ AskLease(h) \/ GrantLease(h) \/ ReceiveLease(h)
                       \/ StartGuest(h) \/ NoticeEnd(h) \/ ReceiveRelease(h)
Fault == RestartGrantor \/ \E h \in Hosts : LoseRequest(h) \/ LoseAnswer(h) \/ Crash(h)
Next == Protocol \/ Fault \/ \E h \in Hosts : ReleaseLease(h)
Spec == Init /\ [][Next]_vars

-------------------------------------------------------------------------------
AtMostOneEffective == \A g, h \in Hosts : Effective(g) /\ Effective(h) => g = h

\* Why: who holds the lease by its own clock has it from the grantor.
HolderIsGrantee == \A h \in Hosts : left[h] > 0 => grantee = h

\* With two hosts. Ownership offers the guest to one other; a lease that is over is there
\* for any of them.
Owner == INSTANCE Ownership WITH
    owners <- IF grantee = "free" THEN Hosts ELSE {grantee},
    effective <- {h \in Hosts : Effective(h)}
Refines == Owner!Spec

\* Clocks go on, hosts ask and the grantor answers. A holder may release, or not.
Fairness ==
    /\ WF_vars(TickGrantor) /\ WF_vars(ExpireLease)
    /\ \A h \in Hosts : /\ WF_vars(TickHost(h)) /\ WF_vars(AskLease(h)) /\ WF_vars(GrantLease(h))
                        /\ WF_vars(ReceiveLease(h)) /\ WF_vars(ReceiveRelease(h))
FaultsEnd == <>[][~Fault]_vars

\* A guest that nobody holds is lent again, while there is a host that asks; and a
\* dead holder does not keep it.
EventuallyHeld == FaultsEnd => (grantee = "free" ~> grantee # "free" \/ crashed = Hosts)
DeadHolderLosesIt == \A h \in Hosts : FaultsEnd => (grantee = h /\ ~Alive(h) ~> grantee # h)
===============================================================================
