------------------------- MODULE TraceReverseCheckpoint -------------------------
(* Is a trace of two hosts, from the switchover on, a behaviour of                  *)
(* ReverseCheckpoint? Grey box, as TracePreCopy: the events of both hosts, merged   *)
(* by cause, projected to a few tracked pages. What each event says is told in      *)
(* docs/protocol.md.                                                                *)
(*                                                                                  *)
(* Every event is one step of the action of ReverseCheckpoint that it names, and    *)
(* all that it says must be so: number of the message, page and its version,        *)
(* position of the checkpoint, blocks that were written, phase, positions of what   *)
(* is stored or acknowledged, how many pages are staged or missing. So the search   *)
(* is a straight line. Between events some things happen silently, because no host  *)
(* sees them or tells of them, and only when an event needs them:                   *)
(*   LoseMessage  what a host has not received when it receives a later message, or *)
(*                when the other host could not send again before it was gone;      *)
(*   CutLink      a host that suspects the other one is believed;                   *)
(*   HealLink     after it, before anything else;                                   *)
(*   ReleaseOutput  of a destination that ended, or stood still, between its writes *)
(*                to the disk and its word of them: the source finds them there;      *)
(*   BecomeOwner, ClaimLock, ReclaimLock  of a host that was killed between its step  *)
(*                in the lock and its word of it: the other host finds it there.      *)
(* OwnUnasked is a mistake: no event explains it.                                     *)
EXTENDS ReverseCheckpointProperties, TraceEvents

VARIABLES
    numbers,    \* numbers[d]: how many messages were sent in direction d
    received,   \* received[h]: how many messages host h has received
    untold,     \* what the destination had released before it did so silently, or -1
    withheld,   \* how many pages the source had staged before it reclaimed silently, or -1
    trace,      \* which trace
    line        \* number of the next event to explain

observer == <<numbers, received, untold, withheld>>
traceVars == <<trace, line>>

TraceInit ==
    /\ Init
    /\ numbers = [d \in Directions |-> 0]
    /\ received = [h \in Hosts |-> 0]
    /\ untold = -1 /\ withheld = -1
    /\ trace \in 1..TraceCount
    /\ line = 1

e == Event(trace, line)

--------------------------------------------------------------------------------
Says(name) == name \in DOMAIN e.args
Takes == Says("frame")
Sends == Says("sent") /\ e.args.sent # -1

\* Links are first in, first out, and lose their oldest message: the numbers of what
\* is on its way are the last ones that were given.
NextForward == numbers["forward"] - Len(forward)
NextBack == numbers["back"] - Len(back)

Among(messagesOnTheirWay, types) ==
    \E i \in 1..Len(messagesOnTheirWay) : messagesOnTheirWay[i].type \in types

NeedsLossForward ==
    /\ forward # <<>>
    /\ \/ e.host = "destination" /\ Takes /\ NextForward < e.args.frame
       \/ e.action = "RetakeCheckpoint" /\ Among(forward, {"CheckpointDone"})
       \/ e.action = "SendPage"
          /\ \E i \in 1..Len(forward) : forward[i].type = "Page" /\ forward[i].page = e.args.page
NeedsLossBack ==
    /\ back # <<>>
    /\ \/ e.host = "source" /\ Takes /\ NextBack < e.args.frame
       \/ e.action = "RetakeCheckpoint" /\ Among(back, {"CheckpointPage", "CheckpointEnd"})
       \/ e.action = "AskOwnership"
Suspecting == {"ReclaimLock", "StartRecovery", "ClaimLock"}
NeedsCut ==
    /\ e.action \in Suspecting
    /\ IF e.host = "source" THEN source = "Serving" /\ ~SourceSuspects ELSE ~DestinationSuspects

--------------------------------------------------------------------------------
\* A checkpoint is one message for each of its pages, and one more, whose number is told.
SentAtOnce == IF e.action = "TakeCheckpoint" THEN Cardinality(e.args.pages) + 1 ELSE 1

Numbered ==
    LET way == IF e.host = "source" THEN "forward" ELSE "back"
        next == IF e.host = "source" THEN NextBack ELSE NextForward
    IN  /\ Takes => e.args.frame = next
        /\ Sends => e.args.sent = numbers[way] + SentAtOnce - 1
        /\ numbers' = IF Sends THEN [numbers EXCEPT ![way] = @ + SentAtOnce] ELSE numbers
        /\ received' = IF Takes THEN [received EXCEPT ![e.host] = @ + 1] ELSE received

At(host) == e.host = host
Last(sequence) == sequence[Len(sequence)]

