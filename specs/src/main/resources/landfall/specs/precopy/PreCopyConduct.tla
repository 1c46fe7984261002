------------------------------ MODULE PreCopyConduct ---------------------------
(* What each host owes, step by step, as in HandoverConduct, about the guest's  *)
(* memory: which page goes when, and what a round is. None of this can be seen  *)
(* from outside at once; it is what keeps the image whole, the downtime short,  *)
(* and an attempt from trusting what an earlier one has left.                   *)
EXTENDS PreCopy

C == INSTANCE HandoverConduct
PhasesInOrderProp == C!PhasesInOrderProp
InOrderProp == C!InOrderProp
NothingForgotten == C!NothingForgotten
ClosedWhenOver == C!ClosedWhenOver
LockTruthful == C!LockTruthful

\* A dead host does nothing and keeps nothing: no memory, no notes.
DeadMemoryRestsProp ==
    [][ \A h \in crashed :
            /\ memory'[h] = memory[h] /\ log'[h] = log[h] /\ pending'[h] = pending[h]
            /\ round'[h] = round[h] ]_vars
DeadHostsForget ==
    \A h \in crashed :
        memory[h] = Blank /\ log[h] = {} /\ pending[h] = {} /\ round[h] = 0

\* Outside of an attempt as source there is neither a log nor a round.
NothingLeftBehind ==
    \A h \in Hosts :
        /\ phase[h] \notin {"PreCopy", "Paused"} => log[h] = {} /\ pending[h] = {}
        /\ phase[h] = "Running" => round[h] = 0
        /\ phase[h] \in {"PreCopy", "Paused", "Offered", "HandedOver"} => round[h] > 0

\* Only the guest writes to the host where it runs; to another one only pages that arrive,
\* each read once; a new attempt finds nothing there.
MemoryHasACauseProp ==
    [][ \A h \in Hosts :
            /\ memory'[h] # memory[h] =>
                \/ C!Runs(h) /\ steps'[h] # steps[h]
                \/ C!Dies(h) /\ memory'[h] = Blank
                \/ accepted'[h] # accepted[h]
                \/ /\ phase[h] = "Receiving" /\ phase'[h] = "Receiving"
                   /\ Len(forward'[accepted[h]]) < Len(forward[accepted[h]])
            /\ accepted'[h] # accepted[h] => memory'[h] = Blank ]_vars

\* A page that is due stays due until it is on its way, or the attempt is over.
DueUntilSentProp ==
    [][ \A h \in Hosts : pending[h] \ pending'[h] # {} =>
            \/ phase'[h] = "Running" \/ C!Dies(h)
            \/ attempt[h] \in broken
            \/ LET sent == forward'[attempt[h]] IN
               \A p \in pending[h] \ pending'[h] :
                 /\ Len(sent) = Len(forward[attempt[h]]) + 1
                 /\ sent[Len(sent)] = [type |-> "Page", page |-> p, version |-> memory[h][p]] ]_vars

\* What was logged is due in the next round, which is counted. While the guest runs there is
\* another one only if more is dirty than may be sent during the downtime.
RoundsHaveACauseProp ==
    [][ \A h \in Hosts : ~C!Dies(h) =>
        /\ log[h] \ log'[h] # {} =>
            (pending'[h] = log[h] /\ round'[h] = round[h] + 1) \/ phase'[h] = "Running"
        /\ round'[h] # round[h] =>
            \/ phase'[h] = "Running" \/ attempt'[h] # attempt[h]
            \/ lock.owner # h /\ phase'[h] = "Completed"
            \/ round'[h] = round[h] + 1 /\ log[h] # {}
                 /\ (phase[h] = "PreCopy" => Cardinality(log[h]) > FewEnough)
        /\ attempt'[h] # attempt[h] => round'[h] = 1 /\ pending'[h] = Pages ]_vars

\* The guest is paused when the rest is few pages, and not earlier.
DowntimeLimitProp ==
    [][ \A h \in Hosts : phase[h] = "PreCopy" /\ phase'[h] = "Paused" =>
            Cardinality(log[h] \cup pending[h]) <= FewEnough ]_vars

\* A source that can go on may do so: what is due can be sent, what is dirty collected. And a
\* destination can read what arrives.
NobodyStalls ==
    \A h \in Hosts \ crashed :
        /\ phase[h] \in {"PreCopy", "Paused"} =>
            /\ pending[h] # {} => ENABLED (SendPage(h) /\ pending' # pending)
            /\ pending[h] = {} /\ Cardinality(log[h]) > FewEnough =>
                ENABLED (StartRound(h) /\ log' # log)
            /\ phase[h] = "Paused" /\ pending[h] = {} /\ log[h] # {} =>
                ENABLED (StartRound(h) /\ log' # log)
            /\ phase[h] = "Paused" /\ pending[h] = {} /\ log[h] = {} =>
                ENABLED (OfferHandover(h) /\ phase' # phase)
        /\ phase[h] = "Receiving" /\ C!HeadForward(h, accepted[h], "Page") =>
            ENABLED (ReceivePage(h) /\ forward' # forward)
================================================================================
