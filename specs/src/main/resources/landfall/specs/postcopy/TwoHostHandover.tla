---------------------------- MODULE TwoHostHandover ---------------------------
(* Handover as it was when it knew two hosts only, and no host that starts     *)
(* again. PostCopy is built on it until it is told for any number of hosts;    *)
(* then this module is to go. Nothing is checked of it but in PostCopy.        *)
(*                                                                             *)
(* The step in which a guest changes its owner, over links that lose           *)
(* connections and between hosts that crash. It is atomic commitment: without  *)
(* an arbiter a source in doubt must wait (safety costs availability). With    *)
(* one (a lock on storage that both hosts reach) the source offers the guest   *)
(* by one attempt, and may take the offer back.                                *)
(*                                                                             *)
(*   source      Running -> PreCopy -> Paused -> Offered -> HandedOver         *)
(*                                                            -> Completed     *)
(*   destination Waiting -> Receiving -> Ready -> Running                      *)
(*                                                                             *)
(* The source gives the guest away with the message Handover, and not before   *)
(* the destination said Ready. Until then it may take the attempt back; from   *)
(* then on it must not, for the message may have been received.                *)
(*                                                                             *)
(* A connection is a TCP stream per attempt: first in, first out, and what is  *)
(* lost is a suffix of what was sent, once one end has given up.               *)
(*                                                                             *)
(* Left out: memory (see PreCopy), time (a deadline may pass whenever the      *)
(* other side or the link is at fault), restart of a crashed host.             *)
(* Code: reference-impl, package landfall.precopy.                             *)
EXTENDS Naturals, Sequences, FiniteSets

CONSTANTS
    Pages,              \* the guest's pages
    Arbiter,            \* TRUE: ownership is a lock on shared storage
    ResumeOnTimeout     \* TRUE: the mistake "no acknowledgement came, so resume"

ASSUME Arbiter \in BOOLEAN /\ ResumeOnTimeout \in BOOLEAN

VARIABLES
    source,         \* phase of the source
    destination,    \* phase of the destination
    attempt,        \* number of the source's latest attempt, 0 before the first
    accepted,       \* number of the attempt which the destination last took up
    forward,        \* forward[a]: messages of attempt a on their way to the destination
    back,           \* back[a]: messages of attempt a on their way to the source
    broken,         \* attempts whose connection one end has given up
    cut,            \* directions in which the link delivers nothing
    crashed,        \* hosts that are dead
    lock,           \* who owns the guest. Without an arbiter it never changes
    steps,          \* Seq(Pages): what the guest has done, wherever it ran
    position        \* position[h]: how many steps are in the past of h's copy

phases == <<source, destination>>
numbers == <<attempt, accepted>>
messages == <<forward, back>>
connection == <<messages, broken>>
faults == <<cut, crashed>>
guest == <<steps, position>>
vars == <<phases, numbers, connection, faults, lock, guest>>

Hosts == {"source", "destination"}
Directions == {"forward", "back"}
SourcePhases == {"Running", "PreCopy", "Paused", "Offered", "HandedOver", "Completed"}
DestinationPhases == {"Waiting", "Receiving", "Ready", "Running"}
Nobody == "nobody"

\* h owns the guest by attempt a, or the source has offered it by attempt a.
Held(h, a) == [owner |-> h, offeredTo |-> Nobody, attempt |-> a]
Offer(a) == [owner |-> "source", offeredTo |-> "destination", attempt |-> a]

LockTypeOK == lock \in [owner : Hosts, offeredTo : {"destination", Nobody}, attempt : 0..attempt]
TypeOK ==
    /\ source \in SourcePhases /\ destination \in DestinationPhases
    /\ attempt \in Nat /\ accepted \in 0..attempt
    /\ Len(forward) = attempt /\ Len(back) = attempt
    /\ broken \subseteq 1..attempt /\ cut \subseteq Directions /\ crashed \subseteq Hosts
    /\ LockTypeOK
    /\ steps \in Seq(Pages) /\ position \in [Hosts -> 0..Len(steps)]

Init ==
    /\ source = "Running" /\ destination = "Waiting"
    /\ attempt = 0 /\ accepted = 0 /\ forward = <<>> /\ back = <<>>
    /\ broken = {} /\ cut = {} /\ crashed = {}
    /\ lock = Held("source", 0) /\ steps = <<>>
    /\ position = [h \in Hosts |-> 0]

-------------------------------------------------------------------------------
Alive(h) == h \notin crashed

