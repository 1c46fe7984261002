------------------------- MODULE ReverseCheckpointInduction -------------------------
(* Why ReverseCheckpoint is safe, without reference to how long it goes on, and to   *)
(* how many checkpoints are taken, lost, and taken again: an invariant that every    *)
(* step keeps, and that implies what must not be seen from outside.                  *)
(*                                                                                   *)
(* Its heart: nothing is released that is not acknowledged, nothing acknowledged     *)
(* that is not stored (CountsAgree); and what is on its way completes the stored     *)
(* image, whatever part of it is lost (BackAgrees): a page that a checkpoint does    *)
(* not name was not written since the stored one.                                    *)
(*                                                                                   *)
(* The model checker begins in every state that satisfies IndInv within the bounds,  *)
(* reachable or not, and looks at every step from there. It does not hold if any of  *)
(* the six assumptions is switched off, and must not. It is about hosts without an   *)
(* arbiter.                                                                          *)
EXTENDS ReverseCheckpointConduct   \* ForwardTruthful and StagedTruthful are said there

ASSUME ~Arbiter
CONSTANTS MaxSteps, MaxMessages

\* Who owns the guest was told so, and who was superseded says nothing and is told nothing.
PhasesAgree ==
    /\ destination = "Owner" => source = "Completed"
    /\ destination = "Superseded" => TookOver

\* Released, acknowledged, stored, done: in this order, at the destination. A recovered source
\* begins with the stored past, and holds nothing.
CountsAgree ==
    /\ stored <= Position("destination") /\ taken <= Position("destination")
    /\ acknowledged <= stored /\ acknowledged <= taken
    /\ IF destination = "Owner" THEN released["destination"] = Position("destination")
       ELSE released["destination"] <= acknowledged
    /\ IF source = "Recovered"
       THEN /\ stored <= Position("source")
            /\ \A i \in 1..stored : steps["source"][i] = steps["destination"][i]
            /\ released["source"] = IF Position("source") = stored THEN 0 ELSE Position("source")
       ELSE steps["source"] = <<>> /\ released["source"] = 0

\* The source has the stored image, until it goes on from there. What the destination has is
\* its guest, but for pages that nobody wrote since the switchover.
ImagesAgree ==
    /\ \A p \in Pages : memory["source"][p] =
        IF source = "Recovered" THEN VersionAt("source", p, Position("source"))
        ELSE VersionAt("destination", p, stored)
    /\ \A p \in Pages :
        \/ memory["destination"][p] = VersionAt("destination", p, Position("destination"))
        \/ p \in Missing /\ VersionAt("destination", p, Position("destination")) = 0
    /\ source = "Completed" => Missing = {}

\* The disk has what was released. While the source recovers, the fence keeps from it what
\* the destination still releases.
DiskHas(h, n) == \A p \in Pages : disk[p] = IF p \in DiskPages THEN VersionAt(h, p, n) ELSE 0
DiskAgrees ==
    CASE source = "Recovered" -> DiskHas("source", Position("source"))
      [] source = "Recovering" -> \E n \in 0..released["destination"] : DiskHas("destination", n)
      [] OTHER -> DiskHas("destination", released["destination"])

\* What is on its way to the source. Once it has taken over, it does not look at it.
BackAgrees(b) ==
    /\ destination = "Superseded" => b = <<>>
    /\ \A i \in Places(b, "AskOwnership") : i = 1 /\ Missing = {}
    /\ ~TookOver =>
        /\ \A i \in Places(b, "CheckpointPage") \cup Places(b, "CheckpointEnd") :
            /\ stored <= b[i].position /\ b[i].position <= taken
            /\ \A j \in Places(b, "CheckpointPage") \cup Places(b, "CheckpointEnd") :
                i < j => b[i].position <= b[j].position
        /\ \A i \in Places(b, "CheckpointPage") : 
            b[i].version = VersionAt("destination", b[i].page, b[i].position)
        /\ \A i \in Places(b, "CheckpointEnd") : \A p \in Pages \ b[i].pages :
            VersionAt("destination", p, b[i].position) <= stored

