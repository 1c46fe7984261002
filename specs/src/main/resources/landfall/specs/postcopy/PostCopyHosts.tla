----------------------------- MODULE PostCopyHosts -----------------------------
(* PostCopy between any number of hosts: a guest that came by post-copy goes on, *)
(* to a third host or back; an attempt that ended before the guest was given     *)
(* away is followed by one to whatever host. A host is the destination of one    *)
(* migration and the source of the next, and its old source may still be busy    *)
(* with it: pages, demands, lists and recoveries of an old migration must do     *)
(* nothing in a new one.                                                         *)
(*                                                                               *)
(* A connection has a number, as in PostCopy: an attempt opens one, and so does  *)
(* a recovery. An attempt takes the next number that its host knows. A recovery  *)
(* does, too; its host gave the guest away, and knows no other number by now.    *)
(* So two connections of different sources may have the same number.             *)
(*                                                                               *)
(* Left out: what PostCopy leaves out; and the restart of a crashed host.        *)
(* Code: reference-impl, landfall.postcopy for each migration, landfall.host for *)
(* what lies between two. MCPostCopyHostsTwo compares it with PostCopy.          *)
EXTENDS Connections, Integers, FiniteSets

CONSTANTS
    First,              \* the host where the guest starts
    Pages,              \* the guest's pages: a finite set of naturals
    Arbiter,            \* TRUE: hosts can read and change the lock
    NamedRelease,       \* see Handover
    OnlyWholeLeaves,    \* FALSE: the mistake "the guest runs here, so it can be given away"
    RecoveryIsBound     \* FALSE: the mistake "who recovers is the source that I have"

ASSUME
    /\ IsFiniteSet(Hosts) /\ First \in Hosts
    /\ {Arbiter, NamedRelease, OnlyWholeLeaves, RecoveryIsBound} \subseteq BOOLEAN

VARIABLES
    phase,      \* phase[h]
    attempt,    \* attempt[h]: the latest connection that h opened as source, or 0
    accepted,   \* accepted[h]: the connection that h took up last as destination, or 0
    number,     \* number[a]: of connection a
    migration,  \* migration[a]: the connection with which the attempt began that a is of
    owner,      \* the host whose copy is the guest, or which is to get it. No host can see it
    lock,       \* who owns the guest, as hosts can see it. Without an arbiter it never changes
    steps,      \* Seq(Pages): what the guest has done, wherever it ran
    position,   \* position[h]: how many steps are in the past of h's copy
    memory,     \* memory[h][p]: version of page p at host h, Absent if it has none
    log,        \* log[h]: pages written at h since the log was last collected
    pending,    \* pending[h]: pages which h still has to send
    round,      \* round[h]: number of the pre-copy round, 0 when none is under way
    requested   \* requested[h]: pages that the guest at h waits for, asked of the source

numbers == <<attempt, accepted, number, migration>>
guest == <<owner, lock, steps, position>>
memoryVars == <<memory, log, pending, round, requested>>
vars == <<phase, numbers, connection, faults, guest, memoryVars>>

Phases == {"Waiting", "Receiving", "Ready", "Running", "PreCopy", "Paused", "Offered",
           "HandedOver", "Serving", "Completed"}
Absent == -1
Blank == [p \in Pages |-> Absent]
Nobody == "nobody"
Anybody == "anybody"

\* h owns the guest by connection number n, or has offered it to d by that.
Held(h, n) == [owner |-> h, offeredTo |-> Nobody, attempt |-> n]
Offer(h, d, n) == [owner |-> h, offeredTo |-> d, attempt |-> n]

