----------------------------- MODULE Connections ------------------------------
(* Hosts that crash, links that are cut, and one connection for each attempt   *)
(* to move the guest. A connection is a TCP stream each way: first in, first   *)
(* out, and what is lost is a suffix of what was sent, once one end has given  *)
(* up. Specifications in which any message may vanish would find faults that   *)
(* cannot be.                                                                  *)
(*                                                                             *)
(* Left out: time. A host may give a connection up whenever the other side or  *)
(* the link is at fault; it cannot tell which.                                 *)
EXTENDS Naturals, Sequences

CONSTANT Hosts  \* a finite set of identities

VARIABLES
    from,       \* from[a]: source of attempt a
    to,         \* to[a]: destination of attempt a
    forward,    \* forward[a]: messages of attempt a on their way to its destination
    back,       \* back[a]: messages of attempt a on their way to its source
    broken,     \* attempts whose connection one end has given up
    cut,        \* pairs <<h, d>>: nothing that h sends reaches d
    crashed     \* hosts that are dead

attempts == <<from, to>>
messages == <<forward, back>>
connection == <<attempts, messages, broken>>
faults == <<cut, crashed>>

Attempts == DOMAIN from
Links == {pair \in Hosts \X Hosts : pair[1] # pair[2]}

ConnectionsTypeOK ==
    /\ from \in Seq(Hosts) /\ to \in Seq(Hosts) /\ Len(to) = Len(from)
    /\ Len(forward) = Len(from) /\ Len(back) = Len(from)
    /\ broken \subseteq Attempts /\ cut \subseteq Links /\ crashed \subseteq Hosts

NoConnections ==
    from = <<>> /\ to = <<>> /\ forward = <<>> /\ back = <<>> /\ broken = {} /\ cut = {} /\ crashed = {}

Alive(h) == h \notin crashed
Connected(h, d) == <<h, d>> \notin cut /\ <<d, h>> \notin cut
Suspects(h, a, d) == a \in broken \/ ~Connected(h, d) \/ ~Alive(d)

Message(type) == [type |-> type]

\* The head of what h can read of attempt a, as its destination and as its source.
HeadForward(h, a, type) ==
    /\ Alive(h) /\ a \in Attempts /\ to[a] = h /\ <<from[a], h>> \notin cut
    /\ forward[a] # <<>> /\ Head(forward[a]).type = type
HeadBack(h, a, type) ==
    /\ Alive(h) /\ a \in Attempts /\ from[a] = h /\ <<to[a], h>> \notin cut
    /\ back[a] # <<>> /\ Head(back[a]).type = type
TakeForward(a) == forward' = [forward EXCEPT ![a] = Tail(@)]
TakeBack(a) == back' = [back EXCEPT ![a] = Tail(@)]

\* A message sent on a connection that one end has given up goes nowhere.
SendForward(a, m) ==
    forward' = IF a \in broken THEN forward ELSE [forward EXCEPT ![a] = Append(@, m)]
SendBack(a, m) ==
    back' = IF a \in broken THEN back ELSE [back EXCEPT ![a] = Append(@, m)]

\* h connects to d and sends the first message of a new attempt.
Connect(h, d, m) ==
    /\ d # h /\ Alive(h) /\ Alive(d) /\ Connected(h, d)
    /\ from' = Append(from, h) /\ to' = Append(to, d)
    /\ forward' = Append(forward, <<m>>) /\ back' = Append(back, <<>>)
    /\ UNCHANGED broken

\* The source connects again for attempt a. What was on its way is lost.
Reconnect(a, m) ==
    /\ a \in broken /\ Alive(from[a]) /\ Alive(to[a]) /\ Connected(from[a], to[a])
    /\ broken' = broken \ {a}
    /\ forward' = [forward EXCEPT ![a] = <<m>>] /\ back' = [back EXCEPT ![a] = <<>>]

\* An end that closes reads nothing more of the attempt.
CloseSource(a) == broken' = broken \cup {a} /\ back' = [back EXCEPT ![a] = <<>>]
CloseDestination(a) == broken' = broken \cup {a} /\ forward' = [forward EXCEPT ![a] = <<>>]

-------------------------------------------------------------------------------
(* Faults. A partition (Cut) is not a crash: both sides are alive.             *)
Cut(h, d) == <<h, d>> \notin cut /\ cut' = cut \cup {<<h, d>>} /\ UNCHANGED <<connection, crashed>>
Heal(h, d) == <<h, d>> \in cut /\ cut' = cut \ {<<h, d>>} /\ UNCHANGED <<connection, crashed>>

Reset(a) ==
    a \in Attempts \ broken /\ broken' = broken \cup {a} /\ UNCHANGED <<attempts, messages, faults>>

\* Only the tail can be lost, and only when an end has given up.
LoseTail(a) ==
    /\ a \in broken
    /\ \/ /\ forward[a] # <<>> /\ UNCHANGED back
          /\ forward' = [forward EXCEPT ![a] = SubSeq(@, 1, Len(@) - 1)]
       \/ /\ back[a] # <<>> /\ UNCHANGED forward
          /\ back' = [back EXCEPT ![a] = SubSeq(@, 1, Len(@) - 1)]
    /\ UNCHANGED <<attempts, broken, faults>>

\* What a dead host had sent may still arrive.
Die(h) ==
    /\ Alive(h) /\ crashed' = crashed \cup {h}
    /\ broken' = broken \cup {a \in Attempts : h \in {from[a], to[a]}}
    /\ forward' = [a \in Attempts |-> IF to[a] = h THEN <<>> ELSE forward[a]]
    /\ back' = [a \in Attempts |-> IF from[a] = h THEN <<>> ELSE back[a]]
    /\ UNCHANGED <<attempts, cut>>

StartAgain(h) == h \in crashed /\ crashed' = crashed \ {h} /\ UNCHANGED <<connection, cut>>
===============================================================================
