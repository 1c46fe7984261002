------------------------ MODULE MCReverseCheckpointTime -----------------------
(* What checkpoints cost the transfer of pages: nothing. A clock is added to   *)
(* ReverseCheckpoint. In one tick the link takes one page, and time passes     *)
(* only when it has, or when the source may send none.                         *)
(*                                                                             *)
(* Left out: bandwidth. Checkpoints share the link's other direction and, with *)
(* CheckpointDone, a few bytes of this one; that is time, and not a step.      *)
EXTENDS ReverseCheckpoint

CONSTANTS MaxSteps, MaxMessages     \* as in MCReverseCheckpoint

VARIABLES
    ticks,  \* how much time has passed since the switchover
    used    \* whether the link has taken a page in this tick

Bounded ==
    (\A h \in Hosts : Len(steps[h]) <= MaxSteps) /\ Len(back) <= MaxMessages /\ Len(forward) <= MaxMessages
Impossible == FALSE

InFlight == {p \in Pages : \E i \in 1..Len(forward) :
                               forward[i].type = "Page" /\ forward[i].page = p}
Unsent == Missing \ InFlight
Transfers ==
    Alive("source") /\ source = "Serving" /\ Alive("destination") /\ Unsent # {}

Tick ==
    /\ Transfers
    /\ used \/ ~ENABLED \E p \in Pages : SendPage(p)
    /\ ticks' = ticks + 1 /\ used' = FALSE /\ UNCHANGED vars

OtherStep ==
    \/ \E h \in Hosts, p \in Pages : GuestStep(h, p)
    \/ ReceivePage
    \/ TakeCheckpoint \/ RetakeCheckpoint \/ ReceiveCheckpointPage \/ CommitCheckpoint
    \/ ReceiveCheckpointDone \/ ReleaseOutput \/ ReclaimLock \/ StartRecovery \/ RecoverSource
    \/ AnswerSuperseded \/ ReceiveSuperseded \/ LearnSuperseded
    \/ AskOwnership \/ GrantOwnership \/ BecomeOwner \/ OwnUnasked \/ ClaimLock \/ AnswerGranted
    \/ DropForward \/ CrashSource \/ CrashDestination
    \/ \E d \in Directions : CutLink(d)
    \/ \E d \in Directions : HealLink(d)

TimedSpec ==
    /\ Init /\ ticks = 0 /\ used = FALSE
    /\ [][\/ (\E p \in Pages : SendPage(p)) /\ ~used /\ used' = TRUE /\ UNCHANGED ticks
          \/ OtherStep /\ UNCHANGED <<ticks, used>>
          \/ Tick]_<<vars, ticks, used>>

\* As long as no message is lost: in every tick a page leaves, until there is none left. So the
\* transfer takes as many ticks as there are pages, with checkpoints and without.
TotalTimeUnchanged ==
    Transfers => ticks + (IF used THEN 1 ELSE 0) = Cardinality(Pages \ Unsent)
===============================================================================