\* Where the guest executes, and so makes output that someone can see.
Runs(h) ==
    /\ Alive(h)
    /\ \/ h = "source" /\ source \in {"Running", "PreCopy"}
       \/ h = "destination" /\ destination = "Running"

Message(type) == [type |-> type]

\* A message sent on a connection that one end has given up goes nowhere.
SendForward(m) ==
    forward' = IF attempt \in broken THEN forward ELSE [forward EXCEPT ![attempt] = Append(@, m)]
SendBack(m) ==
    back' = IF accepted \in broken THEN back ELSE [back EXCEPT ![accepted] = Append(@, m)]

\* The destination reads one connection: that of the attempt it has accepted.
HeadForward(type) ==
    /\ Alive("destination") /\ "forward" \notin cut
    /\ accepted > 0 /\ forward[accepted] # <<>> /\ Head(forward[accepted]).type = type
HeadBack(type) ==
    /\ Alive("source") /\ "back" \notin cut
    /\ attempt > 0 /\ back[attempt] # <<>> /\ Head(back[attempt]).type = type
TakeForward == forward' = [forward EXCEPT ![accepted] = Tail(@)]
TakeBack == back' = [back EXCEPT ![attempt] = Tail(@)]

\* A host's deadline can pass only if there is a fault; it cannot tell which.
SourceSuspects == attempt \in broken \/ cut # {} \/ ~Alive("destination")
DestinationSuspects == accepted \in broken \/ cut # {} \/ ~Alive("source")

\* What the destination reads in the lock about the attempt that it accepted: the guest is
\* offered to it, or never will be.
OfferedTo == lock.offeredTo = "destination" /\ lock.attempt = accepted
Superseded == ~OfferedTo /\ lock.attempt >= accepted

\* An end that closes reads nothing more of this attempt.
CloseSource == broken' = broken \cup {attempt} /\ back' = [back EXCEPT ![attempt] = <<>>]
CloseDestination ==
    broken' = broken \cup {accepted} /\ forward' = [forward EXCEPT ![accepted] = <<>>]

-------------------------------------------------------------------------------
\* The guest writes page p at host h. Its output is released at once.
GuestStep(h, p) ==
    /\ Runs(h)
    /\ steps' = Append(steps, p)
    /\ position' = [position EXCEPT ![h] = Len(steps')]
    /\ UNCHANGED <<phases, numbers, connection, faults, lock>>

\* A new connection, a new number: nothing of an earlier attempt carries it.
StartAttempt ==
    /\ Alive("source") /\ source = "Running"
    /\ Alive("destination") /\ destination # "Running" /\ cut = {}
    /\ source' = "PreCopy"
    /\ attempt' = attempt + 1
    /\ forward' = Append(forward, <<Message("Hello")>>)
    /\ back' = Append(back, <<>>)
    /\ UNCHANGED <<destination, accepted, broken, faults, lock, guest>>

\* No host runs the guest from here until ResumeDestination or an abort.
PauseSource ==
    /\ Alive("source") /\ source = "PreCopy"
    /\ source' = "Paused"
    /\ UNCHANGED <<destination, numbers, connection, faults, lock, guest>>

\* The device state goes last: it completes the image.
OfferHandover ==
    /\ Alive("source") /\ source = "Paused"
    /\ source' = "Offered"
    /\ SendForward([type |-> "DeviceState", position |-> position["source"]])
    /\ UNCHANGED <<destination, numbers, back, broken, faults, lock, guest>>

\* The destination holds the whole image. From here on the source must not
\* resume on its own: the point of no return.
ReceiveReady ==
    /\ source = "Offered" /\ HeadBack("Ready")
    /\ source' = "HandedOver"
    /\ TakeBack
    /\ SendForward(Message("Handover"))
    /\ lock' = IF Arbiter THEN Offer(attempt) ELSE lock
    /\ UNCHANGED <<destination, numbers, broken, faults, guest>>

ReceiveResumed ==
    /\ source = "HandedOver" /\ HeadBack("Resumed")
    /\ source' = "Completed"
    /\ CloseSource
    /\ UNCHANGED <<destination, numbers, forward, faults, lock, guest>>

\* Taking an attempt back. It is refused once the guest was given away.
TakeBackAttempt ==
    /\ Alive("source") /\ source \in {"PreCopy", "Paused", "Offered"}
    /\ source' = "Running"
    /\ CloseSource
    /\ UNCHANGED <<destination, numbers, forward, faults, lock, guest>>

\* The operator's wish. (With a conjunct of its own, the model checker calls the step
\* by this name.)
Cancel == Alive("source") /\ TakeBackAttempt
\* The connection is lost.
AbortAttempt == SourceSuspects /\ TakeBackAttempt

