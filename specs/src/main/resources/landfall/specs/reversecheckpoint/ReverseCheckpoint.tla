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
(* With an arbiter (a lock on storage that both hosts reach, see PostCopy) the   *)
(* guest is on offer from the switchover on, and nobody owns it alone. A source  *)
(* that suspects takes it back in the lock before it recovers. The destination   *)
(* takes it at the end, when the source has granted it; or in doubt, if it has   *)
(* every page. Whoever comes first has it. A grant is no promise then: a source  *)
(* that has granted the guest may still take it back.                            *)
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
EXTENDS ReverseCheckpointState

CountsOK ==
    /\ {stored, acknowledged, taken} \subseteq 0..Len(steps["destination"])
    /\ \A h \in Hosts : released[h] <= Len(steps[h])
TypeOK ==
    /\ source \in {"Serving", "Reclaimed", "Recovering", "Recovered", "Completed"}
    /\ destination \in {"Running", "Owner", "Superseded"}
    /\ lock \in {"offered"} \cup Hosts
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
    /\ crashed = {} /\ cut = {} /\ lock = "offered" /\ forward = <<>> /\ back = <<>>
    /\ steps = [h \in Hosts |-> <<>>]
    /\ memory = [h \in Hosts |-> [p \in Pages |-> IF h = "source" THEN 0 ELSE Absent]]
    /\ staged = Nothing /\ stagedFor = 0 /\ stored = 0 /\ acknowledged = 0
    /\ taken = 0 /\ released = [h \in Hosts |-> 0] /\ disk = [p \in Pages |-> 0]

--------------------------------------------------------------------------------
RecoveryNeedsLock == Arbiter /\ RecoveryAsksLock

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
    /\ UNCHANGED <<phases, faults, lock, messages, staging, checkpoints>>

--------------------------------------------------------------------------------
(* The page-transfer path: the same steps with and without checkpoints           *)
\* Push or demand, it makes no difference here: a page that is missing is sent.
SendPage(p) ==
    /\ Alive("source") /\ source = "Serving" /\ Alive("destination") /\ p \in Missing
    /\ \A i \in 1..Len(forward) : ~(forward[i].type = "Page" /\ forward[i].page = p)
    \* The image of the switchover is kept apart from checkpoints: version 0.
    /\ forward' = Append(forward, [type |-> "Page", page |-> p])
    /\ UNCHANGED <<phases, faults, lock, back, guest, staging, checkpoints, output>>

ReceivePage ==
    /\ HeadForward("Page") /\ forward' = Tail(forward)
    /\ LET p == Head(forward).page IN
         memory' = [memory EXCEPT
                      !["destination"][p] = IF @ = Absent THEN 0 ELSE @,
                      !["source"][p] = IF SourceKeepsPages THEN @ ELSE Absent]
    /\ UNCHANGED <<phases, faults, lock, back, steps, staging, checkpoints, output>>

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
    /\ UNCHANGED <<phases, faults, lock, forward, guest, staging, stored, acknowledged, output>>

\* A checkpoint of which something was lost is taken again.
RetakeCheckpoint ==
    /\ Alive("destination") /\ destination = "Running" /\ taken > acknowledged
    /\ \A i \in 1..Len(back) : back[i].type \notin {"CheckpointPage", "CheckpointEnd"}
    /\ \A i \in 1..Len(forward) : forward[i].type # "CheckpointDone"
    /\ taken' = acknowledged
    /\ UNCHANGED <<phases, faults, lock, messages, guest, staging, stored, acknowledged, output>>

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
    /\ UNCHANGED <<phases, faults, lock, forward, steps, checkpoints, output>>

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
    /\ UNCHANGED <<phases, faults, lock, steps, acknowledged, taken, output>>

ReceiveCheckpointDone ==
    /\ destination = "Running" /\ HeadForward("CheckpointDone") /\ forward' = Tail(forward)
    /\ acknowledged' = Greatest(acknowledged, Head(forward).position)
    /\ UNCHANGED <<phases, faults, lock, back, guest, staging, stored, taken, output>>

