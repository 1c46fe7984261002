---------------------------- MODULE HandoverConduct ---------------------------
(* What each host owes, step by step, whatever else happens. The properties of  *)
(* Handover say what must never be seen from outside; these say how hosts and   *)
(* connections behave, in words that do not repeat the actions. They are what   *)
(* kills a mutant that does its harm only later, or only together with another. *)
EXTENDS Handover

SourceMoves ==
    {<<"Running", "PreCopy">>, <<"PreCopy", "Paused">>, <<"Paused", "Offered">>,
     <<"Offered", "HandedOver">>, <<"HandedOver", "Completed">>}
    \cup {<<phase, "Running">> : phase \in {"PreCopy", "Paused", "Offered"}}
    \cup IF Arbiter \/ ResumeOnTimeout THEN {<<"HandedOver", "Running">>} ELSE {}
DestinationMoves ==
    {<<"Waiting", "Receiving">>, <<"Receiving", "Waiting">>, <<"Receiving", "Ready">>,
     <<"Ready", "Receiving">>, <<"Ready", "Running">>}
    \cup IF Arbiter THEN {<<"Ready", "Waiting">>} ELSE {}

\* The phases follow one another as the picture at the head of Handover says.
PhasesInOrderProp ==
    [][ /\ source' # source => <<source, source'>> \in SourceMoves
        /\ destination' # destination => <<destination, destination'>> \in DestinationMoves
        /\ attempt' \in {attempt, attempt + 1} /\ accepted' >= accepted
        /\ attempt' # attempt => source = "Running" /\ source' = "PreCopy" /\ destination # "Running"
                                 /\ cut = {} /\ crashed = {}
        /\ accepted' # accepted => destination' = "Receiving" ]_vars

