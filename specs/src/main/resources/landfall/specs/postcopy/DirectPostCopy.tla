----------------------------- MODULE DirectPostCopy ----------------------------
(* Post-copy as QEMU does it, after as many rounds of DirectPreCopy as the      *)
(* operator likes. The guest is paused, its stale pages are named, and the      *)
(* device state goes with the command to run: that gives the guest away. The    *)
(* destination first listens (it takes pages and asks for them), then it runs.  *)
(* What PostCopy has and QEMU has not:                                          *)
(*   - Nobody says Ready, and the destination places whatever comes. That no    *)
(*     page overwrites a newer one rests on the source, which sends each page   *)
(*     that is due once.                                                        *)
(*   - The source says when it has sent all (SendEnd), and the destination      *)
(*     believes it (ReceiveEnd).                                                *)
(*   - A recovery is a dialogue on a new connection: which pages are there, may *)
(*     it go on, it may. Nobody sends pages or asks for them before its end.    *)
(* Four mistakes are switches. QEMU makes the last two: a source that has sent  *)
(* all, and hears nothing, goes on, and a destination that listens, and does    *)
(* not run yet, ends when it loses the connection.                              *)
(*                                                                              *)
(* It refines LiveMigration. Of a guest that is on two hosts the death of       *)
(* either loses a part, as in PostCopy.                                         *)
(*                                                                              *)
(* Left out: what DirectPreCopy leaves out.                                     *)
(* Code: none of ours; QEMU's streams are held against it                       *)
(* (TraceDirectPostCopy).                                                       *)
EXTENDS DirectPreCopy

CONSTANTS
    DiscardListSent,    \* FALSE: the mistake "stale pages are not named"
    RecoveryAsks,       \* FALSE: the mistake "what was sent has arrived"
    SourceGoesOn,       \* TRUE: the mistake "no page is asked for, so go on here"
    ListenerEnds        \* TRUE: the mistake "the guest does not run yet, so it can go"

ASSUME {DiscardListSent, RecoveryAsks, SourceGoesOn, ListenerEnds} \subseteq BOOLEAN

VARIABLES
    requested,  \* requested[h]: pages that h's guest waits for, asked of the source
    recovering  \* attempts on whose new connection nobody may send pages, or ask for them, yet

splitVars == <<requested, recovering>>
allVars == <<vars, splitVars>>

\* As source, behind Paused: it serves pages, has sent all, asks which pages are there, or
\* whether it may go on. As destination, behind Receiving: it listens.
ServingPhases == {"Serving", "Sent", "Asking", "Resuming"}

SplitTypeOK ==
    /\ phase \in [Hosts -> H!Phases \cup ServingPhases \cup {"Listening"}]
    /\ {attempt, accepted} \subseteq [Hosts -> 0..Len(from)]
    /\ memory \in [Hosts -> [Pages -> {Absent} \cup Nat]]
    /\ {log, pending, requested} \subseteq [Hosts -> SUBSET Pages]
    /\ recovering \subseteq Attempts
    /\ \A h \in Hosts : phase[h] \in ServingPhases => attempt[h] # 0

SplitInit == Init /\ requested = [h \in Hosts |-> {}] /\ recovering = {}

Missing(h) == {p \in Pages : memory[h][p] = Absent}
GivenAway(h) == phase[h] \in ServingPhases
TakesPages(h) == phase[h] \in {"Listening", "Running"}

\* Without pages a guest goes nowhere else.
StartWhole(h, d) == Missing(h) = {} /\ StartAttempt(h, d) /\ UNCHANGED splitVars

SplitGuestStep(h, p) == memory[h][p] # Absent /\ GuestStep(h, p) /\ UNCHANGED splitVars

--------------------------------------------------------------------------------
(* As source                                                                    *)

\* The operator's wish, however much is due.
PauseForPostCopy(h) == H!PauseSource(h) /\ UNCHANGED <<memoryVars, splitVars>>

\* The point of no return. What is due goes later, and is stale where it was sent before.
GiveAwaySplit(h) ==
    /\ H!Alive(h) /\ phase[h] = "Paused"
    /\ log[h] = {}
    /\ H!SetPhase(h, "Serving")
    /\ H!SendForward(attempt[h], [type |-> "DeviceState", steps |-> steps[h],
                                  stale |-> IF DiscardListSent THEN pending[h] ELSE {}])
    /\ lock' = H!Offer(h, to[attempt[h]], attempt[h])
    /\ UNCHANGED <<attempt, accepted, from, to, back, broken, cut, crashed, steps, released,
                   memoryVars, splitVars>>

PageMessage(h, p) == [type |-> "Page", page |-> p, version |-> memory[h][p]]

PushPage(h, p) ==
    /\ H!Alive(h) /\ phase[h] = "Serving"
    /\ p \in pending[h]
    /\ H!SendForward(attempt[h], PageMessage(h, p))
    /\ pending' = [pending EXCEPT ![h] = @ \ {p}]
    /\ UNCHANGED <<phase, attempt, accepted, from, to, back, broken, cut, crashed, lock,
                   steps, released, memory, log, round, splitVars>>

\* A page that is asked for overtakes the others. One that was sent is on its way.
AnswerDemand(h) ==
    /\ phase[h] \in {"Serving", "Sent"} /\ H!HeadBack(h, attempt[h], "Demand")
    /\ LET p == Head(back[attempt[h]]).page IN
         /\ IF p \in pending[h] THEN H!SendForward(attempt[h], PageMessage(h, p))
                                ELSE UNCHANGED forward
         /\ pending' = [pending EXCEPT ![h] = @ \ {p}]
    /\ H!TakeBack(attempt[h])
    /\ UNCHANGED <<phase, attempt, accepted, from, to, broken, cut, crashed, lock, steps,
                   released, memory, log, round, splitVars>>

SendEnd(h) ==
    /\ H!Alive(h) /\ phase[h] = "Serving"
    /\ pending[h] = {}
    /\ H!SetPhase(h, "Sent")
    /\ H!SendForward(attempt[h], H!Message("End"))
    /\ UNCHANGED <<attempt, accepted, from, to, back, broken, cut, crashed, lock, steps,
                   released, memoryVars, splitVars>>

ReceiveComplete(h) ==
    /\ phase[h] = "Sent" /\ H!HeadBack(h, attempt[h], "Resumed")
    /\ H!SetPhase(h, "Completed") /\ H!CloseSource(attempt[h])
    /\ UNCHANGED <<attempt, accepted, from, to, forward, cut, crashed, lock, steps, released,
                   splitVars>>
    /\ ForgetAttempt(h)

\* A new connection in the place of the lost one, to a destination that has the guest.
Recover(h) ==
    /\ GivenAway(h) /\ LET d == to[attempt[h]] IN TakesPages(d) /\ accepted[d] = attempt[h]
    /\ H!Reconnect(attempt[h], H!Message("WhichPages"))
    /\ H!SetPhase(h, "Asking")
    /\ recovering' = recovering \cup {attempt[h]}
    /\ UNCHANGED <<attempt, accepted, from, to, cut, crashed, lock, steps, released, memoryVars,
                   requested>>

\* What is not there is sent again, whatever was sent before.
ReceivePages(h) ==
    /\ phase[h] = "Asking" /\ H!HeadBack(h, attempt[h], "Pages")
    /\ H!SetPhase(h, "Resuming")
    /\ pending' = [pending EXCEPT ![h] = IF RecoveryAsks THEN Pages \ Head(back[attempt[h]]).pages
                                                         ELSE @]
    /\ H!TakeBack(attempt[h]) /\ H!SendForward(attempt[h], H!Message("Resume"))
    /\ UNCHANGED <<attempt, accepted, from, to, broken, cut, crashed, lock, steps, released,
                   memory, log, round, splitVars>>

