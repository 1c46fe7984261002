------------------------- MODULE MCSharedLockAnswerLost -------------------------
(* SharedLock with requests to storage whose answer is lost. In the module a       *)
(* request, what storage does about it and what the host then knows are one step.  *)
(* Here storage may have done it, and the host does not know.                      *)
(*                                                                                 *)
(* The lock. A host goes on with what it was told last (believed), more or less    *)
(* than storage keeps for it, and asks again. All requests that change a lock are  *)
(* here. They need no rule: who believes more has asked for less, and does not     *)
(* run the guest on the strength of it.                                            *)
(*                                                                                 *)
(* The record. GiveAway and TakeOwnership write it. Not answered, it may be        *)
(* written or not: the host is in doubt. The rule: a host that has asked storage   *)
(* to write the record neither runs the guest nor leaves it to the other, until    *)
(* storage has answered. It writes the same again, or reads what is there, or, if  *)
(* it is the source that was to give the guest away, writes its own name again:    *)
(* nobody else can have written, as long as it keeps its lock.                     *)
(*                                                                                 *)
(* Not here, since storage changes nothing: a read (ReadRecord, the look at the    *)
(* record in LearnCompleted and DiscardImage) whose answer is lost is no read.     *)
(* All rests on one promise of storage: writes take effect in the order in which   *)
(* they were asked for (WritesInOrder).                                            *)
EXTENDS FiniteSets

CONSTANTS
    SwitchesAfterPause, TakesExclusive, OwnerRecorded, KeepsLockOfCutOff,
    InDoubt,        \* "asks" again; the mistakes: "takes back" the attempt without asking,
                    \* "runs" the guest, "lets go" of it
    WritesInOrder   \* FALSE: a write that was not answered may be done after a later one

ASSUME InDoubt \in {"asks", "takes back", "runs", "lets go"} /\ WritesInOrder \in BOOLEAN

VARIABLES
    destination, source, lock, record, readFree, newest, mail, crashed, cutOff,
    believed,   \* believed[h]: what h takes for its lock
    doubtful,   \* hosts that have asked for the record to be written, without an answer
    late        \* what storage may still write into the record, though nobody waits for it

L == INSTANCE SharedLock
\* As a host sees it.
B == INSTANCE SharedLock WITH lock <- believed

phases == <<source, destination>>
faults == <<crashed, cutOff>>
vars == <<L!vars, believed, doubtful, late>>
Hosts == {"source", "destination"}
Init == L!Init /\ believed = lock /\ doubtful = {} /\ late = {}
TypeOK ==
    /\ L!TypeOK /\ believed \in [Hosts -> {"none", "shared", "exclusive"}]
    /\ doubtful \subseteq Hosts /\ late \subseteq Hosts \cup {"free"}
    /\ "source" \in doubtful => source \in {"Paused", "Given"}
    /\ "destination" \in doubtful => destination = "Ready"
-------------------------------------------------------------------------------
Sure(h) == h \notin doubtful
SameDoubt == UNCHANGED <<doubtful, late>>
SameLock == UNCHANGED <<lock, believed>>
\* What a host changes of its lock, it asks of the storage, and is answered.
Asked ==
    /\ lock' = [h \in Hosts |-> IF believed'[h] # believed[h] THEN believed'[h] ELSE lock[h]]
    /\ SameDoubt
\* Storage has done it, and the host goes on as if it had not asked.
Unanswered(h, mode) ==
    /\ lock[h] # mode /\ lock' = [lock EXCEPT ![h] = mode]
    /\ UNCHANGED <<phases, record, readFree, newest, mail, faults, believed>> /\ SameDoubt

\* Steps in which nothing is asked of storage, or only what the record says.
GuestStep(h) == L!GuestStep(h) /\ UNCHANGED believed /\ SameDoubt
PauseSource == B!PauseSource /\ Asked
ReceiveImage == B!ReceiveImage /\ Asked
ReadRecord(h) == B!ReadRecord(h) /\ Asked
TakeBackAttempt == Sure("source") /\ L!TakeBackAttempt /\ UNCHANGED believed /\ SameDoubt
LoseMessage == L!LoseMessage /\ UNCHANGED believed /\ SameDoubt
CutOff(h) == L!CutOff(h) /\ UNCHANGED believed /\ SameDoubt
Rejoin(h) == L!Rejoin(h) /\ UNCHANGED believed /\ SameDoubt
\* The dead take nothing for anything.
Crash(h) ==
    /\ L!Crash(h) /\ believed' = [believed EXCEPT ![h] = "none"]
    /\ doubtful' = doubtful \ {h} /\ UNCHANGED late
