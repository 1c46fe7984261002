-------------------------------- MODULE PreCopy --------------------------------
(* Iterative pre-copy: pages are sent while the guest goes on writing, round    *)
(* after round, until few enough are dirty; then the guest is paused, the rest  *)
(* is sent, and Handover passes the ownership.                                  *)
(*                                                                              *)
(* Left out: page contents (a version is the number of the step that wrote the  *)
(* page), bandwidth and time (when to stop iterating is FewEnough), the order   *)
(* of pages within a round (ascending here; module PageOrder frees it), and     *)
(* encodings (zero pages).                                                      *)
(* Code: reference-impl, package landfall.precopy (Phase), equal to this module *)
(* state by state: see the explorer.                                            *)
EXTENDS Integers, Sequences, FiniteSets

CONSTANTS
    Hosts, First, Arbiter, ResumeOnTimeout, NamedRelease, OwnerByRole,  \* as in Handover
    Pages,              \* the guest's pages: a finite set of naturals
    FewEnough,          \* pause once so few pages are dirty (the downtime limit)
    RetrySendsAll       \* FALSE: the mistake "the log was cleared, send what is new"; so at a
                        \* retry, and at the next hop

ASSUME
    /\ Pages \subseteq Nat /\ IsFiniteSet(Pages) /\ Pages # {}
    /\ FewEnough \in Nat
    /\ RetrySendsAll \in BOOLEAN

VARIABLES
    phase, attempt, accepted, from, to, forward, back, broken, cut, crashed, lock,
    steps, released,    \* as in Handover
    memory,     \* memory[h][p]: version of page p at host h, Absent if it has none
    log,        \* log[h]: pages that h's guest wrote since the log was last collected
    pending,    \* pending[h]: pages which h's round still has to send
    round       \* round[h]: number of the round, 0 outside an attempt

handoverVars == <<phase, attempt, accepted, from, to, forward, back, broken, cut, crashed,
                  lock, steps, released>>
memoryVars == <<memory, log, pending, round>>
vars == <<handoverVars, memoryVars>>

H == INSTANCE Handover

Absent == -1
Attempts == H!Attempts
Links == H!Links
Blank == [p \in Pages |-> Absent]

TypeOK ==
    /\ H!TypeOK
    /\ memory \in [Hosts -> [Pages -> {Absent} \cup Nat]]
    /\ log \in [Hosts -> SUBSET Pages] /\ pending \in [Hosts -> SUBSET Pages]
    /\ round \in [Hosts -> Nat]

Init ==
    /\ H!Init
    /\ memory = [h \in Hosts |-> IF h = First THEN [p \in Pages |-> 0] ELSE Blank]
    /\ log = [h \in Hosts |-> {}] /\ pending = [h \in Hosts |-> {}]
    /\ round = [h \in Hosts |-> 0]

Lowest(pages) == CHOOSE p \in pages : \A q \in pages : p <= q

\* The version that page p has in the past of h's copy.
VersionAt(p, h) ==
    LET writes == {i \in DOMAIN steps[h] : steps[h][i] = p}
    IN  IF writes = {} THEN 0 ELSE CHOOSE i \in writes : \A j \in (i + 1)..Len(steps[h]) : steps[h][j] # p

--------------------------------------------------------------------------------
(* As source                                                                    *)

\* A write is logged while an attempt is under way.
GuestStep(h, p) ==
    /\ H!GuestStep(h, p)
    /\ memory' = [memory EXCEPT ![h][p] = Len(steps'[h])]
    /\ log' = IF phase[h] = "PreCopy" THEN [log EXCEPT ![h] = @ \cup {p}] ELSE log
    /\ UNCHANGED <<pending, round>>

\* The first round sends every page, at a retry or a further hop too: the destination has none.
StartAttempt(h, d) ==
    /\ H!StartAttempt(h, d)
    /\ pending' = [pending EXCEPT ![h] = IF RetrySendsAll \/ H!Known(h) = 0 THEN Pages ELSE log[h]]
    /\ log' = [log EXCEPT ![h] = {}]
    /\ round' = [round EXCEPT ![h] = 1]
    /\ UNCHANGED memory

\* The content is read when it is sent; a later write is in the log.
SendPage(h) ==
    /\ H!Alive(h) /\ phase[h] \in {"PreCopy", "Paused"}
    /\ pending[h] # {}
    /\ LET p == Lowest(pending[h]) IN
         /\ H!SendForward(attempt[h], [type |-> "Page", page |-> p, version |-> memory[h][p]])
         /\ pending' = [pending EXCEPT ![h] = @ \ {p}]
    /\ UNCHANGED <<phase, attempt, accepted, from, to, back, broken, cut, crashed, lock,
                   steps, released, memory, log, round>>