\* The source is in doubt: the message Handover may or may not have arrived.
\* Without an arbiter all it may do is ask again, on a new connection.
ResendHandover ==
    /\ ~Arbiter
    /\ Alive("source") /\ source = "HandedOver"
    /\ attempt \in broken /\ Alive("destination") /\ cut = {}
    /\ broken' = broken \ {attempt}
    /\ forward' = [forward EXCEPT ![attempt] = <<Message("Handover")>>]
    /\ back' = [back EXCEPT ![attempt] = <<>>]
    /\ UNCHANGED <<phases, numbers, faults, lock, guest>>

\* The source's deadline for the acknowledgement passes: it gives the connection up.
GiveUpConnection ==
    /\ Alive("source") /\ source = "HandedOver"
    /\ attempt \notin broken /\ SourceSuspects
    /\ CloseSource
    /\ UNCHANGED <<phases, numbers, forward, faults, lock, guest>>

\* With an arbiter, a source in doubt asks the lock. If it is still the owner it takes its
\* offer back, and the destination can no longer resume. Otherwise all is well.
ReclaimLock ==
    /\ Arbiter /\ Alive("source") /\ source = "HandedOver" /\ SourceSuspects
    /\ IF lock.owner = "source" THEN lock' = Held("source", attempt) /\ source' = "Running"
                                ELSE lock' = lock /\ source' = "Completed"
    /\ CloseSource
    /\ UNCHANGED <<destination, numbers, forward, faults, guest>>

\* The mistake that Landfall was made for.
ResumeUnacknowledged ==
    /\ ResumeOnTimeout
    /\ Alive("source") /\ source = "HandedOver" /\ SourceSuspects
    /\ source' = "Running"
    /\ CloseSource
    /\ UNCHANGED <<destination, numbers, forward, faults, lock, guest>>

-------------------------------------------------------------------------------
\* The destination takes up a newer attempt and closes the connection of the
\* one before, so that no stale frame of it is ever read.
ReceiveHello(a) ==
    /\ Alive("destination") /\ destination # "Running" /\ "forward" \notin cut
    /\ a > accepted /\ forward[a] # <<>> /\ Head(forward[a]).type = "Hello"
    /\ destination' = "Receiving" /\ accepted' = a
    /\ forward' = [b \in 1..attempt |-> IF b < a THEN <<>> ELSE
                                        IF b = a THEN Tail(forward[a]) ELSE forward[b]]
    /\ broken' = broken \cup (1..(a - 1))
    /\ UNCHANGED <<source, attempt, back, faults, lock, guest>>

ReceiveDeviceState ==
    /\ destination = "Receiving" /\ HeadForward("DeviceState")
    /\ destination' = "Ready"
    /\ position' = [position EXCEPT !["destination"] = Head(forward[accepted]).position]
    /\ TakeForward
    /\ SendBack(Message("Ready"))
    /\ UNCHANGED <<source, numbers, broken, faults, lock, steps>>

\* The guest runs here from now on. Asked again, the destination says so again.
ResumeDestination ==
    /\ destination \in {"Ready", "Running"} /\ HeadForward("Handover")
    /\ destination = "Ready" /\ Arbiter => OfferedTo
    /\ destination' = "Running"
    /\ lock' = IF destination = "Ready" /\ Arbiter THEN Held("destination", accepted) ELSE lock
    /\ TakeForward
    /\ SendBack(Message("Resumed"))
    /\ UNCHANGED <<source, numbers, broken, faults, guest>>

\* The source has taken the lock back meanwhile: this copy is worth nothing.
RefuseHandover ==
    /\ Arbiter /\ destination = "Ready" /\ HeadForward("Handover") /\ ~OfferedTo
    /\ destination' = "Waiting"
    /\ TakeForward
    /\ UNCHANGED <<source, numbers, back, broken, faults, lock, guest>>

\* The same, learned from the lock alone: the guest went on without this copy.
LearnSuperseded ==
    /\ Arbiter /\ Alive("destination") /\ destination = "Ready" /\ Superseded
    /\ destination' = "Waiting" /\ CloseDestination
    /\ UNCHANGED <<source, numbers, back, faults, lock, guest>>

\* With an arbiter the lock, not the message, passes the ownership.
ClaimLock ==
    /\ Arbiter /\ Alive("destination") /\ destination = "Ready" /\ DestinationSuspects
    /\ OfferedTo
    /\ lock' = Held("destination", accepted)
    /\ destination' = "Running" /\ CloseDestination
    /\ UNCHANGED <<source, numbers, back, faults, guest>>

