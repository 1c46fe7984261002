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
    /\ log' = IF phase[h] = "PreCopy" THEN [log EXCEPT ![h] = @ \cup {p}] ELSE log
    /\ UNCHANGED <<handoverVars, pending, round>>

\* Throttled until it writes nothing in the last round.
ThrottledGuestStep(h, p) ==
    /\ phase[h] = "PreCopy" => round[h] < LastRound
    /\ AlternatingGuestStep(h, p)

StartRoundForgotten(h) ==
    /\ H!Alive(h)
    /\ pending[h] = {}
    /\ \/ phase[h] = "PreCopy" /\ Cardinality(log[h]) > FewEnough
       \/ phase[h] = "Paused" /\ log[h] # {}
    /\ pending' = [pending EXCEPT ![h] = log[h]]
    /\ log' = [log EXCEPT ![h] = {}]
    /\ round' = [round EXCEPT ![h] = IF @ < LastRound THEN @ + 1 ELSE @]
    /\ UNCHANGED <<handoverVars, memory>>

\* A connection holds a few messages only, as a real one does.
SendPageIfRoom(h) == attempt[h] > 0 /\ Len(forward[attempt[h]]) < 2 /\ P!SendPage(h)

\* May hide: livelocks through many attempts.
StartOneAttempt(h, d) == from = <<>> /\ P!StartAttempt(h, d)

FairSpec == Spec /\ Fairness
================================================================================
