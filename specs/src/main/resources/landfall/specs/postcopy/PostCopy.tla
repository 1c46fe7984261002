-------------------------------- MODULE PostCopy --------------------------------
(* Post-copy, after as many pre-copy rounds as the operator likes, the last of     *)
(* them finished or not (hybrid): the guest is paused, the destination is told     *)
(* which of its pages are stale, takes the device state, and resumes with pages    *)
(* missing. A missing page that the guest touches is a demand fault: it is         *)
(* requested, and overtakes the background push. A lost connection pauses the      *)
(* transfer, not the ownership: the destination says what it lacks on a new        *)
(* connection, as often as need be.                                                *)
(*                                                                                 *)
(* With UrgentPages, pages that are asked for have a connection of their own beside *)
(* the push. It is still one stream here: OvertakePage lets a page go in front of   *)
(* the page before it, so pages of the one connection come between those of the     *)
(* other in any order. Each connection loses a suffix of its own; what is left of   *)
(* both can be brought to the end of the stream, and is a suffix of that.           *)
(*                                                                                 *)
(* With an arbiter the lock passes the ownership. A source in doubt asks the lock, *)
(* and nobody else: it takes the guest back, or it serves the destination. A       *)
(* destination in doubt takes an offered guest by itself only if no page is        *)
(* missing: otherwise it would tear a guest apart that is whole at the source.     *)
(*                                                                                 *)
(* From ResumeDestination until the last page arrived the guest lives on both      *)
(* hosts: the death of either loses it. That is not a mistake of this module but   *)
(* the price of post-copy; ReverseCheckpoint pays it back.                         *)
(*                                                                                 *)
(* Left out: see PreCopy. Attempts number connections; a recovery opens a new one. *)
(* Code: reference-impl, package landfall.postcopy.                                *)
EXTENDS Integers, Sequences, FiniteSets

CONSTANTS
    Pages,                  \* the guest's pages: a finite set of naturals
    Arbiter,                \* see TwoHostHandover
    ResumeOnTimeout,        \* see TwoHostHandover
    DiscardListSent,        \* FALSE: the mistake "stale pages are not named"
    RecoverySendsPageList,  \* FALSE: the mistake "what was sent has arrived"
    PlaceOnlyAbsent,        \* FALSE: the mistake "a pushed page overwrites a newer write"
    HandoverAsksLock,       \* FALSE: the mistake "Handover has come, so the guest is mine"
    UrgentPages,            \* TRUE: pages that are asked for have a connection of their own
    RoundsInOrder           \* FALSE: the mistake "any page may go on that connection"

ASSUME {DiscardListSent, RecoverySendsPageList, PlaceOnlyAbsent, HandoverAsksLock,
        UrgentPages, RoundsInOrder} \subseteq BOOLEAN

VARIABLES
    source, destination, attempt, accepted, forward, back, broken, cut, crashed,
    lock, steps, position,  \* as in TwoHostHandover; source also "Serving"
    memory,     \* memory[h][p]: version of page p at host h, Absent if it has none
    log,        \* the dirty log of the source: pages written since it was last collected
    pending,    \* pages which the source still has to send
    round,      \* number of the pre-copy round, 0 when none is under way
    requested   \* pages that the guest at the destination waits for, asked of the source

handoverVars == <<source, destination, attempt, accepted, forward, back, broken,
                  cut, crashed, lock, steps, position>>
memoryVars == <<memory, log, pending, round, requested>>
vars == <<handoverVars, memoryVars>>

H == INSTANCE TwoHostHandover

Absent == -1
Hosts == H!Hosts
Directions == H!Directions

TypeOK ==
    /\ source \in H!SourcePhases \cup {"Serving"}
    /\ destination \in H!DestinationPhases
    /\ accepted \in 0..attempt /\ Len(forward) = attempt /\ Len(back) = attempt
    /\ broken \subseteq 1..attempt /\ cut \subseteq Directions /\ crashed \subseteq Hosts
    /\ H!LockTypeOK
    /\ position \in [Hosts -> 0..Len(steps)]
    /\ memory \in [Hosts -> [Pages -> {Absent} \cup (0..Len(steps))]]
    /\ log \subseteq Pages /\ pending \subseteq Pages /\ requested \subseteq Pages
    /\ round \in Nat

