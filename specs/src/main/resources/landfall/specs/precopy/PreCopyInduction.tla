---------------------------- MODULE PreCopyInduction ---------------------------
(* Why PreCopy is safe, without reference to how long it goes on: an invariant  *)
(* that every step keeps, and that implies what must not be seen from outside.  *)
(*                                                                              *)
(* Without its pages a stream of PreCopy is one of Handover, so the invariant   *)
(* of Handover is a part of this one, unchanged. What is added says where the   *)
(* newest version of each page is: at the source, on its way, or arrived.       *)
(*                                                                              *)
(* The model checker begins in every state that satisfies IndInv within the     *)
(* bounds, reachable or not, and looks at every step from there. If none leaves *)
(* IndInv, it holds in behaviours of any length. What the bounds leave open is  *)
(* only their own size: more pages, more attempts, more writes.                 *)
(*                                                                              *)
(* It does not hold without RetrySendsAll, and must not.                        *)
EXTENDS PreCopyConduct

CONSTANTS MaxSteps, MaxAttempts

WithoutPages(stream) == SelectSeq(stream, LAMBDA m : m.type # "Page")
HI == INSTANCE HandoverInduction WITH
        forward <- [a \in 1..attempt |-> WithoutPages(forward[a])]

PageMessages == {[type |-> "Page", page |-> p, version |-> v] : p \in Pages, v \in 0..Len(steps)}
Underway == source \in {"PreCopy", "Paused"}

OfPage(stream, p) == {i \in 1..Len(stream) : stream[i].type = "Page" /\ stream[i].page = p}
WritesOf(p) == {i \in 1..Len(steps) : steps[i] = p}

\* The log and the round are of an attempt. Another round has a write as its cause.
RoundsAgree ==
    /\ ~Underway => log = {} /\ pending = {}
    /\ source = "Running" => round = 0
    /\ source \in {"PreCopy", "Paused", "Offered", "HandedOver"} => round > 0
    /\ round + (IF log # {} THEN 1 ELSE 0) <= 1 + Len(steps)

\* The copy of each host, as of its vCPU, wherever it may be resumed.
ImagesAgree ==
    /\ \A p \in Pages : memory["source"][p] = VersionAt(p, position["source"])
    /\ destination \in {"Ready", "Running"} =>
        \A p \in Pages : memory["destination"][p] = VersionAt(p, position["destination"])

\* The version of p at the destination once stream a has been read to its end.
LastOf(a, p) ==
    LET sent == OfPage(forward[a], p)
    IN  IF sent # {} THEN forward[a][CHOOSE i \in sent : \A j \in sent : j <= i].version
        ELSE IF accepted = a THEN memory["destination"][p] ELSE Absent

\* Pages go between Hello and the device state, which completes the image.
PagesAgree(a) ==
    /\ \A i \in 1..Len(forward[a]) : forward[a][i].type = "Page" =>
        /\ forward[a][i] \in PageMessages
        /\ \A j \in 1..Len(forward[a]) :
             /\ forward[a][j].type = "Hello" => j < i
             /\ forward[a][j].type = "DeviceState" => i < j
             /\ forward[a][j].type # "Handover"
        /\ IF a = accepted THEN destination = "Receiving"
                           ELSE Head(forward[a]).type = "Hello"
    /\ \A i \in 1..Len(forward[a]) : forward[a][i].type = "DeviceState" =>
        \A p \in Pages : LastOf(a, p) = VersionAt(p, forward[a][i].position)
    \* Sent again only because it was written again.
    /\ \A p \in Pages :
        Cardinality(OfPage(forward[a], p))
          + (IF a = attempt THEN Cardinality({p} \cap log) + Cardinality({p} \cap pending) ELSE 0)
            <= 1 + Cardinality(WritesOf(p))
ContentsAgree == \A a \in 1..attempt : PagesAgree(a)

\* Nothing is lost of a connection that nobody has given up.
NothingLost ==
    accepted < attempt /\ attempt \notin broken =>
        forward[attempt] # <<>> /\ Head(forward[attempt]).type = "Hello"

IndInv ==
    /\ HI!IndInv
    /\ RoundsAgree /\ ImagesAgree /\ ContentsAgree /\ NothingLost /\ DirtyNeverDropped

\* Streams with pages in them, and no longer than the writes allow.
PageRuns == UNION {[1..n -> PageMessages] : n \in 0..(Cardinality(Pages) + Len(steps))}
Streams ==
    HI!ForwardStreams \cup
    UNION {{run, <<HI!Hello>> \o run} \cup
           UNION {{Append(run, d), <<HI!Hello>> \o Append(run, d)} : d \in HI!DeviceStates}
           : run \in PageRuns}

\* Every state of these types that satisfies IndInv.
IndInit ==
    /\ attempt \in 0..MaxAttempts /\ accepted \in 0..attempt
    /\ source \in H!SourcePhases /\ destination \in H!DestinationPhases
    /\ lock \in (IF Arbiter THEN Hosts \cup {"free"} ELSE {"source"})
    /\ HI!PhasesAgree
    /\ \E n \in 0..MaxSteps : steps \in [1..n -> Pages]
    /\ position \in [Hosts -> 0..Len(steps)]
    /\ HI!CopiesAgree
    /\ log \in SUBSET Pages /\ pending \in SUBSET Pages /\ round \in 0..(1 + Len(steps))
    /\ RoundsAgree
    /\ \E image \in [Pages -> {Absent} \cup (0..Len(steps))] :
        memory = [h \in Hosts |->
                    IF h = "source" THEN [p \in Pages |-> VersionAt(p, position["source"])]
                                    ELSE image]
    /\ ImagesAgree
    /\ forward \in [1..attempt -> Streams]
    /\ ContentsAgree
    /\ back \in [1..attempt -> HI!BackStreams]
    /\ HI!MessagesAgree
    /\ broken \in SUBSET (1..attempt) /\ HI!ClosuresAgree
    /\ NothingLost /\ DirtyNeverDropped
    /\ cut \in SUBSET Directions /\ crashed \in SUBSET Hosts

Bounded == Len(steps) <= MaxSteps /\ attempt <= MaxAttempts
Induction == IndInit /\ [][Next]_vars

\* What the invariant is for. It is checked in every state of IndInv.
Safe == AtMostOneEffective /\ NoReleasedOutputLost /\ StatusTruthful /\ ConsistentImage
================================================================================
