--------------------------- MODULE TraceDirectPreCopy --------------------------
(* Is what passed on a migration channel, and who answered for the guest, a      *)
(* behaviour of DirectPreCopy? Black box: nothing is asked of the implementation *)
(* (QEMU) but its last word on an attempt, which is held against it. The events  *)
(* are in the order in which one observer, the proxy, saw them; they are listed  *)
(* in package landfall.tracecheck.                                               *)
(*                                                                               *)
(* Steps that pass on the wire, or that an answer of the guest proves, are       *)
(* events. All others are taken silently, only when the next event needs them,   *)
(* and in one way only, so that the search is a straight line:                   *)
(*   GuestStep, CollectLog   a page is sent that is not due: it was written      *)
(*                           since, and the log was collected. After Pauses no   *)
(*                           guest writes: its event names what is due then.     *)
(*   ReceiveHello, ReceivePage   as early as they can. The most that a           *)
(*                           destination can have received allows the most.      *)
(*   TakeOver                when the destination answers or says so             *)
(*   ReceiveResumed, ReceiveRefused, CompleteUnacknowledged,                     *)
(*   Cancel, ResumeUnacknowledged  when the source answers, reports, or connects *)
(*                           again. Why a source took the guest back cannot be   *)
(*                           seen: ResetConnection stands for every fault.       *)
(* Several connections (multifd) keep no order among each other, but for the     *)
(* syncs: a destination has all that was sent before one when it reads what      *)
(* comes behind it. So the guest is given away behind a sync. A page may go twice *)
(* between two of them: if it was written meanwhile, it is due again.            *)
(* A step after which two hosts run is none. Pages are projected to a few; what  *)
(* the guest did is not in the trace, and the version of a page counts writes.   *)
EXTENDS DirectPreCopy, TraceEvents

VARIABLES
    trace,      \* which trace
    line,       \* number of the next event to explain
    answered,   \* attempts whose answer has passed
    several,    \* whether pages go on several connections
    unordered   \* pages that passed since the last sync, if they do

traceVars == <<trace, line, answered, several, unordered>>

TraceInit ==
    /\ Init
    /\ trace \in 1..TraceCount
    /\ line = 1
    /\ answered = {}
    /\ several = FALSE
    /\ unordered = {}

e == Event(trace, line)
me == First             \* the source; it is the source of every attempt of a trace
latest == attempt[me]
target == to[latest]

-------------------------------------------------------------------------------
(* Silent steps                                                                  *)

InAttempt == latest > 0

\* Whether h may start to run without that two hosts do.
NobodyElseRuns(h) == H!Running \subseteq {h}

NeedsHello ==
    /\ InAttempt /\ H!TakesUp(target) /\ latest > H!Known(target)
    /\ H!HeadForward(target, latest, "Hello")
NeedsReceive ==
    /\ InAttempt /\ phase[target] = "Receiving"
    /\ H!HeadForward(target, accepted[target], "Page")

DuePages == e.args.dirty
NeedsWrite ==
    /\ phase[me] = "PreCopy"
    /\ \/ /\ e.action = "Sends" /\ e.args.page \in Pages
          /\ e.args.page \notin pending[me] \cup log[me]
       \/ /\ e.action = "Pauses" /\ DuePages \subseteq Pages
          /\ DuePages \ (pending[me] \cup log[me]) # {}
Written ==
    IF e.action = "Sends" THEN e.args.page ELSE Lowest(DuePages \ (pending[me] \cup log[me]))
TraceWrite ==
    /\ H!Runs(me)
    /\ memory' = [memory EXCEPT ![me][Written] = @ + 1]
    /\ log' = [log EXCEPT ![me] = @ \cup {Written}]
    /\ UNCHANGED <<handoverVars, pending, round>>
NeedsCollect ==
    /\ e.action = "Sends" /\ phase[me] \in {"PreCopy", "Paused"}
    /\ e.args.page \in log[me] \ pending[me]

\* The destination has the guest, if it has answered for it, or said so on the return path.
NeedsTakeOver ==
    /\ e.action \in {"Resumes", "Runs"}
    /\ e.host \in Hosts \ {me} /\ HasDeviceState(e.host) /\ NobodyElseRuns(e.host)
NeedsRefuse == e.action = "Refuses" /\ e.host \in Hosts /\ HasDeviceState(e.host)

