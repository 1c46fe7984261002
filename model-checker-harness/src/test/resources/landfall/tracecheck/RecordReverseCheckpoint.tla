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
    left,           \* steps that the destination knows to be released
    count, failures

recorder == <<event, sentF, sentB, gotF, gotB, left, count, failures>>

RecordInit ==
    /\ Init
    /\ event = [host |-> "", action |-> "Init"]
    /\ sentF = 0 /\ sentB = 0 /\ gotF = 0 /\ gotB = 0 /\ left = 0 /\ count = 0 /\ failures = 0

AfterAt(h) ==
    IF h = "source"
    THEN [phase |-> source', position |-> position'["source"], stored |-> stored',
          staged |-> Cardinality({p \in Pages : staged'[p] # Absent}), sent |-> sentF',
          received |-> gotB']
    ELSE [phase |-> destination', position |-> position'["destination"],
          acknowledged |-> acknowledged', taken |-> taken', released |-> left',
          missing |-> Cardinality(Missing'), sent |-> sentB', received |-> gotF']

Log(h, name, args) ==
    /\ event' = [host |-> h, action |-> name, args |-> args, after |-> AfterAt(h)]
    /\ count' = count + 1
Unseen(name) ==
    /\ event' = [host |-> "", action |-> name] /\ count' = count + 1
    /\ failures' = failures + 1 /\ UNCHANGED <<sentF, sentB, gotF, gotB, left>>
FaultMay == failures < MaxFaults /\ count % 5 = 4
\* Frames sent and received by the host of the step.
Sent(f, b) == sentF' = sentF + f /\ sentB' = sentB + b /\ UNCHANGED failures
GotAtDestination == gotF' = gotF + 1 /\ UNCHANGED gotB
GotAtSource == gotB' = gotB + 1 /\ UNCHANGED gotF
GotNothing == UNCHANGED <<gotF, gotB>>
Knows(steps_) == left' = steps_
KnowsNoMore == UNCHANGED left
HeadF == sentF - Len(forward)
HeadB == sentB - Len(back)
LastWrite == CHOOSE v \in {0} \cup {disk[p] : p \in Pages} : \A p \in Pages : disk[p] <= v
Written(first, last) == {p \in DiskPages : VersionAt(p, last) > first}

RGuestStep(h, p) ==
    /\ Len(steps) < MaxSteps /\ GuestStep(h, p)
    /\ Sent(0, 0) /\ GotNothing /\ Knows(IF h = "destination" /\ destination = "Owner" THEN released' ELSE left)
    /\ Log(h, "GuestStep", [page |-> p, disk |-> p \in DiskPages, previous |-> memory[h][p]])
RSendPage(p) ==
    /\ SendPage(p) /\ Sent(1, 0) /\ GotNothing /\ KnowsNoMore
    /\ Log("source", "SendPage", [page |-> p, sent |-> sentF])
RReceivePage ==
    /\ ReceivePage
    /\ Sent(0, 0) /\ GotAtDestination /\ KnowsNoMore
    /\ Log("destination", "ReceivePage", [page |-> Head(forward).page, frame |-> HeadF])
\* A destination that was superseded does not know of the steps of the recovered guest.
RTakeCheckpoint ==
    /\ source # "Recovered" /\ Len(back) < MaxMessages /\ TakeCheckpoint
    /\ GotNothing /\ KnowsNoMore
    /\ LET dirty == {p \in Pages : memory["destination"][p] > acknowledged} IN
         /\ Sent(0, Cardinality(dirty) + 1)
         /\ Log("destination", "TakeCheckpoint",
                [position |-> position["destination"], pages |-> dirty,
                 sent |-> sentB + Cardinality(dirty)])
RRetakeCheckpoint ==
    /\ RetakeCheckpoint /\ Sent(0, 0) /\ GotNothing /\ KnowsNoMore
    /\ Log("destination", "RetakeCheckpoint", <<>>)
RReceiveCheckpointPage ==
    /\ ReceiveCheckpointPage
    /\ Sent(0, 0) /\ GotAtSource /\ KnowsNoMore
    /\ LET m == Head(back) IN
         Log("source", "ReceiveCheckpointPage",
             [page |-> m.page, version |-> m.version, position |-> m.position, frame |-> HeadB])
RCommitCheckpoint ==
    /\ CommitCheckpoint
    /\ GotAtSource /\ KnowsNoMore
    /\ LET done == Len(forward') > Len(forward) IN
         /\ Sent(IF done THEN 1 ELSE 0, 0)
         /\ Log("source", "CommitCheckpoint",
                [position |-> Head(back).position, committed |-> done, frame |-> HeadB,
                 sent |-> IF done THEN sentF ELSE -1])
RReceiveCheckpointDone ==
    /\ ReceiveCheckpointDone
    /\ Sent(0, 0) /\ GotAtDestination /\ KnowsNoMore
    /\ Log("destination", "ReceiveCheckpointDone",
           [position |-> Head(forward).position, frame |-> HeadF])
RReleaseOutput ==
    /\ ReleaseOutput
    /\ Sent(0, 0) /\ GotNothing /\ Knows(released')
    /\ LET written == Written(released, acknowledged) IN
         Log("destination", "ReleaseOutput",
             [blocks |-> written, refused |-> TookOver /\ Fenced /\ written # {}])
RStartRecovery ==
    /\ count > Late /\ StartRecovery /\ Sent(0, 0) /\ GotNothing /\ KnowsNoMore
    /\ Log("source", "StartRecovery", [written |-> LastWrite])
RRecoverSource ==
    /\ RecoverSource /\ Sent(0, 0) /\ GotNothing /\ KnowsNoMore
    /\ Log("source", "RecoverSource", [blocks |-> IF CarriesDiskWrites THEN Written(0, stored) ELSE {},
                                      missing |-> {p \in Pages : memory["source"][p] = Absent}])
RAnswerSuperseded ==
    /\ Len(forward) < MaxMessages /\ AnswerSuperseded
    /\ Sent(1, 0) /\ GotAtSource /\ KnowsNoMore
    /\ Log("source", "AnswerSuperseded", [message |-> Head(back).type, frame |-> HeadB, sent |-> sentF])
RReceiveSuperseded ==
    /\ ReceiveSuperseded /\ Sent(0, 0) /\ GotAtDestination /\ KnowsNoMore
    /\ Log("destination", "ReceiveSuperseded", [frame |-> HeadF])
RAskOwnership ==
    /\ count > Late /\ AskOwnership /\ Sent(0, 1) /\ GotNothing /\ KnowsNoMore
    /\ Log("destination", "AskOwnership", [sent |-> sentB])
RGrantOwnership ==
    /\ GrantOwnership
    /\ Sent(1, 0) /\ GotAtSource /\ KnowsNoMore
    /\ Log("source", "GrantOwnership", [frame |-> HeadB, sent |-> sentF])
RBecomeOwner ==
    /\ BecomeOwner
    /\ Sent(0, 0) /\ GotAtDestination /\ Knows(released')
    /\ Log("destination", "BecomeOwner", [blocks |-> Written(released, Len(steps)), frame |-> HeadF])
RDropForward ==
    /\ DropForward /\ Sent(0, 0) /\ GotAtDestination /\ KnowsNoMore
    /\ Log("destination", "DropForward", [message |-> Head(forward).type, frame |-> HeadF])
RAnswerGranted ==
    /\ Len(forward) < MaxMessages /\ AnswerGranted
    /\ LET answers == Len(forward') > Len(forward) IN
         /\ Sent(IF answers THEN 1 ELSE 0, 0) /\ GotAtSource /\ KnowsNoMore
         /\ Log("source", "AnswerGranted", [message |-> Head(back).type, frame |-> HeadB,
                                           sent |-> IF answers THEN sentF ELSE -1])

RCutLink(d) == FaultMay /\ CutLink(d) /\ Unseen("CutLink")
RHealLink(d) == HealLink(d) /\ Unseen("HealLink")
RLoseMessage(d) == FaultMay /\ LoseMessage(d) /\ Unseen("LoseMessage")
RCrashSource ==
    /\ FaultMay /\ count > Late /\ CrashSource
    /\ failures' = failures + 1 /\ UNCHANGED <<sentF, sentB, gotF, gotB, left>>
    /\ Log("source", "CrashSource", <<>>)
RCrashDestination ==
    /\ FaultMay /\ count > Late /\ CrashDestination
    /\ failures' = failures + 1 /\ UNCHANGED <<sentF, sentB, gotF, gotB, left>>
    /\ Log("destination", "CrashDestination", <<>>)

RecordNext ==
    \/ \E h \in Hosts, p \in Pages : RGuestStep(h, p)
    \/ \E p \in Pages : RSendPage(p)
    \/ RReceivePage \/ RTakeCheckpoint \/ RRetakeCheckpoint \/ RReceiveCheckpointPage
    \/ RCommitCheckpoint \/ RReceiveCheckpointDone \/ RReleaseOutput
    \/ RStartRecovery \/ RRecoverSource \/ RAnswerSuperseded \/ RReceiveSuperseded
    \/ RAskOwnership \/ RGrantOwnership \/ RBecomeOwner \/ RAnswerGranted \/ RDropForward
    \/ \E d \in Directions : RCutLink(d)
    \/ \E d \in Directions : RHealLink(d)
    \/ \E d \in Directions : RLoseMessage(d)
    \/ RCrashSource \/ RCrashDestination

RecordSpec == RecordInit /\ [][RecordNext]_<<vars, recorder>>
=================================================================================