TypeOK ==
    /\ ConnectionsTypeOK
    /\ phase \in [Hosts -> Phases]
    /\ {attempt, accepted} \subseteq [Hosts -> 0..Len(from)]
    /\ number \in Seq(Nat) /\ migration \in Seq(Nat)
    /\ Len(number) = Len(from) /\ Len(migration) = Len(from)
    /\ owner \in Hosts
    /\ lock \in [owner : Hosts, offeredTo : Hosts \cup {Nobody, Anybody}, attempt : 0..Len(from)]
    /\ position \in [Hosts -> 0..Len(steps)]
    /\ memory \in [Hosts -> [Pages -> {Absent} \cup (0..Len(steps))]]
    /\ {log, pending, requested} \subseteq [Hosts -> SUBSET Pages] /\ round \in [Hosts -> Nat]

Init ==
    /\ phase = [h \in Hosts |-> IF h = First THEN "Running" ELSE "Waiting"]
    /\ attempt = [h \in Hosts |-> 0] /\ accepted = [h \in Hosts |-> 0]
    /\ number = <<>> /\ migration = <<>> /\ NoConnections
    /\ owner = First /\ lock = Held(First, 0) /\ steps = <<>> /\ position = [h \in Hosts |-> 0]
    /\ memory = [h \in Hosts |-> IF h = First THEN [p \in Pages |-> 0] ELSE Blank]
    /\ log = [h \in Hosts |-> {}] /\ pending = [h \in Hosts |-> {}]
    /\ round = [h \in Hosts |-> 0] /\ requested = [h \in Hosts |-> {}]

--------------------------------------------------------------------------------
Lowest(pages) == CHOOSE p \in pages : \A q \in pages : p <= q
Missing(h) == {p \in Pages : memory[h][p] = Absent}

VersionAt(p, n) ==
    LET writes == {i \in 1..n : steps[i] = p}
    IN  IF writes = {} THEN 0 ELSE CHOOSE i \in writes : \A j \in (i + 1)..n : steps[j] # p

\* Where the guest executes, and so makes output that someone can see.
Runs(h) == Alive(h) /\ phase[h] \in {"Running", "PreCopy"}

\* A host that has the guest, or a part of it, does not receive one.
TakesUp(h) == phase[h] \in {"Waiting", "Receiving", "Ready", "Completed"}

NumberOf(a) == IF a = 0 THEN 0 ELSE number[a]
Known(h) ==
    IF NumberOf(attempt[h]) > NumberOf(accepted[h]) THEN NumberOf(attempt[h])
    ELSE NumberOf(accepted[h])

SourceSuspects(h) == Suspects(h, attempt[h], to[attempt[h]])
DestinationSuspects(h) == Suspects(h, accepted[h], from[accepted[h]])

SetPhase(h, p) == phase' = [phase EXCEPT ![h] = p]

\* What h reads in the lock about the attempt that it accepted.
OfferedTo(h) ==
    \/ lock.offeredTo = h /\ lock.attempt = NumberOf(accepted[h])
    \/ lock.offeredTo = Anybody
Superseded(h) == ~OfferedTo(h) /\ lock.attempt >= NumberOf(accepted[h])

\* h opens a connection to d that is of the attempt which began with connection m.
Open(h, d, message, m) ==
    /\ Connect(h, d, message)
    /\ attempt' = [attempt EXCEPT ![h] = Len(from) + 1]
    /\ number' = Append(number, Known(h) + 1)
    /\ migration' = Append(migration, m)
    /\ UNCHANGED accepted

--------------------------------------------------------------------------------
(* The guest. It touches a page only if the page is there.                        *)

GuestStep(h, p) ==
    /\ Runs(h) /\ memory[h][p] # Absent
    /\ steps' = Append(steps, p)
    /\ position' = [position EXCEPT ![h] = Len(steps')]
    /\ memory' = [memory EXCEPT ![h][p] = Len(steps')]
    /\ log' = IF phase[h] = "PreCopy" THEN [log EXCEPT ![h] = @ \cup {p}] ELSE log
    /\ UNCHANGED <<phase, numbers, connection, faults, owner, lock, pending, round, requested>>

