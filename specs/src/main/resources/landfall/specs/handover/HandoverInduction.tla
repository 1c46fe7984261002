--------------------------- MODULE HandoverInduction --------------------------
(* Why Handover is safe, without reference to how long it goes on: an invariant *)
(* that every step keeps, and that implies what must not be seen from outside.  *)
(*                                                                              *)
(* The model checker begins in every state that satisfies IndInv within the     *)
(* bounds, reachable or not, and looks at every step from there. If none leaves *)
(* IndInv, it holds in behaviours of any length. What the bounds leave open is  *)
(* only their own size: more hosts, more attempts, more writes.                 *)
(*                                                                              *)
(* Its heart is the lock. Without an arbiter no host can see it, and it is what *)
(* the messages amount to: it names the one host whose copy is the guest, or,   *)
(* while the guest is on offer, the two of which only one will go on.           *)
(*                                                                              *)
(* It does not hold with ResumeOnTimeout, and must not.                         *)
EXTENDS HandoverConduct

CONSTANTS MaxSteps, MaxAttempts

\* What a stream may hold at once: what is answered before more is said is never two.
Pasts == UNION {[1..n -> Pages] : n \in 0..MaxSteps}
DeviceStates == {[type |-> "DeviceState", steps |-> past] : past \in Pasts}
Hello == Message("Hello")
ForwardStreams ==
    {<<>>, <<Hello>>, <<Message("Handover")>>} \cup UNION {{<<d>>, <<Hello, d>>} : d \in DeviceStates}
BackStreams(a) == {<<>>, <<[type |-> "Ready", host |-> to[a]]>>, <<Message("Resumed")>>}

OnOffer == lock.offeredTo # Nobody
Undecided == {"Waiting", "Receiving", "Ready"}

\* Numbers belong to their hosts, and are as new as the phases need them.
NumbersAgree(h) ==
    /\ attempt[h] > 0 => from[attempt[h]] = h
    /\ accepted[h] > 0 => to[accepted[h]] = h
    /\ phase[h] \in BeforeGivenAway => attempt[h] = Len(from) /\ attempt[h] > accepted[h]
    /\ phase[h] \in {"HandedOver", "Completed"} => attempt[h] > accepted[h]
    /\ phase[h] \in {"Receiving", "Ready"} => accepted[h] > attempt[h]
    /\ phase[h] = "Running" => Known(h) = Len(from)

\* Whose the guest is. An offer is of the newest attempt; whoever it is made to has the whole
\* image, or has died since.
LockAgrees ==
    /\ LockTruthful /\ StatusTruthful
    /\ OnOffer => lock.attempt > 0 /\ lock.attempt = Len(from)
    /\ \A h \in Hosts :
        /\ phase[h] \in BeforeGivenAway => lock.attempt < attempt[h]
        /\ phase[h] \in {"HandedOver", "Completed"} => lock.attempt >= attempt[h]
        /\ accepted[h] = lock.attempt /\ accepted[h] > 0 =>
            phase[h] \notin (IF lock.owner = h THEN Undecided ELSE {"Receiving"})
        /\ OnOffer /\ accepted[h] = lock.attempt => phase[h] = "Ready"

\* Whose copy is the guest: the owner's, and while it is on offer the other one's as well.
CopiesAgree ==
    \A h \in Hosts :
        /\ phase[h] \in {"Running"} \cup BeforeGivenAway => steps[h] = released
        /\ phase[h] = "HandedOver" /\ lock.owner = h => steps[h] = released
        /\ OnOffer /\ accepted[h] = lock.attempt => steps[h] = released

