--------------------------- MODULE ForwardCheckpoint ---------------------------
(* After a post-copy switchover the guest needs two hosts: the destination runs  *)
(* it, the source still has pages of it. ReverseCheckpoint survives the death of *)
(* the destination. Here the death of the source is survived too: what the       *)
(* source will owe is copied ahead to a third place, the store, and is complete  *)
(* there before the switchover. Any one failure (a host, the store, a link)      *)
(* leaves a guest that goes on; two may not.                                     *)
(*                                                                               *)
(*   source      Running -> Paused -> Serving -> Recovering -> Recovered         *)
(*                                            -> Completed                       *)
(*   destination Waiting -> Running -> Claimed -> Owner                          *)
(*                                  -> Superseded                                *)
(*                                                                               *)
(* With two who may go on alone, each must be sure that the other does not. The  *)
(* store decides: who takes the claim there first goes on. Until then all the    *)
(* output of the destination waits for its checkpoint, as in ReverseCheckpoint.  *)
(*                                                                               *)
(* Checkpoints go to the source, or to the store (staging). The store takes none *)
(* any more once somebody has the claim: or else a source could go on from one   *)
(* that is the last no longer.                                                   *)
(*                                                                               *)
(* A link is cut in both directions at once. Left out, as they are modelled      *)
(* elsewhere: the switchover (Handover; here one step), a checkpoint on its way  *)
(* (ReverseCheckpoint; here it is committed in one step, and its acknowledgement *)
(* comes later or never), requests for pages (PostCopy), disk writes, restart.   *)
EXTENDS Integers, Sequences, FiniteSets

CONSTANTS
    Pages,          \* the guest's pages
    Keeper,         \* where checkpoints go: "source" or "store"
    Copied,         \* "before" the switchover; the mistakes: "once" (not again when it
                    \* was written), "after" the switchover, "never"
    ClaimAtStore,   \* FALSE: who gives the other up goes on without asking the store
    Sealed          \* FALSE: the store takes checkpoints although somebody has the claim

ASSUME
    /\ Keeper \in {"source", "store"}
    /\ Copied \in {"before", "once", "after", "never"} /\ {ClaimAtStore, Sealed} \subseteq BOOLEAN

VARIABLES
    source, destination,    \* phases
    crashed,                \* places that are dead: a host or the store
    cut,                    \* links that deliver nothing now
    failures,               \* how many crashes and cuts there were, also if mended since
    steps,                  \* Seq(Pages): what the guest has done
    position,               \* position[h]: steps in the past of h's copy
    memory,                 \* memory[h][p]: version of page p at place h, or Absent
    stored,                 \* position of the last checkpoint that the keeper has
    acknowledged,           \* position of the last one that the destination knows of
    released,               \* steps whose output has left
    claim                   \* who took the claim at the store, or "none"

phases == <<source, destination>>
faults == <<crashed, cut, failures>>
guest == <<steps, position>>
checkpoints == <<stored, acknowledged>>
vars == <<phases, faults, guest, memory, checkpoints, released, claim>>

Absent == -1
Hosts == {"source", "destination"}
Places == Hosts \cup {"store"}
Links == {Hosts, {"source", "store"}, {"destination", "store"}}

TypeOK ==
    /\ source \in {"Running", "Paused", "Serving", "Recovering", "Recovered", "Completed"}
    /\ destination \in {"Waiting", "Running", "Claimed", "Owner", "Superseded"}
    /\ crashed \subseteq Places /\ cut \subseteq Links /\ failures \in Nat
    /\ steps \in Seq(Pages) /\ position \in [Hosts -> Nat]
    /\ memory \in [Places -> [Pages -> {Absent} \cup Nat]]
    /\ {stored, acknowledged, released} \subseteq 0..Len(steps)
    /\ claim \in Hosts \cup {"none"}

Init ==
    /\ source = "Running" /\ destination = "Waiting"
    /\ crashed = {} /\ cut = {} /\ failures = 0 /\ steps = <<>>
    /\ position = [h \in Hosts |-> 0]
    /\ memory = [h \in Places |-> [p \in Pages |-> IF h = "source" THEN 0 ELSE Absent]]
    /\ stored = 0 /\ acknowledged = 0 /\ released = 0 /\ claim = "none"

--------------------------------------------------------------------------------
Alive(h) == h \notin crashed
Connected(a, b) == Alive(a) /\ Alive(b) /\ {a, b} \notin cut
Missing == {p \in Pages : memory["destination"][p] = Absent}

