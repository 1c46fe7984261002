------------------------------- MODULE Handover -------------------------------
(* The step in which a guest changes its owner, over links that lose           *)
(* connections and between hosts that crash and start again. It is atomic      *)
(* commitment: without an arbiter a source in doubt must wait (safety costs    *)
(* availability). With an arbiter (a lock on storage that all hosts reach) the *)
(* source offers the guest to one host, and may take the offer back.           *)
(*                                                                             *)
(* Source and destination are roles in one attempt, not hosts:                 *)
(*                                                                             *)
(*   as destination   Waiting -> Receiving -> Ready -> Running                 *)
(*   as source        Running -> PreCopy -> Paused -> Offered -> HandedOver    *)
(*                                                            -> Completed     *)
(*                                                                             *)
(* A Completed host may receive the guest again. Attempts are numbered with    *)
(* the guest: an owner counts on from the largest number that it knows.        *)
(*                                                                             *)
(* The source gives the guest away with the message Handover, and not before   *)
(* the destination said Ready. Until then it may take the attempt back; from   *)
(* then on it must not, for the message may have been received.                *)
(*                                                                             *)
(* The lock is durable, and nothing else: a host that starts again has neither *)
(* a guest nor numbers.                                                        *)
(*                                                                             *)
(* Left out: memory (see PreCopy), and what Connections leaves out.            *)
(* Code: reference-impl, package landfall.precopy.                             *)
EXTENDS Connections, FiniteSets

CONSTANTS
    First,              \* the host where the guest starts
    Pages,              \* the guest's pages
    Arbiter,            \* TRUE: hosts can read and change the lock
    ResumeOnTimeout,    \* TRUE: the mistake "no acknowledgement came, so resume"
    NamedRelease,       \* FALSE: the mistake "the lock is free, so whoever is Ready takes it"
    OwnerByRole         \* TRUE: the mistake "a destination has the lock, and that is me"

ASSUME
    /\ IsFiniteSet(Hosts) /\ First \in Hosts
    /\ {Arbiter, ResumeOnTimeout, NamedRelease, OwnerByRole} \subseteq BOOLEAN

VARIABLES
    phase,      \* phase[h]
    attempt,    \* attempt[h]: the latest attempt that h made as source, 0 before the first
    accepted,   \* accepted[h]: the attempt that h took up last as destination, or 0
    lock,       \* who owns the guest. Without an arbiter no host can see it
    steps,      \* steps[h]: Seq(Pages), what the guest did in the past of h's copy
    released    \* Seq(Pages): what someone outside has seen the guest do

numbers == <<attempt, accepted>>
guest == <<steps, released>>
vars == <<phase, numbers, connection, faults, lock, guest>>

Phases == {"Waiting", "Receiving", "Ready", "Running", "PreCopy", "Paused", "Offered",
           "HandedOver", "Completed"}
Nobody == "nobody"
Anybody == "anybody"

\* h owns the guest by attempt a, or has offered it to d by attempt a.
Held(h, a) == [owner |-> h, offeredTo |-> Nobody, attempt |-> a]
Offer(h, d, a) == [owner |-> h, offeredTo |-> d, attempt |-> a]

TypeOK ==
    /\ phase \in [Hosts -> Phases]
    /\ {attempt, accepted} \subseteq [Hosts -> 0..Len(from)]
    /\ ConnectionsTypeOK
    /\ lock \in [owner : Hosts, offeredTo : Hosts \cup {Nobody, Anybody}, attempt : 0..Len(from)]
    /\ steps \in [Hosts -> Seq(Pages)] /\ released \in Seq(Pages)

Init ==
    /\ phase = [h \in Hosts |-> IF h = First THEN "Running" ELSE "Waiting"]
    /\ attempt = [h \in Hosts |-> 0] /\ accepted = [h \in Hosts |-> 0]
    /\ NoConnections
    /\ lock = Held(First, 0)
    /\ steps = [h \in Hosts |-> <<>>] /\ released = <<>>

