------------------------------ MODULE TracePreCopy -----------------------------
(* Is a trace of the engine a behaviour of PreCopy? Grey box: the events of all  *)
(* hosts, merged by cause, projected to a few tracked pages (Pages).             *)
(*                                                                               *)
(* Every event is one step of the action of PreCopy that it names, and all that  *)
(* the event says must be so. Given the events the behaviour is determined, so   *)
(* the search is a straight line. Between events some things happen silently,    *)
(* because no host sees them, and only when the next event needs them:           *)
(*   GuestStep        a page that the next event says is dirty was written;      *)
(*   ResetConnection  a host that says its connection is lost is believed (for   *)
(*                    GiveUpConnection and ClaimLock, which only suspect it:     *)
(*                    CutLink, and HealLink after it). That                      *)
(*                    stands for every fault (a cut, a crash, a passed deadline):*)
(*                    what was sent before stays readable, which is the most     *)
(*                    that any of them allows;                                   *)
(*   ResumeDestination, ClaimLock, ReclaimLock  of a host that was killed        *)
(*                    between its step in the lock and its word of it: the       *)
(*                    other host finds it there.                                 *)
(*                                                                               *)
(* Through the projection it cannot be seen whether few enough pages were dirty: *)
(* StartRound and PauseSource are taken when the trace takes them. What the      *)
(* guest did is not in the trace: steps stays empty, and the version of a page   *)
(* counts its writes, so that a trace of any length has states of one size.      *)
(* An attempt that no host of the trace took up goes to a host that is none.     *)
EXTENDS PreCopy, TraceEvents

VARIABLES
    trace,      \* which trace
    line        \* number of the next event to explain

traceVars == <<trace, line>>

TraceInit ==
    /\ Init
    /\ trace \in 1..TraceCount
    /\ line = 1

e == Event(trace, line)
me == e.host

-------------------------------------------------------------------------------
TraceGuestStep(p) ==
    /\ H!Runs(me)
    /\ memory' = [memory EXCEPT ![me][p] = @ + 1]
    /\ log' = [log EXCEPT ![me] = @ \cup {p}]
    /\ UNCHANGED <<handoverVars, pending, round>>

\* As PreCopy!StartRound, except for its guard on how much is dirty.
TraceStartRound ==
    /\ H!Alive(me) /\ phase[me] \in {"PreCopy", "Paused"}
    /\ pending[me] = {} /\ log[me] = e.dirty
    /\ pending' = [pending EXCEPT ![me] = log[me]]
    /\ log' = [log EXCEPT ![me] = {}]
    /\ round' = [round EXCEPT ![me] = @ + 1]
    /\ UNCHANGED <<handoverVars, memory>>

\* As PreCopy!PauseSource, except for its guard on how much is dirty.
TracePauseSource ==
    /\ H!PauseSource(me)
    /\ pending[me] = {} /\ log[me] = e.dirty
    /\ UNCHANGED memoryVars

\* Where the attempt goes: the host that took it up, or one that left no trace.
Target == IF e.to = "" THEN "(elsewhere)" ELSE e.to

\* The attempt whose loss the event speaks of.
Lost == IF e.action \in {"DiscardImage", "ClaimLock"} THEN accepted[me] ELSE attempt[me]

NeedsGuestStep ==
    /\ e.action \in {"StartRound", "PauseSource"} /\ phase[me] = "PreCopy"
    /\ pending[me] = {} /\ e.dirty \subseteq Pages /\ e.dirty \ log[me] # {}
NeedsReset ==
    /\ e.action \in {"AbortAttempt", "ReclaimLock", "DiscardImage"}
    /\ Lost > 0 /\ Lost \notin broken
    /\ \/ e.action = "AbortAttempt" /\ phase[me] \in {"PreCopy", "Paused", "Offered"}
       \/ e.action = "ReclaimLock" /\ phase[me] = "HandedOver"
       \/ e.action = "DiscardImage" /\ phase[me] = "Receiving"
\* These two take a connection for lost that may yet be whole: nothing comes on it.
SuspectsOnly ==
    /\ Lost > 0 /\ Lost \notin broken
    /\ \/ e.action = "GiveUpConnection" /\ phase[me] = "HandedOver"
       \/ e.action = "ClaimLock" /\ phase[me] = "Ready"
NeedsCut == SuspectsOnly /\ cut = {}
NeedsHeal == cut # {} /\ ~SuspectsOnly
HealAny == \E link \in cut : HealLink(link[1], link[2])

