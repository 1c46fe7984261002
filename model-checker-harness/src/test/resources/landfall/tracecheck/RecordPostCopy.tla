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
    THEN [phase |-> source', attempt |-> attempt', round |-> round', pending |-> Cardinality(pending'),
          position |-> position'["source"], sent |-> sentF', received |-> gotB']
    ELSE [phase |-> destination', attempt |-> accepted', missing |-> Cardinality(Missing'),
          position |-> position'["destination"], sent |-> sentB', received |-> gotF']

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
    /\ Len(steps) < MaxSteps /\ GuestStep(h, p) /\ Plain
    /\ Log(h, "GuestStep", [page |-> p, previous |-> memory[h][p]])
RDemandPage(p) ==
    /\ DemandPage(p)
    /\ Destination(0, 1)
    /\ Log("destination", "DemandPage", [attempt |-> accepted, page |-> p, sent |-> sentB])
RStartAttempt ==
    /\ attempt < MaxAttempts /\ StartAttempt
    /\ sentF' = 1 /\ gotB' = 0 /\ gaveUp' = FALSE /\ UNCHANGED <<sentB, gotF, faults>>
    /\ Log("source", "StartAttempt", [attempt |-> attempt', sent |-> 0])
RSendPage ==
    /\ SendPage
    /\ Source(1, 0)
    /\ LET p == Lowest(pending) IN
         Log("source", "SendPage", [attempt |-> attempt, page |-> p,
                                    version |-> memory["source"][p], sent |-> sentF])
RAnswerDemand ==
    /\ AnswerDemand
    /\ LET p == Head(back[attempt]).page
           sends == p \in pending
       IN /\ Source(IF sends THEN 1 ELSE 0, 1)
          /\ Log("source", "AnswerDemand",
                 [attempt |-> attempt, page |-> p, frame |-> gotB,
                  version |-> IF sends THEN memory["source"][p] ELSE -1,
                  sent |-> IF sends THEN sentF ELSE -1])
RStartRound ==
    /\ StartRound
    /\ Plain
    /\ Log("source", "StartRound", [dirty |-> log])
RPauseSource ==
    \* Not at once, so that some page was sent before.
    /\ PauseSource /\ Cardinality(pending) < Cardinality(Pages)
    \* With an arbiter now and then all of them, so that the lock alone may give the guest.
    /\ Arbiter /\ attempt % 2 = 0 => pending \cup log = {}
    /\ Plain
    /\ Log("source", "PauseSource", [dirty |-> log])
ROfferHandover ==
    /\ OfferHandover
    /\ Source(1, 0)
    /\ Log("source", "OfferHandover", [attempt |-> attempt, discard |-> pending, sent |-> sentF])
RReceiveReady ==
    /\ ReceiveReady
    /\ Source(1, 1)
    /\ Log("source", "ReceiveReady", [attempt |-> attempt, frame |-> gotB, sent |-> sentF])
RReceiveResumed ==
    /\ ReceiveResumed
    /\ Source(0, 1)
    /\ Log("source", "ReceiveResumed", [attempt |-> attempt, frame |-> gotB])
RReceiveComplete ==
    /\ ReceiveComplete
    /\ Source(0, 1)
    /\ Log("source", "ReceiveComplete", [attempt |-> attempt, frame |-> gotB])
RCancel == FaultMay /\ Cancel /\ NoFrames /\ UNCHANGED gaveUp /\ faults' = faults + 1
    /\ Log("source", "Cancel", [from |-> source])
RAbortAttempt == AbortAttempt /\ Plain
    /\ Log("source", "AbortAttempt", [from |-> source])
RReclaimLock == ReclaimLock /\ Plain
    /\ Log("source", "ReclaimLock", [taken |-> lock.owner = "source"])
RGiveUpConnection ==
    /\ attempt < MaxAttempts /\ GiveUpConnection
    /\ gaveUp' = TRUE /\ NoFrames /\ UNCHANGED faults
    /\ Log("source", "GiveUpConnection", <<>>)
RRecover ==
    /\ attempt < MaxAttempts /\ Recover
    /\ sentF' = 1 /\ gotB' = 0 /\ gaveUp' = FALSE /\ UNCHANGED <<sentB, gotF, faults>>
    /\ Log("source", "Recover", [attempt |-> attempt', reset |-> ~gaveUp,
                                 handover |-> source = "HandedOver", sent |-> 0])
RReceivePageList ==
    /\ ReceivePageList
    /\ Source(0, 1)
    /\ Log("source", "ReceivePageList",
           [attempt |-> attempt, missing |-> Head(back[attempt]).missing, frame |-> gotB])
RReceiveHello(a) ==
    /\ ReceiveHello(a)
    /\ gotF' = 1 /\ sentB' = 0 /\ UNCHANGED <<sentF, gotB, gaveUp, faults>>
    /\ Log("destination", "ReceiveHello", [attempt |-> a, from |-> destination, frame |-> 0])
RReceivePage ==
    /\ ReceivePage
    /\ Destination(1, 0)
    /\ LET m == Head(forward[accepted]) IN
         Log("destination", "ReceivePage",
             [attempt |-> accepted, page |-> m.page, version |-> m.version, frame |-> gotF,
              placed |-> destination = "Receiving" \/ m.page \in Missing
                         \/ ~PlaceOnlyAbsent])
RReceiveDeviceState ==
    /\ ReceiveDeviceState
    /\ Destination(1, 1)
    /\ Log("destination", "ReceiveDeviceState",
           [attempt |-> accepted, discard |-> Head(forward[accepted]).discard, frame |-> gotF,
            sent |-> sentB])
\* With an arbiter: a moment that few walks come to. Here the connection is lost in it.
WholeAndOffered == Arbiter /\ source = "HandedOver" /\ destination = "Ready" /\ Missing = {}
RResumeDestination ==
    /\ ResumeDestination /\ (WholeAndOffered => accepted \in broken)
    /\ Destination(1, 1)
    /\ Log("destination", "ResumeDestination", [attempt |-> accepted, frame |-> gotF, sent |-> sentB])
RRefuseHandover ==
    /\ RefuseHandover
    /\ Destination(1, 0)
    /\ Log("destination", "RefuseHandover", [attempt |-> accepted, frame |-> gotF])
RLearnSuperseded == LearnSuperseded /\ Plain
    /\ Log("destination", "LearnSuperseded", <<>>)
RClaimLock == ClaimLock /\ Plain
    /\ Log("destination", "ClaimLock", <<>>)
RResumeUnasked ==
    /\ ResumeUnasked
    /\ Destination(1, 1)
    /\ Log("destination", "ResumeDestination", [attempt |-> accepted, frame |-> gotF, sent |-> sentB])
RDiscardImage == DiscardImage /\ Plain
    /\ Log("destination", "DiscardImage", <<>>)
RReceiveRecover(a) ==
    /\ ReceiveRecover(a)
    /\ gotF' = 1 /\ sentB' = 1 /\ UNCHANGED <<sentF, gotB, gaveUp, faults>>
    /\ Log("destination", "ReceiveRecover",
           [attempt |-> a, handover |-> Head(forward[a]).handover, missing |-> Missing,
            frame |-> 0, sent |-> 0])
RSendComplete ==
    /\ SendComplete
    /\ Destination(0, 1)
    /\ Log("destination", "SendComplete", [attempt |-> accepted, sent |-> sentB])

RCutLink(d) == FaultMay /\ CutLink(d) /\ Unseen("CutLink") /\ NoFrames /\ UNCHANGED gaveUp
RHealLink(d) ==
    HealLink(d) /\ Unseen("HealLink") /\ NoFrames /\ UNCHANGED gaveUp
RResetConnection ==
    (FaultMay \/ WholeAndOffered) /\ ResetConnection /\ Unseen("ResetConnection") /\ NoFrames /\ UNCHANGED gaveUp
RLoseMessage(d, a) ==
    FaultMay /\ LoseMessage(d, a) /\ Unseen("LoseMessage") /\ NoFrames /\ UNCHANGED gaveUp
RCrashSource ==
    /\ FaultMay /\ count > 30 /\ CrashSource /\ NoFrames /\ UNCHANGED gaveUp /\ faults' = faults + 1
    /\ Log("source", "CrashSource", <<>>)
RCrashDestination ==
    /\ FaultMay /\ count > 30 /\ CrashDestination /\ NoFrames /\ UNCHANGED gaveUp /\ faults' = faults + 1
    /\ Log("destination", "CrashDestination", <<>>)

RecordNext ==
    \/ \E h \in Hosts, p \in Pages : RGuestStep(h, p)
    \/ \E p \in Pages : RDemandPage(p)
    \/ RStartAttempt \/ RSendPage \/ RAnswerDemand \/ RStartRound \/ RPauseSource \/ ROfferHandover
    \/ RReceiveReady \/ RReceiveResumed \/ RReceiveComplete \/ RCancel \/ RAbortAttempt
    \/ RReclaimLock \/ RGiveUpConnection \/ RRecover \/ RReceivePageList
    \/ \E a \in 1..attempt : RReceiveHello(a)
    \/ \E a \in 1..attempt : RReceiveRecover(a)
    \/ RReceivePage \/ RReceiveDeviceState \/ RResumeDestination \/ RRefuseHandover
    \/ RLearnSuperseded \/ RClaimLock \/ RResumeUnasked \/ RDiscardImage \/ RSendComplete
    \/ \E d \in Directions : RCutLink(d)
    \/ \E d \in Directions : RHealLink(d)
    \/ RResetConnection
    \/ \E d \in Directions, a \in 1..attempt : RLoseMessage(d, a)
    \/ RCrashSource \/ RCrashDestination

RecordSpec == RecordInit /\ [][RecordNext]_<<vars, recorder>>
================================================================================
