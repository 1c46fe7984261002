------------------------------ MODULE TracePreCopy -----------------------------
(* Is a trace of the engine a behaviour of PreCopy? Grey box: the events of both *)
(* hosts, merged by cause, projected to a few tracked pages (Pages).             *)
(*                                                                               *)
(* Every event is one step of the action of PreCopy that it names, and all that  *)
(* the event says must be so. Given the events the behaviour is determined, so   *)
(* the search is a straight line. Between events two things happen silently,     *)
(* because no host sees them, and only when the next event needs them:           *)
(*   GuestStep        a page that the next event says is dirty was written;      *)
(*   ResetConnection  a host that says its connection is lost is believed (for   *)
(*                    GiveUpConnection and ClaimLock, which only suspect it:     *)
(*                    CutLink, and HealLink after it). That                      *)
(*                    stands for every fault (a cut, a crash, a passed deadline):*)
(*                    what was sent before stays readable, which is the most     *)
(*                    that any of them allows.                                   *)
(*                                                                               *)
(* Through the projection it cannot be seen whether few enough pages were dirty: *)
(* StartRound and PauseSource are taken when the trace takes them. What the      *)
(* guest did is not in the trace: steps stays empty, and the version of a page   *)
(* counts its writes, so that a trace of any length has states of one size.      *)
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

-------------------------------------------------------------------------------
TraceGuestStep(p) ==
    /\ H!Runs("source")
    /\ memory' = [memory EXCEPT !["source"][p] = @ + 1]
    /\ log' = log \cup {p}
    /\ UNCHANGED <<handoverVars, pending, round>>

\* As PreCopy!StartRound, except for its guard on how much is dirty.
TraceStartRound ==
    /\ H!Alive("source") /\ source \in {"PreCopy", "Paused"}
    /\ pending = {} /\ log = e.dirty
    /\ pending' = log
    /\ log' = {}
    /\ round' = round + 1
    /\ UNCHANGED <<handoverVars, memory>>

\* As PreCopy!PauseSource, except for its guard on how much is dirty.
TracePauseSource ==
    /\ H!PauseSource
    /\ pending = {} /\ log = e.dirty
    /\ UNCHANGED memoryVars

NeedsGuestStep ==
    /\ e.action \in {"StartRound", "PauseSource"} /\ source = "PreCopy"
    /\ pending = {} /\ e.dirty \subseteq Pages /\ e.dirty \ log # {}
NeedsReset ==
    /\ e.action \in {"AbortAttempt", "ReclaimLock", "DiscardImage"}
    /\ attempt > 0 /\ attempt \notin broken
    /\ \/ e.action = "AbortAttempt" /\ source \in {"PreCopy", "Paused", "Offered"}
       \/ e.action = "ReclaimLock" /\ source = "HandedOver"
       \/ e.action = "DiscardImage" /\ destination = "Receiving" /\ accepted = attempt
\* These two take a connection for lost that may yet be whole: nothing comes on it.
SuspectsOnly ==
    /\ attempt \notin broken
    /\ \/ e.action = "GiveUpConnection" /\ source = "HandedOver"
       \/ e.action = "ClaimLock" /\ destination = "Ready" /\ accepted = attempt
NeedsCut == SuspectsOnly /\ cut = {}
NeedsHeal == cut # {} /\ ~SuspectsOnly