FreeLock(h) == L!FreeLock(h) /\ UNCHANGED believed /\ SameDoubt

(* The lock                                                                      *)
LetGo == B!LetGo /\ Asked
FailUpgrade == B!FailUpgrade /\ Asked
ShareLock == B!ShareLock /\ L!Granted("source", "shared") /\ Asked
JoinLock ==
    /\ L!Granted("destination", "shared") /\ L!Reaches("destination") /\ destination = "Waiting"
    /\ believed["destination"] = "none" /\ B!SetLock("destination", "shared") /\ Asked
LockExclusively(h) ==
    /\ L!Granted(h, "exclusive") /\ L!Reaches(h) /\ L!MayTake(h)
    /\ believed[h] # "exclusive" /\ B!SetLock(h, "exclusive") /\ Asked

LetGoUnanswered == ENABLED LetGo /\ Unanswered("source", "none")
FailUpgradeUnanswered == ENABLED FailUpgrade /\ Unanswered("destination", "none")
ShareLockUnanswered == ENABLED ShareLock /\ Unanswered("source", "shared")
JoinLockUnanswered == ENABLED JoinLock /\ Unanswered("destination", "shared")
LockExclusivelyUnanswered(h) == ENABLED LockExclusively(h) /\ Unanswered(h, "exclusive")
\* In these, the host reads the record and drops its lock. The read may be answered alone.
DiscardImage == B!DiscardImage /\ Asked
DiscardImageUnanswered == ENABLED DiscardImage /\ Unanswered("destination", "none")
LearnCompleted == B!LearnCompleted /\ doubtful' = doubtful \ {"source"} /\ UNCHANGED late
                  /\ lock' = [lock EXCEPT !["source"] = "none"]
LearnCompletedUnanswered == ENABLED LearnCompleted /\ Unanswered("source", "none")

(* The record                                                                    *)
\* Done or not, nobody tells. If not, it may still be done later, or never.
Written(what) ==
    \/ record' = what /\ UNCHANGED late
    \/ UNCHANGED record /\ late' = IF WritesInOrder THEN late ELSE late \cup {what}

GiveAway ==
    /\ Sure("source") /\ L!GiveAway /\ UNCHANGED believed /\ SameDoubt
GiveAwayUnanswered ==
    /\ Sure("source") /\ L!Reaches("source") /\ source = "Paused" /\ "Ready" \in mail
    /\ Written("free") /\ doubtful' = doubtful \cup {"source"} /\ mail' = {}
    /\ UNCHANGED <<phases, readFree, newest, faults>> /\ SameLock
\* The write is the same, and nobody can have written since: the source has its shared lock.
GiveAwayAgain ==
    /\ ~Sure("source") /\ L!Reaches("source") /\ source = "Paused"
    /\ record' = "free" /\ source' = "Given" /\ doubtful' = doubtful \ {"source"}
    /\ UNCHANGED <<destination, readFree, newest, mail, faults, late>> /\ SameLock
\* For the same reason it may write its own name again, and go on once that is answered.
TakeBackInDoubt ==
    /\ ~Sure("source") /\ L!Reaches("source") /\ source = "Paused"
    /\ record' = "source" /\ source' = "Running" /\ doubtful' = doubtful \ {"source"} /\ mail' = {}
    /\ UNCHANGED <<destination, readFree, newest, faults, late>> /\ SameLock
TakeBackUnanswered ==
    /\ ~Sure("source") /\ L!Reaches("source") /\ source = "Paused"
    /\ Written("source")
    /\ UNCHANGED <<phases, readFree, newest, mail, faults, doubtful>> /\ SameLock

\* Instead of writing again.
ReadInDoubt(h) ==
    /\ ~Sure(h) /\ L!Reaches(h) /\ doubtful' = doubtful \ {h}
    /\ source' = IF h # "source" THEN source
                 ELSE IF source = "Paused" /\ record = "free" THEN "Given"
                 ELSE IF source = "Given" /\ record = "source" THEN "Running" ELSE source
    /\ destination' = IF h = "destination" /\ record = h THEN "Running" ELSE destination
    /\ readFree' = IF record = h THEN readFree \ {h} ELSE readFree
    /\ UNCHANGED <<record, newest, mail, faults, late>> /\ SameLock

\* Also if it was asked before.
TakeOwnership(h) ==
    L!TakeOwnership(h) /\ doubtful' = doubtful \ {h} /\ UNCHANGED <<believed, late>>
TakeOwnershipUnanswered(h) ==
    /\ L!Reaches(h) /\ L!MayTake(h) /\ h \in readFree
    /\ Written(h) /\ doubtful' = doubtful \cup {h}
    /\ UNCHANGED <<phases, readFree, newest, mail, faults>> /\ SameLock