\* Output that a committed checkpoint covers may leave. A fenced destination's disk
\* writes are refused: the recovered source has carried them out.
ReleaseOutput ==
    /\ Alive("destination") /\ destination = "Running"
    /\ released["destination"] < acknowledged /\ Releases(acknowledged)
    /\ UNCHANGED <<phases, faults, lock, messages, guest, staging, checkpoints>>

--------------------------------------------------------------------------------
(* Recovery                                                                      *)
\* A source in doubt asks the lock. It takes the guest back, unless the destination has taken it.
\* It commits no further checkpoint.
ReclaimLock ==
    /\ Arbiter /\ Alive("source") /\ source = "Serving" /\ SourceSuspects
    /\ lock' = IF lock = "offered" THEN "source" ELSE lock
    /\ source' = IF lock' = "source" THEN "Reclaimed" ELSE "Completed"
    /\ staged' = Nothing /\ stagedFor' = 0
    /\ UNCHANGED <<destination, faults, messages, guest, checkpoints, output>>

\* The source commits no further checkpoint: the last one is the guest from now on. First the lock,
\* then the disk: a disk that is taken from an owner would be lost to the guest.
StartRecovery ==
    /\ Alive("source")
    /\ \/ source = "Reclaimed"
       \/ ~RecoveryNeedsLock /\ source = "Serving" /\ SourceSuspects
    /\ source' = "Recovering" /\ staged' = Nothing /\ stagedFor' = 0
    /\ UNCHANGED <<destination, faults, lock, messages, guest, checkpoints, output>>

\* The source resumes from the last committed checkpoint. What the guest did since
\* never happened: nothing of it was released. The destination hears nothing of it.
RecoverSource ==
    /\ Alive("source") /\ source = "Recovering" /\ source' = "Recovered"
    /\ steps' = [steps EXCEPT !["source"] = SubSeq(steps["destination"], 1, stored)]
    /\ disk' = IF CarriesDiskWrites
               THEN [p \in Pages |-> IF p \in Blocks("destination", 0, stored)
                                     THEN VersionAt("destination", p, stored) ELSE disk[p]]
               ELSE disk
    /\ UNCHANGED <<destination, faults, lock, messages, memory, staging, checkpoints, released>>

\* Whatever the destination still says, the answer is that it is not the guest's host.
AnswerSuperseded ==
    /\ Alive("source") /\ TookOver /\ "back" \notin cut /\ back # <<>> /\ back' = Tail(back)
    /\ forward' = Append(forward, [type |-> "Superseded"])
    /\ UNCHANGED <<phases, faults, lock, guest, staging, checkpoints, output>>

ReceiveSuperseded ==
    /\ destination = "Running" /\ HeadForward("Superseded")
    /\ destination' = "Superseded" /\ forward' = <<>> /\ back' = <<>>
    /\ UNCHANGED <<source, faults, lock, guest, staging, checkpoints, output>>

\* The same, learned from the lock alone, and so also from a source that is dead by now.
LearnSuperseded ==
    /\ Alive("destination") /\ destination = "Running" /\ lock = "source"
    /\ destination' = "Superseded" /\ forward' = <<>>
    /\ UNCHANGED <<source, faults, lock, back, guest, staging, checkpoints, output>>

--------------------------------------------------------------------------------
(* The end: ownership passes by an acknowledged step                             *)
AskOwnership ==
    /\ Alive("destination") /\ destination = "Running" /\ Missing = {}
    /\ back = <<>> /\ back' = <<[type |-> "AskOwnership"]>>
    /\ IF EndAcknowledged THEN UNCHANGED <<destination, output>>
       ELSE /\ destination' = "Owner"
            /\ Releases(Position("destination"))
    /\ UNCHANGED <<source, faults, lock, forward, guest, staging, checkpoints>>

\* Without an arbiter the source never recovers from here on. With one it is the lock that says so.
GrantOwnership ==
    /\ source = "Serving" /\ HeadBack("AskOwnership")
    /\ source' = IF Arbiter THEN source ELSE "Completed"
    /\ back' = Tail(back)
    /\ forward' = Append(forward, [type |-> "Granted"])
    /\ UNCHANGED <<destination, faults, lock, guest, staging, checkpoints, output>>