VersionAt(p, n) ==
    LET writes == {i \in 1..n : steps[i] = p}
    IN  IF writes = {} THEN 0 ELSE CHOOSE i \in writes : \A j \in (i + 1)..n : steps[j] # p

TookOver == source \in {"Recovering", "Recovered"}
Switched == source \notin {"Running", "Paused"}

\* As in ReverseCheckpoint: once the source takes over, what the destination still
\* executes is no step of the guest, for its output is held for ever.
Executes(h) ==
    /\ Alive(h)
    /\ \/ h = "source" /\ source \in {"Running", "Recovered"}
       \/ h = "destination" /\ (destination \in {"Claimed", "Owner"}
                                \/ (destination = "Running" /\ ~TookOver))

\* The other is dead, or cannot be reached: which, nobody knows.
Suspects(h) == Alive(h) /\ ~Connected("source", "destination")

\* The claim can be taken once. The mistake is not to ask.
TakeClaim(h) ==
    \/ ~ClaimAtStore /\ UNCHANGED claim
    \/ ClaimAtStore /\ Connected(h, "store") /\ claim = "none" /\ claim' = h

--------------------------------------------------------------------------------
(* The guest                                                                     *)
GuestStep(h, p) ==
    /\ Executes(h) /\ memory[h][p] # Absent
    /\ steps' = Append(steps, p)
    /\ position' = [position EXCEPT ![h] = Len(steps')]
    /\ memory' = [memory EXCEPT ![h][p] = Len(steps')]
    /\ released' = IF h = "destination" /\ destination = "Running" THEN released ELSE Len(steps')
    /\ UNCHANGED <<phases, faults, checkpoints, claim>>

--------------------------------------------------------------------------------
(* Copies ahead                                                                  *)
\* While the guest runs at the source, and again when a page was written since.
CopyAhead(p) ==
    /\ source \in (IF Copied \in {"before", "once"} THEN {"Running", "Paused"}
                   ELSE IF Copied = "after" THEN {"Serving"} ELSE {})
    /\ Connected("source", "store")
    /\ memory["store"][p] # memory["source"][p]
    /\ Copied = "once" => memory["store"][p] = Absent
    /\ Copied = "after" => p \in Missing
    /\ memory' = [memory EXCEPT !["store"][p] = memory["source"][p]]
    /\ UNCHANGED <<phases, faults, guest, checkpoints, released, claim>>

StoreNeeded == Keeper = "store" \/ Copied \in {"before", "once"}

PauseSource ==
    /\ Alive("source") /\ source = "Running" /\ destination = "Waiting"
    /\ source' = "Paused"
    /\ UNCHANGED <<destination, faults, guest, memory, checkpoints, released, claim>>

\* The guest's image is the first checkpoint. From here on the source alone is not
\* enough, and need not be: the store has what the destination lacks.
SwitchOver ==
    /\ source = "Paused" /\ destination = "Waiting" /\ Connected("source", "destination")
    /\ StoreNeeded => Connected("source", "store")
    /\ \A p \in Pages : CASE Copied = "before" -> memory["store"][p] = memory["source"][p]
                         [] Copied = "once" -> memory["store"][p] # Absent
                         [] OTHER -> TRUE
    /\ source' = "Serving" /\ destination' = "Running"
    /\ position' = [position EXCEPT !["destination"] = Len(steps)]
    /\ stored' = Len(steps) /\ acknowledged' = Len(steps)
    /\ UNCHANGED <<faults, steps, memory, released, claim>>

\* Without the store, or without the other host, the guest stays where it is.
ResumeSource ==
    /\ Alive("source") /\ source = "Paused"
    /\ ~Connected("source", "destination") \/ ~Connected("source", "store")
    /\ source' = "Running"
    /\ UNCHANGED <<destination, faults, guest, memory, checkpoints, released, claim>>

--------------------------------------------------------------------------------
(* Pages and checkpoints after the switchover                                    *)
\* Push or demand. What is missing was not written since the switchover.
FetchPage(p, from) ==
    /\ destination \in {"Running", "Claimed"} /\ p \in Missing
    /\ Connected(from, "destination") /\ memory[from][p] # Absent
    /\ from = "source" => source \in {"Serving", "Completed"}
    /\ memory' = [memory EXCEPT !["destination"][p] = memory[from][p]]
    /\ UNCHANGED <<phases, faults, guest, checkpoints, released, claim>>

