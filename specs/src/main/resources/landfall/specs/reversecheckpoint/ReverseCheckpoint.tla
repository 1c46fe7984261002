--------------------------- MODULE ReverseCheckpoint ---------------------------
(* After a post-copy switchover the guest lives on two hosts. While pages still  *)
(* come from the source, the destination sends checkpoints back to it: what      *)
(* changed since the last one, and the device state. Output is held until the    *)
(* checkpoint that covers it is committed; if the destination dies, the source   *)
(* resumes from the last committed checkpoint, and nobody outside can tell.      *)
(*                                                                               *)
(*   source      Serving -> Recovered | Completed                                *)
(*   destination Running -> Owner | Superseded                                   *)
(*                                                                               *)
(* A partition looks like a crash. The source may recover although the           *)
(* destination is alive. The destination does not know it and executes on: the   *)
(* guest has two histories then. What the superseded one may show is what the    *)
(* recovered one remembers, and nothing else: output that the last committed     *)
(* checkpoint covers. It learns on the heal that it was superseded.              *)
(*                                                                               *)
(* Two kinds of output. Network output that was held is lost on recovery, as a   *)
(* packet may be. A disk write must not be lost: the checkpoint carries the      *)
(* writes that are held, and the recovering source carries them out.             *)
(*                                                                               *)
(* Left out: the switchover (see PostCopy), requests, compression. Messages are  *)
(* numbered and repeated, so any may be lost. Code: package landfall.checkpoint. *)
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
    GrantRepeated           \* FALSE: a completed source answers no message but the question

ASSUME DiskPages \subseteq Pages /\ {OutputHeld, WholeCheckpoints, SourceKeepsPages,
           EndAcknowledged, CarriesDiskWrites, Fenced, GrantRepeated} \subseteq BOOLEAN

VARIABLES
    source, destination,    \* phases
    crashed, cut,           \* as in Handover
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
vars == <<phases, faults, messages, guest, staging, checkpoints, output>>

Absent == -1
Hosts == {"source", "destination"}
Directions == {"forward", "back"}
Nothing == [p \in Pages |-> Absent]

CountsOK ==
    /\ {stored, acknowledged, taken} \subseteq 0..Len(steps["destination"])
    /\ \A h \in Hosts : released[h] <= Len(steps[h])
TypeOK ==
    /\ source \in {"Serving", "Recovering", "Recovered", "Completed"}
    /\ destination \in {"Running", "Owner", "Superseded"}
    /\ crashed \subseteq Hosts /\ cut \subseteq Directions
    /\ steps \in [Hosts -> Seq(Pages)]
    /\ memory \in [Hosts -> [Pages -> {Absent} \cup Nat]]
    /\ staged \in [Pages -> {Absent} \cup Nat]
    /\ released \in [Hosts -> Nat] /\ CountsOK
    /\ disk \in [Pages -> Nat]

\* The moment after the switchover: the guest runs at the destination and has no
\* page there yet; the source holds the image, which is the first checkpoint.
Init ==
    /\ source = "Serving" /\ destination = "Running"
    /\ crashed = {} /\ cut = {} /\ forward = <<>> /\ back = <<>>
    /\ steps = [h \in Hosts |-> <<>>]
    /\ memory = [h \in Hosts |-> [p \in Pages |-> IF h = "source" THEN 0 ELSE Absent]]
    /\ staged = Nothing /\ stagedFor = 0 /\ stored = 0 /\ acknowledged = 0
    /\ taken = 0 /\ released = [h \in Hosts |-> 0] /\ disk = [p \in Pages |-> 0]

--------------------------------------------------------------------------------
Alive(h) == h \notin crashed
Greatest(a, b) == IF a < b THEN b ELSE a
Missing == {p \in Pages : memory["destination"][p] = Absent}

Position(h) == Len(steps[h])

\* The version of page p after the first n steps of h's copy.
VersionAt(h, p, n) ==
    LET writes == {i \in 1..n : steps[h][i] = p}
    IN  IF writes = {} THEN 0 ELSE CHOOSE i \in writes : \A j \in (i + 1)..n : steps[h][j] # p

TookOver == source \in {"Recovering", "Recovered"}

\* A destination that was superseded and does not know it executes on.
Executes(h) ==
    /\ Alive(h)
    /\ \/ h = "source" /\ source = "Recovered"
       \/ h = "destination" /\ destination \in {"Running", "Owner"}