\* A dead host does nothing: no phase changes, nothing is sent, nothing is read.
Shorter(s, t) == Len(s) <= Len(t) /\ s = SubSeq(t, 1, Len(s))
DeadHostsRestProp ==
    [][ /\ "source" \in crashed =>
            /\ source' = source /\ attempt' = attempt /\ position'["source"] = position["source"]
            /\ \A a \in 1..attempt : Len(forward'[a]) <= Len(forward[a])
        /\ "destination" \in crashed =>
            /\ UNCHANGED <<destination, accepted>>
            /\ position'["destination"] = position["destination"]
            /\ \A a \in 1..attempt : Len(back'[a]) <= Len(back[a])
        /\ crashed \subseteq crashed' ]_vars

\* A stream is added to at its end and read at its head; it loses its end, or all of it.
\* Through a link that is cut nothing is read. The message Handover may be sent anew.
Follows(after, before, isCut) ==
    \/ Shorter(before, after) \/ Shorter(after, before)
    \/ before # <<>> /\ after = Tail(before) /\ ~isCut
InOrderProp ==
    [][\A a \in 1..attempt :
        IF a \in broken /\ a \notin broken'
        THEN /\ ~Arbiter /\ cut = {} /\ crashed = {} /\ source = "HandedOver" /\ back'[a] = <<>>
             /\ forward'[a] = <<Message("Handover")>>
        ELSE /\ Follows(forward'[a], forward[a], "forward" \in cut)
             /\ Follows(back'[a], back[a], "back" \in cut)]_vars

\* The destination speaks only when it is spoken to: whoever answers has read, once. The
\* source says something with each change of its phase, and only then.
AnswersOnceProp ==
    [][\A a \in 1..attempt :
        /\ Len(back'[a]) > Len(back[a]) => Len(forward'[a]) < Len(forward[a])
        /\ Len(forward'[a]) > Len(forward[a]) => source' # source \/ a \in broken
        /\ source = "Offered" /\ source' = "HandedOver" /\ a = attempt =>
            Len(back'[a]) < Len(back[a])
        /\ destination = "Receiving" /\ destination' = "Ready" /\ a = accepted =>
            Len(forward'[a]) < Len(forward[a])]_vars

\* What a host says with a change of its phase is on its way or has arrived, as long as
\* nobody has given the connection up.
Waits(stream, type) == \E i \in 1..Len(stream) : stream[i].type = type
NothingForgotten ==
    attempt > 0 /\ attempt \notin broken =>
        /\ Waits(forward[attempt], "Hello") \/ accepted = attempt
        /\ source = "Offered" => \/ Waits(forward[attempt], "DeviceState")
                                 \/ accepted = attempt /\ Waits(back[attempt], "Ready")
        /\ source = "HandedOver" => \/ Waits(forward[attempt], "Handover")
                                    \/ destination = "Running"
        /\ source = "HandedOver" /\ destination = "Running" =>
            Waits(forward[attempt], "Handover") \/ Waits(back[attempt], "Resumed")
               \/ lock = "destination"
        /\ source \in {"PreCopy", "Paused"} =>
            ~Waits(forward[attempt], "DeviceState") /\ destination # "Running"

\* A connection that nobody uses any more is closed, and its messages are gone. None outlives
\* a host.
ClosedWhenOver ==
    /\ crashed # {} => broken = 1..attempt
    /\ Alive("source") /\ source \in {"Running", "Completed"} =>
        attempt = 0 \/ (attempt \in broken /\ back[attempt] = <<>>)
    /\ \A a \in 1..(attempt - 1) : a \in broken
    /\ \A a \in 1..(accepted - 1) : forward[a] = <<>>
    /\ destination = "Waiting" /\ accepted > 0 =>
        accepted \in broken /\ (Alive("destination") => forward[accepted] = <<>>)

\* The lock is with the side that may make output, and free only in between.
LockTruthful ==
    Arbiter =>
        /\ source \in {"Running", "PreCopy", "Paused", "Offered"} => lock = "source"
        /\ destination = "Running" => lock = "destination"
        /\ lock = "source" => source # "HandedOver"
        /\ lock = "destination" => destination = "Running"

\* Nobody gives up without a cause that can be seen from where he stands.
NoCauseNoDoubtProp ==
    [][ /\ destination = "Receiving" /\ destination' = "Waiting" => DestinationSuspects
        /\ source = "HandedOver" /\ source' = "Running" => SourceSuspects
        /\ source = "HandedOver" /\ source' = source /\ attempt \notin broken /\ attempt \in broken'
             /\ back'[attempt] # back[attempt] /\ UNCHANGED crashed => SourceSuspects
        /\ destination = "Ready" /\ destination' = "Running" =>
            \/ DestinationSuspects
            \/ Waits(forward[accepted], "Handover") /\ ~Waits(forward'[accepted], "Handover")
        /\ destination = "Ready" /\ destination' = "Waiting" => lock = "source"
        /\ source' = "Completed" /\ source # "Completed" =>
            Waits(back[attempt], "Resumed") \/ (Arbiter /\ SourceSuspects)
        /\ lock' # lock => Arbiter ]_vars

\* The operator may cancel until the guest is given away, and not later.
CancelPossible ==
    (Alive("source") /\ source \in {"PreCopy", "Paused", "Offered"}) <=> ENABLED Cancel

\* The source itself gives an attempt up in the same phases, and only with a cause.
AbortPossible ==
    ENABLED AbortAttempt <=> SourceSuspects /\ ENABLED Cancel

\* A host that suspects the other lets go of an incomplete image, and a guest that runs
\* can always do a step: nothing here is kept by standing still.
NobodyStalls ==
    /\ destination = "Receiving" /\ Alive("destination") /\ DestinationSuspects =>
        ENABLED (DiscardImage /\ destination' = "Waiting")
    /\ Arbiter /\ destination = "Ready" /\ HeadForward("Handover") /\ lock = "source" =>
        ENABLED (RefuseHandover /\ destination' = "Waiting")
    /\ \A h \in Hosts, p \in Pages : Runs(h) => ENABLED (GuestStep(h, p) /\ steps' # steps)
    /\ source = "PreCopy" /\ Alive("source") => ENABLED (PauseSource /\ source' = "Paused")
    /\ source \in {"PreCopy", "Paused", "Offered"} /\ Alive("source") =>
        /\ ENABLED (Cancel /\ source' = "Running")
        /\ SourceSuspects => ENABLED (AbortAttempt /\ source' = "Running")
    /\ source = "HandedOver" /\ Alive("source") /\ attempt \notin broken /\ SourceSuspects =>
        ENABLED (GiveUpConnection /\ broken' # broken)

\* The guest's steps are its own: whoever does one was running, and remembers it.
StepsAreMadeProp ==
    [][steps' # steps => \E h \in Hosts : Runs(h) /\ position'[h] = Len(steps')]_vars
===============================================================================