DemandPage(h, p) ==
    /\ Runs(h) /\ p \in Missing(h) \ requested[h]
    /\ accepted[h] \notin broken
    /\ requested' = [requested EXCEPT ![h] = @ \cup {p}]
    /\ SendBack(accepted[h], [type |-> "Demand", page |-> p])
    /\ UNCHANGED <<phase, numbers, attempts, forward, broken, faults, guest, memory, log,
                   pending, round>>

--------------------------------------------------------------------------------
(* As source                                                                      *)

\* Whoever lacks pages of the guest cannot send them: it waits until it is whole.
StartAttempt(h, d) ==
    /\ phase[h] = "Running" /\ TakesUp(d)
    /\ OnlyWholeLeaves => Missing(h) = {}
    /\ Open(h, d, Message("Hello"), Len(from) + 1)
    /\ SetPhase(h, "PreCopy")
    /\ pending' = [pending EXCEPT ![h] = Pages \ Missing(h)]
    /\ log' = [log EXCEPT ![h] = {}] /\ round' = [round EXCEPT ![h] = 1]
    /\ UNCHANGED <<faults, guest, memory, requested>>

PageMessage(h, p) == [type |-> "Page", page |-> p, version |-> memory[h][p]]

SendPage(h) ==
    /\ Alive(h) /\ phase[h] \in {"PreCopy", "Serving"}
    /\ attempt[h] \notin broken /\ pending[h] # {}
    /\ SendForward(attempt[h], PageMessage(h, Lowest(pending[h])))
    /\ pending' = [pending EXCEPT ![h] = @ \ {Lowest(@)}]
    /\ UNCHANGED <<phase, numbers, attempts, back, broken, faults, guest, memory, log, round,
                   requested>>

\* A page that is asked for overtakes the push. One that was sent is on its way.
AnswerDemand(h) ==
    /\ phase[h] = "Serving" /\ HeadBack(h, attempt[h], "Demand")
    /\ LET p == Head(back[attempt[h]]).page IN
         /\ IF p \in pending[h] THEN SendForward(attempt[h], PageMessage(h, p))
                                ELSE UNCHANGED forward
         /\ pending' = [pending EXCEPT ![h] = @ \ {p}]
    /\ TakeBack(attempt[h])
    /\ UNCHANGED <<phase, numbers, attempts, broken, faults, guest, memory, log, round, requested>>

StartRound(h) ==
    /\ Alive(h) /\ phase[h] = "PreCopy"
    /\ pending[h] = {} /\ log[h] # {}
    /\ pending' = [pending EXCEPT ![h] = log[h]] /\ log' = [log EXCEPT ![h] = {}]
    /\ round' = [round EXCEPT ![h] = @ + 1]
    /\ UNCHANGED <<phase, numbers, connection, faults, guest, memory, requested>>

PauseSource(h) ==
    /\ Alive(h) /\ phase[h] = "PreCopy"
    /\ SetPhase(h, "Paused")
    /\ pending' = [pending EXCEPT ![h] = @ \cup log[h]] /\ log' = [log EXCEPT ![h] = {}]
    /\ round' = [round EXCEPT ![h] = 0]
    /\ UNCHANGED <<numbers, connection, faults, guest, memory, requested>>

\* The device state goes with the list of pages that are stale at the destination.
OfferHandover(h) ==
    /\ Alive(h) /\ phase[h] = "Paused"
    /\ SetPhase(h, "Offered")
    /\ SendForward(attempt[h], [type |-> "DeviceState", position |-> position[h],
                                discard |-> pending[h]])
    /\ UNCHANGED <<numbers, attempts, back, broken, faults, guest, memoryVars>>

