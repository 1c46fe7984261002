------------------------------ MODULE SharedLock -----------------------------
(* An arbiter made of a lock on shared storage, as image locking of hypervisors *)
(* does it in substance:                                                        *)
(*                                                                              *)
(*   exclusive at the source    nobody else can open the image                  *)
(*   shared by both             the source still runs; no third host gets in    *)
(*   switched                   the source runs no more and says so on storage  *)
(*   exclusive at the taker     the destination, or the source again            *)
(*                                                                              *)
(* The lock excludes, it does not consent: storage frees the lock of a process  *)
(* that died, and a lock that was freed by a death looks like one that was let  *)
(* go. So the image carries a record of its owner besides: "free" once it was   *)
(* given away. It is read and then written, under the exclusive lock.           *)
(*                                                                              *)
(* A host that storage cannot reach may be alive. Its lock is kept.             *)
(*                                                                              *)
(* Left out: memory (what is known of an image is whether it is the newest),    *)
(* a third host, restart of a crashed host, failure of the storage.             *)
EXTENDS FiniteSets

CONSTANTS
    SwitchesAfterPause, \* FALSE: the source gives the guest away while it still runs
    TakesExclusive,     \* FALSE: who takes the guest is content with the shared lock
    OwnerRecorded,      \* FALSE: who has the lock takes the guest, whatever the record says
    KeepsLockOfCutOff   \* FALSE: storage frees the lock of a host that it does not reach

VARIABLES
    source,         \* phase of the source
    destination,    \* phase of the destination
    lock,           \* lock[h]: what h has of the lock
    record,         \* the record on storage: the owner, or "free"
    readFree,       \* hosts that have read "free" there and not yet acted on it
    newest,         \* hosts whose image has all that the guest did
    mail,           \* messages on their way between the hosts
    crashed,        \* hosts that are dead
    cutOff          \* hosts that do not reach the storage

phases == <<source, destination>>
storage == <<lock, record, readFree>>
faults == <<crashed, cutOff>>
vars == <<phases, storage, newest, mail, faults>>
Hosts == {"source", "destination"}
TypeOK ==
    /\ source \in {"Running", "Paused", "Given", "Completed"}
    /\ destination \in {"Waiting", "Ready", "Running"}
    /\ lock \in [Hosts -> {"none", "shared", "exclusive"}]
    /\ record \in Hosts \cup {"free"} /\ mail \subseteq {"Image", "Ready"}
    /\ {readFree, newest, crashed, cutOff} \subseteq SUBSET Hosts

Init ==
    /\ source = "Running" /\ destination = "Waiting"
    /\ lock = [h \in Hosts |-> IF h = "source" THEN "exclusive" ELSE "none"]
    /\ record = "source" /\ readFree = {} /\ newest = {"source"}
    /\ mail = {} /\ crashed = {} /\ cutOff = {}
-------------------------------------------------------------------------------
Alive(h) == h \notin crashed
Reaches(h) == Alive(h) /\ h \notin cutOff
Other(h) == IF h = "source" THEN "destination" ELSE "source"

Runs(h) == Alive(h) /\ (IF h = "source" THEN source ELSE destination) = "Running"
\* Storage grants an exclusive lock only where there is no other, and the reverse.
Granted(h, mode) ==
    IF mode = "exclusive" THEN lock[Other(h)] = "none" ELSE lock[Other(h)] # "exclusive"

\* The two who may become the owner. Each has an image.
MayTake(h) == IF h = "source" THEN source = "Given" ELSE destination = "Ready"

\* With the lock in hand, the record cannot change under one's eyes.
HasLock(h) == lock[h] = "exclusive" \/ (~TakesExclusive /\ lock[h] = "shared")

\* A step in which the lock alone changes.
SetLock(h, mode) ==
    lock' = [lock EXCEPT ![h] = mode] /\ UNCHANGED <<phases, record, readFree, newest, mail, faults>>
-------------------------------------------------------------------------------
\* The guest does a step. Its output is released at once.
GuestStep(h) == Runs(h) /\ newest' = {h} /\ UNCHANGED <<phases, storage, mail, faults>>

\* The source lets others open the image, and goes on running.
ShareLock ==
    /\ Reaches("source") /\ source = "Running" /\ lock["source"] = "exclusive"
    /\ SetLock("source", "shared")

\* Refused while the source has it exclusively. Then the destination asks again.
JoinLock ==
    /\ Reaches("destination") /\ destination = "Waiting" /\ lock["destination"] = "none"
    /\ Granted("destination", "shared") /\ SetLock("destination", "shared")

PauseSource ==
    /\ Runs("source") /\ lock["source"] = "shared"
    /\ source' = "Paused" /\ mail' = {"Image"}
    /\ UNCHANGED <<destination, storage, newest, faults>>

ReceiveImage ==
    /\ Alive("destination") /\ destination # "Running" /\ lock["destination"] = "shared"
    /\ "Image" \in mail /\ mail' = {"Ready"}
    /\ destination' = "Ready" /\ newest' = newest \cup {"destination"}
    /\ UNCHANGED <<source, storage, faults>>

\* A cancel or a deadline. The connection is closed: what it carries is not read any
\* more. The destination may be left with an old image.
TakeBackAttempt ==
    /\ Alive("source") /\ source = "Paused"
    /\ source' = "Running" /\ mail' = {}
    /\ UNCHANGED <<destination, storage, newest, faults>>

\* The switch. From here on the source is one of two who may take the guest.
GiveAway ==
    /\ Reaches("source") /\ source = "Paused" /\ "Ready" \in mail
    /\ source' = "Given" /\ record' = "free" /\ mail' = {}
    /\ UNCHANGED <<destination, lock, readFree, newest, faults>>

