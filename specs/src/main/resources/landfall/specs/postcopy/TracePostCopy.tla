------------------------------ MODULE TracePostCopy -----------------------------
(* Is a trace of two hosts a behaviour of PostCopy? Grey box, as TracePreCopy: the  *)
(* events of both hosts, merged by cause, projected to a few tracked pages. What    *)
(* each event says is told in docs/protocol.md.                                     *)
(*                                                                                  *)
(* Every event is one step of the action of PostCopy that it names, and all that it *)
(* says must be so: connection, number of the frame, page and its version, phase,   *)
(* how many pages are pending or missing, the guest's own count of steps. So the    *)
(* search is a straight line. Between events some things happen silently, because   *)
(* no host sees them, and only when the next event needs them:                      *)
(*   CutLink          a host whose deadline passed is believed that nothing came    *)
(*                    (cut stands for every fault that explains that);              *)
(*   HealLink         after it, before anything else;                               *)
(*   ResetConnection  a source that recovers because the connection was reset, not  *)
(*                    because it gave it up, is believed.                           *)
(*   OvertakePage     a page that came on the connection for urgent ones goes in    *)
(*                    front of those that the push has sent before it;             *)
(*   ResumeDestination, ClaimLock, ReclaimLock  of a host that was killed between   *)
(*                    its step in the lock and its word of it: the other host       *)
(*                    finds it there.                                               *)
(* LoseMessage is never needed: a message that was lost is one of a given-up        *)
(* connection that nobody reads. ResumeUnacknowledged and ResumeUnasked are         *)
(* mistakes: no event explains them.                                                *)
EXTENDS PostCopyProperties, TraceEvents

VARIABLES
    frames,     \* how many frames were sent and received, each way, on the connection
                \* that the source uses (forwardSent, backReceived) or the destination;
                \* apart from them those on the connection for urgent pages beside it
    urgent,     \* <<a, p, n>>: page p was number n of those on that of attempt a
    gaveUp,     \* whether the source gave up its latest connection
    said,       \* what a host had said of itself before it took a step silently
    trace,      \* which trace
    line        \* number of the next event to explain

observer == <<frames, urgent, gaveUp, said>>
traceVars == <<trace, line>>

TraceInit ==
    /\ Init
    /\ frames = [forwardSent |-> 0, forwardReceived |-> 0, backSent |-> 0, backReceived |-> 0,
                 urgentSent |-> 0, urgentReceived |-> 0]
    /\ urgent = {}
    /\ gaveUp = FALSE
    /\ said = <<>>
    /\ trace \in 1..TraceCount
    /\ line = 1

e == Event(trace, line)

--------------------------------------------------------------------------------
Suspecting == {"AbortAttempt", "ReclaimLock", "GiveUpConnection", "ClaimLock", "DiscardImage"}
NeedsCut ==
    /\ e.action \in Suspecting /\ cut = {}
    /\ IF e.host = "source" THEN attempt > 0 /\ ~H!SourceSuspects
                            ELSE accepted > 0 /\ ~H!DestinationSuspects

\* This host tells nothing any more, but that it was killed.
IsSilent(h, killed) ==
    /\ H!Alive(h)
    /\ \A n \in line..EventCount(trace) :
          Event(trace, n).host # h \/ Event(trace, n).action = killed
    /\ \E n \in line..EventCount(trace) : Event(trace, n).action = killed
Later(actions) == {n \in line..EventCount(trace) : Event(trace, n).action \in actions}

\* The source finds in the lock that the destination has the guest, and it has not said so.
NeedsOwner ==
    /\ Arbiter /\ e.action \in {"CrashDestination", "ReclaimLock"}
    /\ destination = "Ready" /\ H!OfferedTo /\ IsSilent("destination", "CrashDestination")
    /\ \E n \in Later({"ReclaimLock"}) : ~Event(trace, n).args.taken
    /\ H!HeadForward("Handover") \/ Missing = {}
\* The destination finds in the lock that the source has taken the guest back.
NeedsReclaim ==
    /\ Arbiter /\ e.action \in {"CrashSource", "RefuseHandover", "LearnSuperseded"}
    /\ source = "HandedOver" /\ H!OfferedTo /\ IsSilent("source", "CrashSource")
    /\ Later({"RefuseHandover", "LearnSuperseded"}) # {}

\* Not before who needed the cut has taken his step: else it would be made again and again.
NeedsHeal == cut # {} /\ e.action \notin Suspecting /\ ~NeedsOwner /\ ~NeedsReclaim
\* Answers to demands may go on the connection for urgent pages, and nothing else. Its frames
\* count from here.
FirstUrgent == 1000000000
IsUrgent(p) == \E u \in urgent : u[1] = accepted /\ u[2] = p
\* Where in the stream the page of the event is. Each connection is in order: it goes in front of
\* pages of the other one.
Places == {i \in 1..Len(forward[accepted]) :
              forward[accepted][i].type = "Page" /\ forward[accepted][i].page = e.args.page}
Place == CHOOSE i \in Places : \A j \in Places : i <= j
NeedsOvertaking ==
    /\ e.action = "ReceivePage" /\ destination = "Running" /\ Places # {} /\ Place > 1
    /\ \A i \in 1..(Place - 1) :
         /\ forward[accepted][i].type = "Page"
         /\ IsUrgent(forward[accepted][i].page) # IsUrgent(e.args.page)
GoInFront == OvertakePage /\ forward'[accepted][Place - 1] = forward[accepted][Place]
NeedsReset ==
    /\ e.action = "Recover" /\ source \in {"HandedOver", "Serving"}
    /\ e.args.reset /\ ~gaveUp /\ attempt \notin broken

--------------------------------------------------------------------------------
\* The numbers of frames count from 0 on each connection, in each direction.
Says(name) == name \in DOMAIN e.args
Takes == Says("frame")
Sends == Says("sent") /\ e.args.sent # -1
One(condition) == IF condition THEN 1 ELSE 0

SentUrgently == e.action = "AnswerDemand" /\ e.args.sent >= FirstUrgent
TakenUrgently == e.action = "ReceivePage" /\ e.args.frame >= FirstUrgent

Numbered ==
    CASE e.action \in {"StartAttempt", "Recover"} ->
            /\ e.args.sent = 0
            /\ frames' = [frames EXCEPT !.forwardSent = 1, !.backReceived = 0, !.urgentSent = 0]
      [] e.action \in {"ReceiveHello", "ReceiveRecover"} ->
            /\ e.args.frame = 0 /\ (Says("sent") => e.args.sent = 0)
            /\ frames' = [frames EXCEPT !.forwardReceived = 1, !.backSent = One(Sends),
                                        !.urgentReceived = 0]
      [] SentUrgently ->
            /\ e.args.sent = FirstUrgent + frames.urgentSent
            /\ e.args.frame = frames.backReceived
            /\ frames' = [frames EXCEPT !.urgentSent = @ + 1, !.backReceived = @ + 1]
      [] TakenUrgently ->
            /\ e.args.frame = FirstUrgent + frames.urgentReceived
            /\ <<accepted, e.args.page, frames.urgentReceived>> \in urgent
            /\ frames' = [frames EXCEPT !.urgentReceived = @ + 1]
      [] OTHER ->
            /\ e.action = "ReceivePage" => ~IsUrgent(e.args.page)
            /\ IF e.host = "source"
               THEN /\ Takes => e.args.frame = frames.backReceived
                    /\ Sends => e.args.sent = frames.forwardSent
                    /\ frames' = [frames EXCEPT !.backReceived = @ + One(Takes),
                                                !.forwardSent = @ + One(Sends)]
               ELSE /\ Takes => e.args.frame = frames.forwardReceived
                    /\ Sends => e.args.sent = frames.backSent
                    /\ frames' = [frames EXCEPT !.forwardReceived = @ + One(Takes),
                                                !.backSent = @ + One(Sends)]