-------------------------------------------------------------------------------
At(host) == e.host = host
Sending == At("source") /\ (e.attempt > 0 => e.attempt = attempt')
ReceivingBack == At("source") /\ e.sent /\ (e.attempt > 0 => e.attempt = attempt)
ReceivingForward == At("destination") /\ e.sent /\ (e.attempt > 0 => e.attempt = accepted)

\* Each is the action of the same name, with what the event says of it. The most
\* frequent come first.
Named ==
    CASE e.action = "SendPage" ->
            pending # {} /\ Lowest(pending) = e.page /\ SendPage /\ Sending
      [] e.action = "ReceivePage" ->
            /\ H!HeadForward("Page") /\ Head(forward[accepted]).page = e.page
            /\ ReceivingForward /\ ReceivePage
      [] e.action = "StartRound" -> At("source") /\ TraceStartRound
      [] e.action = "PauseSource" -> At("source") /\ TracePauseSource
      [] e.action = "StartAttempt" -> StartAttempt /\ Sending
      [] e.action = "OfferHandover" -> OfferHandover /\ Sending
      [] e.action = "ReceiveReady" -> ReceivingBack /\ ReceiveReady
      [] e.action = "ReceiveResumed" -> ReceivingBack /\ ReceiveResumed
      [] e.action = "Cancel" -> At("source") /\ Cancel
      [] e.action = "AbortAttempt" -> At("source") /\ AbortAttempt
      [] e.action = "ResendHandover" -> ResendHandover /\ Sending
      [] e.action = "GiveUpConnection" -> At("source") /\ GiveUpConnection
      [] e.action = "ReclaimLock" -> At("source") /\ e.taken = (lock = "free") /\ ReclaimLock
      [] e.action = "ReceiveHello" ->
            /\ At("destination") /\ e.sent
            /\ e.attempt \in 1..attempt /\ ReceiveHello(e.attempt)
      [] e.action = "ReceiveDeviceState" -> ReceivingForward /\ ReceiveDeviceState
      [] e.action = "ResumeDestination" -> ReceivingForward /\ ResumeDestination
      [] e.action = "RefuseHandover" -> ReceivingForward /\ RefuseHandover
      [] e.action = "ClaimLock" -> At("destination") /\ ClaimLock
      [] e.action = "DiscardImage" -> At("destination") /\ DiscardImage
      [] OTHER -> FALSE

\* What the host says of itself after the event.
After ==
    IF e.host = "source"
    THEN /\ e.phase = source'
         /\ e.attemptAfter >= 0 => e.attemptAfter = attempt'
         /\ e.roundAfter >= 0 => e.roundAfter = round'
    ELSE /\ e.phase = destination'
         /\ e.attemptAfter >= 0 => e.attemptAfter = accepted'

\* A guest that runs at the destination runs on the newest version of every page.
ImageComplete ==
    H!Runs("destination") => \A p \in Pages : memory["destination"][p] = memory["source"][p]

ExplainEvent ==
    /\ Named
    /\ After
    /\ ImageComplete' /\ H!AtMostOneEffective'
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
            "ReceiveDeviceState", "ResumeDestination", "RefuseHandover", "ClaimLock",
            "DiscardImage"} :
       \/ n = "StartAttempt" /\ ENABLED StartAttempt
       \/ n = "SendPage" /\ ENABLED SendPage
       \/ n = "StartRound" /\ pending = {} /\ source \in {"PreCopy", "Paused"}
       \/ n = "PauseSource" /\ pending = {} /\ ENABLED H!PauseSource
       \/ n = "OfferHandover" /\ ENABLED OfferHandover
       \/ n = "ReceiveReady" /\ ENABLED ReceiveReady
       \/ n = "ReceiveResumed" /\ ENABLED ReceiveResumed
       \/ n = "Cancel" /\ ENABLED Cancel
       \/ n = "AbortAttempt" /\ ENABLED Cancel
       \/ n = "ResendHandover" /\ ENABLED ResendHandover
       \/ n = "GiveUpConnection" /\ source = "HandedOver" /\ attempt \notin broken
       \/ n = "ReclaimLock" /\ Arbiter /\ source = "HandedOver"
       \/ n = "ReceiveHello" /\ \E a \in 1..attempt : ENABLED ReceiveHello(a)
       \/ n = "ReceivePage" /\ ENABLED ReceivePage
       \/ n = "ReceiveDeviceState" /\ ENABLED ReceiveDeviceState
       \/ n = "ResumeDestination" /\ ENABLED ResumeDestination
       \/ n = "RefuseHandover" /\ ENABLED RefuseHandover
       \/ n = "ClaimLock" /\ Arbiter /\ destination = "Ready" /\ lock = "free"
       \/ n = "DiscardImage" /\ destination = "Receiving"}

HeadOf(queues, a) == IF a = 0 \/ queues[a] = <<>> THEN "nothing" ELSE Head(queues[a])

Look ==
    /\ Stuck(trace, Allowed,
             << <<"source", source>>, <<"destination", destination>>,
                <<"attempt", attempt>>, <<"accepted", accepted>>, <<"round", round>>,
                <<"pending", pending>>, <<"log", log>>,
                <<"next message to the destination", HeadOf(forward, accepted)>>,
                <<"next message to the source", HeadOf(back, attempt)>> >>)
    /\ FALSE
    /\ UNCHANGED <<vars, traceVars>>

TraceNext ==
    /\ line <= EventCount(trace)
    /\ IF NeedsGuestStep THEN TraceGuestStep(Lowest(e.dirty \ log)) /\ UNCHANGED traceVars
       ELSE IF NeedsReset THEN ResetConnection /\ UNCHANGED traceVars
       ELSE IF NeedsCut THEN CutLink("back") /\ UNCHANGED traceVars
       ELSE IF NeedsHeal THEN HealLink("back") /\ UNCHANGED traceVars
       ELSE IF LookAt(trace) = line THEN Look
       ELSE ExplainEvent

TraceSpec == TraceInit /\ [][TraceNext]_<<vars, traceVars>>
================================================================================
