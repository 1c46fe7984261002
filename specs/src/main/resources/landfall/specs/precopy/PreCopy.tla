-------------------------------- MODULE PreCopy --------------------------------
(* Iterative pre-copy: pages are sent while the guest goes on writing, round    *)
(* after round, until few enough are dirty; then the guest is paused, the rest  *)
(* is sent, and Handover passes the ownership.                                  *)
(*                                                                              *)
(* Left out: page contents (a version is the number of the step that wrote the  *)
(* page), bandwidth and time (when to stop iterating is FewEnough), the order   *)
(* of pages within a round (ascending here; module PageOrder frees it), and     *)
(* encodings (zero pages).                                                      *)
(* Code: reference-impl, package landfall.precopy (SourcePhase,                 *)
(* DestinationPhase), equal to this module state by state: see the explorer.    *)
EXTENDS Integers, Sequences, FiniteSets

CONSTANTS
    Pages,              \* the guest's pages: a finite set of naturals
    Arbiter,            \* see Handover
    ResumeOnTimeout,    \* see Handover
    FewEnough,          \* pause once so few pages are dirty (the downtime limit)
    RetrySendsAll       \* FALSE: the mistake "the log was cleared, send what is new"

ASSUME
    /\ Pages \subseteq Nat /\ IsFiniteSet(Pages) /\ Pages # {}
    /\ FewEnough \in Nat
    /\ RetrySendsAll \in BOOLEAN

VARIABLES
    source, destination, attempt, accepted, forward, back, broken, cut, crashed,
    lock, steps, position,  \* as in Handover
    memory,     \* memory[h][p]: version of page p at host h, Absent if it has none
    log,        \* the dirty log: pages written since it was last collected
    pending,    \* pages which the round still has to send
    round       \* number of the round, 0 outside an attempt

handoverVars == <<source, destination, attempt, accepted, forward, back, broken,
                  cut, crashed, lock, steps, position>>
memoryVars == <<memory, log, pending, round>>
vars == <<handoverVars, memoryVars>>

H == INSTANCE Handover

Absent == -1
Hosts == H!Hosts
Directions == H!Directions

TypeOK ==
    /\ H!TypeOK
    /\ memory \in [Hosts -> [Pages -> {Absent} \cup (0..Len(steps))]]
    /\ log \subseteq Pages
    /\ pending \subseteq Pages
    /\ round \in Nat

Init ==
    /\ H!Init
    /\ memory = [h \in Hosts |-> [p \in Pages |-> IF h = "source" THEN 0 ELSE Absent]]
    /\ log = {} /\ pending = {} /\ round = 0

Lowest(pages) == CHOOSE p \in pages : \A q \in pages : p <= q

\* The version that page p had after the first n steps of the guest.
VersionAt(p, n) ==
    LET writes == {i \in 1..n : steps[i] = p}
    IN  IF writes = {} THEN 0 ELSE CHOOSE i \in writes : \A j \in writes : j <= i

--------------------------------------------------------------------------------
(* The source                                                                   *)

\* A write is logged while an attempt is under way.
GuestStep(h, p) ==
    /\ H!GuestStep(h, p)
    /\ memory' = [memory EXCEPT ![h][p] = Len(steps')]
    /\ log' = IF h = "source" /\ source = "PreCopy" THEN log \cup {p} ELSE log
    /\ UNCHANGED <<pending, round>>

\* The first round sends every page, at a retry too: the destination has none.
StartAttempt ==
    /\ H!StartAttempt
    /\ pending' = IF RetrySendsAll \/ attempt = 0 THEN Pages ELSE log
    /\ log' = {}
    /\ round' = 1
    /\ UNCHANGED memory

\* The content is read when it is sent; a later write is in the log.
SendPage ==
    /\ H!Alive("source") /\ source \in {"PreCopy", "Paused"}
    /\ pending # {}
    /\ LET p == Lowest(pending) IN
         /\ H!SendForward([type |-> "Page", page |-> p, version |-> memory["source"][p]])
         /\ pending' = pending \ {p}
    /\ UNCHANGED <<source, destination, attempt, accepted, back, broken, cut, crashed,
                   lock, steps, position, memory, log, round>>

\* The log is collected and cleared in one step, before any page of it is read.
\* While the guest runs another round is due only if too much is dirty; once it
\* is paused, whatever is dirty must go.
StartRound ==
    /\ H!Alive("source")
    /\ pending = {}
    /\ \/ source = "PreCopy" /\ Cardinality(log) > FewEnough
       \/ source = "Paused" /\ log # {}
    /\ pending' = log
    /\ log' = {}
    /\ round' = round + 1
    /\ UNCHANGED <<handoverVars, memory>>

PauseSource ==
    /\ H!PauseSource
    /\ pending = {} /\ Cardinality(log) <= FewEnough
    /\ UNCHANGED memoryVars

OfferHandover ==
    /\ H!OfferHandover
    /\ pending = {} /\ log = {}
    /\ UNCHANGED memoryVars

ReceiveReady == H!ReceiveReady /\ UNCHANGED memoryVars
ReceiveResumed == H!ReceiveResumed /\ UNCHANGED memoryVars

