-------------------------- MODULE DirectPreCopyConduct -------------------------
(* What each host owes, step by step, as in PreCopyConduct, where the device    *)
(* state gives the guest away.                                                  *)
EXTENDS DirectPreCopy

M == INSTANCE PreCopyConduct
C == INSTANCE HandoverConduct
DeadMemoryRestsProp == M!DeadMemoryRestsProp
DeadHostsForget == M!DeadHostsForget
NothingLeftBehind == M!NothingLeftBehind
MemoryHasACauseProp == M!MemoryHasACauseProp
InOrderProp == M!InOrderProp

\* The phases of a host that lives follow one another, and attempts are numbered.
Moves ==
    {<<p, "Receiving">> : p \in {"Waiting", "Completed"}}
    \cup {<<"Receiving", "Waiting">>, <<"Receiving", "Running">>, <<"Running", "PreCopy">>,
          <<"PreCopy", "Paused">>, <<"Paused", "HandedOver">>, <<"HandedOver", "Completed">>}
    \cup {<<p, "Running">> : p \in {"PreCopy", "Paused", "HandedOver"}}
PhasesInOrderProp ==
    [][ \A h \in Hosts : ~C!Dies(h) =>
            /\ phase'[h] # phase[h] => <<phase[h], phase'[h]>> \in Moves
            /\ attempt'[h] # attempt[h] => C!StartsRightly(h)
            /\ accepted'[h] # accepted[h] => phase'[h] = "Receiving" ]_vars

\* A page that is due stays due until it is on its way, or the attempt is over.
DueUntilSentProp == M!DueUntilSentProp

