------------------------ MODULE ReverseCheckpointState -------------------------
(* What there is in ReverseCheckpoint, and what can be said of it: who has which  *)
(* pages, whose steps are seen, who suspects. No step is taken here.              *)
EXTENDS Integers, Sequences, FiniteSets

CONSTANTS
    Pages,                  \* the guest's pages: a finite set of naturals
    DiskPages,              \* steps on these pages write to the disk, others to the network
    OutputHeld,             \* FALSE: output leaves before its checkpoint is committed
    WholeCheckpoints,       \* FALSE: a checkpoint is applied page by page
    SourceKeepsPages,       \* FALSE: the source frees the pages that it has sent
    EndAcknowledged,        \* FALSE: the destination leaves checkpointing when it asks to
    CarriesDiskWrites,      \* FALSE: held disk writes are not in the checkpoint
    Fenced,                 \* TRUE: recovery takes the disk from the destination first
    GrantRepeated,          \* FALSE: a completed source answers no message but the question
    Arbiter,                \* TRUE: ownership is a lock on shared storage
    RecoveryAsksLock,       \* FALSE: the mistake "the destination is silent, so the guest is mine"
    OwnerAsksLock,          \* FALSE: the mistake "it was granted, so the guest is mine"
    ClaimsWhole             \* FALSE: the mistake "it is on offer, so the guest is mine"

ASSUME DiskPages \subseteq Pages /\ {OutputHeld, WholeCheckpoints, SourceKeepsPages,
           EndAcknowledged, CarriesDiskWrites, Fenced, GrantRepeated, Arbiter,
           RecoveryAsksLock, OwnerAsksLock, ClaimsWhole} \subseteq BOOLEAN

VARIABLES
    source, destination,    \* phases
    crashed, cut,           \* as in Handover
    lock,                   \* who owns the guest. Without an arbiter it never changes
    forward, back,          \* messages on their way, first in, first out
    steps,                  \* steps[h]: Seq(Pages), what the guest did in the past of h's copy;
                            \* of the source's, nothing is said until it has recovered
    memory,                 \* memory[h][p]: version of page p, Absent if there is none
    staged,                 \* pages of a checkpoint that is not yet complete
    stagedFor,              \* position of that checkpoint
    stored,                 \* position of the last committed checkpoint
    acknowledged,           \* position of the last checkpoint known committed to the destination
    taken,                  \* position of the last checkpoint taken
    released,               \* released[h]: how many of steps[h] h has shown to the outside
    disk                    \* disk[p]: version of page p's block, 0 at first

phases == <<source, destination>>
faults == <<crashed, cut>>
messages == <<forward, back>>
guest == <<steps, memory>>
staging == <<staged, stagedFor>>
checkpoints == <<stored, acknowledged, taken>>
output == <<released, disk>>
vars == <<phases, faults, lock, messages, guest, staging, checkpoints, output>>

Absent == -1
Hosts == {"source", "destination"}
Directions == {"forward", "back"}
Nothing == [p \in Pages |-> Absent]

--------------------------------------------------------------------------------
Alive(h) == h \notin crashed
Greatest(a, b) == IF a < b THEN b ELSE a
Missing == {p \in Pages : memory["destination"][p] = Absent}

Position(h) == Len(steps[h])

\* The version of page p after the first n steps of h's copy.
VersionAt(h, p, n) ==
    LET writes == {i \in 1..n : steps[h][i] = p}
    IN  IF writes = {} THEN 0 ELSE CHOOSE i \in writes : \A j \in (i + 1)..n : steps[h][j] # p

\* The last checkpoint is the guest from here on.
TookOver == source \in {"Reclaimed", "Recovering", "Recovered"}

\* A destination that was superseded and does not know it executes on.
Executes(h) ==
    /\ Alive(h)
    /\ \/ h = "source" /\ source = "Recovered"
       \/ h = "destination" /\ destination \in {"Running", "Owner"}

\* What the guest does at h is not seen until a committed checkpoint covers it.
HoldsOutput(h) == h = "destination" /\ destination = "Running" /\ OutputHeld

\* The disk refuses what h writes: a recovering source has taken it from the destination.
Refused(h) == h = "destination" /\ source \in {"Recovering", "Recovered"} /\ Fenced

HeadForward(type) ==
    /\ Alive("destination") /\ "forward" \notin cut /\ forward # <<>> /\ Head(forward).type = type
HeadBack(type) ==
    /\ Alive("source") /\ "back" \notin cut /\ back # <<>> /\ Head(back).type = type

\* A destination that took the guest in the lock closes its end.
SourceSuspects == cut # {} \/ ~Alive("destination") \/ lock = "destination"
DestinationSuspects == cut # {} \/ ~Alive("source")

\* Blocks that steps first+1 to last of h's copy wrote, and the disk after these writes.
Blocks(h, first, last) == {p \in DiskPages : VersionAt(h, p, last) > first}
DiskAfter(h, first, last) ==
    [p \in Pages |-> IF p \in Blocks(h, first, last) /\ ~Refused(h)
                     THEN VersionAt(h, p, last) ELSE disk[p]]
================================================================================