-------------------------------------------------------------------------------
\* Where the guest executes, and so makes output that someone can see.
Runs(h) == Alive(h) /\ phase[h] \in {"Running", "PreCopy"}

\* The largest number that h knows.
Known(h) == IF attempt[h] > accepted[h] THEN attempt[h] ELSE accepted[h]

\* A host that has the guest, or may have it, does not receive one.
TakesUp(h) == phase[h] \in {"Waiting", "Receiving", "Ready", "Completed"}

SourceSuspects(h) == Suspects(h, attempt[h], to[attempt[h]])
DestinationSuspects(h) == Suspects(h, accepted[h], from[accepted[h]])

SetPhase(h, p) == phase' = [phase EXCEPT ![h] = p]

\* What h can tell: it got the guest by attempt a. Without an arbiter there is a newer
\* attempt only after a was taken back, or after h got the guest.
Took(h, a) ==
    \/ accepted[h] > a
    \/ accepted[h] = a /\ phase[h] \notin {"Waiting", "Receiving", "Ready"}

\* What h reads in the lock about the attempt that it accepted: the guest is offered to it,
\* or never will be.
OfferedTo(h) ==
    \/ lock.offeredTo = h /\ lock.attempt = accepted[h]
    \/ lock.offeredTo = Anybody
Superseded(h) == ~OfferedTo(h) /\ lock.attempt >= accepted[h]

\* The mistake: a lock that is with some destination is taken for one's own.
HasByRole(h) == OwnerByRole /\ lock.offeredTo = Nobody /\ lock.owner # from[accepted[h]]

-------------------------------------------------------------------------------
\* The guest writes page p at host h. Its output is released at once: what someone outside
\* saw last is the past of this copy.
GuestStep(h, p) ==
    /\ Runs(h)
    /\ steps' = [steps EXCEPT ![h] = Append(@, p)]
    /\ released' = steps'[h]
    /\ UNCHANGED <<phase, numbers, connection, faults, lock>>

\* A new connection, a new number: nothing of an earlier attempt carries it. (The number is
\* new while there is one owner: see NumbersAreUnique.)
StartAttempt(h, d) ==
    /\ phase[h] = "Running" /\ TakesUp(d) /\ Known(h) = Len(from)
    /\ SetPhase(h, "PreCopy")
    /\ attempt' = [attempt EXCEPT ![h] = Known(h) + 1]
    /\ Connect(h, d, Message("Hello"))
    /\ UNCHANGED <<accepted, faults, lock, guest>>

\* No host runs the guest from here until ResumeDestination or an abort.
PauseSource(h) ==
    /\ Alive(h) /\ phase[h] = "PreCopy"
    /\ SetPhase(h, "Paused")
    /\ UNCHANGED <<numbers, connection, faults, lock, guest>>

\* The device state goes last: it completes the image.
OfferHandover(h) ==
    /\ Alive(h) /\ phase[h] = "Paused"
    /\ SetPhase(h, "Offered")
    /\ SendForward(attempt[h], [type |-> "DeviceState", steps |-> steps[h]])
    /\ UNCHANGED <<numbers, attempts, back, broken, faults, lock, guest>>

\* The destination holds the whole image, and says who it is. From here on the source must
\* not resume on its own: the point of no return.
ReceiveReady(h) ==
    /\ phase[h] = "Offered" /\ HeadBack(h, attempt[h], "Ready")
    /\ SetPhase(h, "HandedOver")
    /\ lock' = Offer(h, IF NamedRelease THEN Head(back[attempt[h]]).host ELSE Anybody, attempt[h])
    /\ TakeBack(attempt[h]) /\ SendForward(attempt[h], Message("Handover"))
    /\ UNCHANGED <<numbers, attempts, broken, faults, guest>>