LetGo ==
    Reaches("source") /\ source = "Given" /\ lock["source"] = "shared" /\ SetLock("source", "none")

\* The mistake: the lock is switched first, and the guest stopped later.
GiveAwayRunning ==
    /\ ~SwitchesAfterPause
    /\ Reaches("source") /\ Runs("source") /\ record = "source" /\ lock["source"] = "shared"
    /\ record' = "free" /\ lock' = [lock EXCEPT !["source"] = "none"]
    /\ UNCHANGED <<phases, readFree, newest, mail, faults>>

LockExclusively(h) ==
    /\ Reaches(h) /\ MayTake(h)
    /\ lock[h] # "exclusive" /\ Granted(h, "exclusive") /\ SetLock(h, "exclusive")

ReadRecord(h) ==
    /\ Reaches(h) /\ MayTake(h) /\ HasLock(h) /\ h \notin readFree
    /\ OwnerRecorded => record = "free"
    /\ readFree' = readFree \cup {h}
    /\ UNCHANGED <<phases, lock, record, newest, mail, faults>>

\* Storage asks for no lock when the record is written: only the host knows that it has one.
TakeOwnership(h) ==
    /\ Reaches(h) /\ MayTake(h) /\ h \in readFree
    /\ record' = h /\ readFree' = readFree \ {h}
    /\ source' = IF h = "source" THEN "Running" ELSE source
    /\ destination' = IF h = "destination" THEN "Running" ELSE destination
    /\ UNCHANGED <<lock, newest, mail, faults>>

\* The guest was not given away, or was taken back: this copy is worth nothing.
DiscardImage ==
    /\ OwnerRecorded
    /\ Reaches("destination") /\ destination = "Ready" /\ HasLock("destination")
    /\ record = "source" /\ "destination" \notin readFree
    /\ destination' = "Waiting" /\ lock' = [lock EXCEPT !["destination"] = "none"]
    /\ UNCHANGED <<source, record, readFree, newest, mail, faults>>

\* To see that the other has taken it, no lock is needed: that does not change.
LearnCompleted ==
    /\ Reaches("source") /\ source = "Given" /\ record = "destination"
    /\ source' = "Completed" /\ lock' = [lock EXCEPT !["source"] = "none"]
    /\ readFree' = readFree \ {"source"}
    /\ UNCHANGED <<destination, record, newest, mail, faults>>

\* Storage frees the lock of a process that died, sooner or later.
FreeLock(h) ==
    /\ ~Alive(h) \/ (~KeepsLockOfCutOff /\ h \in cutOff)
    /\ lock[h] # "none" /\ SetLock(h, "none")
-------------------------------------------------------------------------------
\* To change a lock is to drop it and ask anew: a destination that is refused has none.
FailUpgrade ==
    /\ Reaches("destination") /\ destination = "Ready"
    /\ lock["destination"] = "shared" /\ SetLock("destination", "none")
LoseMessage == mail # {} /\ mail' = {} /\ UNCHANGED <<phases, storage, newest, faults>>
CutOff(h) ==
    Reaches(h) /\ cutOff' = cutOff \cup {h} /\ UNCHANGED <<phases, storage, newest, mail, crashed>>
Rejoin(h) ==
    h \in cutOff /\ cutOff' = cutOff \ {h} /\ UNCHANGED <<phases, storage, newest, mail, crashed>>
Crash(h) ==
    /\ Alive(h) /\ crashed' = crashed \cup {h} /\ mail' = {} /\ readFree' = readFree \ {h}
    /\ UNCHANGED <<phases, lock, record, newest, cutOff>>

Protocol ==
    \/ ShareLock \/ JoinLock \/ ReceiveImage \/ GiveAway \/ LetGo \/ GiveAwayRunning
    \/ \E h \in Hosts : LockExclusively(h) \/ ReadRecord(h) \/ TakeOwnership(h) \/ FreeLock(h)
    \/ DiscardImage \/ LearnCompleted
Fault == LoseMessage \/ FailUpgrade \/ \E h \in Hosts : CutOff(h) \/ Crash(h)
Next ==
    \/ \E h \in Hosts : GuestStep(h) \/ Rejoin(h)
    \/ PauseSource \/ TakeBackAttempt \/ Protocol \/ Fault
Spec == Init /\ [][Next]_vars
-------------------------------------------------------------------------------
AtMostOneEffective == ~(Runs("source") /\ Runs("destination"))
NoReleasedOutputLost == \A h \in Hosts : Runs(h) => h \in newest

\* What storage promises, whatever the hosts do.
ExclusiveMeansAlone == \A h \in Hosts : lock[h] = "exclusive" => lock[Other(h)] = "none"

Owner == INSTANCE Ownership WITH
    First <- "source", owners <- IF record = "free" THEN Hosts ELSE {record},
    effective <- {h \in Hosts : Runs(h)}
Refines == Owner!Spec
TakenWithConsentProp == [][record = "source" /\ record' # "source" => source' = "Given"]_vars

\* Hosts and storage go on, and a cut is mended some day; the operator owes nothing.
Fairness == WF_vars(Protocol) /\ \A h \in Hosts : WF_vars(Rejoin(h))
FaultsEnd == <>[][Fault => Protocol]_vars

\* A guest that was given away finds an owner, while there is a host.
EventuallyHeld == FaultsEnd => (record = "free" ~> record # "free" \/ crashed = Hosts)
===============================================================================