ReceiveResumeAck(h) ==
    /\ phase[h] = "Resuming" /\ H!HeadBack(h, attempt[h], "ResumeAck")
    /\ H!SetPhase(h, "Serving") /\ H!TakeBack(attempt[h])
    /\ UNCHANGED <<attempt, accepted, from, to, forward, broken, cut, crashed, lock, steps,
                   released, memoryVars, splitVars>>

\* The mistake: the guest goes on where it was, although it was given away.
GoOnAtSource(h) ==
    /\ SourceGoesOn /\ H!Alive(h) /\ GivenAway(h) /\ H!SourceSuspects(h)
    /\ H!SetPhase(h, "Running") /\ H!CloseSource(attempt[h])
    /\ UNCHANGED <<attempt, accepted, from, to, forward, cut, crashed, lock, steps, released,
                   splitVars>>
    /\ ForgetAttempt(h)

--------------------------------------------------------------------------------
(* As destination                                                               *)

\* Only the device state of post-copy says which pages are stale.
HasSplitState(h) == HasDeviceState(h) /\ "stale" \in DOMAIN Head(forward[accepted[h]])

TakeOverWhole(h) == ~HasSplitState(h) /\ TakeOver(h)
RefuseWhole(h) == ~HasSplitState(h) /\ RefuseDeviceState(h)

