-------------------------- MODULE TraceDirectPostCopy --------------------------
(* Is what passed on the migration channel of a QEMU that may go over to        *)
(* post-copy a behaviour of DirectPostCopy? What is there before the switchover *)
(* is explained by TraceDirectPreCopy, and what is said there holds here. Pauses *)
(* names the pages that the source says are stale. Events beyond it are listed  *)
(* in package landfall.tracecheck.                                              *)
(*                                                                              *)
(* Steps that are taken silently, only when the next event needs them:          *)
(*   Listen, RunSplit   the destination asks for a page, answers for the guest, *)
(*                      says so, or is connected to again                       *)
(*   PlacePage          as late as possible, since a page may be asked for while *)
(*                      it is on its way: all of them before the end is         *)
(*                      believed; at a recovery those before the first one that *)
(*                      the destination then says it has not. The rest was lost *)
(*                      with the connection.                                    *)
(*   ReceiveEnd         the destination says that it has all                    *)
(*   AnswerDemand       a page that was asked for is on its way                 *)
(*   ReceiveResumeAck   a page is sent again                                    *)
(*   ResetConnection, GoOnAtSource, ReceiveComplete   the source connects again, *)
(*                      has the guest again, or reports                         *)
EXTENDS DirectPostCopy, TraceDirectPreCopy

VARIABLES
    split,      \* attempts by which the guest was given away without all of its pages
    ended       \* attempts of which the destination has read the end

splitTraceVars == <<split, ended>>

SplitTraceInit ==
    /\ TraceInit
    /\ requested = [h \in Hosts |-> {}] /\ recovering = {}
    /\ split = {} /\ ended = {}

--------------------------------------------------------------------------------
(* Silent steps                                                                  *)

Other == e.host \in Hosts \ {me}
NextForward(h) == Head(forward[accepted[h]])

NeedsListen ==
    /\ Other /\ HasSplitState(e.host)
    /\ \/ e.action \in {"Requests", "Recovers"}
       \/ e.action \in {"Runs", "Resumes"} /\ NobodyElseRuns(e.host)
NeedsRun ==
    /\ e.action \in {"Runs", "Resumes"} /\ Other /\ phase[e.host] = "Listening"
    /\ NobodyElseRuns(e.host)
NeedsPlace ==
    /\ Other /\ TakesPages(e.host) /\ H!HeadForward(e.host, accepted[e.host], "Page")
    /\ e.action = "Resumes" \/ (e.action = "Recovers" /\ NextForward(e.host).page \in e.args.pages)
NeedsEnd == e.action = "Resumes" /\ Other /\ ENABLED ReceiveEnd(e.host)
NeedsAnswer ==
    /\ phase[me] \in {"Serving", "Sent"} /\ H!HeadBack(me, latest, "Demand")
    /\ Head(back[latest]).page \notin pending[me]
NeedsAck == e.action \in {"Sends", "Ends"} /\ ENABLED ReceiveResumeAck(me)
NeedsBreak ==
    /\ GivenAway(me) /\ latest \notin broken
    /\ e.action = "Recovers" \/ (WantsBack /\ NobodyElseRuns(me))
NeedsGoOn == WantsBack /\ GivenAway(me) /\ latest \in broken /\ NobodyElseRuns(me)
NeedsLastWord ==
    e.action = "Reports" /\ e.args.status = "completed" /\ ENABLED ReceiveComplete(me)

\* What is there when the stale pages are gone is newest.
StaleAreNamed ==
    me \in crashed \/ \A p \in Pages :
        memory'[e.host][p] = Absent \/ memory'[e.host][p] = memory[me][p]

Unseen == UNCHANGED <<traceVars, splitTraceVars>>
Known(name) == Silent(trace, name) /\ Unseen

NeedsSplitSilence ==
    \/ NeedsListen \/ NeedsRun \/ NeedsPlace \/ NeedsEnd \/ NeedsAnswer \/ NeedsAck
    \/ NeedsBreak \/ NeedsGoOn \/ NeedsLastWord

SplitSilentStep ==
    IF NeedsListen THEN Listen(e.host) /\ StaleAreNamed /\ Known("Listen")
    ELSE IF NeedsRun THEN RunSplit(e.host) /\ Known("RunSplit")
    ELSE IF NeedsPlace THEN PlacePage(e.host) /\ Unseen
    ELSE IF NeedsEnd
         THEN /\ ReceiveEnd(e.host) /\ ended' = ended \cup {accepted[e.host]}
              /\ UNCHANGED <<split, traceVars>>
    ELSE IF NeedsAnswer THEN AnswerDemand(me) /\ Unseen
    ELSE IF NeedsAck THEN ReceiveResumeAck(me) /\ Unseen
    ELSE IF NeedsBreak
         THEN ResetConnection(latest) /\ UNCHANGED splitVars /\ Known("ResetConnection")
    ELSE IF NeedsGoOn THEN GoOnAtSource(me) /\ Known("GoOnAtSource")
    ELSE ReceiveComplete(me) /\ Known("ReceiveComplete")

--------------------------------------------------------------------------------
(* Events                                                                        *)

