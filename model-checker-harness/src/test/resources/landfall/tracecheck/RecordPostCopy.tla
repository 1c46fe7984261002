----------------------------- MODULE RecordPostCopy ----------------------------
(* Behaviours of PostCopy, each step with the event that a host would write of it. *)
(* Independent of TracePostCopy: what both say is told in docs/protocol.md.        *)
(* Guards bound a random walk, so that it gets somewhere: faults are rare, and a   *)
(* host is killed only late.                                                       *)
EXTENDS PostCopy

CONSTANTS MaxSteps, MaxAttempts, MaxFaults

VARIABLES
    event,      \* what was written of the last step; host "" if nothing was
    sentF, sentB, gotF, gotB,   \* frames on the connection in use at each end
    gaveUp,     \* the source's latest connection was given up by it
    count, faults

recorder == <<event, sentF, sentB, gotF, gotB, gaveUp, count, faults>>

RecordInit ==
    /\ Init
    /\ event = [host |-> "", action |-> "Init"]
    /\ sentF = 0 /\ sentB = 0 /\ gotF = 0 /\ gotB = 0 /\ gaveUp = FALSE
    /\ count = 0 /\ faults = 0

AfterAt(h) ==
    IF h = "source"
    THEN [phase |-> source', attempt |-> attempt', pending |-> Cardinality(pending'),
          position |-> position'["source"]]
    ELSE [phase |-> destination', attempt |-> accepted', missing |-> Cardinality(Missing'),
          position |-> position'["destination"]]

Log(h, name, args) ==
    /\ event' = [host |-> h, action |-> name, args |-> args, after |-> AfterAt(h)]
    /\ count' = count + 1
Unseen(name) == event' = [host |-> "", action |-> name] /\ count' = count + 1 /\ faults' = faults + 1
FaultMay == faults < MaxFaults /\ count % 5 = 4
NoFrames == UNCHANGED <<sentF, sentB, gotF, gotB>>
Plain == NoFrames /\ UNCHANGED <<gaveUp, faults>>
Source(f, b) == sentF' = sentF + f /\ gotB' = gotB + b /\ UNCHANGED <<sentB, gotF, gaveUp, faults>>
Destination(f, b) == gotF' = gotF + f /\ sentB' = sentB + b /\ UNCHANGED <<sentF, gotB, gaveUp, faults>>

RGuestStep(h, p) ==
    /\ Len(steps) < MaxSteps /\ GuestStep(h, p) /\ Log(h, "GuestStep", [page |-> p]) /\ Plain
RDemandPage(p) ==
    /\ DemandPage(p)
    /\ Log("destination", "DemandPage", [attempt |-> accepted, page |-> p, sent |-> sentB])
    /\ Destination(0, 1)
RStartAttempt ==
    /\ attempt < MaxAttempts /\ StartAttempt
    /\ Log("source", "StartAttempt", [attempt |-> attempt', sent |-> 0])
    /\ sentF' = 1 /\ gotB' = 0 /\ gaveUp' = FALSE /\ UNCHANGED <<sentB, gotF, faults>>
RSendPage ==
    /\ SendPage
    /\ LET p == Lowest(pending) IN
         Log("source", "SendPage", [attempt |-> attempt, page |-> p,
                                    version |-> memory["source"][p], sent |-> sentF])
    /\ Source(1, 0)
RAnswerDemand ==
    /\ AnswerDemand
    /\ LET p == Head(back[attempt]).page
           sends == p \in pending
       IN /\ Log("source", "AnswerDemand",
                 [attempt |-> attempt, page |-> p, frame |-> gotB,
                  version |-> IF sends THEN memory["source"][p] ELSE -1,
                  sent |-> IF sends THEN sentF ELSE -1])
          /\ Source(IF sends THEN 1 ELSE 0, 1)
RPauseSource ==
    \* Not at once, so that some page was sent before.
    /\ PauseSource /\ Cardinality(pending) < Cardinality(Pages)
    /\ Log("source", "PauseSource", [dirty |-> log]) /\ Plain
ROfferHandover ==
    /\ OfferHandover
    /\ Log("source", "OfferHandover", [attempt |-> attempt, discard |-> pending, sent |-> sentF])
    /\ Source(1, 0)
RReceiveReady ==
    /\ ReceiveReady
    /\ Log("source", "ReceiveReady", [attempt |-> attempt, frame |-> gotB, sent |-> sentF])
    /\ Source(1, 1)
RReceiveResumed ==
    /\ ReceiveResumed
    /\ Log("source", "ReceiveResumed", [attempt |-> attempt, frame |-> gotB]) /\ Source(0, 1)
RReceiveComplete ==
    /\ ReceiveComplete
    /\ Log("source", "ReceiveComplete", [attempt |-> attempt, frame |-> gotB]) /\ Source(0, 1)
RCancel == FaultMay /\ Cancel /\ Log("source", "Cancel", <<>>)
           /\ NoFrames /\ UNCHANGED gaveUp /\ faults' = faults + 1
RAbortAttempt == AbortAttempt /\ Log("source", "AbortAttempt", <<>>) /\ Plain
RReclaimLock == ReclaimLock /\ Log("source", "ReclaimLock", [taken |-> lock = "free"]) /\ Plain
RGiveUpConnection ==
    /\ attempt < MaxAttempts /\ GiveUpConnection
    /\ Log("source", "GiveUpConnection", <<>>)
    /\ gaveUp' = TRUE /\ NoFrames /\ UNCHANGED faults
RRecover ==
    /\ attempt < MaxAttempts /\ Recover
    /\ Log("source", "Recover", [attempt |-> attempt', reset |-> ~gaveUp,
                                 handover |-> source = "HandedOver", sent |-> 0])
    /\ sentF' = 1 /\ gotB' = 0 /\ gaveUp' = FALSE /\ UNCHANGED <<sentB, gotF, faults>>
RReceivePageList ==
    /\ ReceivePageList
    /\ Log("source", "ReceivePageList",
           [attempt |-> attempt, missing |-> Head(back[attempt]).missing, frame |-> gotB])
    /\ Source(0, 1)
RReceiveHello(a) ==
    /\ ReceiveHello(a)
    /\ Log("destination", "ReceiveHello", [attempt |-> a, frame |-> 0])
    /\ gotF' = 1 /\ sentB' = 0 /\ UNCHANGED <<sentF, gotB, gaveUp, faults>>
RReceivePage ==
    /\ ReceivePage
    /\ LET m == Head(forward[accepted]) IN
         Log("destination", "ReceivePage",
             [attempt |-> accepted, page |-> m.page, version |-> m.version, frame |-> gotF,
              placed |-> destination = "Receiving" \/ m.page \in Missing])
    /\ Destination(1, 0)
RReceiveDeviceState ==
    /\ ReceiveDeviceState
    /\ Log("destination", "ReceiveDeviceState",
           [attempt |-> accepted, discard |-> Head(forward[accepted]).discard, frame |-> gotF,
            sent |-> sentB])
    /\ Destination(1, 1)
RResumeDestination ==
    /\ ResumeDestination
    /\ Log("destination", "ResumeDestination", [attempt |-> accepted, frame |-> gotF, sent |-> sentB])
    /\ Destination(1, 1)
RRefuseHandover ==
    /\ RefuseHandover
    /\ Log("destination", "RefuseHandover", [attempt |-> accepted, frame |-> gotF])
    /\ Destination(1, 0)
RDiscardImage == DiscardImage /\ Log("destination", "DiscardImage", <<>>) /\ Plain
RReceiveRecover(a) ==
    /\ ReceiveRecover(a)
    /\ Log("destination", "ReceiveRecover",
           [attempt |-> a, handover |-> Head(forward[a]).handover, missing |-> Missing,
            frame |-> 0, sent |-> 0])
    /\ gotF' = 1 /\ sentB' = 1 /\ UNCHANGED <<sentF, gotB, gaveUp, faults>>
RSendComplete ==
    /\ SendComplete
    /\ Log("destination", "SendComplete", [attempt |-> accepted, sent |-> sentB]) /\ Destination(0, 1)

RCutLink(d) == FaultMay /\ CutLink(d) /\ Unseen("CutLink") /\ NoFrames /\ UNCHANGED gaveUp
RHealLink(d) ==
    HealLink(d) /\ Unseen("HealLink") /\ NoFrames /\ UNCHANGED gaveUp
RResetConnection ==
    FaultMay /\ ResetConnection /\ Unseen("ResetConnection") /\ NoFrames /\ UNCHANGED gaveUp
RLoseMessage(d, a) ==
    FaultMay /\ LoseMessage(d, a) /\ Unseen("LoseMessage") /\ NoFrames /\ UNCHANGED gaveUp
RCrashSource ==
    /\ FaultMay /\ count > 30 /\ CrashSource /\ Log("source", "CrashSource", <<>>)
    /\ NoFrames /\ UNCHANGED gaveUp /\ faults' = faults + 1
RCrashDestination ==
    /\ FaultMay /\ count > 30 /\ CrashDestination /\ Log("destination", "CrashDestination", <<>>)
    /\ NoFrames /\ UNCHANGED gaveUp /\ faults' = faults + 1

RecordNext ==
    \/ \E h \in Hosts, p \in Pages : RGuestStep(h, p)
    \/ \E p \in Pages : RDemandPage(p)
    \/ RStartAttempt \/ RSendPage \/ RAnswerDemand \/ RPauseSource \/ ROfferHandover
    \/ RReceiveReady \/ RReceiveResumed \/ RReceiveComplete \/ RCancel \/ RAbortAttempt
    \/ RReclaimLock \/ RGiveUpConnection \/ RRecover \/ RReceivePageList
    \/ \E a \in 1..attempt : RReceiveHello(a)
    \/ \E a \in 1..attempt : RReceiveRecover(a)
    \/ RReceivePage \/ RReceiveDeviceState \/ RResumeDestination \/ RRefuseHandover
    \/ RDiscardImage \/ RSendComplete
    \/ \E d \in Directions : RCutLink(d)
    \/ \E d \in Directions : RHealLink(d)
    \/ RResetConnection
    \/ \E d \in Directions, a \in 1..attempt : RLoseMessage(d, a)
    \/ RCrashSource \/ RCrashDestination

RecordSpec == RecordInit /\ [][RecordNext]_<<vars, recorder>>
================================================================================
