-------------------------- MODULE MCPreCopyConvergence -------------------------
(* Does pre-copy end? The history of PreCopy makes every write a new state, so  *)
(* that no behaviour could ever return to where it was, and no lasso be found.  *)
(* Here the history is forgotten: the versions of a page alternate between 0    *)
(* and 1, steps stays empty, and rounds are counted to LastRound only. Nothing  *)
(* that decides whether another round is due (pending, log) is touched. The     *)
(* safety properties, which need the history, mean nothing in this module.      *)
EXTENDS PreCopy

CONSTANT
    LastRound   \* further rounds all bear this number

P == INSTANCE PreCopy

AlternatingGuestStep(h, p) ==
    /\ H!Runs(h)
    /\ memory' = [memory EXCEPT ![h][p] = 1 - @]
    /\ log' = IF h = "source" /\ source = "PreCopy" THEN log \cup {p} ELSE log
    /\ UNCHANGED <<handoverVars, pending, round>>

\* Throttled until it writes nothing in the last round.
ThrottledGuestStep(h, p) ==
    /\ h = "source" /\ source = "PreCopy" => round < LastRound
    /\ AlternatingGuestStep(h, p)

StartRoundForgotten ==
    /\ H!Alive("source")
    /\ pending = {}
    /\ \/ source = "PreCopy" /\ Cardinality(log) > FewEnough
       \/ source = "Paused" /\ log # {}
    /\ pending' = log
    /\ log' = {}
    /\ round' = IF round < LastRound THEN round + 1 ELSE round
    /\ UNCHANGED <<handoverVars, memory>>

\* A connection holds a few messages only, as a real one does.
SendPageIfRoom == attempt > 0 /\ Len(forward[attempt]) < 2 /\ P!SendPage

\* May hide: livelocks through many attempts.
StartOneAttempt == attempt = 0 /\ P!StartAttempt

FairSpec == Spec /\ Fairness
================================================================================