\* What is on its way fits the phases of both.
StreamAgrees(a) ==
    LET h == from[a]
        d == to[a]
        current == attempt[h] = a IN
    /\ forward[a] \in ForwardStreams /\ back[a] \in BackStreams(a)
    /\ back[a] # <<>> => forward[a] = <<>>
    /\ Waits(forward[a], "Hello") => accepted[d] < a /\ lock.attempt # a
    /\ accepted[d] = a /\ phase[d] = "Receiving" => back[a] = <<>> /\ ~Waits(forward[a], "Handover")
    /\ accepted[d] = a /\ phase[d] # "Receiving" => ~Waits(forward[a], "DeviceState")
    /\ current /\ phase[h] \in {"PreCopy", "Paused"} =>
        /\ forward[a] \in {<<>>, <<Hello>>} /\ back[a] = <<>>
        /\ accepted[d] = a => phase[d] \in {"Waiting", "Receiving"}
    /\ current /\ phase[h] = "Offered" =>
        /\ ~Waits(forward[a], "Handover") /\ ~Waits(back[a], "Resumed")
        /\ \A i \in DOMAIN forward[a] : forward[a][i].type = "DeviceState" =>
            forward[a][i].steps = steps[h]
        /\ accepted[d] = a => phase[d] \in Undecided
        /\ accepted[d] = a /\ phase[d] = "Ready" => steps[d] = steps[h]
        /\ accepted[d] = a /\ Waits(back[a], "Ready") => phase[d] = "Ready"
    /\ current /\ phase[h] = "HandedOver" =>
        /\ ~Waits(back[a], "Ready") /\ ~Waits(forward[a], "Hello")
        /\ accepted[d] = a => phase[d] # "Receiving"
        /\ Waits(back[a], "Resumed") => lock.owner # h
    \* Without an arbiter the message is the offer.
    /\ ~Arbiter /\ accepted[d] = a /\ phase[d] \in Undecided
         /\ (Waits(forward[a], "Handover") \/ (current /\ phase[h] = "HandedOver")) =>
            phase[d] = "Ready" /\ lock = Offer(h, d, a)
MessagesAgree == \A a \in Attempts : StreamAgrees(a)

IndInv ==
    /\ \A h \in Hosts : NumbersAgree(h)
    /\ DeadHostsForget /\ LockAgrees /\ CopiesAgree /\ MessagesAgree /\ ClosedWhenOver

\* Every state of these types that satisfies IndInv.
Numbers == 0..Len(from)
IndInit ==
    /\ \E n \in 0..MaxAttempts :
        /\ from \in [1..n -> Hosts] /\ to \in [1..n -> Hosts]
        /\ \A a \in 1..n : from[a] # to[a]
    /\ crashed \in SUBSET Hosts
    /\ attempt \in [Hosts -> Numbers] /\ accepted \in [Hosts -> Numbers]
    /\ \A h \in Hosts : /\ h \in crashed => attempt[h] = 0 /\ accepted[h] = 0
                        /\ attempt[h] > 0 => from[attempt[h]] = h
                        /\ accepted[h] > 0 => to[accepted[h]] = h
    /\ phase \in [Hosts -> Phases]
    /\ \A h \in Hosts : NumbersAgree(h) /\ (h \in crashed => phase[h] = "Waiting")
    /\ lock \in [owner : Hosts, offeredTo : Hosts \cup {Nobody}, attempt : Numbers]
    /\ LockAgrees
    /\ released \in Pasts /\ steps \in [Hosts -> Pasts]
    /\ DeadHostsForget /\ CopiesAgree
    /\ forward \in [Attempts -> ForwardStreams]
    /\ back \in [Attempts -> UNION {BackStreams(a) : a \in Attempts}]
    /\ MessagesAgree
    /\ broken \in SUBSET Attempts /\ ClosedWhenOver
    /\ cut \in SUBSET Links

Bounded == (\A h \in Hosts : Len(steps[h]) <= MaxSteps) /\ Len(from) <= MaxAttempts
Induction == IndInit /\ [][Next]_vars

\* What the invariant is for. It is checked in every state of IndInv.
Safe == AtMostOneEffective /\ NoReleasedOutputLost /\ StatusTruthful /\ NumbersAreUnique
===============================================================================
