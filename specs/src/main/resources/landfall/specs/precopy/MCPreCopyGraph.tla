---------------------------- MODULE MCPreCopyGraph -----------------------------
(* PreCopy within bounds, for its whole graph: every state and every step. The  *)
(* explorer holds the core of the reference engine against it. Properties are   *)
(* checked elsewhere (MCPreCopy). No symmetry and no view: states which those   *)
(* would merge are states which the core has to reach.                          *)
EXTENDS PreCopy

CONSTANTS
    MaxSteps,       \* may hide: what needs a longer past of a copy than that
    MaxAttempts,    \* may hide: what needs more attempts than that
    MaxCuts,        \* may hide: what needs more links cut at once
    MaxCrashes      \* may hide: what needs more hosts dead at once

\* A state beyond the bounds is not in the graph, nor is a step to it.
Bounded ==
    /\ \A h \in Hosts : Len(steps[h]) <= MaxSteps
    /\ Len(from) <= MaxAttempts
    /\ Cardinality(cut) <= MaxCuts /\ Cardinality(crashed) <= MaxCrashes

\* The steps of PreCopy. Each quantifier is over a set that does not change, so that TLC
\* names each step by its action.
GraphNext ==
    \/ \E h \in Hosts, p \in Pages : GuestStep(h, p)
    \/ \E link \in Links : StartAttempt(link[1], link[2])
    \/ \E h \in Hosts :
         \/ SendPage(h) \/ StartRound(h) \/ PauseSource(h) \/ OfferHandover(h)
         \/ ReceiveReady(h) \/ ReceiveResumed(h) \/ Cancel(h) \/ AbortAttempt(h)
         \/ ResendHandover(h) \/ GiveUpConnection(h) \/ ReclaimLock(h) \/ ResumeUnacknowledged(h)
         \/ ReceivePage(h) \/ ReceiveDeviceState(h) \/ RefuseHandover(h) \/ LearnSuperseded(h)
         \/ ClaimLock(h) \/ DiscardImage(h) \/ Crash(h) \/ Restart(h)
    \/ \E h \in Hosts, a \in 1..MaxAttempts : ReceiveHello(h, a) \/ ResumeDestination(h, a)
    \/ \E link \in Links : CutLink(link[1], link[2]) \/ HealLink(link[1], link[2])
    \/ \E a \in 1..MaxAttempts : ResetConnection(a) \/ LoseMessage(a)
GraphSpec == Init /\ [][GraphNext]_vars
================================================================================