\* Taken at any time between two steps of the guest: periodic, or because output waits.
CommitCheckpoint ==
    /\ destination = "Running" /\ Connected(Keeper, "destination")
    /\ Keeper = "source" => source = "Serving"
    /\ Keeper = "store" => (Sealed => claim = "none")
    /\ stored < position["destination"] /\ stored' = position["destination"]
    /\ memory' = [memory EXCEPT ![Keeper] =
            [p \in Pages |-> IF p \in Missing THEN @[p] ELSE memory["destination"][p]]]
    /\ UNCHANGED <<phases, faults, guest, acknowledged, released, claim>>

ReceiveCheckpointDone ==
    /\ destination = "Running" /\ Connected(Keeper, "destination")
    /\ acknowledged < stored /\ acknowledged' = stored
    /\ UNCHANGED <<phases, faults, guest, memory, stored, released, claim>>

ReleaseOutput ==
    /\ Alive("destination") /\ destination = "Running"
    /\ released < acknowledged /\ released' = acknowledged
    /\ UNCHANGED <<phases, faults, guest, memory, checkpoints, claim>>

--------------------------------------------------------------------------------
(* One goes on without the other                                                 *)
StartRecovery ==
    /\ source = "Serving" /\ Suspects("source") /\ TakeClaim("source")
    /\ source' = "Recovering"
    /\ UNCHANGED <<destination, faults, guest, memory, checkpoints, released>>

\* What the guest did since the checkpoint never happened: nobody has seen it.
RecoverSource ==
    /\ Alive("source") /\ source = "Recovering" /\ source' = "Recovered"
    /\ Keeper = "store" => Connected("source", "store")
    /\ steps' = SubSeq(steps, 1, stored)
    /\ position' = [position EXCEPT !["source"] = stored]
    /\ memory' = [memory EXCEPT !["source"] =
            [p \in Pages |-> IF memory[Keeper][p] = Absent THEN @[p] ELSE memory[Keeper][p]]]
    /\ UNCHANGED <<destination, faults, checkpoints, released, claim>>

\* The destination goes on without the source: nothing is rolled back, no output is
\* held any more, and what is missing comes from the store.
ClaimGuest ==
    /\ destination = "Running" /\ Suspects("destination") /\ TakeClaim("destination")
    /\ destination' = "Claimed" /\ released' = Len(steps)
    /\ UNCHANGED <<source, faults, guest, memory, checkpoints>>

FinishClaim ==
    /\ Alive("destination") /\ destination = "Claimed" /\ Missing = {}
    /\ destination' = "Owner"
    /\ UNCHANGED <<source, faults, guest, memory, checkpoints, released, claim>>

\* A host that was given up while it was alive learns of it from the store.
LearnClaimed ==
    /\ source = "Serving" /\ Connected("source", "store") /\ claim = "destination"
    /\ source' = "Completed"
    /\ UNCHANGED <<destination, faults, guest, memory, checkpoints, released, claim>>

LearnSuperseded ==
    /\ destination = "Running" /\ Connected("destination", "store") /\ claim = "source"
    /\ destination' = "Superseded"
    /\ UNCHANGED <<source, faults, guest, memory, checkpoints, released, claim>>

\* The end, where nothing failed: the source promises never to claim, and then the
\* destination may do without it.
GrantOwnership ==
    /\ source = "Serving" /\ destination = "Running" /\ Missing = {}
    /\ Connected("source", "destination")
    /\ source' = "Completed"
    /\ UNCHANGED <<destination, faults, guest, memory, checkpoints, released, claim>>

BecomeOwner ==
    /\ destination = "Running" /\ Missing = {} /\ source = "Completed"
    /\ Connected("source", "destination")
    /\ destination' = "Owner" /\ released' = Len(steps)
    /\ UNCHANGED <<source, faults, guest, memory, checkpoints, claim>>

--------------------------------------------------------------------------------
(* Faults                                                                        *)
Crash(h) ==
    /\ Alive(h) /\ crashed' = crashed \cup {h} /\ failures' = failures + 1
    /\ UNCHANGED <<phases, cut, guest, memory, checkpoints, released, claim>>
CutLink(l) ==
    /\ l \notin cut /\ cut' = cut \cup {l} /\ failures' = failures + 1
    /\ UNCHANGED <<phases, crashed, guest, memory, checkpoints, released, claim>>
HealLink(l) ==
    /\ l \in cut /\ cut' = cut \ {l}
    /\ UNCHANGED <<phases, crashed, failures, guest, memory, checkpoints, released, claim>>