\* The newest step whose write is on the disk, when the source takes the disk over.
LastWritten ==
    LET versions == {0} \cup {disk[p] : p \in DiskPages}
    IN  CHOOSE v \in versions : \A w \in versions : w <= v

\* The source finds more on the disk than the destination has said, which says nothing any more.
NeedsRelease ==
    /\ e.action \in {"CrashDestination", "StartRecovery"}
    /\ Alive("destination") /\ destination = "Running" /\ released["destination"] < acknowledged
    /\ \A n \in line..EventCount(trace) :
          Event(trace, n).host = "source" \/ Event(trace, n).action = "CrashDestination"
    /\ \E n \in line..EventCount(trace) :
          /\ Event(trace, n).action = "StartRecovery"
          /\ Event(trace, n).args.written > LastWritten

\* This host tells nothing any more, but that it was killed.
IsSilent(h, killed) ==
    /\ Alive(h)
    /\ \A n \in line..EventCount(trace) :
          Event(trace, n).host # h \/ Event(trace, n).action = killed
Later(action) == {n \in line..EventCount(trace) : Event(trace, n).action = action}

\* The source finds in the lock that the destination has the guest, and it has not said so.
NeedsOwner ==
    /\ Arbiter /\ e.action \in {"CrashDestination", "ReclaimLock"}
    /\ destination = "Running" /\ lock = "offered" /\ IsSilent("destination", "CrashDestination")
    /\ \E n \in Later("ReclaimLock") : ~Event(trace, n).args.taken
\* The destination finds in the lock that the source has the guest, which has not said so.
NeedsReclaim ==
    /\ Arbiter /\ e.action \in {"CrashSource", "LearnSuperseded"}
    /\ source = "Serving" /\ lock = "offered" /\ IsSilent("source", "CrashSource")
    /\ Later("LearnSuperseded") # {}

\* Not before who needed the cut has taken his step: else it would be made again and again.
NeedsHeal == cut # {} /\ e.action \notin Suspecting /\ ~NeedsOwner /\ ~NeedsReclaim

