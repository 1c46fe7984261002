--------------------------- MODULE HandoverInduction --------------------------
(* Why Handover is safe, without reference to how long it goes on: an invariant *)
(* that every step keeps, and that implies what must not be seen from outside.  *)
(*                                                                              *)
(* The model checker begins in every state that satisfies IndInv within the     *)
(* bounds, reachable or not, and looks at every step from there. If none leaves *)
(* IndInv, it holds in behaviours of any length. What the bounds leave open is  *)
(* only their own size: more attempts, more writes.                             *)
(*                                                                              *)
(* It does not hold with ResumeOnTimeout, and must not.                         *)
EXTENDS Handover

CONSTANTS MaxSteps, MaxAttempts

\* What a stream may hold at once: what is answered before more is said is never two.
DeviceStates == {[type |-> "DeviceState", position |-> n] : n \in 0..Len(steps)}
Hello == Message("Hello")
ForwardStreams ==
    {<<>>, <<Hello>>, <<Message("Handover")>>} \cup UNION {{<<d>>, <<Hello, d>>} : d \in DeviceStates}
BackStreams == {<<>>, <<Message("Ready")>>, <<Message("Resumed")>>}

Holds(stream, type) == \E i \in 1..Len(stream) : stream[i].type = type
GivenAway == source \in {"HandedOver", "Completed"}

\* The phases of the two hosts, and the lock.
PhasesAgree ==
    /\ attempt = 0 => source = "Running"
    /\ accepted = 0 => destination = "Waiting"
    /\ source = "HandedOver" => accepted = attempt /\ destination \in {"Ready", "Running"}
    /\ source = "Completed" => destination = "Running"
    /\ destination = "Running" => GivenAway
    /\ source \in {"PreCopy", "Paused"} /\ accepted = attempt =>
        destination \in {"Receiving", "Waiting"}
    /\ Arbiter => /\ lock = "destination" <=> destination = "Running"
                  /\ lock = "source" <=> ~GivenAway

\* Whose copy is the guest.
CopiesAgree ==
    /\ destination # "Running" => position["source"] = Len(steps)
    /\ destination = "Running" => position["destination"] = Len(steps)
    /\ source \in {"Offered", "HandedOver"} /\ accepted = attempt /\ destination = "Ready" =>
        position["destination"] = Len(steps)

\* What is on its way fits the phases of both.
StreamAgrees(a) ==
    /\ forward[a] \in ForwardStreams /\ back[a] \in BackStreams
    /\ a < accepted => forward[a] = <<>>
    /\ a <= accepted => ~Holds(forward[a], "Hello")
    /\ a > accepted => back[a] = <<>>
    /\ a = accepted =>
        /\ destination # "Receiving" => ~Holds(forward[a], "DeviceState")
        /\ destination = "Receiving" => back[a] = <<>>
    /\ Holds(back[a], "Resumed") => destination = "Running" /\ ~Holds(forward[a], "Handover")
    /\ ~Arbiter /\ Holds(forward[a], "Handover") => GivenAway /\ a = attempt
MessagesAgree ==
    /\ \A a \in 1..attempt : StreamAgrees(a)
    /\ source \in {"PreCopy", "Paused"} =>
        forward[attempt] \in {<<>>, <<Hello>>} /\ back[attempt] = <<>>
    /\ source = "Offered" => /\ ~Holds(forward[attempt], "Handover")
                             /\ Holds(back[attempt], "Ready") =>
                                    accepted = attempt /\ destination = "Ready"
    /\ GivenAway => ~Holds(back[attempt], "Ready")
    /\ source \in {"Offered", "HandedOver"} /\ destination # "Running" =>
        \A i \in 1..Len(forward[attempt]) : forward[attempt][i].type = "DeviceState" =>
            forward[attempt][i].position = Len(steps)

\* A connection that a newer one has replaced, or that ended, is closed.
ClosuresAgree ==
    /\ 1..(attempt - 1) \subseteq broken /\ broken \subseteq 1..attempt
    /\ source \in {"Running", "Completed"} => broken = 1..attempt
    /\ destination = "Waiting" /\ accepted > 0 => accepted \in broken

IndInv == PhasesAgree /\ CopiesAgree /\ MessagesAgree /\ ClosuresAgree

\* Every state of these types that satisfies IndInv.
IndInit ==
    /\ attempt \in 0..MaxAttempts /\ accepted \in 0..attempt
    /\ source \in SourcePhases /\ destination \in DestinationPhases
    /\ lock \in (IF Arbiter THEN Hosts \cup {"free"} ELSE {"source"})
    /\ PhasesAgree
    /\ \E n \in 0..MaxSteps : steps \in [1..n -> Pages]
    /\ position \in [Hosts -> 0..Len(steps)]
    /\ CopiesAgree
    /\ forward \in [1..attempt -> ForwardStreams] /\ back \in [1..attempt -> BackStreams]
    /\ MessagesAgree
    /\ broken \in SUBSET (1..attempt) /\ ClosuresAgree
    /\ cut \in SUBSET Directions /\ crashed \in SUBSET Hosts

Bounded == Len(steps) <= MaxSteps /\ attempt <= MaxAttempts
Induction == IndInit /\ [][Next]_vars

\* What the invariant is for. It is checked in every state of IndInv.
Safe == AtMostOneEffective /\ NoReleasedOutputLost /\ StatusTruthful
===============================================================================
