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

\* A dead host does nothing: its memory and what it had noted stay as they are.
DeadMemoryRestsProp ==
    [][ /\ "source" \in crashed =>
            memory'["source"] = memory["source"] /\ UNCHANGED <<log, pending, round>>
        /\ "destination" \in crashed => memory'["destination"] = memory["destination"] ]_vars

\* Outside of an attempt there is neither a log nor a round.
NothingLeftBehind ==
    /\ source \notin {"PreCopy", "Paused"} => log = {} /\ pending = {}
    /\ source = "Running" => round = 0
    /\ source \notin {"Running", "Completed"} => round > 0

\* Only the guest writes to the source; only pages that arrive, each read once, and the
\* guest write to the destination; a new attempt finds nothing there.
MemoryHasACauseProp ==
    [][ /\ memory'["source"] # memory["source"] => steps' # steps /\ H!Runs("source")
        /\ memory'["destination"] # memory["destination"] =>
            \/ steps' # steps /\ H!Runs("destination")
            \/ accepted' # accepted
            \/ accepted' = accepted /\ accepted > 0
                 /\ Len(forward'[accepted]) < Len(forward[accepted])
        /\ accepted' # accepted => \A p \in Pages : memory'["destination"][p] = Absent ]_vars

\* A page that is due stays due until it is on its way, or the attempt is over.
DueUntilSentProp ==
    [][ pending \ pending' # {} =>
            \/ source' = "Running"
            \/ attempt \in broken
            \/ \A p \in pending \ pending' :
                 /\ Len(forward'[attempt]) = Len(forward[attempt]) + 1
                 /\ LET m == forward'[attempt][Len(forward'[attempt])]
                    IN  m.type = "Page" /\ m.page = p /\ m.version = memory["source"][p] ]_vars

\* What was logged is due in the next round, which is counted. While the guest runs there is
\* another one only if more is dirty than may be sent during the downtime.
RoundsHaveACauseProp ==
    [][ /\ log \ log' # {} => (pending' = log /\ round' = round + 1) \/ source' = "Running"
        /\ round' # round =>
            \/ source' = "Running" \/ attempt' # attempt
            \/ lock = "destination" /\ source' = "Completed"
            \/ round' = round + 1 /\ log # {}
                 /\ (source = "PreCopy" => Cardinality(log) > FewEnough) ]_vars

\* The guest is paused when the rest is few pages, and not earlier.
DowntimeLimitProp ==
    [][ source = "PreCopy" /\ source' = "Paused" => Cardinality(log \cup pending) <= FewEnough ]_vars

\* A source that can go on may do so: what is due can be sent, what is dirty collected.
NobodyStalls ==
    C!Alive("source") /\ source \in {"PreCopy", "Paused"} =>
        /\ pending # {} => ENABLED (SendPage /\ pending' # pending)
        /\ pending = {} /\ Cardinality(log) > FewEnough => ENABLED (StartRound /\ log' # log)
        /\ source = "Paused" /\ pending = {} /\ log # {} => ENABLED (StartRound /\ log' # log)
        /\ source = "Paused" /\ pending = {} /\ log = {} => ENABLED (OfferHandover /\ source' # source)
================================================================================