\* The log is collected and cleared in one step, before any page of it is read.
\* While the guest runs another round is due only if too much is dirty; once it
\* is paused, whatever is dirty must go.
StartRound(h) ==
    /\ H!Alive(h)
    /\ pending[h] = {}
    /\ \/ phase[h] = "PreCopy" /\ Cardinality(log[h]) > FewEnough
       \/ phase[h] = "Paused" /\ log[h] # {}
    /\ pending' = [pending EXCEPT ![h] = log[h]]
    /\ log' = [log EXCEPT ![h] = {}]
    /\ round' = [round EXCEPT ![h] = @ + 1]
    /\ UNCHANGED <<handoverVars, memory>>

PauseSource(h) ==
    /\ H!PauseSource(h)
    /\ pending[h] = {} /\ Cardinality(log[h]) <= FewEnough
    /\ UNCHANGED memoryVars

OfferHandover(h) ==
    /\ H!OfferHandover(h)
    /\ pending[h] = {} /\ log[h] = {}
    /\ UNCHANGED memoryVars

ReceiveReady(h) == H!ReceiveReady(h) /\ UNCHANGED memoryVars

\* An attempt that is over leaves nothing behind that another could trust.
ForgetAttempt(h) ==
    /\ log' = [log EXCEPT ![h] = {}] /\ pending' = [pending EXCEPT ![h] = {}]
    /\ round' = [round EXCEPT ![h] = 0]
    /\ UNCHANGED memory
ReceiveResumed(h) == H!ReceiveResumed(h) /\ ForgetAttempt(h)
Cancel(h) == H!Cancel(h) /\ ForgetAttempt(h)
AbortAttempt(h) == H!AbortAttempt(h) /\ ForgetAttempt(h)

ResendHandover(h) == H!ResendHandover(h) /\ UNCHANGED memoryVars
GiveUpConnection(h) == H!GiveUpConnection(h) /\ UNCHANGED memoryVars
ReclaimLock(h) == H!ReclaimLock(h) /\ ForgetAttempt(h)
ResumeUnacknowledged(h) == H!ResumeUnacknowledged(h) /\ ForgetAttempt(h)

--------------------------------------------------------------------------------
(* As destination                                                               *)

ReceiveHello(h, a) ==
    /\ H!ReceiveHello(h, a)
    /\ memory' = [memory EXCEPT ![h] = Blank]
    /\ UNCHANGED <<log, pending, round>>

ReceivePage(h) ==
    /\ phase[h] = "Receiving" /\ H!HeadForward(h, accepted[h], "Page")
    /\ LET m == Head(forward[accepted[h]]) IN memory' = [memory EXCEPT ![h][m.page] = m.version]
    /\ H!TakeForward(accepted[h])
    /\ UNCHANGED <<phase, attempt, accepted, from, to, back, broken, cut, crashed, lock,
                   steps, released, log, pending, round>>

ReceiveDeviceState(h) == H!ReceiveDeviceState(h) /\ UNCHANGED memoryVars
ResumeDestination(h, a) == H!ResumeDestination(h, a) /\ UNCHANGED memoryVars
RefuseHandover(h) == H!RefuseHandover(h) /\ UNCHANGED memoryVars
LearnSuperseded(h) == H!LearnSuperseded(h) /\ UNCHANGED memoryVars
ClaimLock(h) == H!ClaimLock(h) /\ UNCHANGED memoryVars
DiscardImage(h) == H!DiscardImage(h) /\ UNCHANGED memoryVars

--------------------------------------------------------------------------------
(* Faults                                                                       *)

CutLink(h, d) == H!CutLink(h, d) /\ UNCHANGED memoryVars
HealLink(h, d) == H!HealLink(h, d) /\ UNCHANGED memoryVars
ResetConnection(a) == H!ResetConnection(a) /\ UNCHANGED memoryVars
LoseMessage(a) == H!LoseMessage(a) /\ UNCHANGED memoryVars
Crash(h) ==
    /\ H!Crash(h)
    /\ memory' = [memory EXCEPT ![h] = Blank] /\ log' = [log EXCEPT ![h] = {}]
    /\ pending' = [pending EXCEPT ![h] = {}] /\ round' = [round EXCEPT ![h] = 0]
Restart(h) == H!Restart(h) /\ UNCHANGED memoryVars