\* On a connection that is broken nobody hears it.
Requests(h, p) ==
    IF accepted[h] \in broken
    THEN H!Alive(h) /\ TakesPages(h) /\ p \in Missing(h) /\ UNCHANGED allVars
    ELSE p \in Pages /\ DemandPage(h, p)

SplitNamed ==
    CASE e.action = "Sends" /\ GivenAway(me) ->
            e.args.page \in pending[me] /\ PushPage(me, e.args.page)
      [] e.action = "Packages" -> GiveAwaySplit(me)
      [] e.action = "Requests" -> Other /\ Requests(e.host, e.args.page)
      [] e.action = "Ends" -> SendEnd(me)
      [] e.action = "Recovers" -> InAttempt /\ e.host = target /\ Recover(me)
      [] e.action = "Tells" ->
            /\ Other /\ e.args.pages = Pages \ Missing(e.host)
            /\ TellPages(e.host)
      [] e.action = "Continues" -> ReceivePages(me)
      [] e.action = "Agrees" -> Other /\ AcceptResume(e.host)
      [] e.action = "Resumes" /\ Other /\ accepted[e.host] \in split ->
            /\ accepted[e.host] \in ended /\ Missing(e.host) = {}
            /\ Answers(e.host, "Resumed") /\ UNCHANGED allVars
      [] e.action = "Crashed" -> e.host \in Hosts /\ SplitCrash(e.host)
      [] OTHER -> Named /\ UNCHANGED splitVars

SplitExplanation ==
    /\ SplitNamed
    /\ H!AtMostOneEffective'

ExplainSplitEvent ==
    /\ SplitExplanation
    /\ answered' = IF e.action \in {"Resumes", "Refuses"} THEN answered \cup {accepted[e.host]}
                                                        ELSE answered
    /\ split' = IF e.action = "Packages" THEN split \cup {latest} ELSE split
    /\ ended' = ended
    /\ UNCHANGED <<several, unordered>>
    /\ line' = line + 1
    /\ trace' = trace
    /\ Explained(trace, line)

--------------------------------------------------------------------------------
SplitAllowed ==
    (IF GivenAway(me) \/ (InAttempt /\ HasSplitState(target)) THEN {} ELSE Allowed) \cup
    {n \in {"Packages", "Sends", "Requests", "Ends", "Recovers", "Tells", "Continues", "Agrees",
            "Resumes", "Runs at the destination", "Reports completed", "Crashed"} :
       \/ n = "Packages" /\ phase[me] = "Paused"
       \/ n = "Sends" /\ phase[me] = "Serving" /\ pending[me] # {}
       \/ n = "Requests" /\ InAttempt
             /\ \/ HasSplitState(target)
                \/ TakesPages(target) /\ Missing(target) \ requested[target] # {}
       \/ n = "Ends" /\ ENABLED SendEnd(me)
       \/ n = "Recovers" /\ GivenAway(me) /\ (HasSplitState(target) \/ TakesPages(target))
       \/ n = "Tells" /\ InAttempt /\ ENABLED TellPages(target)
       \/ n = "Continues" /\ ENABLED ReceivePages(me)
       \/ n = "Agrees" /\ InAttempt /\ ENABLED AcceptResume(target)
       \/ n = "Resumes" /\ phase[me] = "Sent" /\ latest \notin answered
       \/ n = "Runs at the destination" /\ GivenAway(me)
             /\ NobodyElseRuns(target) /\ (HasSplitState(target) \/ TakesPages(target))
       \/ n = "Reports completed" /\ ENABLED ReceiveComplete(me)
       \/ n = "Crashed"}

SplitLook ==
    /\ Why(trace, SplitExplanation) = TRUE
    /\ Stuck(trace, SplitAllowed,
             << <<"phase of the source", phase[me]>>, <<"attempt", latest>>,
                <<"destination", IF InAttempt THEN target ELSE "none">>,
                <<"phase of the destination", IF InAttempt THEN phase[target] ELSE "none">>,
                <<"pages due", pending[me] \cup log[me]>>,
                <<"pages not placed", IF InAttempt THEN Missing(target) ELSE {}>>,
                <<"pages asked for", IF InAttempt THEN requested[target] ELSE {}>>,
                <<"dead", crashed>> >>)
    /\ FALSE
    /\ UNCHANGED <<allVars, traceVars, splitTraceVars>>

SplitTraceNext ==
    /\ line <= EventCount(trace)
    /\ IF NeedsSplitSilence THEN SplitSilentStep
       ELSE IF NeedsSilence THEN SilentStep /\ UNCHANGED <<splitVars, splitTraceVars>>
       ELSE IF e.action = "Packages" /\ phase[me] = "Paused" /\ log[me] # {}
            THEN CollectLog(me) /\ UNCHANGED splitVars /\ Unseen
       ELSE IF LookAt(trace) = line THEN SplitLook
       ELSE ExplainSplitEvent

SplitTraceSpec ==
    SplitTraceInit /\ [][SplitTraceNext]_<<allVars, traceVars, splitTraceVars>>
================================================================================
