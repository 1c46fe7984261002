------------------------ MODULE DirectPostCopyConduct --------------------------
(* What each host owes, step by step, as in PostCopyConduct, of post-copy as    *)
(* QEMU does it. What precedes it is in DirectPreCopyConduct, of DirectPreCopy. *)
EXTENDS DirectPostCopy

Dies(h) == H!Alive(h) /\ h \in crashed'
Last(s) == s[Len(s)]
Grows(after, before) == Len(after) > Len(before)
Shrinks(after, before) == Len(after) < Len(before)

\* A connection in the place of one that was lost.
Renewed(a) == a \in broken /\ a \notin broken'

\* The phases of a host that lives follow one another.
Moves ==
    {<<p, "Receiving">> : p \in {"Waiting", "Completed"}}
    \cup {<<"Receiving", "Waiting">>, <<"Receiving", "Running">>, <<"Receiving", "Listening">>,
          <<"Listening", "Running">>, <<"Running", "PreCopy">>, <<"PreCopy", "Paused">>,
          <<"Paused", "HandedOver">>, <<"Paused", "Serving">>, <<"HandedOver", "Completed">>,
          <<"Serving", "Sent">>, <<"Sent", "Completed">>, <<"Asking", "Resuming">>,
          <<"Resuming", "Serving">>}
    \cup {<<p, "Asking">> : p \in ServingPhases}
    \cup {<<p, "Running">> : p \in {"PreCopy", "Paused", "HandedOver"}}