\* The point of no return.
ReceiveReady(h) ==
    /\ phase[h] = "Offered" /\ HeadBack(h, attempt[h], "Ready")
    /\ SetPhase(h, "HandedOver")
    /\ owner' = to[attempt[h]]     \* no recovery yet: it is where the attempt went
    /\ lock' = IF Arbiter THEN Offer(h, IF NamedRelease THEN owner' ELSE Anybody, number[attempt[h]])
               ELSE lock
    /\ TakeBack(attempt[h]) /\ SendForward(attempt[h], Message("Handover"))
    /\ UNCHANGED <<numbers, attempts, broken, faults, steps, position, memoryVars>>

ReceiveResumed(h) ==
    /\ phase[h] = "HandedOver" /\ HeadBack(h, attempt[h], "Resumed")
    /\ SetPhase(h, "Serving") /\ TakeBack(attempt[h])
    /\ UNCHANGED <<numbers, attempts, forward, broken, faults, guest, memoryVars>>

ReceiveComplete(h) ==
    /\ phase[h] = "Serving" /\ HeadBack(h, attempt[h], "Complete")
    /\ SetPhase(h, "Completed") /\ CloseSource(attempt[h])
    /\ UNCHANGED <<numbers, attempts, forward, faults, guest, memoryVars>>

\* An attempt that is over leaves nothing behind that the next could trust.
ForgetAttempt(h) ==
    /\ log' = [log EXCEPT ![h] = {}] /\ pending' = [pending EXCEPT ![h] = {}]
    /\ round' = [round EXCEPT ![h] = 0]
    /\ UNCHANGED <<memory, requested>>
TakeBackAttempt(h) ==
    /\ phase[h] \in {"PreCopy", "Paused", "Offered"}
    /\ SetPhase(h, "Running") /\ CloseSource(attempt[h])
    /\ ForgetAttempt(h)
    /\ UNCHANGED <<numbers, attempts, forward, faults, guest>>
Cancel(h) == Alive(h) /\ TakeBackAttempt(h)
AbortAttempt(h) == Alive(h) /\ TakeBackAttempt(h) /\ SourceSuspects(h)

\* A lost connection ends nothing: the source keeps the guest's pages and waits.
GiveUpConnection(h) ==
    /\ Alive(h) /\ phase[h] \in {"HandedOver", "Serving"}
    /\ attempt[h] \notin broken /\ SourceSuspects(h)
    /\ CloseSource(attempt[h])
    /\ UNCHANGED <<phase, numbers, attempts, forward, faults, guest, memoryVars>>

\* See PostCopy.
ReclaimLock(h) ==
    /\ Arbiter /\ Alive(h) /\ phase[h] = "HandedOver" /\ SourceSuspects(h)
    /\ IF lock.owner = h
       THEN /\ lock' = Held(h, number[attempt[h]]) /\ owner' = h
            /\ SetPhase(h, "Running") /\ ForgetAttempt(h)
       ELSE /\ UNCHANGED <<lock, owner, memoryVars>>
            /\ SetPhase(h, "Serving")
    /\ CloseSource(attempt[h])
    /\ UNCHANGED <<numbers, attempts, forward, faults, steps, position>>

\* The operator says to which host, and may name the wrong one.
Recover(h, d) ==
    /\ phase[h] \in {"HandedOver", "Serving"} /\ attempt[h] \in broken
    /\ Arbiter => phase[h] = "Serving"
    /\ Open(h, d, [type |-> "Recover", handover |-> phase[h] = "HandedOver"],
            migration[attempt[h]])
    /\ UNCHANGED <<phase, faults, guest, memoryVars>>

ReceivePageList(h) ==
    /\ phase[h] \in {"HandedOver", "Serving"} /\ HeadBack(h, attempt[h], "PageList")
    /\ SetPhase(h, "Serving")
    /\ pending' = [pending EXCEPT ![h] = Head(back[attempt[h]]).missing]
    /\ TakeBack(attempt[h])
    /\ UNCHANGED <<numbers, attempts, forward, broken, faults, guest, memory, log, round, requested>>

--------------------------------------------------------------------------------
(* As destination                                                                 *)