\* An incomplete image is discarded. A complete one (Ready) is kept: it may be
\* the guest, and only the source knows.
DiscardImage ==
    /\ Alive("destination") /\ destination = "Receiving" /\ DestinationSuspects
    /\ destination' = "Waiting" /\ CloseDestination
    /\ UNCHANGED <<source, numbers, back, faults, lock, guest>>

-------------------------------------------------------------------------------
(* Faults. A partition (CutLink) is not a crash: both sides are alive.         *)
CutLink(d) ==
    /\ d \notin cut /\ cut' = cut \cup {d}
    /\ UNCHANGED <<phases, numbers, connection, crashed, lock, guest>>

HealLink(d) ==
    /\ d \in cut /\ cut' = cut \ {d}
    /\ UNCHANGED <<phases, numbers, connection, crashed, lock, guest>>

ResetConnection ==
    /\ attempt > 0 /\ attempt \notin broken
    /\ broken' = broken \cup {attempt}
    /\ UNCHANGED <<phases, numbers, messages, faults, lock, guest>>

\* Only the tail can be lost, and only when an end has given up: TCP.
LoseMessage(d, a) ==
    /\ a \in broken
    /\ \/ /\ d = "forward" /\ forward[a] # <<>> /\ UNCHANGED back
          /\ forward' = [forward EXCEPT ![a] = SubSeq(@, 1, Len(@) - 1)]
       \/ /\ d = "back" /\ back[a] # <<>> /\ UNCHANGED forward
          /\ back' = [back EXCEPT ![a] = SubSeq(@, 1, Len(@) - 1)]
    /\ UNCHANGED <<phases, numbers, broken, faults, lock, guest>>

CrashSource ==
    /\ Alive("source") /\ crashed' = crashed \cup {"source"}
    /\ broken' = 1..attempt /\ back' = [a \in 1..attempt |-> <<>>]
    /\ UNCHANGED <<phases, numbers, forward, cut, lock, guest>>

CrashDestination ==
    /\ Alive("destination") /\ crashed' = crashed \cup {"destination"}
    /\ broken' = 1..attempt /\ forward' = [a \in 1..attempt |-> <<>>]
    /\ UNCHANGED <<phases, numbers, back, cut, lock, guest>>

-------------------------------------------------------------------------------
Protocol ==
    \/ StartAttempt \/ PauseSource \/ OfferHandover \/ ReceiveReady \/ ReceiveResumed
    \/ AbortAttempt \/ ResendHandover \/ GiveUpConnection \/ ReclaimLock \/ ResumeUnacknowledged
    \/ \E a \in 1..attempt : ReceiveHello(a)
    \/ ReceiveDeviceState \/ ResumeDestination \/ RefuseHandover \/ LearnSuperseded
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

-------------------------------------------------------------------------------
AtMostOneEffective == ~(Runs("source") /\ Runs("destination"))

NoReleasedOutputLost == \A h \in Hosts : Runs(h) => position[h] = Len(steps)

\* "Completed" is reported only if the destination runs (or has run, and died).
StatusTruthful == source = "Completed" => destination = "Running"

\* Can the guest go on somewhere, although it runs nowhere now?
CanArrive ==
    /\ destination # "Running"
    /\ \/ Alive("source") /\ source \in {"Paused", "Offered"}
       \/ Alive("source") /\ source = "HandedOver" /\ lock.owner = "source"
       \/ /\ Alive("destination") /\ destination = "Ready"
          /\ IF Arbiter THEN OfferedTo
             ELSE \E i \in 1..Len(forward[accepted]) : forward[accepted][i].type = "Handover"

Home ==
    IF Runs("source") THEN IF Runs("destination") THEN "both" ELSE "source"
    ELSE IF Runs("destination") THEN "destination"
    ELSE IF CanArrive THEN "transit" ELSE "lost"

Abstract == INSTANCE LiveMigration WITH released <- Len(steps), home <- Home
Refines == Abstract!SpecOfRefinement

\* Fairness: a host that can go on does so (it is a running program), and a cut
\* is mended some day. The guest, the operator and the faults owe nothing.
Fairness == WF_vars(Protocol) /\ \A d \in Directions : WF_vars(HealLink(d))

\* Without this nobody could promise anything: faults do not go on for ever. (A step of the
\* protocol may look like a fault, as when what is read could have been lost. It counts.)
FaultsEnd == <>[][Fault => Protocol]_vars

\* A guest on its way arrives, or the last copy of it is gone.
EventuallyRuns == FaultsEnd => []<>(Home # "transit")
===============================================================================