ReceiveResumed(h) ==
    /\ phase[h] = "HandedOver" /\ HeadBack(h, attempt[h], "Resumed")
    /\ SetPhase(h, "Completed") /\ CloseSource(attempt[h])
    /\ UNCHANGED <<numbers, attempts, forward, faults, lock, guest>>

\* Taking an attempt back. It is refused once the guest was given away.
TakeBackAttempt(h) ==
    /\ phase[h] \in {"PreCopy", "Paused", "Offered"}
    /\ SetPhase(h, "Running") /\ CloseSource(attempt[h])
    /\ UNCHANGED <<numbers, attempts, forward, faults, lock, guest>>

\* The operator's wish, and the loss of the connection.
Cancel(h) == Alive(h) /\ TakeBackAttempt(h)
AbortAttempt(h) == Alive(h) /\ TakeBackAttempt(h) /\ SourceSuspects(h)

\* The source is in doubt: the message Handover may or may not have arrived.
\* Without an arbiter all it may do is ask again, on a new connection.
ResendHandover(h) ==
    /\ ~Arbiter /\ phase[h] = "HandedOver"
    /\ Reconnect(attempt[h], Message("Handover"))
    /\ UNCHANGED <<phase, numbers, attempts, faults, lock, guest>>

\* The source's deadline for the acknowledgement passes: it gives the connection up.
GiveUpConnection(h) ==
    /\ Alive(h) /\ phase[h] = "HandedOver"
    /\ attempt[h] \notin broken /\ SourceSuspects(h)
    /\ CloseSource(attempt[h])
    /\ UNCHANGED <<phase, numbers, attempts, forward, faults, lock, guest>>

\* With an arbiter, a source in doubt asks the lock. If it is still the owner it takes its
\* offer back, and the destination can no longer resume. Otherwise all is well.
ReclaimLock(h) ==
    /\ Arbiter /\ Alive(h) /\ phase[h] = "HandedOver" /\ SourceSuspects(h)
    /\ IF lock.owner = h THEN lock' = Held(h, attempt[h]) /\ SetPhase(h, "Running")
                         ELSE lock' = lock /\ SetPhase(h, "Completed")
    /\ CloseSource(attempt[h])
    /\ UNCHANGED <<numbers, attempts, forward, faults, guest>>

\* The mistake that Landfall was made for.
ResumeUnacknowledged(h) ==
    /\ ResumeOnTimeout /\ Alive(h) /\ phase[h] = "HandedOver" /\ SourceSuspects(h)
    /\ SetPhase(h, "Running") /\ CloseSource(attempt[h])
    /\ UNCHANGED <<numbers, attempts, forward, faults, lock, guest>>

-------------------------------------------------------------------------------
Older(h, a) == {b \in Attempts : b < a /\ to[b] = h}

\* The destination takes up a newer attempt and closes the connections of those before,
\* so that no stale frame of them is ever read.
ReceiveHello(h, a) ==
    /\ TakesUp(h) /\ HeadForward(h, a, "Hello") /\ a > Known(h)
    /\ SetPhase(h, "Receiving")
    /\ accepted' = [accepted EXCEPT ![h] = a]
    /\ forward' = [b \in Attempts |-> IF b = a THEN Tail(forward[a]) ELSE
                                      IF b \in Older(h, a) THEN <<>> ELSE forward[b]]
    /\ broken' = broken \cup Older(h, a)
    /\ UNCHANGED <<attempt, attempts, back, faults, lock, guest>>

ReceiveDeviceState(h) ==
    /\ phase[h] = "Receiving" /\ HeadForward(h, accepted[h], "DeviceState")
    /\ SetPhase(h, "Ready")
    /\ steps' = [steps EXCEPT ![h] = Head(forward[accepted[h]]).steps]
    /\ TakeForward(accepted[h]) /\ SendBack(accepted[h], [type |-> "Ready", host |-> h])
    /\ UNCHANGED <<numbers, attempts, broken, faults, lock, released>>