PhasesInOrderProp ==
    [][ \A h \in Hosts : ~Dies(h) =>
            /\ phase'[h] # phase[h] => <<phase[h], phase'[h]>> \in Moves
            /\ attempt'[h] # attempt[h] => phase[h] = "Running" /\ Missing(h) = {} ]_allVars

\* What the source says is so, and said once. Whoever goes on says so: after the pause the device
\* state with the list of what is stale, then pages that are due, then the end. A page goes with
\* what the source has of it.
SourceTruthfulProp ==
    [][ \A a \in Attempts :
            LET h == from[a]
                m == Last(forward'[a]) IN
            /\ ~Renewed(a) /\ Grows(forward'[a], forward[a]) =>
                /\ m.type = "Page" => /\ m.page \in pending[h] \ pending'[h]
                                      /\ m.version = memory[h][m.page]
                                      /\ phase[h] \in {"PreCopy", "Paused", "Serving"}
                /\ m.type = "DeviceState" =>
                    /\ phase[h] = "Paused"
                    /\ IF "stale" \in DOMAIN m THEN phase'[h] = "Serving" /\ m.stale = pending[h]
                                               ELSE phase'[h] = "HandedOver"
                /\ m.type = "End" => phase[h] = "Serving" /\ phase'[h] = "Sent" /\ pending[h] = {}
                /\ m.type = "Resume" => phase[h] = "Asking" /\ phase'[h] = "Resuming"
            /\ attempt[h] = a /\ a \notin broken =>
                \A move \in {<<"Paused", "Serving">>, <<"Serving", "Sent">>, <<"Asking", "Resuming">>} :
                    <<phase[h], phase'[h]>> = move => Grows(forward'[a], forward[a]) ]_allVars

\* A page that is due stays due until it is on its way, or the attempt is over, or a list says
\* that it has arrived. What a list says is what the source believes.
DueUntilSentProp ==
    [][ \A h \in Hosts :
            LET a == attempt[h] IN
            /\ pending[h] \ pending'[h] # {} =>
                \/ phase'[h] = "Running" \/ Dies(h) \/ a \in broken
                \/ phase[h] = "Asking"
                \/ Grows(forward'[a], forward[a]) /\ Last(forward'[a]).type = "Page"
            /\ phase[h] = "Asking" /\ phase'[h] = "Resuming" =>
                pending'[h] = Pages \ Head(back[a]).pages
            /\ phase[h] \in {"Serving", "Sent"} /\ phase'[h] = phase[h] /\ a \notin broken'
                 /\ Shrinks(back'[a], back[a]) =>
                Head(back[a]).type = "Demand" /\ Head(back[a]).page \notin pending'[h] ]_allVars

\* What a source learns it has read. It closes its end only when all is over.
LearnsFromAnswersProp ==
    [][ \A h \in Hosts \ crashed :
            LET a == attempt[h]
                Goes(p, q, type) == phase[h] = p /\ phase'[h] = q =>
                    back[a] # <<>> /\ Head(back[a]).type = type /\ Shrinks(back'[a], back[a]) IN
            /\ Goes("Sent", "Completed", "Resumed")
            /\ Goes("Asking", "Resuming", "Pages")
            /\ Goes("Resuming", "Serving", "ResumeAck")
            /\ phase[h] = "Sent" /\ phase'[h] = "Completed" => a \in broken' /\ back'[a] = <<>>
            /\ GivenAway(h) /\ phase'[h] = phase[h] /\ ~Dies(h) /\ a \notin broken /\ a \in broken' =>
                back'[a] = back[a] ]_allVars

\* A recovery goes to the host that has the guest, and begins with a question. Until that host has
\* said that the source may go on, nothing else is on its way.
RecoversRightlyProp ==
    [][ /\ \A h \in Hosts : phase'[h] = "Asking" /\ phase[h] # "Asking" => Renewed(attempt[h])
        /\ \A a \in Attempts : Renewed(a) =>
            LET h == from[a]
                d == to[a] IN
            /\ GivenAway(h) /\ attempt[h] = a /\ phase'[h] = "Asking"
            /\ TakesPages(d) /\ accepted[d] = a
            /\ forward'[a] = <<H!Message("WhichPages")>> /\ back'[a] = <<>> /\ a \in recovering'
        /\ \A a \in recovering \ recovering' :
            /\ forward[a] # <<>> /\ Head(forward[a]).type = "Resume"
            /\ Shrinks(forward'[a], forward[a]) ]_allVars

\* What a destination says is so, and it answers once to each question. A demand is of a page that
\* the guest waits for from then on.
AnswersTrulyProp ==
    [][ \A a \in Attempts :
            LET d == to[a]
                m == Last(back'[a])
                Read(type) == forward[a] # <<>> /\ Head(forward[a]).type = type
                              /\ Shrinks(forward'[a], forward[a]) IN
            /\ ~Renewed(a) /\ Grows(back'[a], back[a]) =>
                /\ accepted[d] = a
                /\ m.type = "Demand" =>
                    /\ TakesPages(d) /\ a \notin recovering /\ m.page \in Missing(d) \ requested[d]
                    /\ requested'[d] = requested[d] \cup {m.page} /\ UNCHANGED forward
                /\ m.type = "Resumed" =>
                    \/ Read("End") /\ phase[d] = "Running"
                    \/ Read("DeviceState") /\ phase[d] = "Receiving"
                /\ m.type = "Refused" => Read("DeviceState") /\ "stale" \notin DOMAIN Head(forward[a])
                /\ m.type = "Pages" =>
                    TakesPages(d) /\ Read("WhichPages") /\ m.pages = Pages \ Missing(d)
                /\ m.type = "ResumeAck" =>
                    /\ TakesPages(d) /\ Read("Resume")
                    /\ requested'[d] = {} /\ a \notin recovering'
            /\ accepted[d] = a /\ a \notin broken \cup broken' =>
                /\ requested'[d] \ requested[d] # {} => Grows(back'[a], back[a])
                /\ \A type \in {"End", "WhichPages", "Resume"} :
                    Read(type) => Grows(back'[a], back[a]) ]_allVars

\* The guest comes with the device state, and what is stale is not taken for a page. Pages change
\* by what is read, and by the guest; a page that has come is not waited for any more.
MemoryHasACauseProp ==
    [][ \A h \in Hosts :
            LET a == accepted[h]
                m == Head(forward[a])
                Goes(p, q) == phase[h] = p /\ phase'[h] = q IN
            /\ Goes("Receiving", "Listening") =>
                /\ Shrinks(forward'[a], forward[a]) /\ steps'[h] = m.steps
                /\ \A p \in Pages : memory'[h][p] = IF p \in m.stale THEN Absent ELSE memory[h][p]
            /\ Goes("Receiving", "Running") => "stale" \notin DOMAIN m
            /\ memory'[h] # memory[h] =>
                \/ Dies(h) \/ accepted'[h] # a \/ Goes("Receiving", "Listening")
                \/ H!Runs(h) /\ steps'[h] # steps[h]
                \/ a > 0 /\ Shrinks(forward'[a], forward[a])
            /\ TakesPages(h) /\ a > 0 /\ a \notin broken \cup broken' /\ Shrinks(forward'[a], forward[a])
                 /\ m.type = "Page" =>
                memory'[h][m.page] = m.version /\ m.page \notin requested'[h]
            /\ steps'[h] # steps[h] =>
                \/ Dies(h) \/ phase[h] = "Receiving"
                \/ H!Runs(h) /\ memory[h][Last(steps'[h])] # Absent ]_allVars

\* The lock goes with the guest: on offer with the device state, taken where the guest runs.
LockHasACauseProp ==
    [][ \A h \in Hosts : ~Dies(h) =>
            /\ phase[h] = "Paused" /\ phase'[h] = "Serving" =>
                lock' = H!Offer(h, to[attempt[h]], attempt[h])
            /\ phase[h] = "Listening" /\ phase'[h] = "Running" => lock' = H!Held(h, accepted[h])
            /\ lock' # lock => \E d \in Hosts : phase'[d] # phase[d] ]_allVars

\* Outside of an attempt nothing is noted. A guest waits only where its pages come, and only for
\* what is not there. Of a recovery that goes on the source knows.
NothingLeftBehind ==
    /\ \A h \in Hosts :
        /\ phase[h] \in {"PreCopy", "Paused", "Serving", "Asking", "Resuming"} \/ pending[h] = {}
        /\ phase[h] \in {"PreCopy", "Paused"} \/ log[h] = {}
        /\ round[h] > 0 <=> GivenAway(h) \/ phase[h] \in {"PreCopy", "Paused", "HandedOver"}
        /\ requested[h] # {} => TakesPages(h) /\ requested[h] \subseteq Missing(h)
    /\ \A a \in recovering : attempt[from[a]] = a => phase[from[a]] \in {"Asking", "Resuming"}

\* Who can go on may do so, and it makes a difference.
SourceStalls(h) ==
    LET a == attempt[h] IN
    /\ phase[h] = "PreCopy" => ENABLED (PauseForPostCopy(h) /\ phase' # phase)
    /\ phase[h] = "Paused" /\ log[h] = {} => ENABLED (GiveAwaySplit(h) /\ phase' # phase)
    /\ phase[h] = "Serving" =>
        /\ \A p \in pending[h] : ENABLED (PushPage(h, p) /\ pending' # pending)
        /\ pending[h] = {} => ENABLED (SendEnd(h) /\ phase' # phase)
    /\ phase[h] \in {"Serving", "Sent"} /\ H!HeadBack(h, a, "Demand") =>
        ENABLED (AnswerDemand(h) /\ back' # back)
    /\ phase[h] = "Sent" /\ H!HeadBack(h, a, "Resumed") => ENABLED (ReceiveComplete(h) /\ phase' # phase)
    /\ phase[h] = "Asking" /\ H!HeadBack(h, a, "Pages") =>
        ENABLED (ReceivePages(h) /\ phase' # phase /\ back' # back)
    /\ phase[h] = "Resuming" /\ H!HeadBack(h, a, "ResumeAck") =>
        ENABLED (ReceiveResumeAck(h) /\ phase' # phase /\ back' # back)
    /\ GivenAway(h) /\ a \in broken =>
        LET d == to[a] IN
        H!Alive(d) /\ H!Connected(h, d) /\ TakesPages(d) /\ accepted[d] = a =>
            ENABLED (Recover(h) /\ broken' # broken)
DestinationStalls(h) ==
    LET a == accepted[h] IN
    /\ HasSplitState(h) => ENABLED (Listen(h) /\ phase' # phase)
    /\ HasDeviceState(h) /\ ~HasSplitState(h) =>
        ENABLED (TakeOverWhole(h) /\ phase' # phase) /\ ENABLED (RefuseWhole(h) /\ phase' # phase)
    /\ phase[h] = "Listening" => ENABLED (RunSplit(h) /\ phase' # phase)
    /\ TakesPages(h) =>
        /\ a \notin broken \cup recovering =>
            \A p \in Missing(h) \ requested[h] : ENABLED (DemandPage(h, p) /\ requested' # requested)
        /\ H!HeadForward(h, a, "Page") => ENABLED (PlacePage(h) /\ forward' # forward)
        /\ H!HeadForward(h, a, "WhichPages") => ENABLED (TellPages(h) /\ forward' # forward)
        /\ H!HeadForward(h, a, "Resume") => ENABLED (AcceptResume(h) /\ forward' # forward)
    /\ phase[h] = "Running" /\ H!HeadForward(h, a, "End") => ENABLED (ReceiveEnd(h) /\ forward' # forward)
    /\ H!Runs(h) => \A p \in Pages \ Missing(h) : ENABLED (SplitGuestStep(h, p) /\ steps' # steps)
NobodyStalls == \A h \in Hosts \ crashed : SourceStalls(h) /\ DestinationStalls(h)
================================================================================