OnItsConnection ==
    Says("attempt") => e.args.attempt = IF e.host = "source" THEN attempt' ELSE accepted'

At(host) == e.host = host
NextBack == Head(back[attempt])
NextForward == Head(forward[accepted])

\* As PostCopy!StartRound, except for its guard that something is dirty: the pages that were may be
\* ones that nobody tracks. Of those that are tracked all is as it says.
TraceStartRound ==
    /\ H!Alive("source") /\ source = "PreCopy"
    /\ pending = {} /\ log = e.args.dirty
    /\ pending' = log /\ log' = {} /\ round' = round + 1
    /\ UNCHANGED <<handoverVars, memory, requested>>

\* Each is the action of the same name, with what the event says of it. The most
\* frequent come first.
Named ==
    CASE e.action = "GuestStep" ->
            /\ e.args.page \in Pages /\ e.args.previous = memory[e.host][e.args.page]
            /\ GuestStep(e.host, e.args.page)
      [] e.action = "SendPage" ->
            /\ At("source") /\ pending # {} /\ Lowest(pending) = e.args.page
            /\ memory["source"][e.args.page] = e.args.version
            /\ SendPage
      [] e.action = "ReceivePage" ->
            /\ At("destination") /\ H!HeadForward("Page")
            /\ NextForward.page = e.args.page /\ NextForward.version = e.args.version
            /\ e.args.placed = (destination = "Receiving" \/ e.args.page \in Missing)
            /\ ReceivePage
      [] e.action = "DemandPage" -> At("destination") /\ e.args.page \in Pages /\ DemandPage(e.args.page)
      [] e.action = "AnswerDemand" ->
            /\ At("source") /\ source = "Serving" /\ H!HeadBack("Demand") /\ NextBack.page = e.args.page
            /\ Sends = (e.args.page \in pending)
            /\ e.args.version = IF Sends THEN memory["source"][e.args.page] ELSE Absent
            /\ AnswerDemand
      [] e.action = "StartAttempt" -> At("source") /\ StartAttempt
      [] e.action = "StartRound" -> At("source") /\ TraceStartRound
      [] e.action = "PauseSource" -> At("source") /\ log = e.args.dirty /\ PauseSource
      [] e.action = "OfferHandover" -> At("source") /\ pending = e.args.discard /\ OfferHandover
      [] e.action = "ReceiveReady" -> At("source") /\ ReceiveReady
      [] e.action = "ReceiveResumed" -> At("source") /\ ReceiveResumed
      [] e.action = "ReceiveComplete" -> At("source") /\ ReceiveComplete
      [] e.action = "Cancel" -> At("source") /\ e.args.from = source /\ Cancel
      [] e.action = "AbortAttempt" -> At("source") /\ e.args.from = source /\ AbortAttempt
      [] e.action = "ReclaimLock" -> At("source") /\ e.args.taken = (lock.owner = "source") /\ ReclaimLock
      [] e.action = "GiveUpConnection" -> At("source") /\ GiveUpConnection
      [] e.action = "Recover" ->
            /\ At("source") /\ e.args.reset = ~gaveUp
            /\ e.args.handover = (source = "HandedOver")
            /\ Recover
      [] e.action = "ReceivePageList" ->
            /\ At("source") /\ H!HeadBack("PageList") /\ NextBack.missing = e.args.missing
            /\ ReceivePageList
      [] e.action = "ReceiveHello" ->
            /\ At("destination") /\ e.args.attempt \in 1..attempt /\ e.args.from = destination
            /\ ReceiveHello(e.args.attempt)
      [] e.action = "ReceiveDeviceState" ->
            /\ At("destination") /\ H!HeadForward("DeviceState")
            /\ NextForward.discard = e.args.discard
            /\ ReceiveDeviceState
      [] e.action = "ResumeDestination" -> At("destination") /\ ResumeDestination
      [] e.action = "RefuseHandover" -> At("destination") /\ RefuseHandover
      [] e.action = "LearnSuperseded" -> At("destination") /\ LearnSuperseded
      [] e.action = "ClaimLock" -> At("destination") /\ ClaimLock
      [] e.action = "DiscardImage" -> At("destination") /\ DiscardImage
      [] e.action = "ReceiveRecover" ->
            /\ At("destination") /\ e.args.attempt \in 1..attempt
            /\ forward[e.args.attempt] # <<>>
            /\ Head(forward[e.args.attempt]).type = "Recover"
            /\ e.args.handover = Head(forward[e.args.attempt]).handover
            /\ e.args.missing = Missing
            /\ ReceiveRecover(e.args.attempt)
      [] e.action = "SendComplete" -> At("destination") /\ SendComplete
      [] e.action = "CrashSource" -> At("source") /\ CrashSource
      [] e.action = "CrashDestination" -> At("destination") /\ CrashDestination
      [] OTHER -> FALSE