\* The source has the guest again.
WantsBack ==
    \/ e.action = "Runs" /\ e.host = me
    \/ e.action = "Connects"
    \/ e.action = "Reports" /\ e.args.status = "failed"
NeedsRefused == WantsBack /\ ENABLED ReceiveRefused(me)
NeedsTakeBack == WantsBack /\ phase[me] = "Paused"
\* The attempt that failed is over where the guest has run all the time, too.
NeedsCancel ==
    /\ phase[me] = "PreCopy"
    /\ e.action = "Connects" \/ (e.action = "Reports" /\ e.args.status = "failed")
NeedsReset ==
    WantsBack /\ phase[me] = "HandedOver" /\ latest \notin broken /\ NobodyElseRuns(me)
NeedsResume ==
    WantsBack /\ phase[me] = "HandedOver" /\ latest \in broken /\ NobodyElseRuns(me)

NeedsResumed ==
    e.action = "Reports" /\ e.args.status = "completed" /\ ENABLED ReceiveResumed(me)
NeedsComplete ==
    e.action = "Reports" /\ e.args.status = "completed" /\ ENABLED CompleteUnacknowledged(me)

-------------------------------------------------------------------------------
(* Events                                                                        *)

NoStep == UNCHANGED vars

\* What h says is on its way to the source, if that can still read it. It says so once.
Answers(h, type) ==
    LET b == accepted[h] IN
    /\ b \in Attempts \ answered
    /\ type = "Resumed" => H!Took(h, b)
    /\ b \in broken \/ (back[b] # <<>> /\ back[b][Len(back[b])].type = type)

Named ==
    CASE e.action = "Sends" ->
            /\ e.args.page \in pending[me]
            /\ SendAnyPage(me, e.args.page)
      \* Each connection has a destination of its own: the process is new, or is given a new name.
      [] e.action = "Connects" ->
            /\ e.host \in Hosts \ {to[i] : i \in Attempts}
            /\ StartAttempt(me, e.host)
      [] e.action = "Pauses" ->
            \* As PauseWhileDue, except for its guard on how much is due.
            /\ DuePages \subseteq pending[me] \cup log[me]
            /\ H!PauseSource(me) /\ UNCHANGED memoryVars
      \* All connections have sent what was sent before this place of the first one.
      [] e.action = "Syncs" -> several /\ phase[me] \in {"PreCopy", "Paused"} /\ NoStep
      [] e.action = "GivesAway" -> unordered = {} /\ GiveAway(me)
      [] e.action = "Resumes" -> e.host \in Hosts /\ Answers(e.host, "Resumed") /\ NoStep
      [] e.action = "Refuses" -> e.host \in Hosts /\ Answers(e.host, "Refused") /\ NoStep
      [] e.action = "Runs" -> e.host \in Hosts /\ H!Runs(e.host) /\ NoStep
      [] e.action = "Reports" ->
            /\ \/ e.args.status = "completed" /\ phase[me] = "Completed"
               \/ e.args.status = "failed" /\ H!Runs(me)
            /\ NoStep
      [] e.action = "Crashed" -> e.host \in Hosts /\ Crash(e.host)
      [] OTHER -> FALSE

\* A guest that arrives has the newest version of every page. A dead source has none to compare.
ImageComplete ==
    \A h \in Hosts \ {me} : phase[h] = "Receiving" /\ phase'[h] = "Running" =>
        \A p \in Pages :
            /\ memory'[h][p] # Absent
            /\ memory'[h][p] = memory'[from[accepted[h]]][p] \/ from[accepted[h]] \in crashed

Explanation ==
    /\ Named
    /\ H!AtMostOneEffective'

ExplainEvent ==
    /\ Explanation
    /\ answered' = IF e.action \in {"Resumes", "Refuses"} THEN answered \cup {accepted[e.host]}
                                                        ELSE answered
    /\ several' = IF e.action = "Connects" THEN e.args.channels = 1 ELSE several
    /\ unordered' = CASE e.action \in {"Connects", "Syncs"} -> {}
                     [] e.action = "Sends" /\ several -> unordered \cup {e.args.page}
                     [] OTHER -> unordered
    /\ line' = line + 1
    /\ trace' = trace
    /\ Explained(trace, line)

Silently(name) == Silent(trace, name) /\ UNCHANGED traceVars

-------------------------------------------------------------------------------
Allowed ==
    {n \in {"Connects", "Sends", "Syncs", "Pauses", "GivesAway", "Resumes", "Refuses", "Runs at the source",
            "Runs at the destination", "Reports completed", "Reports failed", "Crashed"} :
       \/ n = "Connects" /\ phase[me] \in {"Running", "PreCopy", "Paused"}
       \/ n = "Sends" /\ \/ phase[me] = "PreCopy"
                         \/ phase[me] = "Paused" /\ pending[me] \cup log[me] # {}
       \/ n = "Syncs" /\ several /\ phase[me] \in {"PreCopy", "Paused"}
       \/ n = "Pauses" /\ phase[me] = "PreCopy"
       \/ n = "GivesAway" /\ unordered = {} /\ ENABLED GiveAway(me)
       \/ n \in {"Resumes", "Refuses"} /\ InAttempt /\ HasDeviceState(target)
             /\ NobodyElseRuns(target)
       \/ n = "Runs at the source"
             /\ \/ phase[me] \in {"Running", "PreCopy", "Paused"}
                \/ phase[me] = "HandedOver" /\ NobodyElseRuns(me)
       \/ n = "Runs at the destination" /\ InAttempt
             /\ \/ H!Runs(target)
                \/ HasDeviceState(target) /\ NobodyElseRuns(target)
       \/ n = "Reports completed"
             /\ \/ phase[me] = "Completed"
                \/ ENABLED ReceiveResumed(me) \/ ENABLED CompleteUnacknowledged(me)
       \/ n = "Reports failed"
             /\ \/ phase[me] \in {"Running", "PreCopy", "Paused"}
                \/ phase[me] = "HandedOver" /\ NobodyElseRuns(me)
       \/ n = "Crashed"}

Look ==
    /\ Why(trace, Explanation) = TRUE
    /\ Stuck(trace, Allowed,
             << <<"phase of the source", phase[me]>>, <<"attempt", latest>>,
                <<"destination", IF InAttempt THEN target ELSE "none">>,
                <<"phase of the destination", IF InAttempt THEN phase[target] ELSE "none">>,
                <<"pages due", pending[me] \cup log[me]>>,
                <<"pages since the last sync", unordered>>,
                <<"dead", crashed>> >>)
    /\ FALSE
    /\ UNCHANGED <<vars, traceVars>>

NeedsSilence ==
    \/ NeedsHello \/ NeedsReceive \/ NeedsWrite \/ NeedsCollect \/ NeedsTakeOver \/ NeedsRefuse
    \/ NeedsRefused \/ NeedsTakeBack \/ NeedsCancel \/ NeedsReset \/ NeedsResume
    \/ NeedsResumed \/ NeedsComplete

SilentStep ==
    IF NeedsHello THEN ReceiveHello(target, latest) /\ UNCHANGED traceVars
    ELSE IF NeedsReceive THEN ReceivePage(target) /\ UNCHANGED traceVars
    ELSE IF NeedsWrite THEN TraceWrite /\ UNCHANGED traceVars
    ELSE IF NeedsCollect THEN CollectLog(me) /\ UNCHANGED traceVars
    ELSE IF NeedsTakeOver THEN TakeOver(e.host) /\ ImageComplete /\ Silently("TakeOver")
    ELSE IF NeedsRefuse THEN RefuseDeviceState(e.host) /\ Silently("RefuseDeviceState")
    ELSE IF NeedsRefused THEN ReceiveRefused(me) /\ Silently("ReceiveRefused")
    ELSE IF NeedsTakeBack \/ NeedsCancel THEN Cancel(me) /\ Silently("Cancel")
    ELSE IF NeedsReset THEN ResetConnection(latest) /\ Silently("ResetConnection")
    ELSE IF NeedsResume THEN ResumeUnacknowledged(me) /\ Silently("ResumeUnacknowledged")
    ELSE IF NeedsResumed THEN ReceiveResumed(me) /\ Silently("ReceiveResumed")
    ELSE CompleteUnacknowledged(me) /\ Silently("CompleteUnacknowledged")

TraceNext ==
    /\ line <= EventCount(trace)
    /\ IF NeedsSilence THEN SilentStep ELSE IF LookAt(trace) = line THEN Look ELSE ExplainEvent

TraceSpec == TraceInit /\ [][TraceNext]_<<vars, traceVars>>
================================================================================
