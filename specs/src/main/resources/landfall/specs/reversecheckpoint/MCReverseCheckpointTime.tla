------------------------ MODULE MCReverseCheckpointTime -----------------------
(* What checkpoints cost the transfer of pages: nothing. A counter is added to *)
(* ReverseCheckpoint that counts the steps of the page-transfer path, and the  *)
(* number of them is a function of the pages alone.                            *)
(*                                                                             *)
(* Left out: bandwidth. Checkpoints share the link's other direction and, with *)
(* CheckpointDone, a few bytes of this one; that is time, and not a step.      *)
EXTENDS ReverseCheckpoint

CONSTANTS MaxSteps, MaxMessages     \* as in MCReverseCheckpoint

VARIABLE pageSteps                  \* steps of the page-transfer path so far

Bounded == Len(steps) <= MaxSteps /\ Len(back) <= MaxMessages /\ Len(forward) <= MaxMessages
Impossible == FALSE

PageStep == (\E p \in Pages : SendPage(p)) \/ ReceivePage
OtherStep ==
    \/ \E h \in Hosts, p \in Pages : GuestStep(h, p)
    \/ TakeCheckpoint \/ RetakeCheckpoint \/ ReceiveCheckpointPage \/ CommitCheckpoint
    \/ ReceiveCheckpointDone \/ ReleaseOutput \/ StartRecovery \/ RecoverSource
    \/ AnswerSuperseded \/ ReceiveSuperseded \/ AskOwnership \/ GrantOwnership \/ BecomeOwner
    \/ AnswerGranted \/ DropForward \/ CrashSource \/ CrashDestination
    \/ \E d \in Directions : CutLink(d)
    \/ \E d \in Directions : HealLink(d)

CountedSpec ==
    /\ Init /\ pageSteps = 0
    /\ [][\/ PageStep /\ pageSteps' = pageSteps + 1
          \/ OtherStep /\ UNCHANGED pageSteps]_<<vars, pageSteps>>

InFlight == {p \in Pages : \E i \in 1..Len(forward) :
                               forward[i].type = "Page" /\ forward[i].page = p}

\* As long as no message is lost, each page takes two steps, and no checkpoint adds one:
\* what was done and what is left are the same sum in every state.
TotalTimeUnchanged ==
    Alive("destination") /\ destination = "Running" =>
        pageSteps + 2 * Cardinality(Missing) - Cardinality(InFlight) = 2 * Cardinality(Pages)

\* No checkpoint, wherever it is, keeps a page from being sent.
PagesNeverWait ==
    Alive("source") /\ source = "Serving" /\ Alive("destination") =>
        \A p \in Missing \ InFlight : ENABLED SendPage(p)
===============================================================================