\* Connections to h that are older than a, and what was on its way on them.
Older(h, a) == {b \in Attempts : to[b] = h /\ b # a /\ number[b] < number[a]}
TakeUp(h, a) ==
    /\ accepted' = [accepted EXCEPT ![h] = a]
    /\ forward' = [b \in Attempts |-> IF b = a THEN Tail(forward[a]) ELSE
                                      IF b \in Older(h, a) THEN <<>> ELSE forward[b]]
    /\ broken' = broken \cup Older(h, a)

ReceiveHello(h, a) ==
    /\ TakesUp(h) /\ HeadForward(h, a, "Hello") /\ number[a] > Known(h)
    /\ TakeUp(h, a)
    /\ SetPhase(h, "Receiving")
    /\ memory' = [memory EXCEPT ![h] = Blank]
    /\ UNCHANGED <<attempt, number, migration, attempts, back, faults, guest, log, pending, round,
                   requested>>

ReceivePage(h) ==
    /\ phase[h] \in {"Receiving", "Running"} /\ HeadForward(h, accepted[h], "Page")
    /\ LET m == Head(forward[accepted[h]]) IN
         /\ memory' = IF phase[h] = "Running" /\ m.page \notin Missing(h) THEN memory
                      ELSE [memory EXCEPT ![h][m.page] = m.version]
         /\ requested' = [requested EXCEPT ![h] = @ \ {m.page}]
    /\ TakeForward(accepted[h])
    /\ UNCHANGED <<phase, numbers, attempts, back, broken, faults, guest, log, pending, round>>

ReceiveDeviceState(h) ==
    /\ phase[h] = "Receiving" /\ HeadForward(h, accepted[h], "DeviceState")
    /\ SetPhase(h, "Ready")
    /\ LET m == Head(forward[accepted[h]]) IN
         /\ position' = [position EXCEPT ![h] = m.position]
         /\ memory' = [memory EXCEPT ![h] =
                         [p \in Pages |-> IF p \in m.discard THEN Absent ELSE @[p]]]
    /\ TakeForward(accepted[h]) /\ SendBack(accepted[h], Message("Ready"))
    /\ UNCHANGED <<numbers, attempts, broken, faults, owner, lock, steps, log, pending, round,
                   requested>>

ResumeDestination(h) ==
    /\ phase[h] \in {"Ready", "Running"} /\ HeadForward(h, accepted[h], "Handover")
    /\ phase[h] = "Ready" /\ Arbiter => OfferedTo(h)
    /\ SetPhase(h, "Running")
    /\ lock' = IF phase[h] = "Ready" /\ Arbiter THEN Held(h, NumberOf(accepted[h])) ELSE lock
    /\ TakeForward(accepted[h]) /\ SendBack(accepted[h], Message("Resumed"))
    /\ UNCHANGED <<numbers, attempts, broken, faults, owner, steps, position, memoryVars>>

\* See PostCopy.
RefuseHandover(h) ==
    /\ Arbiter /\ phase[h] = "Ready" /\ HeadForward(h, accepted[h], "Handover") /\ ~OfferedTo(h)
    /\ SetPhase(h, "Waiting") /\ TakeForward(accepted[h])
    /\ UNCHANGED <<numbers, attempts, back, broken, faults, guest, memoryVars>>
LearnSuperseded(h) ==
    /\ Arbiter /\ Alive(h) /\ phase[h] = "Ready" /\ Superseded(h)
    /\ SetPhase(h, "Waiting") /\ CloseDestination(accepted[h])
    /\ UNCHANGED <<numbers, attempts, back, faults, guest, memoryVars>>
ClaimLock(h) ==
    /\ Arbiter /\ Alive(h) /\ phase[h] = "Ready" /\ DestinationSuspects(h)
    /\ OfferedTo(h) /\ Missing(h) = {}
    /\ SetPhase(h, "Running") /\ lock' = Held(h, NumberOf(accepted[h]))
    /\ CloseDestination(accepted[h])
    /\ UNCHANGED <<numbers, attempts, back, faults, owner, steps, position, memoryVars>>