\* A failed attempt leaves nothing behind that a retry could trust.
ForgetAttempt == log' = {} /\ pending' = {} /\ round' = 0 /\ UNCHANGED memory
Cancel == H!Cancel /\ ForgetAttempt
AbortAttempt == H!AbortAttempt /\ ForgetAttempt

ResendHandover == H!ResendHandover /\ UNCHANGED memoryVars
GiveUpConnection == H!GiveUpConnection /\ UNCHANGED memoryVars
ReclaimLock == H!ReclaimLock /\ ForgetAttempt
ResumeUnacknowledged == H!ResumeUnacknowledged /\ ForgetAttempt

--------------------------------------------------------------------------------
(* The destination                                                              *)

ReceiveHello(a) ==
    /\ H!ReceiveHello(a)
    /\ memory' = [memory EXCEPT !["destination"] = [p \in Pages |-> Absent]]
    /\ UNCHANGED <<log, pending, round>>

ReceivePage ==
    /\ destination = "Receiving" /\ H!HeadForward("Page")
    /\ LET m == Head(forward[accepted])
       IN  memory' = [memory EXCEPT !["destination"][m.page] = m.version]
    /\ H!TakeForward
    /\ UNCHANGED <<source, destination, attempt, accepted, back, broken, cut, crashed,
                   lock, steps, position, log, pending, round>>

ReceiveDeviceState == H!ReceiveDeviceState /\ UNCHANGED memoryVars
ResumeDestination == H!ResumeDestination /\ UNCHANGED memoryVars
RefuseHandover == H!RefuseHandover /\ UNCHANGED memoryVars
ClaimLock == H!ClaimLock /\ UNCHANGED memoryVars
DiscardImage == H!DiscardImage /\ UNCHANGED memoryVars

--------------------------------------------------------------------------------
(* Faults                                                                       *)

CutLink(d) == H!CutLink(d) /\ UNCHANGED memoryVars
HealLink(d) == H!HealLink(d) /\ UNCHANGED memoryVars
ResetConnection == H!ResetConnection /\ UNCHANGED memoryVars
LoseMessage(d, a) == H!LoseMessage(d, a) /\ UNCHANGED memoryVars
CrashSource == H!CrashSource /\ UNCHANGED memoryVars
CrashDestination == H!CrashDestination /\ UNCHANGED memoryVars

--------------------------------------------------------------------------------
Protocol ==
    \/ StartAttempt \/ SendPage \/ StartRound \/ PauseSource \/ OfferHandover
    \/ ReceiveReady \/ ReceiveResumed \/ AbortAttempt \/ ResendHandover
    \/ GiveUpConnection \/ ReclaimLock \/ ResumeUnacknowledged
    \/ \E a \in 1..attempt : ReceiveHello(a)
    \/ ReceivePage \/ ReceiveDeviceState \/ ResumeDestination \/ RefuseHandover
    \/ ClaimLock \/ DiscardImage

Fault ==
    \/ \E d \in Directions : CutLink(d)
    \/ ResetConnection
    \/ \E d \in Directions, a \in 1..attempt : LoseMessage(d, a)
    \/ CrashSource \/ CrashDestination
    \/ Cancel

Next ==
    \/ \E h \in Hosts, p \in Pages : GuestStep(h, p)
    \/ Protocol
    \/ Fault
    \/ \E d \in Directions : HealLink(d)

Spec == Init /\ [][Next]_vars

--------------------------------------------------------------------------------
AtMostOneEffective == H!AtMostOneEffective
NoReleasedOutputLost == H!NoReleasedOutputLost
StatusTruthful == H!StatusTruthful

\* A guest runs only on an image it really had: every page newest as of its vCPU.
ConsistentImage ==
    \A h \in Hosts : H!Runs(h) =>
        \A p \in Pages : memory[h][p] = VersionAt(p, position[h])

\* The version of p that the destination will have once all that was sent arrived.
SentVersion(p) ==
    LET sent == {i \in 1..Len(forward[attempt]) :
                    forward[attempt][i].type = "Page" /\ forward[attempt][i].page = p}
    IN  IF sent # {} THEN forward[attempt][CHOOSE i \in sent : \A j \in sent : j <= i].version
        ELSE IF accepted = attempt THEN memory["destination"][p] ELSE Absent

\* A page is dirty, or will be sent, or the destination will have its newest version.
DirtyNeverDropped ==
    (source \in {"PreCopy", "Paused", "Offered"} /\ attempt \notin broken) =>
        \A p \in Pages \ (log \cup pending) : SentVersion(p) = memory["source"][p]

Refines == H!Refines

Fairness ==
    /\ WF_vars(Protocol)
    /\ \A d \in Directions : WF_vars(HealLink(d))

FaultsEnd == <>[][Fault => Protocol]_vars
EventuallyRuns == FaultsEnd => (H!Home = "transit" ~> H!Home # "transit")

\* Rounds come to an end. Holds only if something slows the guest down.
\* A source that died in the middle of a round stays there, and owes nothing.
Iterating == source = "PreCopy" /\ H!Alive("source")
Converges == FaultsEnd => (Iterating ~> ~Iterating)
================================================================================