Init ==
    /\ H!Init
    /\ memory = [h \in Hosts |-> [p \in Pages |-> IF h = "source" THEN 0 ELSE Absent]]
    /\ log = {} /\ pending = {} /\ round = 0 /\ requested = {}

Lowest(pages) == CHOOSE p \in pages : \A q \in pages : p <= q
Missing == {p \in Pages : memory["destination"][p] = Absent}

---------------------------------------------------------------------------------
(* The guest. It touches a page only if the page is there.                         *)

GuestStep(h, p) ==
    /\ memory[h][p] # Absent
    /\ H!GuestStep(h, p)
    /\ memory' = [memory EXCEPT ![h][p] = Len(steps')]
    /\ log' = IF h = "source" /\ source = "PreCopy" THEN log \cup {p} ELSE log
    /\ UNCHANGED <<pending, round, requested>>

\* A demand fault: the guest waits for page p, and the destination asks for it.
DemandPage(p) ==
    /\ H!Runs("destination") /\ p \in Missing \ requested
    /\ accepted \notin broken
    /\ requested' = requested \cup {p}
    /\ H!SendBack([type |-> "Demand", page |-> p])
    /\ UNCHANGED <<source, destination, attempt, accepted, forward, broken, cut, crashed,
                   lock, steps, position, memory, log, pending, round>>

---------------------------------------------------------------------------------
(* The source                                                                      *)

StartAttempt ==
    /\ H!StartAttempt
    /\ pending' = Pages /\ log' = {} /\ round' = 1
    /\ UNCHANGED <<memory, requested>>

PageMessage(p) == [type |-> "Page", page |-> p, version |-> memory["source"][p]]

\* Before the switchover pages are sent while the guest writes; after it, pushed.
SendPage ==
    /\ H!Alive("source") /\ source \in {"PreCopy", "Serving"}
    /\ attempt \notin broken /\ pending # {}
    /\ H!SendForward(PageMessage(Lowest(pending)))
    /\ pending' = pending \ {Lowest(pending)}
    /\ UNCHANGED <<source, destination, attempt, accepted, back, broken, cut, crashed,
                   lock, steps, position, memory, log, round, requested>>

\* A page that is asked for overtakes the push. One that was sent is on its way.
AnswerDemand ==
    /\ source = "Serving" /\ H!HeadBack("Demand")
    /\ LET p == Head(back[attempt]).page IN
         /\ IF p \in pending THEN H!SendForward(PageMessage(p)) ELSE UNCHANGED forward
         /\ pending' = pending \ {p}
    /\ H!TakeBack
    /\ UNCHANGED <<source, destination, attempt, accepted, broken, cut, crashed, lock,
                   steps, position, memory, log, round, requested>>

\* The log is collected and cleared in one step, before any page of it is read. What was
\* sent before is sent again, in its place at the destination (ReceivePage).
StartRound ==
    /\ H!Alive("source") /\ source = "PreCopy"
    /\ pending = {} /\ log # {}
    /\ pending' = log /\ log' = {} /\ round' = round + 1
    /\ UNCHANGED <<handoverVars, memory, requested>>

\* The switchover is the operator's choice; no round has to be finished. Whatever was written
\* since it was sent last is stale at the destination, whichever round sent it.
PauseSource ==
    /\ H!PauseSource
    /\ pending' = pending \cup log /\ log' = {} /\ round' = 0
    /\ UNCHANGED <<memory, requested>>

\* The device state goes with the list of pages that are stale at the destination.
OfferHandover ==
    /\ H!Alive("source") /\ source = "Paused"
    /\ source' = "Offered"
    /\ H!SendForward([type |-> "DeviceState", position |-> position["source"],
                      discard |-> IF DiscardListSent THEN pending ELSE {}])
    /\ UNCHANGED <<destination, attempt, accepted, back, broken, cut, crashed, lock,
                   steps, position, memoryVars>>

ReceiveReady == H!ReceiveReady /\ UNCHANGED memoryVars

\* The destination runs: from here the source only serves pages.
ReceiveResumed ==
    /\ source = "HandedOver" /\ H!HeadBack("Resumed")
    /\ source' = "Serving"
    /\ H!TakeBack
    /\ UNCHANGED <<destination, attempt, accepted, forward, broken, cut, crashed, lock,
                   steps, position, memoryVars>>