\* An incomplete image is discarded. A complete one is kept: it may be the guest.
DiscardImage(h) ==
    /\ Alive(h) /\ phase[h] = "Receiving" /\ DestinationSuspects(h)
    /\ SetPhase(h, "Waiting") /\ CloseDestination(accepted[h])
    /\ UNCHANGED <<numbers, attempts, back, faults, guest, memoryVars>>

\* h got the guest by the attempt that it took up last, and may have given it away since.
Got(h) == phase[h] \notin {"Waiting", "Receiving", "Ready"}

\* A recovery is of the attempt that h took up last, or it does nothing.
ReceiveRecover(h, a) ==
    /\ HeadForward(h, a, "Recover") /\ number[a] > NumberOf(accepted[h])
    /\ accepted[h] > 0 /\ (RecoveryIsBound => migration[a] = migration[accepted[h]])
    /\ Got(h) \/ (phase[h] = "Ready" /\ Head(forward[a]).handover)
    /\ TakeUp(h, a)
    /\ SetPhase(h, IF phase[h] = "Ready" THEN "Running" ELSE phase[h])
    /\ back' = IF a \in broken THEN back
               ELSE [back EXCEPT ![a] = Append(@, [type |-> "PageList", missing |-> Missing(h)])]
    /\ UNCHANGED <<attempt, number, migration, attempts, faults, guest, memoryVars>>

\* Every page is here, or was here when the guest was given away: the source is not needed.
SendComplete(h) ==
    /\ Alive(h) /\ Got(h) /\ accepted[h] > 0 /\ Missing(h) = {}
    /\ accepted[h] \notin broken
    /\ \A i \in DOMAIN back[accepted[h]] : back[accepted[h]][i].type # "Complete"
    /\ phase[from[accepted[h]]] # "Completed"
    /\ SendBack(accepted[h], Message("Complete"))
    /\ UNCHANGED <<phase, numbers, attempts, forward, broken, faults, guest, memoryVars>>

--------------------------------------------------------------------------------
hosts == <<phase, numbers, guest, memoryVars>>
CutLink(h, d) == Cut(h, d) /\ UNCHANGED hosts
HealLink(h, d) == Heal(h, d) /\ UNCHANGED hosts
\* Only what is in use: nobody reads the others any more.
ResetConnection(h) == attempt[h] > 0 /\ Reset(attempt[h]) /\ UNCHANGED hosts
LoseMessage(a) == LoseTail(a) /\ UNCHANGED hosts
Crash(h) == Die(h) /\ UNCHANGED hosts

Protocol(h) ==
    \/ SendPage(h) \/ AnswerDemand(h) \/ StartRound(h) \/ PauseSource(h) \/ OfferHandover(h)
    \/ ReceiveReady(h) \/ ReceiveResumed(h) \/ ReceiveComplete(h) \/ AbortAttempt(h)
    \/ GiveUpConnection(h) \/ ReclaimLock(h) \/ ReceivePageList(h)
    \/ \E d \in Hosts : Recover(h, d)
    \/ \E p \in Pages : DemandPage(h, p)
    \/ \E a \in Attempts : ReceiveHello(h, a)
    \/ \E a \in Attempts : ReceiveRecover(h, a)
    \/ ReceivePage(h) \/ ReceiveDeviceState(h) \/ ResumeDestination(h) \/ RefuseHandover(h)
    \/ LearnSuperseded(h) \/ ClaimLock(h) \/ DiscardImage(h) \/ SendComplete(h)

Fault ==
    \/ \E h \in Hosts : Crash(h) \/ Cancel(h) \/ ResetConnection(h)
    \/ \E link \in Links : CutLink(link[1], link[2])
    \/ \E a \in Attempts : LoseMessage(a)