\* Each is the action of the same name, with what the event says of it. The most
\* frequent come first.
Named ==
    CASE e.action = "GuestStep" ->
            /\ e.args.page \in Pages /\ e.args.disk = (e.args.page \in DiskPages)
            /\ e.args.previous = memory[e.host][e.args.page]
            /\ GuestStep(e.host, e.args.page)
      [] e.action = "SendPage" -> At("source") /\ e.args.page \in Pages /\ SendPage(e.args.page)
      [] e.action = "ReceivePage" ->
            /\ At("destination") /\ HeadForward("Page") /\ Head(forward).page = e.args.page
            /\ ReceivePage
      [] e.action = "ReceiveCheckpointPage" ->
            /\ At("source") /\ HeadBack("CheckpointPage")
            /\ Head(back).page = e.args.page /\ Head(back).version = e.args.version
            /\ Head(back).position = e.args.position
            /\ ReceiveCheckpointPage
      [] e.action = "TakeCheckpoint" ->
            /\ At("destination") /\ TakeCheckpoint
            /\ e.args.position = taken' /\ e.args.pages = Last(back').pages
      [] e.action = "RetakeCheckpoint" -> At("destination") /\ RetakeCheckpoint
      [] e.action = "CommitCheckpoint" ->
            /\ At("source") /\ HeadBack("CheckpointEnd") /\ Head(back).position = e.args.position
            /\ CommitCheckpoint
            /\ e.args.committed = (forward' # forward) /\ Sends = e.args.committed
      [] e.action = "ReceiveCheckpointDone" ->
            /\ At("destination") /\ HeadForward("CheckpointDone")
            /\ Head(forward).position = e.args.position
            /\ ReceiveCheckpointDone
      [] e.action = "ReleaseOutput" ->
            /\ At("destination") /\ e.args.blocks = Blocks("destination", released["destination"], acknowledged)
            /\ e.args.refused = (Refused("destination") /\ e.args.blocks # {})
            /\ ReleaseOutput
      [] e.action = "ReclaimLock" ->
            At("source") /\ e.args.taken = (lock # "destination") /\ ReclaimLock
      [] e.action = "StartRecovery" -> At("source") /\ e.args.written = LastWritten /\ StartRecovery
      [] e.action = "RecoverSource" ->
            /\ At("source") /\ e.args.blocks = Blocks("destination", 0, stored)
            /\ e.args.missing = {p \in Pages : memory["source"][p] = Absent}
            /\ RecoverSource
      [] e.action = "AnswerSuperseded" ->
            At("source") /\ back # <<>> /\ Head(back).type = e.args.message /\ AnswerSuperseded
      [] e.action = "ReceiveSuperseded" -> At("destination") /\ ReceiveSuperseded
      [] e.action = "LearnSuperseded" -> At("destination") /\ LearnSuperseded
      [] e.action = "AskOwnership" -> At("destination") /\ AskOwnership
      [] e.action = "GrantOwnership" -> At("source") /\ GrantOwnership
      [] e.action = "BecomeOwner" ->
            /\ At("destination")
            /\ e.args.blocks =
                Blocks("destination", released["destination"], Position("destination"))
            /\ BecomeOwner
      [] e.action = "ClaimLock" ->
            /\ At("destination")
            /\ e.args.blocks =
                Blocks("destination", released["destination"], Position("destination"))
            /\ ClaimLock
      [] e.action = "DropForward" ->
            At("destination") /\ forward # <<>> /\ Head(forward).type = e.args.message /\ DropForward
      [] e.action = "AnswerGranted" ->
            At("source") /\ back # <<>> /\ Head(back).type = e.args.message /\ AnswerGranted
      [] e.action = "CrashSource" -> At("source") /\ CrashSource
      [] e.action = "CrashDestination" -> At("destination") /\ CrashDestination
      [] OTHER -> FALSE

\* Of a host that was killed before it told of its step in the lock the last word is told again.
IsLastWord ==
    IF e.host = "source" THEN withheld # -1 ELSE untold # -1 /\ destination = "Owner"
LastWord ==
    IF e.host = "source"
    THEN e.after.phase = "Serving" /\ e.after.position = 0 /\ e.after.stored = stored
         /\ e.after.staged = withheld
         /\ e.after.sent = numbers["forward"] /\ e.after.received = received["source"]
    ELSE e.after.phase = "Running" /\ e.after.position = Len(steps["destination"])
         /\ e.after.acknowledged = acknowledged /\ e.after.missing = Cardinality(Missing)
         /\ e.after.taken = taken /\ e.after.released = untold
         /\ e.after.sent = numbers["back"] /\ e.after.received = received["destination"]

\* What the host says of itself after the event.
After ==
    IF IsLastWord THEN LastWord
    ELSE IF e.host = "source"
    THEN /\ e.after.phase = source' /\ e.after.position = Len(steps'["source"])
         /\ e.after.stored = stored'
         /\ e.after.staged = Cardinality({p \in Pages : staged'[p] # Absent})
         /\ e.after.sent = numbers'["forward"] /\ e.after.received = received'["source"]
    ELSE /\ e.after.phase = destination' /\ e.after.position = Len(steps'["destination"])
         /\ e.after.acknowledged = acknowledged' /\ e.after.missing = Cardinality(Missing')
         /\ e.after.taken = taken'
         \* Of one that is killed its last word is told again.
         /\ e.after.released = IF untold = -1 THEN released'["destination"] ELSE untold
         /\ e.after.sent = numbers'["back"] /\ e.after.received = received'["destination"]

Explanation ==
    /\ Named /\ Numbered /\ After
    /\ ConsistentImage' /\ AtMostOneEffective' /\ NoReleasedOutputLost' /\ CheckpointConsistent'
    /\ DiskWriteNeverLost' /\ OwnerIsWhole'
    /\ Arbiter => OwnerActs'

ExplainEvent ==
    /\ Explanation
    /\ line' = line + 1
    /\ UNCHANGED <<trace, untold, withheld>>
    /\ Explained(trace, line)

--------------------------------------------------------------------------------
\* What the specification would have allowed instead (see TraceEvents!LookAt).
Allowed ==
    {n \in {"GuestStep at the source", "GuestStep at the destination", "SendPage", "ReceivePage",
            "TakeCheckpoint", "RetakeCheckpoint", "ReceiveCheckpointPage", "CommitCheckpoint",
            "ReceiveCheckpointDone", "ReleaseOutput", "ReclaimLock", "StartRecovery",
            "RecoverSource", "AnswerSuperseded", "ReceiveSuperseded", "LearnSuperseded",
            "AskOwnership", "GrantOwnership", "AnswerGranted", "BecomeOwner", "ClaimLock",
            "DropForward"} :
       \/ n = "GuestStep at the source" /\ \E p \in Pages : ENABLED GuestStep("source", p)
       \/ n = "GuestStep at the destination" /\ \E p \in Pages : ENABLED GuestStep("destination", p)
       \/ n = "SendPage" /\ \E p \in Pages : ENABLED SendPage(p)
       \/ n = "ReceivePage" /\ ENABLED ReceivePage
       \/ n = "TakeCheckpoint" /\ ENABLED TakeCheckpoint
       \/ n = "RetakeCheckpoint" /\ Alive("destination") /\ destination = "Running"
                                 /\ taken > acknowledged
       \/ n = "ReceiveCheckpointPage" /\ ENABLED ReceiveCheckpointPage
       \/ n = "CommitCheckpoint" /\ ENABLED CommitCheckpoint
       \/ n = "ReceiveCheckpointDone" /\ ENABLED ReceiveCheckpointDone
       \/ n = "ReleaseOutput" /\ ENABLED ReleaseOutput
       \/ n = "ReclaimLock" /\ Arbiter /\ Alive("source") /\ source = "Serving"
       \/ n = "StartRecovery" /\ Alive("source")
                              /\ source = (IF Arbiter THEN "Reclaimed" ELSE "Serving")
       \/ n = "RecoverSource" /\ ENABLED RecoverSource
       \/ n = "AnswerSuperseded" /\ ENABLED AnswerSuperseded
       \/ n = "ReceiveSuperseded" /\ ENABLED ReceiveSuperseded
       \/ n = "LearnSuperseded" /\ ENABLED LearnSuperseded
       \/ n = "AskOwnership" /\ Alive("destination") /\ destination = "Running" /\ Missing = {}
       \/ n = "GrantOwnership" /\ ENABLED GrantOwnership
       \/ n = "BecomeOwner" /\ ENABLED BecomeOwner
       \/ n = "ClaimLock" /\ Arbiter /\ Alive("destination") /\ destination = "Running"
                          /\ lock = "offered" /\ Missing = {}
       \/ n = "AnswerGranted" /\ ENABLED AnswerGranted
       \/ n = "DropForward" /\ ENABLED DropForward}

HeadOf(queue) == IF queue = <<>> THEN "nothing" ELSE Head(queue)

LooksHere == LookAt(trace) = line

Look ==
    LooksHere =>
        Stuck(trace, Allowed,
             << <<"source", source>>, <<"destination", destination>>, <<"steps", steps>>,
                <<"lock", lock>>, <<"stored", stored>>, <<"acknowledged", acknowledged>>, <<"taken", taken>>,
                <<"released", released>>, <<"staged", staged>>, <<"missing", Missing>>,
                <<"crashed", crashed>>, <<"messages sent", numbers>>,
                <<"next message to the destination", HeadOf(forward)>>,
                <<"next message to the source", HeadOf(back)>> >>)

\* Asked for once what no host sees has happened, so that nothing of it seems to be the reason.
AskWhy ==
    /\ Why(trace, Explanation) = TRUE
    /\ FALSE
    /\ UNCHANGED <<vars, observer, traceVars>>

Silently(name) == UNCHANGED <<observer, traceVars>> /\ Silent(trace, name)
ReleaseUntold ==
    /\ ReleaseOutput /\ untold' = released["destination"]
    /\ UNCHANGED <<numbers, received, withheld, traceVars>> /\ Silent(trace, "ReleaseOutput")
OwnUntold ==
    /\ IF HeadForward("Granted") THEN BecomeOwner ELSE ClaimLock
    /\ untold' = IF untold = -1 THEN released["destination"] ELSE untold
    /\ UNCHANGED <<numbers, received, withheld, traceVars>> /\ Silent(trace, "ClaimLock")
ReclaimUntold ==
    /\ ReclaimLock /\ withheld' = Cardinality({p \in Pages : staged[p] # Absent})
    /\ UNCHANGED <<numbers, received, untold, traceVars>> /\ Silent(trace, "ReclaimLock")

TraceNext ==
    /\ line <= EventCount(trace)
    /\ IF NeedsHeal THEN HealLink("back") /\ Silently("HealLink")
       ELSE /\ Look
            /\ IF NeedsRelease THEN ReleaseUntold
               ELSE IF NeedsOwner /\ (HeadForward("Granted") \/ DestinationSuspects) THEN OwnUntold
               ELSE IF NeedsReclaim /\ SourceSuspects THEN ReclaimUntold
               ELSE IF NeedsOwner \/ NeedsReclaim THEN CutLink("back") /\ Silently("CutLink")
               ELSE IF NeedsLossForward THEN LoseMessage("forward") /\ Silently("LoseMessage")
               ELSE IF NeedsLossBack THEN LoseMessage("back") /\ Silently("LoseMessage")
               ELSE IF NeedsCut THEN CutLink("back") /\ Silently("CutLink")
               ELSE IF LooksHere THEN AskWhy
               ELSE ExplainEvent

TraceSpec == TraceInit /\ [][TraceNext]_<<vars, observer, traceVars>>
=================================================================================