ReceiveComplete ==
    /\ source = "Serving" /\ H!HeadBack("Complete")
    /\ source' = "Completed"
    /\ H!CloseSource
    /\ UNCHANGED <<destination, attempt, accepted, forward, cut, crashed, lock, steps,
                   position, memoryVars>>

ForgetAttempt == log' = {} /\ pending' = {} /\ round' = 0 /\ UNCHANGED <<memory, requested>>
Cancel == H!Cancel /\ ForgetAttempt
AbortAttempt == H!AbortAttempt /\ ForgetAttempt
ResumeUnacknowledged == H!ResumeUnacknowledged /\ ForgetAttempt

\* With an arbiter, a source in doubt asks the lock. If it is still the owner it takes its
\* offer back, and the destination can no longer resume. Otherwise the destination has the
\* guest, and needs its pages.
ReclaimLock ==
    /\ Arbiter /\ H!Alive("source") /\ source = "HandedOver" /\ H!SourceSuspects
    /\ IF lock.owner = "source"
       THEN lock' = H!Held("source", attempt) /\ source' = "Running" /\ ForgetAttempt
       ELSE lock' = lock /\ source' = "Serving" /\ UNCHANGED memoryVars
    /\ H!CloseSource
    /\ UNCHANGED <<destination, attempt, accepted, forward, cut, crashed, steps, position>>

\* A lost connection ends nothing: the source keeps the guest's pages and waits.
GiveUpConnection ==
    /\ H!Alive("source") /\ source \in {"HandedOver", "Serving"}
    /\ attempt \notin broken /\ H!SourceSuspects
    /\ H!CloseSource
    /\ UNCHANGED <<source, destination, attempt, accepted, forward, cut, crashed, lock,
                   steps, position, memoryVars>>

\* The recovery: a new connection, on which the destination says what it lacks. Without an
\* arbiter a source in doubt asks in the same way.
Recover ==
    /\ H!Alive("source") /\ source \in {"HandedOver", "Serving"}
    /\ Arbiter => source = "Serving"
    /\ attempt \in broken /\ H!Alive("destination") /\ cut = {}
    /\ attempt' = attempt + 1
    /\ forward' = Append(forward, <<[type |-> "Recover", handover |-> source = "HandedOver"]>>)
    /\ back' = Append(back, <<>>)
    /\ UNCHANGED <<source, destination, accepted, broken, cut, crashed, lock, steps,
                   position, memoryVars>>

ReceivePageList ==
    /\ source \in {"HandedOver", "Serving"} /\ H!HeadBack("PageList")
    /\ source' = "Serving"
    /\ pending' = IF RecoverySendsPageList THEN Head(back[attempt]).missing ELSE pending
    /\ H!TakeBack
    /\ UNCHANGED <<destination, attempt, accepted, forward, broken, cut, crashed, lock,
                   steps, position, memory, log, round, requested>>

---------------------------------------------------------------------------------
(* The destination                                                                 *)

ReceiveHello(a) ==
    /\ H!ReceiveHello(a)
    /\ memory' = [memory EXCEPT !["destination"] = [p \in Pages |-> Absent]]
    /\ UNCHANGED <<log, pending, round, requested>>

\* Before the switchover a newer copy takes the place of an older one. After it a page is
\* placed where there is none: what the guest wrote since is newer.
ReceivePage ==
    /\ destination \in {"Receiving", "Running"} /\ H!HeadForward("Page")
    /\ LET m == Head(forward[accepted]) IN
         /\ memory' =
              IF destination = "Running" /\ PlaceOnlyAbsent /\ m.page \notin Missing
              THEN memory ELSE [memory EXCEPT !["destination"][m.page] = m.version]
         /\ requested' = requested \ {m.page}
    /\ H!TakeForward
    /\ UNCHANGED <<source, destination, attempt, accepted, back, broken, cut, crashed,
                   lock, steps, position, log, pending, round>>

ReceiveDeviceState ==
    /\ H!ReceiveDeviceState
    /\ memory' = [memory EXCEPT !["destination"] =
                    [p \in Pages |-> IF p \in Head(forward[accepted]).discard
                                     THEN Absent ELSE @[p]]]
    /\ UNCHANGED <<log, pending, round, requested>>

ResumeDestination == H!ResumeDestination /\ UNCHANGED memoryVars
RefuseHandover == H!RefuseHandover /\ UNCHANGED memoryVars
LearnSuperseded == H!LearnSuperseded /\ UNCHANGED memoryVars
ClaimLock == H!ClaimLock /\ Missing = {} /\ UNCHANGED memoryVars
DiscardImage == H!DiscardImage /\ UNCHANGED memoryVars