\* Only a page that is due is sent, and each time it is due once.
SendsWhatIsDueProp ==
    [][ \A h \in Hosts : phase[h] \in {"PreCopy", "Paused"} /\ attempt[h] \notin broken =>
            LET sent == forward'[attempt[h]]
                more == Len(sent) > Len(forward[attempt[h]]) IN
            more /\ sent[Len(sent)].type = "Page" =>
                sent[Len(sent)].page \in pending[h] \ pending'[h] ]_vars

\* The guest is paused when the rest is few pages, and not earlier.
DowntimeLimitProp ==
    [][ \A h \in Hosts : phase[h] = "PreCopy" /\ phase'[h] = "Paused" =>
            Cardinality(log[h] \cup pending[h]) <= FewEnough ]_vars

\* What was logged is due, beside what still was, in the next round, which is counted.
RoundsHaveACauseProp ==
    [][ \A h \in Hosts : ~C!Dies(h) =>
        /\ log[h] \ log'[h] # {} =>
            \/ pending'[h] = pending[h] \cup log[h] /\ round'[h] = round[h] + 1
            \/ phase'[h] = "Running"
        /\ round'[h] # round[h] =>
            \/ phase'[h] \in {"Running", "Completed"} \/ attempt'[h] # attempt[h]
            \/ round'[h] = round[h] + 1 /\ log[h] # {}
        /\ attempt'[h] # attempt[h] => round'[h] = 1 /\ pending'[h] = Pages ]_vars

\* Whoever is paused has sent it all when the device state goes; it goes once, and last.
GivesAwayLastProp ==
    [][ \A a \in Attempts :
            LET h == from[a]
                sent == forward'[a] IN
            attempt[h] = a /\ phase[h] = "Paused" /\ phase'[h] = "HandedOver" =>
                /\ a \notin broken => sent # <<>> /\ sent[Len(sent)].type = "DeviceState"
                /\ lock'.owner = h /\ lock'.offeredTo = to[a] /\ lock'.attempt = a ]_vars

\* A destination says what became of the device state, once and truly, and only then.
AnswersTrulyProp ==
    [][ \A a \in Attempts :
            LET d == to[a]
                said == SubSeq(back'[a], Len(back[a]) + 1, Len(back'[a])) IN
            /\ Len(back'[a]) > Len(back[a]) =>
                /\ Len(forward'[a]) < Len(forward[a])
                /\ said = <<H!Message(IF phase'[d] = "Running" THEN "Resumed" ELSE "Refused")>>
            /\ accepted[d] = a /\ phase[d] = "Receiving" /\ phase'[d] = "Running" =>
                /\ lock' = H!Held(d, a)
                /\ a \notin broken => Len(back'[a]) = Len(back[a]) + 1
            /\ accepted[d] = a /\ phase[d] = "Receiving" /\ phase'[d] = "Waiting" /\ ~C!Dies(d)
                 /\ a \notin broken /\ a \notin broken' =>
                Len(back'[a]) = Len(back[a]) + 1 ]_vars

\* What a source learns it has read: that the guest runs there, or that it never will.
LearnsFromAnswersProp ==
    [][ \A h \in Hosts : phase[h] = "HandedOver" /\ phase'[h] # "HandedOver" /\ ~C!Dies(h) =>
            /\ back[attempt[h]] # <<>>
            /\ phase'[h] = "Completed" => Head(back[attempt[h]]).type = "Resumed"
            /\ phase'[h] = "Running" =>
                Head(back[attempt[h]]).type = "Refused" /\ lock' = H!Held(h, attempt[h])
            /\ attempt[h] \in broken' ]_vars

\* What has arrived at a destination is never thrown away unread by itself.
ReadsFirstProp ==
    [][ \A h \in Hosts \ crashed : phase[h] = "Receiving" /\ phase'[h] = "Waiting" /\ ~C!Dies(h) =>
            \/ forward[accepted[h]] = <<>>
            \/ Head(forward[accepted[h]]).type = "DeviceState" ]_vars

\* Who can go on may do so.
NobodyStalls ==
    \A h \in Hosts \ crashed :
        /\ phase[h] \in {"PreCopy", "Paused"} =>
            /\ \A p \in pending[h] : ENABLED (SendAnyPage(h, p) /\ pending' # pending)
            /\ log[h] # {} => ENABLED (CollectLog(h) /\ log' # log)
        /\ phase[h] = "PreCopy" /\ Cardinality(pending[h] \cup log[h]) <= FewEnough =>
            ENABLED (PauseWhileDue(h) /\ phase' # phase)
        /\ phase[h] = "Paused" /\ pending[h] = {} /\ log[h] = {} =>
            ENABLED (GiveAway(h) /\ phase' # phase)
        /\ phase[h] = "HandedOver" /\ H!HeadBack(h, attempt[h], "Refused") =>
            ENABLED (ReceiveRefused(h) /\ phase' # phase)
        /\ HasDeviceState(h) =>
            ENABLED (TakeOver(h) /\ phase' # phase) /\ ENABLED (RefuseDeviceState(h) /\ phase' # phase)
        /\ phase[h] = "Receiving" /\ forward[accepted[h]] = <<>> /\ H!DestinationSuspects(h) =>
            ENABLED (DiscardWhenRead(h) /\ phase' # phase)

\* For each host and each thing it does, as in Handover. Nobody owes a refusal.
DirectHostFairness(h) ==
    /\ \A p \in Pages : WF_vars(SendAnyPage(h, p))
    /\ WF_vars(CollectLog(h)) /\ WF_vars(PauseWhileDue(h)) /\ WF_vars(GiveAway(h))
    /\ WF_vars(ReceiveResumed(h)) /\ WF_vars(ReceiveRefused(h)) /\ WF_vars(AbortAttempt(h))
    /\ WF_vars(\E a \in Attempts : ReceiveHello(h, a))
    /\ WF_vars(ReceivePage(h)) /\ WF_vars(TakeOver(h)) /\ WF_vars(DiscardWhenRead(h))
DirectFairness ==
    /\ \A h \in Hosts : DirectHostFairness(h)
    /\ \A link \in Links : WF_vars(HealLink(link[1], link[2]))
DirectFaultsEnd == <>[][DirectFault => \E h \in Hosts : DirectProtocol(h)]_vars

\* A guest on its way arrives. Holds as long as no connection breaks: a source in doubt cannot
\* ask again, so a lost device state is waited for for ever.
DirectEventuallyRuns == DirectFaultsEnd => (DirectHome = "transit" ~> DirectHome # "transit")
================================================================================
