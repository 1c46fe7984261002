------------------------------ MODULE DirectPreCopy ----------------------------
(* Pre-copy in which the device state gives the guest away, as QEMU does it.    *)
(* Three things differ from PreCopy:                                            *)
(*   - There is no Ready and no Handover: the destination runs the guest as     *)
(*     soon as it has the device state, so the point of no return is where the  *)
(*     source sends it. A source in doubt cannot ask again.                     *)
(*   - The pages of a round go in any order, and the log may be collected, and  *)
(*     the guest paused, while some of them are still due.                      *)
(*   - A destination that cannot use the image says so (RefuseDeviceState).     *)
(* Two mistakes that QEMU makes are switches: without a return path the source  *)
(* is told nothing and says Completed (Acknowledged = FALSE), and a source in   *)
(* doubt takes the guest back (ResumeOnTimeout = TRUE).                         *)
(*                                                                              *)
(* This does not refine PreCopy: there no destination runs before the source    *)
(* has read its Ready. It refines LiveMigration.                                *)
(*                                                                              *)
(* Left out: what PreCopy leaves out, and an arbiter.                           *)
(* Code: none of ours; QEMU's streams are held against it (TraceDirectPreCopy). *)
EXTENDS PreCopy

CONSTANT Acknowledged   \* FALSE: the mistake "the stream is written, so the guest has arrived"

ASSUME Acknowledged \in BOOLEAN /\ ~Arbiter

--------------------------------------------------------------------------------
(* As source                                                                    *)

SendAnyPage(h, p) ==
    /\ H!Alive(h) /\ phase[h] \in {"PreCopy", "Paused"}
    /\ p \in pending[h]
    /\ H!SendForward(attempt[h], [type |-> "Page", page |-> p, version |-> memory[h][p]])
    /\ pending' = [pending EXCEPT ![h] = @ \ {p}]
    /\ UNCHANGED <<phase, attempt, accepted, from, to, back, broken, cut, crashed, lock,
                   steps, released, memory, log, round>>

\* As StartRound, but for pages that are still due, which stay so.
CollectLog(h) ==
    /\ H!Alive(h) /\ phase[h] \in {"PreCopy", "Paused"}
    /\ log[h] # {}
    /\ pending' = [pending EXCEPT ![h] = @ \cup log[h]]
    /\ log' = [log EXCEPT ![h] = {}]
    /\ round' = [round EXCEPT ![h] = @ + 1]
    /\ UNCHANGED <<handoverVars, memory>>

\* What is still due counts, too, for it goes during the downtime.
PauseWhileDue(h) ==
    /\ H!PauseSource(h)
    /\ Cardinality(pending[h] \cup log[h]) <= FewEnough
    /\ UNCHANGED memoryVars

\* The point of no return: the message may arrive, and who has it runs the guest.
GiveAway(h) ==
    /\ H!Alive(h) /\ phase[h] = "Paused"
    /\ pending[h] = {} /\ log[h] = {}
    /\ H!SetPhase(h, "HandedOver")
    /\ H!SendForward(attempt[h], [type |-> "DeviceState", steps |-> steps[h]])
    /\ lock' = H!Offer(h, to[attempt[h]], attempt[h])
    /\ UNCHANGED <<attempt, accepted, from, to, back, broken, cut, crashed, steps, released,
                   memoryVars>>

\* The destination has said that it cannot run the guest: the source may.
ReceiveRefused(h) ==
    /\ phase[h] = "HandedOver" /\ H!HeadBack(h, attempt[h], "Refused")
    /\ H!SetPhase(h, "Running") /\ H!CloseSource(attempt[h])
    /\ lock' = H!Held(h, attempt[h])
    /\ UNCHANGED <<attempt, accepted, from, to, forward, cut, crashed, steps, released>>
    /\ ForgetAttempt(h)

\* The mistake: nobody has said that the guest arrived.
CompleteUnacknowledged(h) ==
    /\ ~Acknowledged /\ H!Alive(h) /\ phase[h] = "HandedOver"
    /\ H!SetPhase(h, "Completed") /\ H!CloseSource(attempt[h])
    /\ UNCHANGED <<attempt, accepted, from, to, forward, cut, crashed, lock, steps, released>>
    /\ ForgetAttempt(h)

--------------------------------------------------------------------------------
(* As destination                                                               *)

HasDeviceState(h) == phase[h] = "Receiving" /\ H!HeadForward(h, accepted[h], "DeviceState")

Answer(h, type) ==
    IF Acknowledged THEN H!SendBack(accepted[h], H!Message(type)) ELSE UNCHANGED back

TakeOver(h) ==
    /\ HasDeviceState(h)
    /\ H!SetPhase(h, "Running")
    /\ steps' = [steps EXCEPT ![h] = Head(forward[accepted[h]]).steps]
    /\ lock' = H!Held(h, accepted[h])
    /\ H!TakeForward(accepted[h]) /\ Answer(h, "Resumed")
    /\ UNCHANGED <<attempt, accepted, from, to, broken, cut, crashed, released, memoryVars>>

RefuseDeviceState(h) ==
    /\ HasDeviceState(h)
    /\ H!SetPhase(h, "Waiting")
    /\ H!TakeForward(accepted[h]) /\ Answer(h, "Refused")
    /\ UNCHANGED <<attempt, accepted, from, to, broken, cut, crashed, lock, steps, released,
                   memoryVars>>

\* What has arrived is read first: it may be the guest.
DiscardWhenRead(h) ==
    /\ phase[h] = "Receiving" /\ forward[accepted[h]] = <<>>
    /\ DiscardImage(h)

--------------------------------------------------------------------------------
DirectProtocol(h) ==
    \/ \E p \in Pages : SendAnyPage(h, p)
    \/ CollectLog(h) \/ PauseWhileDue(h) \/ GiveAway(h)
    \/ ReceiveResumed(h) \/ ReceiveRefused(h) \/ CompleteUnacknowledged(h)
    \/ AbortAttempt(h) \/ ResumeUnacknowledged(h)
    \/ \E a \in Attempts : ReceiveHello(h, a)
    \/ ReceivePage(h) \/ TakeOver(h) \/ DiscardWhenRead(h)

DirectFault == Fault \/ \E h \in Hosts : RefuseDeviceState(h)

DirectNext ==
    \/ \E h \in Hosts : DirectProtocol(h) \/ Restart(h)
    \/ \E h \in Hosts, p \in Pages : GuestStep(h, p)
    \/ \E link \in Links : StartAttempt(link[1], link[2]) \/ HealLink(link[1], link[2])
    \/ DirectFault

DirectSpec == Init /\ [][DirectNext]_vars

--------------------------------------------------------------------------------
\* The device state is on its way to h, which will take it.
Arriving(h, a) ==
    /\ to[a] = h
    /\ \E i \in DOMAIN forward[a] : forward[a][i].type = "DeviceState"
    /\ \/ phase[h] = "Receiving" /\ accepted[h] = a
       \/ H!TakesUp(h) /\ a > H!Known(h) /\ Head(forward[a]).type = "Hello"

\* As in Handover: a source in doubt has the image, for an operator who knows what it cannot
\* know, as long as the destination has not taken the guest.
CanGoOnAt(h) ==
    /\ H!Alive(h)
    /\ \/ phase[h] = "Paused"
       \/ phase[h] = "HandedOver" /\ lock.owner = h
       \/ \E a \in Attempts : Arriving(h, a)

DirectHome ==
    [running \in SUBSET Hosts |->
        IF Cardinality(running) > 1 THEN "both"
        ELSE IF running # {} THEN CHOOSE h \in running : TRUE
        ELSE IF \E h \in Hosts : CanGoOnAt(h) THEN "transit" ELSE "lost"][H!Running]

DirectPast ==
    [home \in Hosts \cup {"transit", "lost", "both"} |->
        IF home \in Hosts THEN steps[home] ELSE released][DirectHome]

DirectAbstract == INSTANCE LiveMigration WITH
    steps <- DirectPast, released <- Len(released), home <- DirectHome
DirectRefines == DirectAbstract!SpecOfRefinement
DirectOnlyFaultsLoseProp == [][DirectHome' = "lost" /\ DirectHome # "lost" => DirectFault]_vars
================================================================================