\* The mistake: the source may have taken the guest back while the message was on its way.
ResumeUnasked ==
    /\ ~HandoverAsksLock /\ Arbiter /\ destination = "Ready" /\ H!HeadForward("Handover")
    /\ destination' = "Running"
    /\ H!TakeForward /\ H!SendBack(H!Message("Resumed"))
    /\ UNCHANGED <<source, attempt, accepted, broken, cut, crashed, lock, steps, position,
                   memoryVars>>

\* What was asked for on the old connection is in the list: no fault is forgotten. With an
\* arbiter a source recovers only once the destination has the guest.
ReceiveRecover(a) ==
    /\ H!Alive("destination") /\ "forward" \notin cut
    /\ a > accepted /\ forward[a] # <<>> /\ Head(forward[a]).type = "Recover"
    /\ \/ destination = "Running"
       \/ destination = "Ready" /\ Head(forward[a]).handover
    /\ destination' = "Running"
    /\ accepted' = a
    /\ forward' = [b \in 1..attempt |-> IF b < a THEN <<>> ELSE
                                        IF b = a THEN Tail(forward[a]) ELSE forward[b]]
    /\ broken' = broken \cup (1..(a - 1))
    /\ back' = IF a \in broken THEN back
               ELSE [back EXCEPT ![a] = Append(@, [type |-> "PageList", missing |-> Missing])]
    /\ UNCHANGED <<source, attempt, cut, crashed, lock, steps, position, memoryVars>>

\* Every page is here: the source is not needed any more.
SendComplete ==
    /\ H!Runs("destination") /\ Missing = {}
    /\ accepted \notin broken
    /\ \A i \in 1..Len(back[accepted]) : back[accepted][i].type # "Complete"
    /\ source # "Completed"
    /\ H!SendBack(H!Message("Complete"))
    /\ UNCHANGED <<source, destination, attempt, accepted, forward, broken, cut, crashed,
                   lock, steps, position, memoryVars>>

---------------------------------------------------------------------------------
CutLink(d) == H!CutLink(d) /\ UNCHANGED memoryVars
HealLink(d) == H!HealLink(d) /\ UNCHANGED memoryVars
ResetConnection == H!ResetConnection /\ UNCHANGED memoryVars
LoseMessage(d, a) == H!LoseMessage(d, a) /\ UNCHANGED memoryVars

\* A page comes before the one in front of it: one of them is on the other connection. Nothing
\* but pages overtakes, or is overtaken. Before the switchover all are on one connection: there
\* the copy of a later round must not come before that of an earlier one.
OvertakePage ==
    /\ UrgentPages /\ accepted > 0
    /\ RoundsInOrder => destination = "Running"
    /\ \E i \in 2..Len(forward[accepted]) :
         /\ forward[accepted][i - 1].type = "Page" /\ forward[accepted][i].type = "Page"
         /\ forward' = [forward EXCEPT ![accepted][i - 1] = forward[accepted][i],
                                       ![accepted][i] = forward[accepted][i - 1]]
    /\ UNCHANGED <<source, destination, attempt, accepted, back, broken, cut, crashed,
                   lock, steps, position, memoryVars>>

CrashSource == H!CrashSource /\ UNCHANGED memoryVars
CrashDestination == H!CrashDestination /\ UNCHANGED memoryVars

Protocol ==
    \/ StartAttempt \/ SendPage \/ AnswerDemand \/ StartRound \/ PauseSource
    \/ OfferHandover \/ ReceiveReady \/ ReceiveResumed \/ ReceiveComplete \/ AbortAttempt
    \/ ReclaimLock \/ ResumeUnacknowledged \/ GiveUpConnection \/ Recover
    \/ ReceivePageList
    \/ \E p \in Pages : DemandPage(p)
    \/ \E a \in 1..attempt : ReceiveHello(a)
    \/ \E a \in 1..attempt : ReceiveRecover(a)
    \/ ReceivePage \/ ReceiveDeviceState \/ ResumeDestination \/ RefuseHandover
    \/ LearnSuperseded \/ ClaimLock \/ DiscardImage \/ ResumeUnasked \/ SendComplete

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
    \/ OvertakePage

Spec == Init /\ [][Next]_vars
=================================================================================