Listen(h) ==
    /\ HasSplitState(h)
    /\ H!SetPhase(h, "Listening")
    /\ LET m == Head(forward[accepted[h]]) IN
         /\ steps' = [steps EXCEPT ![h] = m.steps]
         /\ memory' = [memory EXCEPT ![h] = [p \in Pages |-> IF p \in m.stale THEN Absent ELSE @[p]]]
    /\ H!TakeForward(accepted[h])
    /\ UNCHANGED <<attempt, accepted, from, to, back, broken, cut, crashed, lock, released, log,
                   pending, round, splitVars>>

RunSplit(h) ==
    /\ H!Alive(h) /\ phase[h] = "Listening"
    /\ H!SetPhase(h, "Running")
    /\ lock' = H!Held(h, accepted[h])
    /\ UNCHANGED <<attempt, accepted, from, to, forward, back, broken, cut, crashed, steps,
                   released, memoryVars, splitVars>>

\* A demand fault: what runs here, or the devices that are loaded, wait for page p.
DemandPage(h, p) ==
    /\ H!Alive(h) /\ TakesPages(h) /\ p \in Missing(h) \ requested[h]
    /\ accepted[h] \notin broken \cup recovering
    /\ requested' = [requested EXCEPT ![h] = @ \cup {p}]
    /\ H!SendBack(accepted[h], [type |-> "Demand", page |-> p])
    /\ UNCHANGED <<phase, attempt, accepted, from, to, forward, broken, cut, crashed, lock,
                   steps, released, memoryVars, recovering>>

\* Nothing is asked: a page that comes is placed.
PlacePage(h) ==
    /\ TakesPages(h) /\ H!HeadForward(h, accepted[h], "Page")
    /\ LET m == Head(forward[accepted[h]]) IN
         /\ memory' = [memory EXCEPT ![h][m.page] = m.version]
         /\ requested' = [requested EXCEPT ![h] = @ \ {m.page}]
    /\ H!TakeForward(accepted[h])
    /\ UNCHANGED <<phase, attempt, accepted, from, to, back, broken, cut, crashed, lock, steps,
                   released, log, pending, round, recovering>>

\* The source has said that it has sent all.
ReceiveEnd(h) ==
    /\ phase[h] = "Running" /\ H!HeadForward(h, accepted[h], "End")
    /\ H!TakeForward(accepted[h]) /\ H!SendBack(accepted[h], H!Message("Resumed"))
    /\ UNCHANGED <<phase, attempt, accepted, from, to, broken, cut, crashed, lock, steps,
                   released, memoryVars, splitVars>>

TellPages(h) ==
    /\ TakesPages(h) /\ H!HeadForward(h, accepted[h], "WhichPages")
    /\ H!TakeForward(accepted[h])
    /\ H!SendBack(accepted[h], [type |-> "Pages", pages |-> Pages \ Missing(h)])
    /\ UNCHANGED <<phase, attempt, accepted, from, to, broken, cut, crashed, lock, steps,
                   released, memoryVars, splitVars>>

