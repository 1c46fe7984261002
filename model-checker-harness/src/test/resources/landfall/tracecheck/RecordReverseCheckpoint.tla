------------------------- MODULE RecordReverseCheckpoint ------------------------
(* Behaviours of ReverseCheckpoint, each step with the event that a host would      *)
(* write of it. Independent of TraceReverseCheckpoint: what both say is told in     *)
(* docs/protocol.md. Guards bound a random walk, so that it gets somewhere: faults  *)
(* are rare, and a host is killed, or recovers, only late.                          *)
EXTENDS ReverseCheckpoint

CONSTANTS MaxSteps, MaxMessages, MaxFaults, Late

VARIABLES
    event,          \* what was written of the last step; host "" if nothing was
    sentF, sentB,   \* messages sent so far, each way
    gotF, gotB,     \* and received
    count, failures

recorder == <<event, sentF, sentB, gotF, gotB, count, failures>>

RecordInit ==
    /\ Init
    /\ event = [host |-> "", action |-> "Init"]
    /\ sentF = 0 /\ sentB = 0 /\ gotF = 0 /\ gotB = 0 /\ count = 0 /\ failures = 0

AfterAt(h) ==
    IF h = "source"
    THEN [phase |-> source', position |-> Len(steps'["source"]), stored |-> stored',
          staged |-> Cardinality({p \in Pages : staged'[p] # Absent}), sent |-> sentF',
          received |-> gotB']
    ELSE [phase |-> destination', position |-> Len(steps'["destination"]),
          acknowledged |-> acknowledged', taken |-> taken', released |-> released'["destination"],
          missing |-> Cardinality(Missing'), sent |-> sentB', received |-> gotF']

Log(h, name, args) ==
    /\ event' = [host |-> h, action |-> name, args |-> args, after |-> AfterAt(h)]
    /\ count' = count + 1
Unseen(name) ==
    /\ event' = [host |-> "", action |-> name] /\ count' = count + 1
    /\ failures' = failures + 1 /\ UNCHANGED <<sentF, sentB, gotF, gotB>>
FaultMay == failures < MaxFaults /\ count % 5 = 4
\* Frames sent and received by the host of the step.
Sent(f, b) == sentF' = sentF + f /\ sentB' = sentB + b /\ UNCHANGED failures
GotAtDestination == gotF' = gotF + 1 /\ UNCHANGED gotB
GotAtSource == gotB' = gotB + 1 /\ UNCHANGED gotF
GotNothing == UNCHANGED <<gotF, gotB>>
HeadF == sentF - Len(forward)
HeadB == sentB - Len(back)
LastWrite == CHOOSE v \in {0} \cup {disk[p] : p \in Pages} : \A p \in Pages : disk[p] <= v

RGuestStep(h, p) ==
    /\ Len(steps[h]) < MaxSteps /\ GuestStep(h, p)
    /\ Sent(0, 0) /\ GotNothing
    /\ Log(h, "GuestStep", [page |-> p, disk |-> p \in DiskPages, previous |-> memory[h][p]])
RSendPage(p) ==
    /\ SendPage(p) /\ Sent(1, 0) /\ GotNothing
    /\ Log("source", "SendPage", [page |-> p, sent |-> sentF])
RReceivePage ==
    /\ ReceivePage
    /\ Sent(0, 0) /\ GotAtDestination
    /\ Log("destination", "ReceivePage", [page |-> Head(forward).page, frame |-> HeadF])
RTakeCheckpoint ==
    /\ Len(back) < MaxMessages /\ TakeCheckpoint
    /\ GotNothing
    /\ LET dirty == {p \in Pages : memory["destination"][p] > acknowledged} IN
         /\ Sent(0, Cardinality(dirty) + 1)
         /\ Log("destination", "TakeCheckpoint",
                [position |-> Position("destination"), pages |-> dirty,
                 sent |-> sentB + Cardinality(dirty)])
RRetakeCheckpoint ==
    /\ RetakeCheckpoint /\ Sent(0, 0) /\ GotNothing
    /\ Log("destination", "RetakeCheckpoint", <<>>)
RReceiveCheckpointPage ==
    /\ ReceiveCheckpointPage
    /\ Sent(0, 0) /\ GotAtSource
    /\ LET m == Head(back) IN
         Log("source", "ReceiveCheckpointPage",
             [page |-> m.page, version |-> m.version, position |-> m.position, frame |-> HeadB])
RCommitCheckpoint ==
    /\ CommitCheckpoint
    /\ GotAtSource
    /\ LET done == Len(forward') > Len(forward) IN
         /\ Sent(IF done THEN 1 ELSE 0, 0)
         /\ Log("source", "CommitCheckpoint",
                [position |-> Head(back).position, committed |-> done, frame |-> HeadB,
                 sent |-> IF done THEN sentF ELSE -1])
RReceiveCheckpointDone ==
    /\ ReceiveCheckpointDone
    /\ Sent(0, 0) /\ GotAtDestination
    /\ Log("destination", "ReceiveCheckpointDone",
           [position |-> Head(forward).position, frame |-> HeadF])
RReleaseOutput ==
    /\ ReleaseOutput
    /\ Sent(0, 0) /\ GotNothing
    /\ LET written == Blocks("destination", released["destination"], acknowledged) IN
         Log("destination", "ReleaseOutput",
             [blocks |-> written, refused |-> Refused("destination") /\ written # {}])
RReclaimLock ==
    /\ count > Late /\ ReclaimLock /\ Sent(0, 0) /\ GotNothing
    /\ Log("source", "ReclaimLock", [taken |-> lock' = "source"])
RStartRecovery ==
    /\ count > Late /\ StartRecovery /\ Sent(0, 0) /\ GotNothing
    /\ Log("source", "StartRecovery", [written |-> LastWrite])
RRecoverSource ==
    /\ RecoverSource /\ Sent(0, 0) /\ GotNothing
    /\ Log("source", "RecoverSource", [blocks |-> IF CarriesDiskWrites THEN Blocks("destination", 0, stored) ELSE {},
                                      missing |-> {p \in Pages : memory["source"][p] = Absent}])
RAnswerSuperseded ==
    /\ Len(forward) < MaxMessages /\ AnswerSuperseded
    /\ Sent(1, 0) /\ GotAtSource
    /\ Log("source", "AnswerSuperseded", [message |-> Head(back).type, frame |-> HeadB, sent |-> sentF])
RReceiveSuperseded ==
    /\ ReceiveSuperseded /\ Sent(0, 0) /\ GotAtDestination
    /\ Log("destination", "ReceiveSuperseded", [frame |-> HeadF])
RLearnSuperseded ==
    /\ LearnSuperseded /\ Sent(0, 0) /\ GotNothing
    /\ Log("destination", "LearnSuperseded", <<>>)
RAskOwnership ==
    /\ count > Late /\ AskOwnership /\ Sent(0, 1) /\ GotNothing
    /\ Log("destination", "AskOwnership", [sent |-> sentB])
RGrantOwnership ==
    /\ GrantOwnership
    /\ Sent(1, 0) /\ GotAtSource
    /\ Log("source", "GrantOwnership", [frame |-> HeadB, sent |-> sentF])
RBecomeOwner ==
    /\ BecomeOwner
    /\ Sent(0, 0) /\ GotAtDestination
    /\ Log("destination", "BecomeOwner", 
           [blocks |-> Blocks("destination", released["destination"], Position("destination")),
            frame |-> HeadF])
ROwnUnasked ==
    /\ OwnUnasked
    /\ Sent(0, 0) /\ GotAtDestination
    /\ Log("destination", "BecomeOwner",
           [blocks |-> Blocks("destination", released["destination"], Position("destination")),
            frame |-> HeadF])
RClaimLock ==
    \* Who claims a guest with pages missing does so before they have come.
    /\ count > Late \/ ~ClaimsWhole
    /\ ClaimLock /\ Sent(0, 0) /\ GotNothing
    /\ Log("destination", "ClaimLock",
           [blocks |-> Blocks("destination", released["destination"], Position("destination"))])
RDropForward ==
    /\ DropForward /\ Sent(0, 0) /\ GotAtDestination
    /\ Log("destination", "DropForward", [message |-> Head(forward).type, frame |-> HeadF])
RAnswerGranted ==
    /\ Len(forward) < MaxMessages /\ AnswerGranted
    /\ LET answers == Len(forward') > Len(forward) IN
         /\ Sent(IF answers THEN 1 ELSE 0, 0) /\ GotAtSource
         /\ Log("source", "AnswerGranted", [message |-> Head(back).type, frame |-> HeadB,
                                           sent |-> IF answers THEN sentF ELSE -1])

RCutLink(d) == FaultMay /\ CutLink(d) /\ Unseen("CutLink")
RHealLink(d) == HealLink(d) /\ Unseen("HealLink")
RLoseMessage(d) == FaultMay /\ LoseMessage(d) /\ Unseen("LoseMessage")
RCrashSource ==
    /\ FaultMay /\ count > Late /\ CrashSource
    /\ failures' = failures + 1 /\ UNCHANGED <<sentF, sentB, gotF, gotB>>
    /\ Log("source", "CrashSource", <<>>)
RCrashDestination ==
    /\ FaultMay /\ count > Late /\ CrashDestination
    /\ failures' = failures + 1 /\ UNCHANGED <<sentF, sentB, gotF, gotB>>
    /\ Log("destination", "CrashDestination", <<>>)

RecordNext ==
    \/ \E h \in Hosts, p \in Pages : RGuestStep(h, p)
    \/ \E p \in Pages : RSendPage(p)
    \/ RReceivePage \/ RTakeCheckpoint \/ RRetakeCheckpoint \/ RReceiveCheckpointPage
    \/ RCommitCheckpoint \/ RReceiveCheckpointDone \/ RReleaseOutput
    \/ RReclaimLock \/ RStartRecovery \/ RRecoverSource \/ RAnswerSuperseded
    \/ RReceiveSuperseded \/ RLearnSuperseded
    \/ RAskOwnership \/ RGrantOwnership \/ RBecomeOwner \/ ROwnUnasked \/ RClaimLock \/ RAnswerGranted \/ RDropForward
    \/ \E d \in Directions : RCutLink(d)
    \/ \E d \in Directions : RHealLink(d)
    \/ \E d \in Directions : RLoseMessage(d)
    \/ RCrashSource \/ RCrashDestination

RecordSpec == RecordInit /\ [][RecordNext]_<<vars, recorder>>
=================================================================================