Next ==
    \/ \E h \in Hosts : Protocol(h)
    \/ \E h \in Hosts, p \in Pages : GuestStep(h, p)
    \/ \E link \in Links : StartAttempt(link[1], link[2]) \/ HealLink(link[1], link[2])
    \/ Fault

Spec == Init /\ [][Next]_vars

--------------------------------------------------------------------------------
Running == {h \in Hosts : Runs(h)}
AtMostOneEffective == Cardinality(Running) <= 1
NoReleasedOutputLost == \A h \in Running : position[h] = Len(steps)

\* The host to which h gives the guest, or gave it last.
DestinationOf(h) == to[migration[attempt[h]]]

\* A host says Completed only if its destination got the guest, whole.
StatusTruthful ==
    \A h \in Hosts : phase[h] = "Completed" /\ owner = DestinationOf(h) =>
        Got(owner) /\ Missing(owner) = {}

\* The host that has the pages which the guest at h lacks.
SourceOf(h) == from[accepted[h]]

ConsistentImage ==
    \A h \in Running : \A p \in Pages :
        IF memory[h][p] # Absent THEN memory[h][p] = VersionAt(p, position[h])
        ELSE /\ accepted[h] > 0 /\ phase[SourceOf(h)] \in {"HandedOver", "Serving"}
             /\ memory[SourceOf(h)][p] = VersionAt(p, position[h])

\* What a dead source has sent may still arrive, on this connection or on one that recovers it.
Arriving(h) ==
    {p \in Pages : \E a \in Attempts :
        /\ to[a] = h /\ migration[a] = migration[accepted[h]] /\ number[a] >= number[accepted[h]]
        /\ \E i \in DOMAIN forward[a] : forward[a][i].type = "Page" /\ forward[a][i].page = p}
BecomesWhole(h) == Missing(h) = {} \/ Alive(SourceOf(h)) \/ Missing(h) \subseteq Arriving(h)

CanArriveAt(h) ==
    /\ Alive(h)
    /\ \/ phase[h] \in {"Paused", "Offered"}
       \/ /\ phase[h] = "HandedOver"
          /\ IF Arbiter THEN lock.owner = h ELSE owner = DestinationOf(h) /\ ~Got(owner)
       \/ /\ phase[h] = "Ready" /\ BecomesWhole(h)
          /\ Arbiter => OfferedTo(h)
          /\ \/ Arbiter /\ Missing(h) = {}
             \/ \E i \in DOMAIN forward[accepted[h]] : forward[accepted[h]][i].type = "Handover"
             \/ \E a \in Attempts :
                  /\ to[a] = h /\ number[a] > number[accepted[h]]
                  /\ migration[a] = migration[accepted[h]]
                  /\ forward[a] # <<>> /\ Head(forward[a]).type = "Recover"
                  /\ Head(forward[a]).handover

\* A destination that lacks what nobody can send any more executes on, until it needs that; the
\* guest is lost by then.
Home ==
    IF Cardinality(Running) > 1 THEN "both"
    ELSE IF Running # {}
         THEN LET h == CHOOSE r \in Running : TRUE IN IF BecomesWhole(h) THEN h ELSE "lost"
    ELSE IF \E h \in Hosts : CanArriveAt(h) THEN "transit" ELSE "lost"

Abstract == INSTANCE LiveMigration WITH released <- Len(steps), home <- Home
Refines == Abstract!SpecOfRefinement

\* See Handover.
Owner == INSTANCE Ownership WITH
    owners <- {lock.owner, lock.offeredTo} \ {Nobody}, effective <- Running
RefinesOwnership == Owner!Spec

\* See PostCopy.
OnlyFaultsLoseProp ==
    [][Home' = "lost" /\ Home # "lost" =>
        Fault \/ \E h \in Hosts, a \in Attempts : ~Alive(from[a]) /\ ReceiveRecover(h, a)]_vars
================================================================================