Protocol ==
    \/ \E p \in Pages : CopyAhead(p) \/ FetchPage(p, "source") \/ FetchPage(p, "store")
    \/ SwitchOver \/ ResumeSource \/ CommitCheckpoint \/ ReceiveCheckpointDone \/ ReleaseOutput
    \/ StartRecovery \/ RecoverSource \/ ClaimGuest \/ FinishClaim \/ LearnClaimed
    \/ LearnSuperseded \/ GrantOwnership \/ BecomeOwner
Fault == (\E h \in Places : Crash(h)) \/ (\E l \in Links : CutLink(l))
Next ==
    \/ \E h \in Hosts, p \in Pages : GuestStep(h, p)
    \/ PauseSource \/ Protocol \/ Fault \/ \E l \in Links : HealLink(l)
Spec == Init /\ [][Next]_vars

--------------------------------------------------------------------------------
AtMostOneEffective == ~(Executes("source") /\ Executes("destination"))

ConsistentImage ==
    \A h \in Hosts, p \in Pages : Executes(h) =>
        \/ memory[h][p] = VersionAt(p, position[h])
        \/ h = "destination" /\ memory[h][p] = Absent

\* The source has an image to go on from, and nobody has taken the guest from it.
CanRecover ==
    /\ Alive("source")
    /\ \/ source = "Paused"
       \/ Alive(Keeper) /\ (source = "Recovering" \/ (source = "Serving" /\ claim # "destination"))

Home ==
    IF Executes("source") THEN IF Executes("destination") THEN "both" ELSE "source"
    ELSE IF Executes("destination") THEN "destination"
    ELSE IF CanRecover THEN "transit" ELSE "lost"
Abstract == INSTANCE LiveMigration WITH home <- Home
Refines == Abstract!SpecOfRefinement

\* See LiveMigration. There is one history here; a step that was taken back is in nobody's past.
First(n) == [i \in 1..n |-> IF i <= Len(steps) THEN steps[i] ELSE Absent]
NoReleasedOutputLost ==
    Abstract!NothingSeenIsMissing(
        {h \in Hosts : Executes(h)}, [h \in Hosts |-> First(position[h])], First(released))

\* Nothing but a failure loses the guest.
OnlyFaultsLoseProp ==
    [][Home' = "lost" /\ Home # "lost" => \E h \in Places : Crash(h)]_vars

\* Every page of the guest is where it can be had without what failed.
PageHeld(p) ==
    \/ p \notin Missing
    \/ Alive("source") /\ source \in {"Serving", "Completed"}
    \/ Alive("store") /\ memory["store"][p] # Absent
\* The guest goes on: somewhere is all of it. A migration that is over, or that has not
\* begun, promises nothing: then the guest depends on its one host, as any guest does.
GoesOn ==
    \/ CanRecover \/ source = "Recovered"
    \/ Executes("destination") /\ \A p \in Pages : PageHeld(p)
Over == destination = "Owner" \/ (source = "Completed" /\ claim = "none")
SurvivesOneFailure == Switched /\ ~Over /\ failures <= 1 => GoesOn

\* Each host does what it can go on doing, page by page and place by place, and a cut link is
\* mended some day. A busy loop of one action excuses no other.
Fairness ==
    /\ \A p \in Pages : WF_vars(CopyAhead(p))
    /\ \A p \in Pages, from \in {"source", "store"} : WF_vars(FetchPage(p, from))
    /\ WF_vars(SwitchOver) /\ WF_vars(ResumeSource) /\ WF_vars(StartRecovery)
    /\ WF_vars(RecoverSource) /\ WF_vars(LearnClaimed)
    /\ WF_vars(CommitCheckpoint) /\ WF_vars(ReceiveCheckpointDone) /\ WF_vars(ReleaseOutput)
    /\ WF_vars(ClaimGuest) /\ WF_vars(FinishClaim) /\ WF_vars(LearnSuperseded)
    /\ WF_vars(GrantOwnership) /\ WF_vars(BecomeOwner)
    /\ \A l \in Links : WF_vars(HealLink(l))

\* The guest has all of its memory on the host where it runs.
Whole == \E h \in Hosts : Executes(h) /\ \A p \in Pages : memory[h][p] # Absent
WholeAgain == Switched ~> (Whole \/ Home = "lost")
EventuallyRuns == Home = "transit" ~> Home # "transit"

\* What the guest has done is seen, unless the source takes the guest back, or its last copy is
\* gone. For the n-th step of the guest; bounds say which n there are.
OutputLeaves(n) ==
    Len(steps) >= n /\ released < n ~> released >= n \/ TookOver \/ Home = "lost"
================================================================================
