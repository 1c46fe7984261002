--------------------------- MODULE MCSharedLockGraph ---------------------------
(* SharedLock, for its whole graph: every state and every step. The explorer     *)
(* holds the core of the reference engine against it.                            *)
(*                                                                               *)
(* In the module the lock is one variable, which hosts and storage both look at. *)
(* A host whose lock is freed while storage does not reach it would know at      *)
(* once. Here it goes on with what it was granted, until it drops that itself:   *)
(* hosts ask what they take for their lock, and storage asks what it keeps. As   *)
(* long as storage keeps the lock of the living the two are the same, and this   *)
(* is the module (BelievesRightly, ModuleProp).                                  *)
EXTENDS FiniteSets

CONSTANTS SwitchesAfterPause, TakesExclusive, OwnerRecorded, KeepsLockOfCutOff

VARIABLES
    destination, source, lock, record, readFree, newest, mail, crashed, cutOff,
    believed    \* believed[h]: what h takes for its lock; of the dead, what it was

L == INSTANCE SharedLock
\* As a host sees it.
B == INSTANCE SharedLock WITH lock <- believed

vars == <<L!vars, believed>>
Hosts == {"source", "destination"}
AtMostOneEffective == L!AtMostOneEffective
NoReleasedOutputLost == L!NoReleasedOutputLost
ExclusiveMeansAlone == L!ExclusiveMeansAlone

\* No other state and no other step than the module's. That it has all of them shows in how many.
BelievesRightly == KeepsLockOfCutOff => believed = lock
ModuleProp == [][KeepsLockOfCutOff => L!Next]_(L!vars)

Init == L!Init /\ believed = lock

\* What a host changes of its lock, it asks of the storage.
Asked == lock' = [h \in Hosts |-> IF believed'[h] # believed[h] THEN believed'[h] ELSE lock[h]]
\* The dead take nothing for anything.
AsItIs(h) == believed' = [believed EXCEPT ![h] = lock'[h]]
Same == UNCHANGED believed

\* Steps in which no host asks for its lock.
GuestStep(h) == L!GuestStep(h) /\ Same
TakeBackAttempt == L!TakeBackAttempt /\ Same
GiveAway == L!GiveAway /\ Same
TakeOwnership(h) == L!TakeOwnership(h) /\ Same
FreeLock(h) == L!FreeLock(h) /\ IF L!Alive(h) THEN Same ELSE AsItIs(h)
LoseMessage == L!LoseMessage /\ Same
CutOff(h) == L!CutOff(h) /\ Same
Rejoin(h) == L!Rejoin(h) /\ Same
Crash(h) == L!Crash(h) /\ AsItIs(h)

\* Steps of a host that asks for what it takes for its lock.
PauseSource == B!PauseSource /\ Asked
ReceiveImage == B!ReceiveImage /\ Asked
LetGo == B!LetGo /\ Asked
GiveAwayRunning == B!GiveAwayRunning /\ Asked
ReadRecord(h) == B!ReadRecord(h) /\ Asked
DiscardImage == B!DiscardImage /\ Asked
LearnCompleted == B!LearnCompleted /\ Asked
FailUpgrade == B!FailUpgrade /\ Asked

\* Steps in which storage may refuse.
ShareLock == B!ShareLock /\ L!Granted("source", "shared") /\ Asked
JoinLock == L!JoinLock /\ believed["destination"] = "none" /\ AsItIs("destination")
LockExclusively(h) == L!LockExclusively(h) /\ believed[h] # "exclusive" /\ AsItIs(h)

Next ==
    \/ \E h \in Hosts : GuestStep(h) \/ Rejoin(h)
    \/ PauseSource \/ TakeBackAttempt
    \/ ShareLock \/ JoinLock \/ ReceiveImage \/ GiveAway \/ LetGo \/ GiveAwayRunning
    \/ \E h \in Hosts : LockExclusively(h) \/ ReadRecord(h) \/ TakeOwnership(h) \/ FreeLock(h)
    \/ DiscardImage \/ LearnCompleted
    \/ LoseMessage \/ FailUpgrade \/ \E h \in Hosts : CutOff(h) \/ Crash(h)
Spec == Init /\ [][Next]_vars
================================================================================