--------------------------------------------------------------------------------
Protocol(h) ==
    \/ SendPage(h) \/ StartRound(h) \/ PauseSource(h) \/ OfferHandover(h)
    \/ ReceiveReady(h) \/ ReceiveResumed(h) \/ AbortAttempt(h) \/ ResendHandover(h)
    \/ GiveUpConnection(h) \/ ReclaimLock(h) \/ ResumeUnacknowledged(h)
    \/ \E a \in Attempts : ReceiveHello(h, a)
    \/ ReceivePage(h) \/ ReceiveDeviceState(h)
    \/ \E a \in Attempts : ResumeDestination(h, a)
    \/ RefuseHandover(h) \/ LearnSuperseded(h) \/ ClaimLock(h) \/ DiscardImage(h)

Fault ==
    \/ \E h \in Hosts : Crash(h) \/ Cancel(h)
    \/ \E link \in Links : CutLink(link[1], link[2])
    \/ \E a \in Attempts : ResetConnection(a)
    \/ \E a \in Attempts : LoseMessage(a)

Next ==
    \/ \E h \in Hosts : Protocol(h) \/ Restart(h)
    \/ \E h \in Hosts, p \in Pages : GuestStep(h, p)
    \/ \E link \in Links : StartAttempt(link[1], link[2]) \/ HealLink(link[1], link[2])
    \/ Fault

Spec == Init /\ [][Next]_vars

--------------------------------------------------------------------------------
AtMostOneEffective == H!AtMostOneEffective
NoReleasedOutputLost == H!NoReleasedOutputLost
StatusTruthful == H!StatusTruthful
NumbersAreUnique == H!NumbersAreUnique

\* A guest runs only on an image it really had: every page newest as of its vCPU.
ConsistentImage ==
    \A h \in Hosts : H!Runs(h) => \A p \in Pages : memory[h][p] = VersionAt(p, h)

\* The version of p that the destination will have once all that h sent it arrived.
SentVersion(h, p) ==
    LET a == attempt[h]
        sent == {i \in DOMAIN forward[a] : forward[a][i].type = "Page" /\ forward[a][i].page = p}
    IN  IF sent # {} THEN forward[a][CHOOSE i \in sent : \A j \in sent : j <= i].version
        ELSE IF accepted[to[a]] = a THEN memory[to[a]][p] ELSE Absent

\* A page is dirty, or will be sent, or the destination will have its newest version.
DirtyNeverDropped ==
    \A h \in Hosts : (phase[h] \in {"PreCopy", "Paused", "Offered"} /\ attempt[h] \notin broken) =>
        \A p \in Pages \ (log[h] \cup pending[h]) : SentVersion(h, p) = memory[h][p]

Refines == H!Refines
RefinesOwnership == H!RefinesOwnership
OnlyFaultsLoseProp == [][H!Home' = "lost" /\ H!Home # "lost" => Fault]_vars

\* See Handover.
HostFairness(h) ==
    /\ WF_vars(SendPage(h)) /\ WF_vars(StartRound(h))
    /\ WF_vars(PauseSource(h)) /\ WF_vars(OfferHandover(h))
    /\ WF_vars(ReceiveReady(h)) /\ WF_vars(ReceiveResumed(h))
    /\ WF_vars(AbortAttempt(h)) /\ WF_vars(ResendHandover(h))
    /\ WF_vars(GiveUpConnection(h)) /\ WF_vars(ReclaimLock(h))
    /\ WF_vars(\E a \in Attempts : ReceiveHello(h, a))
    /\ WF_vars(ReceivePage(h)) /\ WF_vars(ReceiveDeviceState(h))
    /\ WF_vars(\E a \in Attempts : ResumeDestination(h, a))
    /\ WF_vars(RefuseHandover(h)) /\ WF_vars(LearnSuperseded(h))
    /\ WF_vars(ClaimLock(h)) /\ WF_vars(DiscardImage(h))
Fairness ==
    /\ \A h \in Hosts : HostFairness(h)
    /\ \A link \in Links : WF_vars(HealLink(link[1], link[2]))

FaultsEnd == <>[][Fault => \E h \in Hosts : Protocol(h)]_vars
EventuallyRuns == FaultsEnd => []<>(H!Home # "transit")

\* Rounds come to an end. Holds only if something slows the guest down.
\* A source that died in the middle of a round stays there, and owes nothing.
Iterating(h) == phase[h] = "PreCopy"
Converges == FaultsEnd => \A h \in Hosts : []<>~Iterating(h)
================================================================================