\* What the guest waits for is asked for again.
AcceptResume(h) ==
    /\ TakesPages(h) /\ H!HeadForward(h, accepted[h], "Resume")
    /\ H!TakeForward(accepted[h]) /\ H!SendBack(accepted[h], H!Message("ResumeAck"))
    /\ requested' = [requested EXCEPT ![h] = {}]
    /\ recovering' = recovering \ {accepted[h]}
    /\ UNCHANGED <<phase, attempt, accepted, from, to, broken, cut, crashed, lock, steps,
                   released, memoryVars>>

\* The mistake: the guest does not run here yet, but it was given away.
EndListening(h) ==
    /\ ListenerEnds /\ H!Alive(h) /\ phase[h] = "Listening" /\ forward[accepted[h]] = <<>>
    /\ H!DestinationSuspects(h)
    /\ H!SetPhase(h, "Waiting") /\ H!CloseDestination(accepted[h])
    /\ requested' = [requested EXCEPT ![h] = {}]
    /\ UNCHANGED <<attempt, accepted, from, to, back, cut, crashed, lock, steps, released,
                   memoryVars, recovering>>

--------------------------------------------------------------------------------
SplitCrash(h) ==
    /\ Crash(h)
    /\ requested' = [requested EXCEPT ![h] = {}]
    /\ UNCHANGED recovering

\* What DirectPreCopy does is as it is there, while the guest is whole.
PreCopyProtocol(h) ==
    /\ \/ \E p \in Pages : SendAnyPage(h, p)
       \/ CollectLog(h) \/ PauseWhileDue(h) \/ GiveAway(h)
       \/ ReceiveResumed(h) \/ ReceiveRefused(h) \/ CompleteUnacknowledged(h)
       \/ AbortAttempt(h) \/ ResumeUnacknowledged(h)
       \/ \E a \in Attempts : ReceiveHello(h, a)
       \/ ReceivePage(h) \/ DiscardWhenRead(h)
       \/ TakeOverWhole(h)
    /\ UNCHANGED splitVars

SplitProtocol(h) ==
    \/ PreCopyProtocol(h)
    \/ GiveAwaySplit(h) \/ \E p \in Pages : PushPage(h, p)
    \/ AnswerDemand(h) \/ SendEnd(h) \/ ReceiveComplete(h)
    \/ Recover(h) \/ ReceivePages(h) \/ ReceiveResumeAck(h) \/ GoOnAtSource(h)
    \/ Listen(h) \/ RunSplit(h) \/ \E p \in Pages : DemandPage(h, p)
    \/ PlacePage(h) \/ ReceiveEnd(h) \/ TellPages(h) \/ AcceptResume(h) \/ EndListening(h)

\* What else fails, and an operator who cancels, is as in DirectPreCopy.
PreCopyFault ==
    /\ \/ \E h \in Hosts : Cancel(h) \/ RefuseWhole(h)
       \/ \E link \in Links : CutLink(link[1], link[2])
       \/ \E a \in Attempts : ResetConnection(a) \/ LoseMessage(a)
    /\ UNCHANGED splitVars

SplitFault == PreCopyFault \/ \E h \in Hosts : SplitCrash(h)

SplitRestart(h) == Restart(h) /\ UNCHANGED splitVars
SplitHealLink(h, d) == HealLink(h, d) /\ UNCHANGED splitVars

SplitNext ==
    \/ \E h \in Hosts : SplitProtocol(h) \/ SplitRestart(h) \/ PauseForPostCopy(h)
    \/ \E h \in Hosts, p \in Pages : SplitGuestStep(h, p)
    \/ \E link \in Links : StartWhole(link[1], link[2]) \/ SplitHealLink(link[1], link[2])
    \/ SplitFault

SplitSpec == SplitInit /\ [][SplitNext]_allVars

--------------------------------------------------------------------------------
\* What a guest can touch is newest; what is not there is newest at a source that lives.
SplitImageConsistent ==
    \A h \in Hosts : H!Runs(h) => \A p \in Pages :
        IF memory[h][p] # Absent THEN memory[h][p] = VersionAt(p, h)
        ELSE LET s == from[accepted[h]] IN
             GivenAway(s) /\ attempt[s] = accepted[h] => memory[s][p] = VersionAt(p, h)

