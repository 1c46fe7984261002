------------------------------ MODULE PostCopyConduct ----------------------------
(* What each host owes, step by step, as in HandoverConduct: the order of phases,   *)
(* what is said and when it is true, who gives up and why, and where each page is.  *)
(* The properties of PostCopy say what must never be seen from outside; these kill  *)
(* a mutant that does its harm only later, or only together with another.           *)
EXTENDS PostCopyProperties

Alive(h) == h \notin crashed

SourceMoves ==
    {<<"Running", "PreCopy">>, <<"PreCopy", "Paused">>, <<"Paused", "Offered">>,
     <<"Offered", "HandedOver">>, <<"HandedOver", "Serving">>, <<"Serving", "Completed">>}
    \cup {<<phase, "Running">> : phase \in {"PreCopy", "Paused", "Offered"}}
    \cup IF Arbiter \/ ResumeOnTimeout THEN {<<"HandedOver", "Running">>} ELSE {}
DestinationMoves ==
    {<<"Waiting", "Receiving">>, <<"Receiving", "Waiting">>, <<"Receiving", "Ready">>,
     <<"Ready", "Receiving">>, <<"Ready", "Running">>}
    \cup IF Arbiter THEN {<<"Ready", "Waiting">>} ELSE {}

\* The phases follow one another. A new connection is one of a new attempt, or of a recovery.
PhasesInOrderProp ==
    [][ /\ source' # source => <<source, source'>> \in SourceMoves
        /\ destination' # destination => <<destination, destination'>> \in DestinationMoves
        /\ attempt' \in {attempt, attempt + 1} /\ accepted' >= accepted
        /\ attempt' # attempt =>
            /\ cut = {} /\ crashed = {}
            /\ \/ source = "Running" /\ source' = "PreCopy" /\ destination # "Running"
               \/ source \in {"HandedOver", "Serving"} /\ source' = source
        /\ accepted' # accepted => destination' \in {"Receiving", "Running"}
        /\ lock' # lock => Arbiter ]_vars

\* The lock goes with what a host does, and only there; who runs without pages was given the guest.
LockHasACauseProp ==
    [][ /\ lock' # lock => source' # source \/ destination' # destination
        /\ destination = "Ready" /\ destination' = "Running" /\ Arbiter =>
            /\ H!OfferedTo
            /\ Missing = {} \/ Len(forward'[accepted]) < Len(forward[accepted])
        /\ destination = "Ready" /\ destination' = "Waiting" => ~H!OfferedTo ]_vars

\* A dead host does nothing: what it had noted stays, and nothing is sent or read.
DeadHostsRestProp ==
    [][ /\ "source" \in crashed =>
            /\ UNCHANGED <<source, attempt, log, pending, round>>
            /\ position'["source"] = position["source"] /\ memory'["source"] = memory["source"]
            /\ \A a \in 1..attempt : Len(forward'[a]) <= Len(forward[a])
        /\ "destination" \in crashed =>
            /\ UNCHANGED <<destination, accepted, requested>>
            /\ position'["destination"] = position["destination"]
            /\ memory'["destination"] = memory["destination"]
            /\ \A a \in 1..attempt : Len(back'[a]) <= Len(back[a]) ]_vars

\* A stream is added to at its end, by one message, and read at its head; it loses its end,
\* or all of it. Through a link that is cut nothing is read.
Shorter(s, t) == Len(s) <= Len(t) /\ s = SubSeq(t, 1, Len(s))
Follows(after, before, isCut) ==
    \/ Shorter(before, after) /\ Len(after) <= Len(before) + 1
    \/ Shorter(after, before)
    \/ before # <<>> /\ after = Tail(before) /\ ~isCut
InOrderProp ==
    [][\A a \in 1..attempt :
        /\ Follows(forward'[a], forward[a], "forward" \in cut)
        /\ Follows(back'[a], back[a], "back" \in cut)]_vars

Grows(after, before) == Len(after) > Len(before)
Last(s) == s[Len(s)]

\* What the destination says is so: said once, when it is so, and whoever changes says it.
DestinationTruthfulProp ==
    [][ /\ \A a \in 1..attempt : Grows(back'[a], back[a]) =>
            LET m == Last(back'[a]) IN
            /\ a = accepted'
            /\ m.type = "Ready" => destination = "Receiving" /\ destination' = "Ready"
            /\ m.type \in {"Ready", "Resumed", "PageList"} => Len(forward'[a]) < Len(forward[a])
            /\ m.type \in {"Resumed", "PageList"} => destination' = "Running"
            /\ m.type = "PageList" => m.missing = Missing /\ accepted' # accepted
            /\ m.type = "Complete" => /\ Missing = {} /\ H!Runs("destination")
                                      /\ \A i \in 1..Len(back[a]) : back[a][i] # m
            /\ m.type = "Demand" => /\ H!Runs("destination") /\ m.page \in Missing \ requested
                                    /\ requested' = requested \cup {m.page}
        /\ requested' \ requested # {} => Grows(back'[accepted], back[accepted])
        /\ accepted' # accepted => Len(forward'[accepted']) < Len(forward[accepted'])
        /\ accepted' # accepted /\ destination' = "Running" /\ accepted' \notin broken =>
            Grows(back'[accepted'], back[accepted']) ]_vars

\* What the source says is so. A page is sent with what the source has of it, when it is due.
SourceTruthfulProp ==
    [][ /\ \A a \in 1..attempt : Grows(forward'[a], forward[a]) =>
            LET m == Last(forward'[a]) IN
            /\ a = attempt
            /\ m.type = "Page" => /\ source \in {"PreCopy", "Serving"} /\ m.page \in pending
                                  /\ m.version = memory["source"][m.page]
                                  /\ pending' = pending \ {m.page}
            /\ m.type = "DeviceState" => /\ source = "Paused" /\ source' = "Offered"
                                         /\ m.discard = pending
            /\ m.type = "Handover" => source' = "HandedOver"
        /\ attempt' # attempt =>
            forward'[attempt'] = IF source' = "PreCopy" THEN <<H!Message("Hello")>>
                                 ELSE <<[type |-> "Recover", handover |-> source = "HandedOver"]>> ]_vars

\* A page that is due stays due until it is on its way, or the attempt is over, or a list says
\* that it has arrived. An answer on a connection that is lost is lost with it, and the page
\* is in the list of the next. What a list says is what the source believes.
DueUntilSentProp ==
    [][ /\ pending \ pending' # {} =>
            \/ source' = "Running"
            \/ Grows(forward'[attempt], forward[attempt]) /\ Last(forward'[attempt]).type = "Page"
            \/ Len(back'[attempt]) < Len(back[attempt]) /\ Head(back[attempt]).type = "PageList"
            \/ Len(back'[attempt]) < Len(back[attempt]) /\ attempt \in broken
        /\ source = "Serving" /\ Len(back'[attempt]) < Len(back[attempt]) /\ attempt \notin broken' =>
            LET m == Head(back[attempt]) IN
            /\ m.type = "PageList" => pending' = m.missing
            /\ m.type = "Demand" => m.page \notin pending' ]_vars

\* What was logged is due: in the next round, which is counted and begins when the one before
\* is sent, or at the switchover. No round without a page that was written since.
RoundsHaveACauseProp ==
    [][ /\ log \ log' # {} =>
            \/ pending' = log /\ round' = round + 1
            \/ source' = "Paused" /\ log \subseteq pending'
            \/ source' = "Running"
        /\ round' # round =>
            \/ round' = 0 /\ source = "PreCopy" /\ source' # "PreCopy"
            \/ round' = 1 /\ source = "Running" /\ source' = "PreCopy"
            \/ round' = round + 1 /\ UNCHANGED source /\ pending = {} /\ log # {} ]_vars

\* Outside of an attempt nothing is noted; rounds end with the switchover; a guest waits only where it runs, and only for
\* what is not there.
NothingLeftBehind ==
    /\ source # "PreCopy" => log = {}
    /\ source = "Running" => pending = {}
    /\ round > 0 <=> source = "PreCopy"
    /\ requested # {} => destination = "Running" /\ requested \subseteq Missing

\* The guest touches only a page that is there, and steps are the guest's.
StepsAreMadeProp ==
    [][ steps' # steps => \E h \in Hosts :
            /\ H!Runs(h) /\ position'[h] = Len(steps')
            /\ memory[h][steps'[Len(steps')]] # Absent ]_vars

\* Only the guest writes to the source; only what is read, and the guest, to the destination;
\* a new attempt finds nothing there.
MemoryHasACauseProp ==
    [][ /\ memory'["source"] # memory["source"] => steps' # steps /\ H!Runs("source")
        /\ memory'["destination"] # memory["destination"] =>
            \/ steps' # steps /\ H!Runs("destination")
            \/ accepted' # accepted
            \/ accepted' = accepted /\ accepted > 0
                 /\ Len(forward'[accepted]) < Len(forward[accepted])
        /\ accepted' # accepted /\ destination' = "Receiving" =>
            \A p \in Pages : memory'["destination"][p] = Absent ]_vars

\* Nobody gives up without a cause that can be seen from where he stands, and a source that
\* may still take the guest back closes its end only by doing so.
NoCauseNoDoubtProp ==
    [][ /\ attempt > 0 /\ attempt \notin broken /\ attempt \in broken' /\ back'[attempt] # back[attempt]
             /\ source' = source /\ UNCHANGED crashed =>
            source \in {"HandedOver", "Serving"} /\ H!SourceSuspects
        /\ destination = "Receiving" /\ destination' = "Waiting" => H!DestinationSuspects
        /\ source = "HandedOver" /\ source' = "Running" => H!SourceSuspects
        /\ source = "HandedOver" /\ source' = "Serving" /\ attempt \in broken' =>
            H!SourceSuspects
        /\ destination = "Ready" /\ destination' = "Running" /\ back' = back =>
            H!DestinationSuspects \/ accepted \in broken ]_vars

\* A connection that nobody uses any more is closed, and its messages are gone.
ClosedWhenOver ==
    /\ Alive("source") /\ source \in {"Running", "Completed"} =>
        attempt = 0 \/ (attempt \in broken /\ back[attempt] = <<>>)
    /\ \A a \in 1..(attempt - 1) : a \in broken
    /\ \A a \in 1..(accepted - 1) : forward[a] = <<>>
    /\ destination = "Waiting" /\ accepted > 0 =>
        accepted \in broken /\ (Alive("destination") => forward[accepted] = <<>>)

\* The lock is with the side that may make output, and on offer only in between.
LockTruthful ==
    Arbiter =>
        /\ lock.owner = "destination" <=> destination = "Running"
        /\ lock.offeredTo = "destination" <=> source = "HandedOver" /\ destination = "Ready"
        /\ lock.offeredTo = "destination" => lock = H!Offer(accepted) /\ accepted = attempt

Places(s, type) == {i \in 1..Len(s) : s[i].type = type}
Holds(s, type) == Places(s, type) # {}
OfPage(s, p) == {i \in Places(s, "Page") : s[i].page = p}

\* The version of p at the destination once stream s of attempt a has been read.
LastIn(s, a, p) ==
    LET sent == OfPage(s, p)
    IN  IF sent # {} THEN s[CHOOSE i \in sent : \A j \in sent : j <= i].version
        ELSE IF accepted = a THEN memory["destination"][p] ELSE Absent

\* What a host says with a change of its phase is on its way or has arrived, as long as
\* nobody has given the connection up.
NothingForgotten ==
    attempt > 0 /\ attempt \notin broken =>
        /\ accepted < attempt =>
            forward[attempt] # <<>> /\ Head(forward[attempt]).type =
                IF source \in {"HandedOver", "Serving"} THEN "Recover" ELSE "Hello"
        /\ source = "Offered" => \/ Holds(forward[attempt], "DeviceState")
                                 \/ accepted = attempt /\ Holds(back[attempt], "Ready")
        /\ source = "HandedOver" /\ accepted = attempt =>
            IF destination = "Ready" THEN Holds(forward[attempt], "Handover")
            ELSE Holds(back[attempt], "Resumed") \/ Holds(back[attempt], "PageList")

\* Every page that the destination lacks, or has in an old version, is due, or on its way,
\* or named in the list that is.
PagesAccounted ==
    attempt > 0 /\ attempt \notin broken =>
        /\ source \in {"PreCopy", "Paused"} => \A p \in Pages \ (log \cup pending) :
            LastIn(forward[attempt], attempt, p) = memory["source"][p]
        /\ source \in {"Offered", "HandedOver", "Serving"} /\ accepted = attempt
             /\ destination \in {"Ready", "Running"} /\ ~Holds(back[attempt], "PageList") =>
            \A p \in Missing : p \in pending \/ OfPage(forward[attempt], p) # {}

\* Who can go on may do so, and it makes a difference.
SourceStalls ==
    Alive("source") =>
        /\ source \in {"PreCopy", "Serving"} /\ attempt \notin broken /\ pending # {} =>
            ENABLED (SendPage /\ pending' # pending)
        /\ source = "PreCopy" /\ pending = {} /\ log # {} => ENABLED (StartRound /\ log' # log)
        /\ source = "PreCopy" => ENABLED (PauseSource /\ source' = "Paused")
        /\ source = "Paused" => ENABLED (OfferHandover /\ source' = "Offered")
        /\ source = "HandedOver" /\ H!HeadBack("Resumed") =>
            ENABLED (ReceiveResumed /\ source' = "Serving" /\ back' # back)
        /\ source = "Serving" /\ H!HeadBack("Demand") => ENABLED (AnswerDemand /\ back' # back)
        /\ source = "Serving" /\ H!HeadBack("Complete") =>
            ENABLED (ReceiveComplete /\ source' = "Completed")
        /\ source \in {"HandedOver", "Serving"} =>
            /\ H!HeadBack("PageList") => ENABLED (ReceivePageList /\ source' = "Serving" /\ back' # back)
            /\ attempt \notin broken /\ H!SourceSuspects =>
                ENABLED (GiveUpConnection /\ broken' # broken)
            /\ source = "HandedOver" /\ Arbiter /\ H!SourceSuspects =>
                ENABLED (ReclaimLock /\ source' # source)
            /\ (Arbiter => source = "Serving") /\ attempt \in broken /\ Alive("destination") /\ cut = {} =>
                ENABLED (Recover /\ attempt' # attempt)
DestinationStalls ==
    Alive("destination") =>
        /\ destination = "Ready" /\ H!HeadForward("Handover") =>
            ENABLED ((ResumeDestination \/ RefuseHandover) /\ destination' # destination)
        /\ destination = "Ready" /\ Arbiter =>
            /\ H!Superseded => ENABLED (LearnSuperseded /\ destination' = "Waiting")
            /\ H!OfferedTo /\ Missing = {} /\ H!DestinationSuspects =>
                ENABLED (ClaimLock /\ destination' = "Running")
        /\ destination \in {"Receiving", "Running"} /\ H!HeadForward("Page") =>
            ENABLED (ReceivePage /\ forward' # forward)
        /\ destination = "Running" /\ accepted \notin broken =>
            /\ \A p \in Missing \ requested : ENABLED (DemandPage(p) /\ requested' # requested)
            /\ Missing = {} /\ ~Holds(back[accepted], "Complete") =>
                ENABLED (SendComplete /\ back' # back)
        /\ destination \in {"Ready", "Running"} /\ "forward" \notin cut =>
            \A a \in (accepted + 1)..attempt : Holds(forward[a], "Recover") =>
                ENABLED (ReceiveRecover(a) /\ destination' = "Running")
NobodyStalls == SourceStalls /\ DestinationStalls
==================================================================================