\* This host was killed, and told nothing more by then.
IsSilent(h) ==
    \E n \in line..EventCount(trace) :
        /\ Event(trace, n).host = h /\ Event(trace, n).action = "Crash"
        /\ \A m \in line..(n - 1) : Event(trace, m).host # h

\* The source finds in the lock that the destination has the guest. A host that is Ready has
\* every page, since it has read all that was sent before the device state.
Taker == to[attempt[me]]
NeedsTaker ==
    /\ Arbiter /\ e.action = "ReclaimLock" /\ ~e.taken /\ phase[me] = "HandedOver"
    /\ phase[Taker] = "Ready" /\ accepted[Taker] = attempt[me]
    /\ H!OfferedTo(Taker) /\ IsSilent(Taker)

\* The destination finds in the lock that the source has taken the guest back.
Giver == from[accepted[me]]
NeedsGiver ==
    /\ Arbiter /\ e.action \in {"RefuseHandover", "LearnSuperseded"} /\ phase[me] = "Ready"
    /\ H!OfferedTo(me) /\ phase[Giver] = "HandedOver" /\ attempt[Giver] = accepted[me]
    /\ IsSilent(Giver)
NeedsDoubt == NeedsGiver /\ accepted[me] \notin broken

-------------------------------------------------------------------------------
Sending == e.attempt > 0 => e.attempt = attempt'[me]
Answered == e.sent /\ (e.attempt > 0 => e.attempt = attempt[me])
Arrived == e.sent /\ (e.attempt > 0 => e.attempt = accepted[me])
Known == e.attempt \in Attempts

\* Each is the action of the same name, with what the event says of it. The most
\* frequent come first.
Named ==
    CASE e.action = "SendPage" ->
            pending[me] # {} /\ Lowest(pending[me]) = e.page /\ SendPage(me) /\ Sending
      [] e.action = "ReceivePage" ->
            /\ H!HeadForward(me, accepted[me], "Page")
            /\ Head(forward[accepted[me]]).page = e.page
            /\ Arrived /\ ReceivePage(me)
      [] e.action = "StartRound" -> TraceStartRound
      [] e.action = "PauseSource" -> TracePauseSource
      [] e.action = "StartAttempt" -> StartAttempt(me, Target) /\ Sending
      [] e.action = "OfferHandover" -> OfferHandover(me) /\ Sending
      [] e.action = "ReceiveReady" -> Answered /\ ReceiveReady(me)
      [] e.action = "ReceiveResumed" -> Answered /\ ReceiveResumed(me)
      [] e.action = "Cancel" -> Cancel(me)
      [] e.action = "AbortAttempt" -> AbortAttempt(me)
      [] e.action = "ResendHandover" -> ResendHandover(me) /\ Sending
      [] e.action = "GiveUpConnection" -> GiveUpConnection(me)
      [] e.action = "ReclaimLock" -> e.taken = (lock.owner = me) /\ ReclaimLock(me)
      [] e.action = "ReceiveHello" -> e.sent /\ Known /\ ReceiveHello(me, e.attempt)
      [] e.action = "ReceiveDeviceState" -> Arrived /\ ReceiveDeviceState(me)
      [] e.action = "ResumeDestination" -> e.sent /\ Known /\ ResumeDestination(me, e.attempt)
      [] e.action = "RefuseHandover" -> Arrived /\ RefuseHandover(me)
      [] e.action = "LearnSuperseded" -> LearnSuperseded(me)
      [] e.action = "ClaimLock" -> ClaimLock(me)
      [] e.action = "DiscardImage" -> DiscardImage(me)
      [] e.action = "Crash" -> Crash(me)
      [] e.action = "Restart" -> Restart(me)
      [] OTHER -> FALSE

\* What the host says of itself after the event.
After ==
    /\ e.phase = phase'[me]
    /\ e.attemptAfter >= 0 => e.attemptAfter = attempt'[me]
    /\ e.acceptedAfter >= 0 => e.acceptedAfter = accepted'[me]
    /\ e.roundAfter >= 0 => e.roundAfter = round'[me]

\* A guest that arrives has the newest version of every page.
ImageComplete ==
    phase[me] = "Ready" /\ phase'[me] = "Running" =>
        \A p \in Pages : memory'[me][p] = memory'[from[accepted[me]]][p]

TakeUntold ==
    IF H!HeadForward(Taker, attempt[me], "Handover")
    THEN ResumeDestination(Taker, attempt[me]) /\ Silent(trace, "ResumeDestination")
    ELSE ClaimLock(Taker) /\ Silent(trace, "ClaimLock")
TakeBackUntold == ReclaimLock(Giver) /\ Silent(trace, "ReclaimLock")