\* No page that is there is on its way again: what the guest has written since is newer.
NothingIsOverwritten ==
    \A h \in Hosts : H!Alive(h) /\ TakesPages(h) /\ accepted[h] # 0 => \A p \in Pages \ Missing(h) :
        ~\E i \in DOMAIN forward[accepted[h]] :
            forward[accepted[h]][i].type = "Page" /\ forward[accepted[h]][i].page = p

\* A guest of which the source has heard that it is whole has every page, as long as it lives.
EveryPageHasCome ==
    \A h \in Hosts : phase[h] = "Completed" =>
        LET d == to[attempt[h]] IN accepted[d] = attempt[h] /\ H!Runs(d) => Missing(d) = {}

\* Each missing page is due, or on its way, as long as the source knows how far it has come.
NothingIsForgotten ==
    \A h \in Hosts : phase[h] \in {"Serving", "Sent"} /\ attempt[h] \notin broken =>
        LET a == attempt[h] IN
        accepted[to[a]] = a /\ TakesPages(to[a]) => \A p \in Missing(to[a]) \ pending[h] :
            \E i \in DOMAIN forward[a] : forward[a][i].type = "Page" /\ forward[a][i].page = p

\* As CanGoOnAt. Who listens has the device state, and its source the pages.
CanGoOnSplit(h) ==
    /\ H!Alive(h)
    /\ \/ GivenAway(h) /\ lock.owner = h
       \/ phase[h] = "Listening"

SplitHome == [running \in SUBSET Hosts |->
    IF Cardinality(running) > 1 THEN "both"
    ELSE IF running # {} THEN CHOOSE h \in running : TRUE
    ELSE IF \E h \in Hosts : CanGoOnAt(h) \/ CanGoOnSplit(h) THEN "transit" ELSE "lost"][H!Running]
SplitPast == [home \in Hosts \cup {"transit", "lost", "both"} |->
    IF home \in Hosts THEN steps[home] ELSE released][SplitHome]

SplitAbstract == INSTANCE LiveMigration WITH
    steps <- SplitPast, released <- Len(released), home <- SplitHome
SplitRefines == SplitAbstract!SpecOfRefinement
SplitOnlyFaultsLoseProp == [][SplitHome' = "lost" /\ SplitHome # "lost" => SplitFault]_allVars

\* For each host and each thing it does in post-copy. What precedes it is owed as a whole: without
\* a write of the guest it has no loop. An operator owes each recovery, and no switchover.
SplitHostFairness(h) ==
    /\ WF_allVars(PreCopyProtocol(h)) /\ WF_allVars(GiveAwaySplit(h))
    /\ \A p \in Pages : WF_allVars(PushPage(h, p))
    /\ WF_allVars(AnswerDemand(h)) /\ WF_allVars(SendEnd(h)) /\ WF_allVars(ReceiveComplete(h))
    /\ WF_allVars(Recover(h)) /\ WF_allVars(ReceivePages(h)) /\ WF_allVars(ReceiveResumeAck(h))
    /\ WF_allVars(Listen(h)) /\ WF_allVars(RunSplit(h)) /\ WF_allVars(PlacePage(h))
    /\ WF_allVars(ReceiveEnd(h)) /\ WF_allVars(TellPages(h)) /\ WF_allVars(AcceptResume(h))
SplitFairness ==
    /\ \A h \in Hosts : SplitHostFairness(h)
    /\ \A link \in Links : WF_allVars(SplitHealLink(link[1], link[2]))
SplitFaultsEnd == <>[][SplitFault => \E h \in Hosts : SplitProtocol(h)]_allVars

\* Every page that a guest waits for comes, or a host is dead.
DemandsAnswered ==
    SplitFaultsEnd => \A h \in Hosts, p \in Pages : []<>(p \notin requested[h] \/ crashed # {})

\* A guest on its way arrives, as long as the device state does.
SplitEventuallyRuns == SplitFaultsEnd => []<>(SplitHome # "transit")
================================================================================
