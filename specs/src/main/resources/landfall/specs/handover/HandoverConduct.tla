---------------------------- MODULE HandoverConduct ---------------------------
(* What each host owes, step by step, whatever else happens. The properties of  *)
(* Handover say what must never be seen from outside; these say how hosts and   *)
(* connections behave, in words that do not repeat the actions. They are what   *)
(* kills a mutant that does its harm only later, or only together with another. *)
EXTENDS Handover

BeforeGivenAway == {"PreCopy", "Paused", "Offered"}
Moves ==
    {<<"Waiting", "Receiving">>, <<"Ready", "Receiving">>, <<"Completed", "Receiving">>,
     <<"Receiving", "Waiting">>, <<"Receiving", "Ready">>, <<"Ready", "Running">>,
     <<"Running", "PreCopy">>, <<"PreCopy", "Paused">>, <<"Paused", "Offered">>,
     <<"Offered", "HandedOver">>, <<"HandedOver", "Completed">>}
    \cup {<<p, "Running">> : p \in BeforeGivenAway}
    \cup (IF Arbiter \/ ResumeOnTimeout THEN {<<"HandedOver", "Running">>} ELSE {})
    \cup (IF Arbiter THEN {<<"Ready", "Waiting">>} ELSE {})

Dies(h) == Alive(h) /\ h \in crashed'

\* The phases of a host that lives follow one another as the picture at the head of Handover
\* says, and attempts are numbered one after the other.
StartsRightly(h) ==
    LET a == attempt'[h]
        d == to'[a] IN
    /\ Len(from') = Len(from) + 1 /\ a = Len(from') /\ from'[a] = h
    /\ phase[h] = "Running" /\ phase'[h] = "PreCopy"
    /\ d # h /\ Alive(h) /\ Alive(d) /\ Connected(h, d)
    /\ phase[d] \in {"Waiting", "Receiving", "Ready", "Completed"}