\* Of a host that was killed before it told of its step in the lock the last word is told again.
IsLastWord == e.host \in DOMAIN said
LastWord ==
    /\ e.after.phase = said[e.host].phase /\ e.after.position = position[e.host]
    /\ IF e.host = "source"
       THEN /\ e.after.attempt = attempt /\ e.after.round = said[e.host].round
            /\ e.after.pending = said[e.host].pending
            /\ e.after.sent = frames.forwardSent /\ e.after.received = frames.backReceived
       ELSE /\ e.after.attempt = accepted /\ e.after.missing = Cardinality(Missing)
            /\ e.after.sent = frames.backSent /\ e.after.received = frames.forwardReceived

\* What the host says of itself after the event.
After ==
    IF IsLastWord THEN LastWord
    ELSE IF e.host = "source"
    THEN /\ e.after.phase = source' /\ e.after.attempt = attempt' /\ e.after.round = round'
         /\ e.after.pending = Cardinality(pending') /\ e.after.position = position'["source"]
         /\ e.after.sent = frames'.forwardSent /\ e.after.received = frames'.backReceived
    ELSE /\ e.after.phase = destination' /\ e.after.attempt = accepted'
         /\ e.after.missing = Cardinality(Missing') /\ e.after.position = position'["destination"]
         /\ e.after.sent = frames'.backSent /\ e.after.received = frames'.forwardReceived

Explanation ==
    /\ Named
    /\ OnItsConnection /\ Numbered
    /\ urgent' = IF SentUrgently THEN urgent \cup {<<attempt, e.args.page, frames.urgentSent>>}
                 ELSE urgent
    /\ gaveUp' = CASE e.action = "GiveUpConnection" -> TRUE
                   [] e.action \in {"StartAttempt", "Recover"} -> FALSE
                   [] OTHER -> gaveUp
    /\ said' = said
    /\ After
    /\ ConsistentImage' /\ AtMostOneEffective' /\ NoReleasedOutputLost'

ExplainEvent ==
    /\ Explanation
    /\ line' = line + 1
    /\ trace' = trace
    /\ Explained(trace, line)

--------------------------------------------------------------------------------
\* What the specification would have allowed instead (see TraceEvents!LookAt).
Allowed ==
    {n \in {"GuestStep at the source", "GuestStep at the destination", "SendPage", "ReceivePage",
            "DemandPage", "AnswerDemand", "StartAttempt", "StartRound", "PauseSource", "OfferHandover",
            "ReceiveReady", "ReceiveResumed", "ReceiveComplete", "Cancel", "AbortAttempt",
            "ReclaimLock", "GiveUpConnection", "Recover", "ReceivePageList", "ReceiveHello",
            "ReceiveDeviceState", "ResumeDestination", "RefuseHandover", "LearnSuperseded",
            "ClaimLock", "DiscardImage", "ReceiveRecover", "SendComplete"} :
       \/ n = "GuestStep at the source" /\ \E p \in Pages : ENABLED GuestStep("source", p)
       \/ n = "GuestStep at the destination" /\ \E p \in Pages : ENABLED GuestStep("destination", p)
       \/ n = "SendPage" /\ ENABLED SendPage
       \/ n = "ReceivePage" /\ ENABLED ReceivePage
       \/ n = "DemandPage" /\ \E p \in Pages : ENABLED DemandPage(p)
       \/ n = "AnswerDemand" /\ ENABLED AnswerDemand
       \/ n = "StartAttempt" /\ ENABLED StartAttempt
       \/ n = "StartRound" /\ ENABLED StartRound
       \/ n = "PauseSource" /\ ENABLED PauseSource
       \/ n = "OfferHandover" /\ ENABLED OfferHandover
       \/ n = "ReceiveReady" /\ ENABLED ReceiveReady
       \/ n = "ReceiveResumed" /\ ENABLED ReceiveResumed
       \/ n = "ReceiveComplete" /\ ENABLED ReceiveComplete
       \/ n = "Cancel" /\ ENABLED Cancel
       \/ n = "AbortAttempt" /\ ENABLED Cancel
       \/ n = "ReclaimLock" /\ Arbiter /\ H!Alive("source") /\ source = "HandedOver"
       \/ n = "GiveUpConnection" /\ H!Alive("source") /\ source \in {"HandedOver", "Serving"}
                                 /\ attempt \notin broken
       \/ n = "Recover" /\ H!Alive("source") /\ source \in {"HandedOver", "Serving"}
                        /\ H!Alive("destination")
       \/ n = "ReceivePageList" /\ ENABLED ReceivePageList
       \/ n = "ReceiveHello" /\ \E a \in 1..attempt : ENABLED ReceiveHello(a)
       \/ n = "ReceiveDeviceState" /\ ENABLED ReceiveDeviceState
       \/ n = "ResumeDestination" /\ ENABLED ResumeDestination
       \/ n = "RefuseHandover" /\ ENABLED RefuseHandover
       \/ n = "LearnSuperseded" /\ ENABLED LearnSuperseded
       \/ n = "ClaimLock" /\ Arbiter /\ H!Alive("destination") /\ destination = "Ready"
                          /\ H!OfferedTo /\ Missing = {}
       \/ n = "DiscardImage" /\ H!Alive("destination") /\ destination = "Receiving"
       \/ n = "ReceiveRecover" /\ \E a \in 1..attempt : ENABLED ReceiveRecover(a)
       \/ n = "SendComplete" /\ ENABLED SendComplete}

HeadOf(queues, a) == IF a = 0 \/ queues[a] = <<>> THEN "nothing" ELSE Head(queues[a])

LooksHere == LookAt(trace) = line

Look ==
    LooksHere =>
        Stuck(trace, Allowed,
             << <<"source", source>>, <<"destination", destination>>,
                <<"attempt", attempt>>, <<"accepted", accepted>>, <<"position", position>>,
                <<"lock", lock>>, <<"round", round>>, <<"pending", pending>>, <<"missing", Missing>>, <<"log", log>>,
                <<"frames", frames>>, <<"crashed", crashed>>,
                <<"next message to the destination", HeadOf(forward, accepted)>>,
                <<"next message to the source", HeadOf(back, attempt)>> >>)

\* Asked for once what no host sees has happened, so that nothing of it seems to be the reason.
AskWhy ==
    /\ Why(trace, Explanation) = TRUE
    /\ FALSE
    /\ UNCHANGED <<vars, observer, traceVars>>

Silently(name) == UNCHANGED <<observer, traceVars>> /\ Silent(trace, name)
Untold(h, name) ==
    /\ said' = [host \in DOMAIN said \cup {h} |->
                   IF host # h THEN said[host]
                   ELSE [phase |-> IF h = "source" THEN source ELSE destination,
                         round |-> round, pending |-> Cardinality(pending)]]
    /\ UNCHANGED <<frames, urgent, gaveUp, traceVars>> /\ Silent(trace, name)
OwnUntold ==
    IF H!HeadForward("Handover") THEN ResumeDestination /\ Untold("destination", "ResumeDestination")
                                 ELSE ClaimLock /\ Untold("destination", "ClaimLock")

TraceNext ==
    /\ line <= EventCount(trace)
    /\ IF NeedsHeal THEN HealLink("back") /\ Silently("HealLink")
       ELSE /\ Look
            /\ IF NeedsReset THEN ResetConnection /\ Silently("ResetConnection")
               ELSE IF NeedsOwner /\ (H!HeadForward("Handover") \/ H!DestinationSuspects)
                    THEN OwnUntold
               ELSE IF NeedsReclaim /\ H!SourceSuspects
                    THEN ReclaimLock /\ Untold("source", "ReclaimLock")
               ELSE IF NeedsCut \/ NeedsOwner \/ NeedsReclaim THEN CutLink("back") /\ Silently("CutLink")
               ELSE IF NeedsOvertaking THEN GoInFront /\ Silently("OvertakePage")
               ELSE IF LooksHere THEN AskWhy
               ELSE ExplainEvent

TraceSpec == TraceInit /\ [][TraceNext]_<<vars, observer, traceVars>>
=================================================================================