(* The mistakes                                                                  *)
TakeBackUnasked ==
    /\ InDoubt = "takes back" /\ ~Sure("source") /\ L!TakeBackAttempt
    /\ doubtful' = doubtful \ {"source"} /\ UNCHANGED <<believed, late>>
RunUnanswered(h) ==
    /\ InDoubt = "runs" /\ ~Sure(h) /\ L!Alive(h) /\ L!MayTake(h)
    /\ source' = IF h = "source" THEN "Running" ELSE source
    /\ destination' = IF h = "destination" THEN "Running" ELSE destination
    /\ readFree' = readFree \ {h} /\ doubtful' = doubtful \ {h}
    /\ UNCHANGED <<record, newest, mail, faults, late>> /\ SameLock
\* The migration failed, it thinks, and leaves the guest to the source.
LetGoUnasked ==
    /\ InDoubt = "lets go" /\ ~Sure("destination") /\ L!Reaches("destination")
    /\ destination' = "Waiting" /\ believed' = [believed EXCEPT !["destination"] = "none"]
    /\ lock' = [lock EXCEPT !["destination"] = "none"]
    /\ readFree' = readFree \ {"destination"} /\ doubtful' = doubtful \ {"destination"}
    /\ UNCHANGED <<source, record, newest, mail, faults, late>>
-------------------------------------------------------------------------------
LateWrite ==
    /\ \E what \in late : record' = what /\ late' = late \ {what}
    /\ UNCHANGED <<phases, readFree, newest, mail, faults, doubtful>> /\ SameLock

Protocol ==
    \/ ShareLock \/ JoinLock \/ ReceiveImage \/ GiveAway \/ GiveAwayAgain \/ LetGo
    \/ \E h \in Hosts : LockExclusively(h) \/ ReadRecord(h) \/ TakeOwnership(h) \/ FreeLock(h)
    \/ DiscardImage \/ LearnCompleted
AnswerLost ==
    \/ ShareLockUnanswered \/ JoinLockUnanswered \/ LetGoUnanswered \/ FailUpgradeUnanswered
    \/ DiscardImageUnanswered \/ LearnCompletedUnanswered
    \/ GiveAwayUnanswered \/ TakeBackUnanswered
    \/ \E h \in Hosts : LockExclusivelyUnanswered(h) \/ TakeOwnershipUnanswered(h)
Fault ==
    \/ LoseMessage \/ FailUpgrade \/ AnswerLost \/ LateWrite
    \/ \E h \in Hosts : CutOff(h) \/ Crash(h)
Mistake == TakeBackUnasked \/ LetGoUnasked \/ \E h \in Hosts : RunUnanswered(h)
Next ==
    \/ \E h \in Hosts : GuestStep(h) \/ Rejoin(h) \/ ReadInDoubt(h)
    \/ PauseSource \/ TakeBackAttempt \/ TakeBackInDoubt \/ Protocol \/ Fault \/ Mistake
Spec == Init /\ [][Next]_vars
-------------------------------------------------------------------------------
AtMostOneEffective == L!AtMostOneEffective
NoReleasedOutputLost == L!NoReleasedOutputLost
ExclusiveMeansAlone == L!ExclusiveMeansAlone
Owner == INSTANCE Ownership WITH
    First <- "source", owners <- IF record = "free" THEN Hosts ELSE {record},
    effective <- {h \in Hosts : L!Runs(h)}
Refines == Owner!Spec

\* The record leaves the source only as the source asked, which may not know it yet. The module
\* demands source' = "Given".
TakenWithConsentProp ==
    [][record = "source" /\ record' # "source" => source' = "Given" \/ "source" \in doubtful']_vars

Fairness == WF_vars(Protocol) /\ \A h \in Hosts : WF_vars(Rejoin(h))
FairSpec == Spec /\ Fairness
FaultsEnd == <>[][Fault => Protocol]_vars
EventuallyHeld == FaultsEnd => (record = "free" ~> record # "free" \/ crashed = Hosts)
\* The word in the record is not enough: who is named there runs, or is dead, or is a source that
\* has stopped its guest and knows that it is still its own. The operator owes nothing there.
Holds(h) ==
    /\ record = h
    /\ \/ L!Runs(h) \/ ~L!Alive(h)
       \/ h = "source" /\ source = "Paused" /\ Sure(h)
EventuallyRuns == FaultsEnd => (record = "free" ~> crashed = Hosts \/ \E h \in Hosts : Holds(h))
================================================================================