\* The guest runs here from now on. Asked again, in whatever phase, the host says so again.
ResumeDestination(h, a) ==
    /\ HeadForward(h, a, "Handover")
    /\ \/ Took(h, a) /\ UNCHANGED <<phase, lock>>
       \/ /\ phase[h] = "Ready" /\ accepted[h] = a
          /\ Arbiter => OfferedTo(h) \/ HasByRole(h)
          /\ SetPhase(h, "Running") /\ lock' = Held(h, a)
    /\ TakeForward(a) /\ SendBack(a, Message("Resumed"))
    /\ UNCHANGED <<numbers, attempts, broken, faults, guest>>

\* The source has taken the lock back meanwhile: this copy is worth nothing.
RefuseHandover(h) ==
    /\ Arbiter /\ phase[h] = "Ready" /\ HeadForward(h, accepted[h], "Handover") /\ ~OfferedTo(h)
    /\ SetPhase(h, "Waiting") /\ TakeForward(accepted[h])
    /\ UNCHANGED <<numbers, attempts, back, broken, faults, lock, guest>>

\* The same, learned from the lock alone: the guest went on without this copy.
LearnSuperseded(h) ==
    /\ Arbiter /\ Alive(h) /\ phase[h] = "Ready" /\ Superseded(h)
    /\ SetPhase(h, "Waiting")
    /\ UNCHANGED <<numbers, connection, faults, lock, guest>>

\* With an arbiter the lock, not the message, passes the ownership.
ClaimLock(h) ==
    /\ Arbiter /\ Alive(h) /\ phase[h] = "Ready" /\ DestinationSuspects(h) /\ OfferedTo(h)
    /\ SetPhase(h, "Running") /\ lock' = Held(h, accepted[h])
    /\ UNCHANGED <<numbers, connection, faults, guest>>

\* An incomplete image is discarded. A complete one (Ready) is kept: it may be
\* the guest, and only the source or the lock knows.
DiscardImage(h) ==
    /\ Alive(h) /\ phase[h] = "Receiving" /\ DestinationSuspects(h)
    /\ SetPhase(h, "Waiting") /\ CloseDestination(accepted[h])
    /\ UNCHANGED <<numbers, attempts, back, faults, lock, guest>>

-------------------------------------------------------------------------------
hosts == <<phase, numbers, lock, guest>>
CutLink(h, d) == Cut(h, d) /\ UNCHANGED hosts
HealLink(h, d) == Heal(h, d) /\ UNCHANGED hosts
ResetConnection(a) == Reset(a) /\ UNCHANGED hosts
LoseMessage(a) == LoseTail(a) /\ UNCHANGED hosts

\* What was in memory is gone with the host.
Crash(h) ==
    /\ Die(h) /\ SetPhase(h, "Waiting")
    /\ attempt' = [attempt EXCEPT ![h] = 0] /\ accepted' = [accepted EXCEPT ![h] = 0]
    /\ steps' = [steps EXCEPT ![h] = <<>>]
    /\ UNCHANGED <<lock, released>>
Restart(h) == StartAgain(h) /\ UNCHANGED hosts

-------------------------------------------------------------------------------
\* What a running program does by itself. An operator starts attempts.
Protocol(h) ==
    \/ PauseSource(h) \/ OfferHandover(h) \/ ReceiveReady(h) \/ ReceiveResumed(h)
    \/ AbortAttempt(h) \/ ResendHandover(h) \/ GiveUpConnection(h) \/ ReclaimLock(h)
    \/ ResumeUnacknowledged(h) \/ ReceiveDeviceState(h) \/ RefuseHandover(h)
    \/ LearnSuperseded(h) \/ ClaimLock(h) \/ DiscardImage(h)
    \/ \E a \in Attempts : ReceiveHello(h, a)
    \/ \E a \in Attempts : ResumeDestination(h, a)

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

-------------------------------------------------------------------------------
Running == {h \in Hosts : Runs(h)}
AtMostOneEffective == Cardinality(Running) <= 1