\* What is on its way to the destination.
ForwardAgrees ==
    /\ ForwardTruthful
    /\ destination = "Owner" => \A i \in 1..Len(forward) : forward[i].type = "Granted"
    /\ destination = "Superseded" => forward = <<>>

IndInv ==
    /\ PhasesAgree /\ CountsAgree /\ ImagesAgree /\ DiskAgrees
    /\ StagedTruthful /\ BackAgrees(back) /\ ForwardAgrees

------------------------------------------------------------------------------------
Streams(kinds) == UNION {[1..n -> kinds] : n \in 0..MaxMessages}
Done == {[type |-> "CheckpointDone", position |-> n] : n \in 1..MaxSteps}
PageMessages == {[type |-> "Page", page |-> p] : p \in Pages}
LastWords == {[type |-> "Granted"], [type |-> "Superseded"]}
CheckpointMessages ==
    {[type |-> "CheckpointPage", page |-> p, version |-> v, position |-> n] :
        p \in Pages, v \in 1..MaxSteps, n \in 1..MaxSteps}
    \cup {[type |-> "CheckpointEnd", position |-> n, pages |-> d] :
        n \in 1..MaxSteps, d \in SUBSET Pages}
ForwardStreams == Streams(Done \cup PageMessages \cup LastWords)
BackStreams == Streams(CheckpointMessages \cup {[type |-> "AskOwnership"]})

\* Every state of these types that satisfies IndInv.
IndInit ==
    /\ source \in {"Serving", "Recovering", "Recovered", "Completed"} /\ lock = "offered"
    /\ destination \in {"Running", "Owner", "Superseded"}
    /\ PhasesAgree
    /\ steps \in [Hosts -> UNION {[1..n -> Pages] : n \in 0..MaxSteps}]
    /\ stored \in 0..Position("destination") /\ taken \in 0..Position("destination")
    /\ acknowledged \in 0..(IF stored < taken THEN stored ELSE taken)
    /\ released \in [Hosts -> 0..MaxSteps]
    /\ CountsAgree
    /\ \E image \in [Pages -> {Absent} \cup (0..MaxSteps)] :
        memory = [h \in Hosts |->
            IF h = "source"
            THEN [p \in Pages |->
                    IF source = "Recovered" THEN VersionAt("source", p, Position("source"))
                    ELSE VersionAt("destination", p, stored)]
            ELSE image]
    /\ ImagesAgree
    /\ disk \in [Pages -> 0..MaxSteps] /\ DiskAgrees
    /\ stagedFor \in 0..Position("destination")
    /\ staged \in {s \in [Pages -> {Absent} \cup (0..Position("destination"))] :
        \A p \in Pages : s[p] \in {Absent, VersionAt("destination", p, stagedFor)}}
    /\ StagedTruthful
    /\ back \in {b \in BackStreams : BackAgrees(b)}
    /\ forward \in ForwardStreams /\ ForwardAgrees
    /\ cut \in SUBSET Directions /\ crashed \in SUBSET Hosts

Bounded ==
    (\A h \in Hosts : Position(h) <= MaxSteps) /\ Len(back) <= MaxMessages /\ Len(forward) <= MaxMessages
Induction == IndInit /\ [][Next]_vars

\* What the invariant is for. It is checked in every state of IndInv.
RecoveryRemembers == CanRecover => released["destination"] <= stored
Safe == /\ TypeOK /\ AtMostOneEffective /\ ConsistentImage /\ CheckpointConsistent
        /\ DiskWriteNeverLost /\ NoReleasedOutputLost /\ RecoveryRemembers

\* Every step from a state of IndInv is one of LiveMigration, or changes nothing there.
\* (A superseded destination may show what the source has shown already.)
StepsRefineProp == [][Abstract!Next]_(Abstract!vars)
====================================================================================