\* The first answer may have been lost. A destination that was not told goes on taking
\* checkpoints, which nobody commits; so whatever it says, the answer is that it owns the guest.
AnswerGranted ==
    /\ Alive("source") /\ source = "Completed" /\ "back" \notin cut
    /\ back # <<>> /\ back' = Tail(back)
    /\ forward' = IF GrantRepeated \/ Head(back).type = "AskOwnership"
                  THEN Append(forward, [type |-> "Granted"]) ELSE forward
    /\ UNCHANGED <<phases, faults, lock, guest, staging, checkpoints, output>>

\* The destination owns the guest; all that it held may leave.
BecomeOwner ==
    /\ destination = "Running" /\ HeadForward("Granted")
    /\ Arbiter => lock = "offered"
    /\ lock' = IF Arbiter THEN "destination" ELSE lock
    /\ destination' = "Owner" /\ forward' = Tail(forward)
    /\ Releases(Position("destination"))
    /\ UNCHANGED <<source, faults, back, guest, staging, checkpoints>>

\* The mistake: the source may have taken the guest back while the message was on its way.
OwnUnasked ==
    /\ ~OwnerAsksLock /\ Arbiter /\ destination = "Running" /\ HeadForward("Granted")
    /\ destination' = "Owner" /\ forward' = Tail(forward)
    /\ Releases(Position("destination"))
    /\ UNCHANGED <<source, faults, lock, back, guest, staging, checkpoints>>

\* With an arbiter a destination in doubt asks the lock, not the source. It takes the guest only if
\* no page is missing: from here on nobody sends one.
ClaimLock ==
    /\ Arbiter /\ Alive("destination") /\ destination = "Running" /\ DestinationSuspects
    /\ lock = "offered"
    /\ ClaimsWhole => Missing = {}
    /\ lock' = "destination" /\ destination' = "Owner" /\ forward' = <<>>
    /\ Releases(Position("destination"))
    /\ UNCHANGED <<source, faults, back, guest, staging, checkpoints>>

\* Messages that nobody waits for any more.
DropForward ==
    /\ Alive("destination") /\ destination # "Running"
    /\ "forward" \notin cut /\ forward # <<>> /\ forward' = Tail(forward)
    /\ UNCHANGED <<phases, faults, lock, back, guest, staging, checkpoints, output>>

--------------------------------------------------------------------------------
(* Faults                                                                        *)
CutLink(d) ==
    /\ d \notin cut /\ cut' = cut \cup {d}
    /\ UNCHANGED <<phases, crashed, lock, messages, guest, staging, checkpoints, output>>
HealLink(d) ==
    /\ d \in cut /\ cut' = cut \ {d}
    /\ UNCHANGED <<phases, crashed, lock, messages, guest, staging, checkpoints, output>>
LoseMessage(d) ==
    /\ \/ d = "forward" /\ forward # <<>> /\ forward' = Tail(forward) /\ UNCHANGED back
       \/ d = "back" /\ back # <<>> /\ back' = Tail(back) /\ UNCHANGED forward
    /\ UNCHANGED <<phases, faults, lock, guest, staging, checkpoints, output>>
CrashSource ==
    /\ Alive("source") /\ crashed' = crashed \cup {"source"} /\ back' = <<>>
    /\ UNCHANGED <<phases, cut, lock, forward, guest, staging, checkpoints, output>>
CrashDestination ==
    /\ Alive("destination") /\ crashed' = crashed \cup {"destination"} /\ forward' = <<>>
    /\ UNCHANGED <<phases, cut, lock, back, guest, staging, checkpoints, output>>

Protocol ==
    \/ \E p \in Pages : SendPage(p)
    \/ ReceivePage \/ TakeCheckpoint \/ RetakeCheckpoint \/ ReceiveCheckpointPage
    \/ CommitCheckpoint \/ ReceiveCheckpointDone \/ ReleaseOutput
    \/ ReclaimLock \/ StartRecovery \/ RecoverSource \/ AnswerSuperseded
    \/ ReceiveSuperseded \/ LearnSuperseded
    \/ AskOwnership \/ GrantOwnership \/ AnswerGranted \/ BecomeOwner \/ OwnUnasked \/ ClaimLock
    \/ DropForward
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