Explanation ==
    /\ Named
    /\ After
    /\ ImageComplete
    /\ H!AtMostOneEffective'

ExplainEvent ==
    /\ Explanation
    /\ line' = line + 1
    /\ trace' = trace
    /\ Explained(trace, line)

-------------------------------------------------------------------------------
(* What the specification would have allowed instead, asked for once, at the     *)
(* event that was not explained (see TraceEvents!LookAt).                        *)
Allowed ==
    {n \in {"StartAttempt", "SendPage", "StartRound", "PauseSource", "OfferHandover",
            "ReceiveReady", "ReceiveResumed", "Cancel", "AbortAttempt", "ResendHandover",
            "GiveUpConnection", "ReclaimLock", "ReceiveHello", "ReceivePage",
            "ReceiveDeviceState", "ResumeDestination", "RefuseHandover", "LearnSuperseded",
            "ClaimLock", "DiscardImage"} :
       \/ n = "StartAttempt" /\ \E d \in Hosts : ENABLED StartAttempt(me, d)
       \/ n = "SendPage" /\ ENABLED SendPage(me)
       \/ n = "StartRound" /\ pending[me] = {} /\ phase[me] \in {"PreCopy", "Paused"}
       \/ n = "PauseSource" /\ pending[me] = {} /\ ENABLED H!PauseSource(me)
       \/ n = "OfferHandover" /\ ENABLED OfferHandover(me)
       \/ n = "ReceiveReady" /\ ENABLED ReceiveReady(me)
       \/ n = "ReceiveResumed" /\ ENABLED ReceiveResumed(me)
       \/ n = "Cancel" /\ ENABLED Cancel(me)
       \/ n = "AbortAttempt" /\ ENABLED Cancel(me)
       \/ n = "ResendHandover" /\ ENABLED ResendHandover(me)
       \/ n = "GiveUpConnection" /\ phase[me] = "HandedOver" /\ attempt[me] \notin broken
       \/ n = "ReclaimLock" /\ Arbiter /\ phase[me] = "HandedOver"
       \/ n = "ReceiveHello" /\ \E a \in Attempts : ENABLED ReceiveHello(me, a)
       \/ n = "ReceivePage" /\ ENABLED ReceivePage(me)
       \/ n = "ReceiveDeviceState" /\ ENABLED ReceiveDeviceState(me)
       \/ n = "ResumeDestination" /\ \E a \in Attempts : ENABLED ResumeDestination(me, a)
       \/ n = "RefuseHandover" /\ ENABLED RefuseHandover(me)
       \/ n = "LearnSuperseded" /\ ENABLED LearnSuperseded(me)
       \/ n = "ClaimLock" /\ Arbiter /\ phase[me] = "Ready" /\ H!OfferedTo(me)
       \/ n = "DiscardImage" /\ phase[me] = "Receiving"}

HeadOf(queues, a) == IF a = 0 \/ queues[a] = <<>> THEN "nothing" ELSE Head(queues[a])

Look ==
    /\ Why(trace, Explanation) = TRUE
    /\ Stuck(trace, Allowed,
             << <<"host", me>>, <<"phase", phase[me]>>, <<"attempt", attempt[me]>>,
                <<"accepted", accepted[me]>>, <<"round", round[me]>>,
                <<"pending", pending[me]>>, <<"log", log[me]>>, <<"lock", lock>>,
                <<"next message to it as destination", HeadOf(forward, accepted[me])>>,
                <<"next message to it as source", HeadOf(back, attempt[me])>> >>)
    /\ FALSE
    /\ UNCHANGED <<vars, traceVars>>

TraceNext ==
    /\ line <= EventCount(trace)
    /\ IF NeedsGuestStep THEN TraceGuestStep(Lowest(e.dirty \ log[me])) /\ UNCHANGED traceVars
       ELSE IF NeedsReset THEN ResetConnection(Lost) /\ UNCHANGED traceVars
       ELSE IF NeedsCut THEN CutLink(to[Lost], from[Lost]) /\ UNCHANGED traceVars
       ELSE IF NeedsHeal THEN HealAny /\ UNCHANGED traceVars
       ELSE IF NeedsTaker THEN TakeUntold /\ UNCHANGED traceVars
       ELSE IF NeedsDoubt THEN ResetConnection(accepted[me]) /\ UNCHANGED traceVars
       ELSE IF NeedsGiver THEN TakeBackUntold /\ UNCHANGED traceVars
       ELSE IF LookAt(trace) = line THEN Look
       ELSE ExplainEvent

TraceSpec == TraceInit /\ [][TraceNext]_<<vars, traceVars>>
================================================================================
