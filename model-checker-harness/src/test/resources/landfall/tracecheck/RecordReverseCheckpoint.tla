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
    count, failures

recorder == <<event, sentF, sentB, count, failures>>

RecordInit ==
    /\ Init
    /\ event = [host |-> "", action |-> "Init"]
    /\ sentF = 0 /\ sentB = 0 /\ count = 0 /\ failures = 0

AfterAt(h) ==
    IF h = "source"
    THEN [phase |-> source', position |-> position'["source"], stored |-> stored',
          staged |-> Cardinality({p \in Pages : staged'[p] # Absent})]
    ELSE [phase |-> destination', position |-> position'["destination"],
          acknowledged |-> acknowledged', missing |-> Cardinality(Missing')]

Log(h, name, args) ==
    /\ event' = [host |-> h, action |-> name, args |-> args, after |-> AfterAt(h)]
    /\ count' = count + 1
Unseen(name) ==
    /\ event' = [host |-> "", action |-> name] /\ count' = count + 1
    /\ failures' = failures + 1 /\ UNCHANGED <<sentF, sentB>>
FaultMay == failures < MaxFaults /\ count % 5 = 4
Sent(f, b) == sentF' = sentF + f /\ sentB' = sentB + b /\ UNCHANGED failures
HeadF == sentF - Len(forward)
HeadB == sentB - Len(back)
Written(first, last) == {p \in DiskPages : VersionAt(p, last) > first}

RGuestStep(h, p) ==
    /\ Len(steps) < MaxSteps /\ GuestStep(h, p)
    /\ Log(h, "GuestStep", [page |-> p, disk |-> p \in DiskPages]) /\ Sent(0, 0)
RSendPage(p) ==
    /\ SendPage(p) /\ Log("source", "SendPage", [page |-> p, sent |-> sentF]) /\ Sent(1, 0)
RReceivePage ==
    /\ ReceivePage
    /\ Log("destination", "ReceivePage", [page |-> Head(forward).page, frame |-> HeadF]) /\ Sent(0, 0)
\* A destination that was superseded does not know of the steps of the recovered guest.
RTakeCheckpoint ==
    /\ source # "Recovered" /\ Len(back) < MaxMessages /\ TakeCheckpoint
    /\ LET dirty == {p \in Pages : memory["destination"][p] > acknowledged} IN
         /\ Log("destination", "TakeCheckpoint",
                [position |-> position["destination"], pages |-> dirty,
                 sent |-> sentB + Cardinality(dirty)])
         /\ Sent(0, Cardinality(dirty) + 1)
RRetakeCheckpoint ==
    /\ source # "Recovered"
    /\ RetakeCheckpoint /\ Log("destination", "RetakeCheckpoint", <<>>) /\ Sent(0, 0)
RReceiveCheckpointPage ==
    /\ ReceiveCheckpointPage
    /\ LET m == Head(back) IN
         Log("source", "ReceiveCheckpointPage",
             [page |-> m.page, version |-> m.version, position |-> m.position, frame |-> HeadB])
    /\ Sent(0, 0)
RCommitCheckpoint ==
    /\ CommitCheckpoint
    /\ LET done == Len(forward') > Len(forward) IN
         /\ Log("source", "CommitCheckpoint",
                [position |-> Head(back).position, committed |-> done, frame |-> HeadB,
                 sent |-> IF done THEN sentF ELSE -1])
         /\ Sent(IF done THEN 1 ELSE 0, 0)
RReceiveCheckpointDone ==
    /\ ReceiveCheckpointDone
    /\ Log("destination", "ReceiveCheckpointDone",
           [position |-> Head(forward).position, frame |-> HeadF]) /\ Sent(0, 0)
RReleaseOutput ==
    /\ ReleaseOutput
    /\ LET written == Written(released, acknowledged) IN
         Log("destination", "ReleaseOutput",
             [blocks |-> written, refused |-> TookOver /\ Fenced /\ written # {}])
    /\ Sent(0, 0)
RStartRecovery ==
    /\ count > Late /\ StartRecovery /\ Log("source", "StartRecovery", <<>>) /\ Sent(0, 0)
RRecoverSource ==
    /\ RecoverSource /\ Log("source", "RecoverSource", [blocks |-> Written(0, stored)]) /\ Sent(0, 0)
RAnswerSuperseded ==
    /\ Len(forward) < MaxMessages /\ AnswerSuperseded
    /\ Log("source", "AnswerSuperseded", [frame |-> HeadB, sent |-> sentF]) /\ Sent(1, 0)
RReceiveSuperseded ==
    /\ ReceiveSuperseded /\ Log("destination", "ReceiveSuperseded", [frame |-> HeadF]) /\ Sent(0, 0)
RAskOwnership ==
    /\ count > Late /\ AskOwnership /\ Log("destination", "AskOwnership", [sent |-> sentB]) /\ Sent(0, 1)
RGrantOwnership ==
    /\ GrantOwnership
    /\ Log("source", "GrantOwnership", [frame |-> HeadB, sent |-> sentF]) /\ Sent(1, 0)
RBecomeOwner ==
    /\ BecomeOwner
    /\ Log("destination", "BecomeOwner", [blocks |-> Written(released, Len(steps)), frame |-> HeadF])
    /\ Sent(0, 0)
RDropForward ==
    /\ DropForward /\ Log("destination", "DropForward", [frame |-> HeadF]) /\ Sent(0, 0)
RDropBack == DropBack /\ Log("source", "DropBack", [frame |-> HeadB]) /\ Sent(0, 0)

RCutLink(d) == FaultMay /\ CutLink(d) /\ Unseen("CutLink")
RHealLink(d) == HealLink(d) /\ Unseen("HealLink")
RLoseMessage(d) == FaultMay /\ LoseMessage(d) /\ Unseen("LoseMessage")
RCrashSource ==
    /\ FaultMay /\ count > Late /\ CrashSource /\ Log("source", "CrashSource", <<>>)
    /\ failures' = failures + 1 /\ UNCHANGED <<sentF, sentB>>
RCrashDestination ==
    /\ FaultMay /\ count > Late /\ CrashDestination /\ Log("destination", "CrashDestination", <<>>)
    /\ failures' = failures + 1 /\ UNCHANGED <<sentF, sentB>>

RecordNext ==
    \/ \E h \in Hosts, p \in Pages : RGuestStep(h, p)
    \/ \E p \in Pages : RSendPage(p)
    \/ RReceivePage \/ RTakeCheckpoint \/ RRetakeCheckpoint \/ RReceiveCheckpointPage
    \/ RCommitCheckpoint \/ RReceiveCheckpointDone \/ RReleaseOutput
    \/ RStartRecovery \/ RRecoverSource \/ RAnswerSuperseded \/ RReceiveSuperseded
    \/ RAskOwnership \/ RGrantOwnership \/ RBecomeOwner \/ RDropForward \/ RDropBack
    \/ \E d \in Directions : RCutLink(d)
    \/ \E d \in Directions : RHealLink(d)
    \/ \E d \in Directions : RLoseMessage(d)
    \/ RCrashSource \/ RCrashDestination

RecordSpec == RecordInit /\ [][RecordNext]_<<vars, recorder>>
=================================================================================