\* Can the guest go on at h, although it runs nowhere now? With an arbiter the lock says so;
\* a message Handover is worth nothing without it.
CanArriveAt(h) ==
    /\ Alive(h)
    /\ \/ phase[h] \in {"Paused", "Offered"}
       \/ phase[h] = "HandedOver" /\ lock.owner = h
       \/ /\ phase[h] = "Ready" /\ OfferedTo(h)
          /\ Arbiter \/ \E i \in DOMAIN forward[accepted[h]] :
                           forward[accepted[h]][i].type = "Handover"

\* (TLC evaluates a LET of a primed expression at each use, the argument of a function once.)
Home == [running \in SUBSET Hosts |->
    IF running = {} THEN IF \E h \in Hosts : CanArriveAt(h) THEN "transit" ELSE "lost"
    ELSE IF Cardinality(running) > 1 THEN "both" ELSE CHOOSE h \in running : TRUE][Running]

\* The guest's past where it runs. While it runs nowhere, it is what was seen of it.
Past == [home \in Hosts \cup {"transit", "lost", "both"} |->
    IF home \in Hosts THEN steps[home] ELSE released][Home]

Abstract == INSTANCE LiveMigration WITH steps <- Past, released <- Len(released), home <- Home
Refines == Abstract!SpecOfRefinement
NoReleasedOutputLost == Abstract!NothingSeenIsMissing(Running, steps, released)

\* "Completed" is reported only if the destination got the guest (it may have died since).
StatusTruthful == \A h \in Hosts : phase[h] = "Completed" => lock.owner # h

\* An owner knows how many attempts there were, so that no number is used twice.
NumbersAreUnique == \A h \in Running : Known(h) = Len(from)

\* Nothing but a fault loses the guest.
OnlyFaultsLoseProp == [][Home' = "lost" /\ Home # "lost" => Fault]_vars

\* The lock changes only in the ways that Ownership allows, which SharedLock and Lease provide.
\* Without an arbiter the messages provide it.
Owner == INSTANCE Ownership WITH
    owners <- {lock.owner, lock.offeredTo} \ {Nobody}, effective <- Running
RefinesOwnership == Owner!Spec

\* Fairness, for each host and each thing it does: a host that can go on does so, and a cut is
\* mended some day. The guest, the operator and the faults owe nothing; nobody must restart.
HostFairness(h) ==
    /\ WF_vars(PauseSource(h)) /\ WF_vars(OfferHandover(h))
    /\ WF_vars(ReceiveReady(h)) /\ WF_vars(ReceiveResumed(h))
    /\ WF_vars(AbortAttempt(h)) /\ WF_vars(ResendHandover(h))
    /\ WF_vars(GiveUpConnection(h)) /\ WF_vars(ReclaimLock(h))
    /\ WF_vars(\E a \in Attempts : ReceiveHello(h, a)) /\ WF_vars(ReceiveDeviceState(h))
    /\ WF_vars(\E a \in Attempts : ResumeDestination(h, a))
    /\ WF_vars(RefuseHandover(h)) /\ WF_vars(LearnSuperseded(h))
    /\ WF_vars(ClaimLock(h)) /\ WF_vars(DiscardImage(h))
Fairness ==
    /\ \A h \in Hosts : HostFairness(h)
    /\ \A link \in Links : WF_vars(HealLink(link[1], link[2]))

\* Without this nobody could promise anything: faults do not go on for ever. (A step of the
\* protocol may look like a fault, as when what is read could have been lost. It counts.)
FaultsEnd == <>[][Fault => \E h \in Hosts : Protocol(h)]_vars

\* A guest on its way arrives, or a fault has taken the last copy of it (OnlyFaultsLoseProp).
\* ([]<>~P says the same as P ~> ~P. TLC checks it without a tableau, in a third of the time.)
EventuallyRuns == FaultsEnd => []<>(Home # "transit")
===============================================================================