\* What the guest does at h is not seen until a committed checkpoint covers it.
HoldsOutput(h) == h = "destination" /\ destination = "Running" /\ OutputHeld

\* The disk refuses what h writes: a recovering source has taken it from the destination.
Refused(h) == h = "destination" /\ TookOver /\ Fenced

HeadForward(type) ==
    /\ Alive("destination") /\ "forward" \notin cut /\ forward # <<>> /\ Head(forward).type = type
HeadBack(type) ==
    /\ Alive("source") /\ "back" \notin cut /\ back # <<>> /\ Head(back).type = type

SourceSuspects == cut # {} \/ ~Alive("destination")

\* Blocks that steps first+1 to last of h's copy wrote, and the disk after these writes.
Blocks(h, first, last) == {p \in DiskPages : VersionAt(h, p, last) > first}
DiskAfter(h, first, last) ==
    [p \in Pages |-> IF p \in Blocks(h, first, last) /\ ~Refused(h)
                     THEN VersionAt(h, p, last) ELSE disk[p]]

\* Of the first n steps at the destination all output has left.
Releases(n) ==
    /\ released' = [released EXCEPT !["destination"] = n]
    /\ disk' = DiskAfter("destination", released["destination"], n)

--------------------------------------------------------------------------------
(* The guest                                                                     *)
GuestStep(h, p) ==
    /\ Executes(h) /\ memory[h][p] # Absent
    /\ steps' = [steps EXCEPT ![h] = Append(@, p)]
    /\ memory' = [memory EXCEPT ![h][p] = Len(steps'[h])]
    /\ IF HoldsOutput(h)
       THEN UNCHANGED output
       ELSE /\ released' = [released EXCEPT ![h] = Len(steps'[h])]
            /\ disk' = IF p \in DiskPages /\ ~Refused(h)
                       THEN [disk EXCEPT ![p] = Len(steps'[h])] ELSE disk
    /\ UNCHANGED <<phases, faults, messages, staging, checkpoints>>

--------------------------------------------------------------------------------
(* The page-transfer path: the same steps with and without checkpoints           *)
\* Push or demand, it makes no difference here: a page that is missing is sent.
SendPage(p) ==
    /\ Alive("source") /\ source = "Serving" /\ Alive("destination") /\ p \in Missing
    /\ \A i \in 1..Len(forward) : ~(forward[i].type = "Page" /\ forward[i].page = p)
    \* The image of the switchover is kept apart from checkpoints: version 0.
    /\ forward' = Append(forward, [type |-> "Page", page |-> p])
    /\ UNCHANGED <<phases, faults, back, guest, staging, checkpoints, output>>

ReceivePage ==
    /\ HeadForward("Page") /\ forward' = Tail(forward)
    /\ LET p == Head(forward).page IN
         memory' = [memory EXCEPT
                      !["destination"][p] = IF @ = Absent THEN 0 ELSE @,
                      !["source"][p] = IF SourceKeepsPages THEN @ ELSE Absent]
    /\ UNCHANGED <<phases, faults, back, steps, staging, checkpoints, output>>

--------------------------------------------------------------------------------
(* Checkpoints                                                                   *)
\* Between two steps of the guest: the pages written since the last acknowledged one.
TakeCheckpoint ==
    /\ Alive("destination") /\ destination = "Running"
    /\ taken < Position("destination") /\ taken' = Position("destination")
    /\ LET dirty == {p \in Pages : memory["destination"][p] > acknowledged}
           sent == [i \in 1..Cardinality(dirty) |->
              LET p == CHOOSE q \in dirty : Cardinality({r \in dirty : r < q}) = i - 1
              IN  [type |-> "CheckpointPage", page |-> p, version |-> memory["destination"][p],
                   position |-> Position("destination")]]
       IN back' = back \o sent \o
             <<[type |-> "CheckpointEnd", position |-> Position("destination"), pages |-> dirty]>>
    /\ UNCHANGED <<phases, faults, forward, guest, staging, stored, acknowledged, output>>

\* A checkpoint of which something was lost is taken again.
RetakeCheckpoint ==
    /\ Alive("destination") /\ destination = "Running" /\ taken > acknowledged
    /\ \A i \in 1..Len(back) : back[i].type \notin {"CheckpointPage", "CheckpointEnd"}
    /\ \A i \in 1..Len(forward) : forward[i].type # "CheckpointDone"
    /\ taken' = acknowledged
    /\ UNCHANGED <<phases, faults, messages, guest, staging, stored, acknowledged, output>>

ReceiveCheckpointPage ==
    /\ source = "Serving" /\ HeadBack("CheckpointPage")
    /\ LET m == Head(back)
           sofar == IF stagedFor = m.position THEN staged ELSE Nothing
       IN IF WholeCheckpoints
          THEN /\ staged' = [sofar EXCEPT ![m.page] = m.version] /\ stagedFor' = m.position
               /\ UNCHANGED memory
          ELSE /\ memory' = [memory EXCEPT !["source"][m.page] = m.version]
               /\ UNCHANGED staging
    /\ back' = Tail(back)
    /\ UNCHANGED <<phases, faults, forward, steps, checkpoints, output>>

\* The commit: whole or not at all. What is staged is complete, or it is dropped.
CommitCheckpoint ==
    /\ source = "Serving" /\ HeadBack("CheckpointEnd")
    /\ LET m == Head(back)
           there == {p \in Pages : staged[p] # Absent}
           complete == ~WholeCheckpoints \/ (stagedFor = m.position /\ there = m.pages)
       IN IF complete
          THEN /\ stored' = m.position
               /\ memory' = [memory EXCEPT !["source"] =
                    [p \in Pages |-> IF staged[p] # Absent THEN staged[p] ELSE @[p]]]
               /\ forward' = Append(forward, [type |-> "CheckpointDone", position |-> m.position])
          ELSE UNCHANGED <<stored, memory, forward>>
    /\ staged' = Nothing /\ stagedFor' = 0 /\ back' = Tail(back)
    /\ UNCHANGED <<phases, faults, steps, acknowledged, taken, output>>

ReceiveCheckpointDone ==
    /\ destination = "Running" /\ HeadForward("CheckpointDone") /\ forward' = Tail(forward)
    /\ acknowledged' = Greatest(acknowledged, Head(forward).position)
    /\ UNCHANGED <<phases, faults, back, guest, staging, stored, taken, output>>

\* Output that a committed checkpoint covers may leave. A fenced destination's disk
\* writes are refused: the recovered source has carried them out.
ReleaseOutput ==
    /\ Alive("destination") /\ destination = "Running"
    /\ released["destination"] < acknowledged /\ Releases(acknowledged)
    /\ UNCHANGED <<phases, faults, messages, guest, staging, checkpoints>>

--------------------------------------------------------------------------------
(* Recovery                                                                      *)
\* The source commits no further checkpoint: the last one is the guest from now on.
StartRecovery ==
    /\ Alive("source") /\ source = "Serving" /\ SourceSuspects
    /\ source' = "Recovering" /\ staged' = Nothing /\ stagedFor' = 0
    /\ UNCHANGED <<destination, faults, messages, guest, checkpoints, output>>

\* The source resumes from the last committed checkpoint. What the guest did since
\* never happened: nothing of it was released. The destination hears nothing of it.
RecoverSource ==
    /\ Alive("source") /\ source = "Recovering" /\ source' = "Recovered"
    /\ steps' = [steps EXCEPT !["source"] = SubSeq(steps["destination"], 1, stored)]
    /\ disk' = IF CarriesDiskWrites
               THEN [p \in Pages |-> IF p \in Blocks("destination", 0, stored)
                                     THEN VersionAt("destination", p, stored) ELSE disk[p]]
               ELSE disk
    /\ UNCHANGED <<destination, faults, messages, memory, staging, checkpoints, released>>

\* Whatever the destination still says, the answer is that it is not the guest's host.
AnswerSuperseded ==
    /\ Alive("source") /\ TookOver /\ "back" \notin cut /\ back # <<>> /\ back' = Tail(back)
    /\ forward' = Append(forward, [type |-> "Superseded"])
    /\ UNCHANGED <<phases, faults, guest, staging, checkpoints, output>>

ReceiveSuperseded ==
    /\ destination = "Running" /\ HeadForward("Superseded")
    /\ destination' = "Superseded" /\ forward' = <<>> /\ back' = <<>>
    /\ UNCHANGED <<source, faults, guest, staging, checkpoints, output>>

--------------------------------------------------------------------------------
(* The end: ownership passes by an acknowledged step                             *)
AskOwnership ==
    /\ Alive("destination") /\ destination = "Running" /\ Missing = {}
    /\ back = <<>> /\ back' = <<[type |-> "AskOwnership"]>>
    /\ IF EndAcknowledged THEN UNCHANGED <<destination, output>>
       ELSE /\ destination' = "Owner"
            /\ Releases(Position("destination"))
    /\ UNCHANGED <<source, faults, forward, guest, staging, checkpoints>>

\* From here on the source never recovers.
GrantOwnership ==
    /\ source = "Serving" /\ HeadBack("AskOwnership")
    /\ source' = "Completed" /\ back' = Tail(back)
    /\ forward' = Append(forward, [type |-> "Granted"])
    /\ UNCHANGED <<destination, faults, guest, staging, checkpoints, output>>

\* The first answer may have been lost. A destination that was not told goes on taking
\* checkpoints, which nobody commits; so whatever it says, the answer is that it owns the guest.
AnswerGranted ==
    /\ Alive("source") /\ source = "Completed" /\ "back" \notin cut
    /\ back # <<>> /\ back' = Tail(back)
    /\ forward' = IF GrantRepeated \/ Head(back).type = "AskOwnership"
                  THEN Append(forward, [type |-> "Granted"]) ELSE forward
    /\ UNCHANGED <<phases, faults, guest, staging, checkpoints, output>>

\* The destination owns the guest; all that it held may leave.
BecomeOwner ==
    /\ destination = "Running" /\ HeadForward("Granted")
    /\ destination' = "Owner" /\ forward' = Tail(forward)
    /\ Releases(Position("destination"))
    /\ UNCHANGED <<source, faults, back, guest, staging, checkpoints>>

\* Messages that nobody waits for any more.
DropForward ==
    /\ Alive("destination") /\ destination # "Running"
    /\ "forward" \notin cut /\ forward # <<>> /\ forward' = Tail(forward)
    /\ UNCHANGED <<phases, faults, back, guest, staging, checkpoints, output>>

--------------------------------------------------------------------------------
(* Faults                                                                        *)
CutLink(d) ==
    /\ d \notin cut /\ cut' = cut \cup {d}
    /\ UNCHANGED <<phases, crashed, messages, guest, staging, checkpoints, output>>
HealLink(d) ==
    /\ d \in cut /\ cut' = cut \ {d}
    /\ UNCHANGED <<phases, crashed, messages, guest, staging, checkpoints, output>>
LoseMessage(d) ==
    /\ \/ d = "forward" /\ forward # <<>> /\ forward' = Tail(forward) /\ UNCHANGED back
       \/ d = "back" /\ back # <<>> /\ back' = Tail(back) /\ UNCHANGED forward
    /\ UNCHANGED <<phases, faults, guest, staging, checkpoints, output>>
CrashSource ==
    /\ Alive("source") /\ crashed' = crashed \cup {"source"} /\ back' = <<>>
    /\ UNCHANGED <<phases, cut, forward, guest, staging, checkpoints, output>>
CrashDestination ==
    /\ Alive("destination") /\ crashed' = crashed \cup {"destination"} /\ forward' = <<>>
    /\ UNCHANGED <<phases, cut, back, guest, staging, checkpoints, output>>

Protocol ==
    \/ \E p \in Pages : SendPage(p)
    \/ ReceivePage \/ TakeCheckpoint \/ RetakeCheckpoint \/ ReceiveCheckpointPage
    \/ CommitCheckpoint \/ ReceiveCheckpointDone \/ ReleaseOutput
    \/ StartRecovery \/ RecoverSource \/ AnswerSuperseded \/ ReceiveSuperseded
    \/ AskOwnership \/ GrantOwnership \/ AnswerGranted \/ BecomeOwner \/ DropForward
Fault ==
    \/ \E d \in Directions : CutLink(d)
    \/ \E d \in Directions : LoseMessage(d)
    \/ CrashSource \/ CrashDestination
Next ==
    \/ \E h \in Hosts, p \in Pages : GuestStep(h, p)
    \/ Protocol
    \/ Fault
    \/ \E d \in Directions : HealLink(d)
Spec == Init /\ [][Next]_vars
================================================================================