PhasesInOrderProp ==
    [][ /\ Len(from') > Len(from) => \E h \in Hosts : attempt'[h] = Len(from')
        /\ \A h \in Hosts : ~Dies(h) =>
            /\ phase'[h] # phase[h] => <<phase[h], phase'[h]>> \in Moves
            /\ attempt'[h] # attempt[h] => StartsRightly(h)
            /\ phase'[h] = "PreCopy" /\ phase[h] # "PreCopy" => attempt'[h] # attempt[h]
            /\ accepted'[h] # accepted[h] =>
                /\ phase'[h] = "Receiving" /\ to[accepted'[h]] = h
                /\ accepted'[h] > accepted[h] /\ accepted'[h] > attempt[h] ]_vars

\* A dead host does nothing, and remembers nothing: no phase changes, nothing is sent. Nor does
\* anything happen when it starts again.
DeadHostsRestProp ==
    [][ /\ \A h \in crashed :
            /\ phase'[h] = phase[h] /\ attempt'[h] = attempt[h] /\ accepted'[h] = accepted[h]
            /\ steps'[h] = steps[h]
            /\ \A a \in Attempts :
                /\ from[a] = h => Len(forward'[a]) <= Len(forward[a])
                /\ to[a] = h => Len(back'[a]) <= Len(back[a])
        /\ ~(crashed \subseteq crashed') =>
            UNCHANGED <<phase, numbers, connection, cut, lock, guest>> ]_vars
DeadHostsForget ==
    \A h \in crashed :
        phase[h] = "Waiting" /\ attempt[h] = 0 /\ accepted[h] = 0 /\ steps[h] = <<>>

\* A stream is added to at its end and read at its head; it loses its end, or all of it.
\* Through a link that is cut nothing is read. The message Handover may be sent anew.
Shorter(s, t) == Len(s) <= Len(t) /\ s = SubSeq(t, 1, Len(s))
Follows(after, before, isCut) ==
    \/ Shorter(before, after) \/ Shorter(after, before)
    \/ before # <<>> /\ after = Tail(before) /\ ~isCut
InOrderProp ==
    [][ /\ Shorter(from, from') /\ Shorter(to, to')
        /\ \A a \in Attempts :
            IF a \in broken /\ a \notin broken'
            THEN /\ ~Arbiter /\ Alive(from[a]) /\ Alive(to[a]) /\ Connected(from[a], to[a])
                 /\ phase[from[a]] = "HandedOver" /\ attempt[from[a]] = a
                 /\ back'[a] = <<>> /\ forward'[a] = <<Message("Handover")>>
            ELSE /\ Follows(forward'[a], forward[a], <<from[a], to[a]>> \in cut)
                 /\ Follows(back'[a], back[a], <<to[a], from[a]>> \in cut) ]_vars

\* A destination speaks only when it is spoken to: whoever answers has read, once. A
\* source says something with each change of its phase, and only then.
AnswersOnceProp ==
    [][\A a \in Attempts :
        /\ Len(back'[a]) > Len(back[a]) => Len(forward'[a]) < Len(forward[a])
        /\ Len(forward'[a]) > Len(forward[a]) => phase'[from[a]] # phase[from[a]] \/ a \in broken
        /\ attempt[from[a]] = a /\ phase[from[a]] = "Offered" /\ phase'[from[a]] = "HandedOver" =>
            Len(back'[a]) < Len(back[a])
        /\ accepted[to[a]] = a /\ phase[to[a]] = "Receiving" /\ phase'[to[a]] = "Ready" =>
            Len(forward'[a]) < Len(forward[a])]_vars

\* What a host says with a change of its phase is on its way or has arrived, as long as
\* nobody has given the connection up.
Waits(stream, type) == \E i \in 1..Len(stream) : stream[i].type = type
SaidOrHeard(h, a, d) ==
    /\ phase[h] \in BeforeGivenAway => Waits(forward[a], "Hello") \/ accepted[d] = a
    /\ phase[h] = "Offered" => \/ Waits(forward[a], "DeviceState")
                               \/ accepted[d] = a /\ Waits(back[a], "Ready")
    /\ phase[h] = "HandedOver" => Waits(forward[a], "Handover") \/ Waits(back[a], "Resumed")
    /\ phase[h] = "HandedOver" => Waits(forward[a], "Handover") \/ Took(d, a)
    /\ phase[h] \in {"PreCopy", "Paused"} => ~Waits(forward[a], "DeviceState") /\ ~Took(d, a)
NothingForgotten ==
    \A h \in Hosts : attempt[h] > 0 /\ attempt[h] \notin broken =>
        SaidOrHeard(h, attempt[h], to[attempt[h]])

\* A connection that nobody uses any more is closed, and its messages are gone. None outlives
\* a host. (A source in doubt asks again, though the destination may be at a newer attempt.)
ClosedWhenOver ==
    \A a \in Attempts :
        LET h == from[a]
            d == to[a] IN
        /\ ~Alive(h) \/ ~Alive(d) => a \in broken
        /\ attempt[h] # a \/ phase[h] \notin BeforeGivenAway \cup {"HandedOver"} =>
            a \in broken /\ back[a] = <<>>
        /\ a < accepted[d] => forward[a] \in {<<>>} \cup IF Arbiter THEN {} ELSE {<<Message("Handover")>>}
        /\ a = accepted[d] /\ phase[d] = "Waiting" =>
            a \in broken /\ forward[a] \in {<<>>} \cup IF Arbiter THEN {<<Message("Handover")>>} ELSE {}

\* The lock is with the host that may make output, and offered only in between, to the
\* destination of the attempt that it names.
LockTruthful ==
    /\ \A h \in Hosts :
        /\ phase[h] \in {"Running"} \cup BeforeGivenAway => lock.owner = h /\ lock.offeredTo = Nobody
        /\ phase[h] = "HandedOver" /\ lock.owner = h => lock = Offer(h, to[attempt[h]], attempt[h])
    /\ lock.attempt = 0 => lock = Held(First, 0)
    /\ lock.attempt > 0 =>
        /\ lock.owner \in {from[lock.attempt], to[lock.attempt]}
        /\ lock.offeredTo # Nobody =>
            lock.owner = from[lock.attempt] /\ lock.offeredTo = to[lock.attempt]

\* Nobody gives up without a cause that can be seen from where he stands.
HasACause(h) ==
    LET a == attempt[h]
        b == accepted[h]
        Goes(p, q) == phase[h] = p /\ phase'[h] = q IN
    /\ Goes("Receiving", "Waiting") => DestinationSuspects(h)
    /\ Goes("HandedOver", "Running") => SourceSuspects(h)
    /\ Goes("HandedOver", "HandedOver") /\ a \notin broken /\ a \in broken'
         /\ back'[a] # back[a] /\ UNCHANGED crashed => SourceSuspects(h)
    /\ Goes("Ready", "Running") =>
        \/ Arbiter /\ DestinationSuspects(h)
        \/ Waits(forward[b], "Handover") /\ ~Waits(forward'[b], "Handover")
    /\ Goes("Ready", "Waiting") => ~OfferedTo(h)
    /\ Goes("HandedOver", "Completed") =>
        \/ Waits(back[a], "Resumed")
        \/ Arbiter /\ SourceSuspects(h) /\ lock.owner # h
NoCauseNoDoubtProp ==
    [][ /\ \A h \in Hosts : ~Dies(h) => HasACause(h)
        /\ lock' # lock => \E h \in Hosts : <<phase[h], phase'[h]>> \in
            {<<"Offered", "HandedOver">>, <<"Ready", "Running">>, <<"HandedOver", "Running">>} ]_vars

\* The operator may cancel until the guest is given away, and not later.
CancelPossible ==
    \A h \in Hosts : (Alive(h) /\ phase[h] \in BeforeGivenAway) <=> ENABLED Cancel(h)

\* The source itself gives an attempt up in the same phases, and only with a cause.
AbortPossible ==
    \A h \in Hosts : ENABLED AbortAttempt(h) <=> ENABLED Cancel(h) /\ SourceSuspects(h)

\* A host that suspects the other lets go of an incomplete image, and a guest that runs
\* can always do a step: nothing here is kept by standing still.
DestinationGoesOn(h) ==
    /\ phase[h] = "Receiving" /\ DestinationSuspects(h) =>
        ENABLED (DiscardImage(h) /\ phase'[h] = "Waiting")
    /\ Arbiter /\ phase[h] = "Ready" /\ ~OfferedTo(h) /\ HeadForward(h, accepted[h], "Handover") =>
        ENABLED (RefuseHandover(h) /\ phase'[h] = "Waiting")
    /\ Arbiter /\ phase[h] = "Ready" /\ Superseded(h) =>
        ENABLED (LearnSuperseded(h) /\ phase'[h] = "Waiting")
    /\ Arbiter /\ phase[h] = "Ready" /\ DestinationSuspects(h) /\ OfferedTo(h) =>
        ENABLED (ClaimLock(h) /\ phase'[h] = "Running")
    /\ \A a \in Attempts : HeadForward(h, a, "Handover") /\ Took(h, a) =>
        ENABLED (ResumeDestination(h, a) /\ Len(forward'[a]) < Len(forward[a]))
    /\ \A a \in Attempts : HeadForward(h, a, "Hello") /\ TakesUp(h) /\ a > Known(h) =>
        ENABLED (ReceiveHello(h, a) /\ accepted'[h] = a)
SourceGoesOn(h) ==
    /\ phase[h] = "PreCopy" => ENABLED (PauseSource(h) /\ phase'[h] = "Paused")
    /\ phase[h] \in BeforeGivenAway =>
        /\ ENABLED (Cancel(h) /\ phase'[h] = "Running")
        /\ SourceSuspects(h) => ENABLED (AbortAttempt(h) /\ phase'[h] = "Running")
    /\ phase[h] = "HandedOver" /\ SourceSuspects(h) =>
        /\ attempt[h] \notin broken => ENABLED (GiveUpConnection(h) /\ broken' # broken)
        /\ Arbiter => ENABLED (ReclaimLock(h) /\ phase'[h] # "HandedOver")
NobodyStalls ==
    \A h \in Hosts \ crashed :
        /\ SourceGoesOn(h) /\ DestinationGoesOn(h)
        /\ \A p \in Pages : Runs(h) => ENABLED (GuestStep(h, p) /\ steps' # steps)

\* The guest's steps are its own: whoever does one was running, and remembers it. A copy gets
\* its past with the device state, and no other way.
StepsAreMadeProp ==
    [][ /\ released' # released =>
            \E h \in Hosts : Runs(h) /\ released' = steps'[h] /\ steps'[h] # steps[h]
        /\ \A h \in Hosts : steps'[h] # steps[h] =>
            \/ Dies(h) /\ steps'[h] = <<>>
            \/ Runs(h) /\ Len(steps'[h]) = Len(steps[h]) + 1 /\ Shorter(steps[h], steps'[h])
                 /\ released' = steps'[h]
            \/ /\ phase[h] = "Receiving" /\ phase'[h] = "Ready"
               /\ Head(forward[accepted[h]]).type = "DeviceState"
               /\ steps'[h] = Head(forward[accepted[h]]).steps ]_vars
===============================================================================
