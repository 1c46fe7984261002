-------------------------- MODULE PostCopyProperties ---------------------------
(* What PostCopy is for: what may be seen of a guest that is on two hosts for a   *)
(* while, what is never lost, and what becomes of it once the faults end.         *)
EXTENDS PostCopy

VersionAt(p, n) ==
    LET writes == {i \in 1..n : steps[i] = p}
    IN  IF writes = {} THEN 0 ELSE CHOOSE i \in writes : \A j \in (i + 1)..n : steps[j] # p

AtMostOneEffective == H!AtMostOneEffective
NoReleasedOutputLost == H!NoReleasedOutputLost
StatusTruthful == source = "Completed" => destination = "Running" /\ Missing = {}

\* What the guest can touch is newest; what it cannot touch yet is newest at the source.
ConsistentImage ==
    \A h \in Hosts : H!Runs(h) => \A p \in Pages :
        IF memory[h][p] # Absent THEN memory[h][p] = VersionAt(p, position[h])
        ELSE h = "destination" /\ memory["source"][p] = VersionAt(p, position[h])

\* The guest, split between two hosts, is lost if either dies before it is whole.
Whole == Missing = {} \/ H!Alive("source")

\* What a dead source has sent may still arrive, on this connection or on one that recovers it.
Arriving ==
    {p \in Pages : \E a \in 1..attempt : a >= accepted /\ \E i \in 1..Len(forward[a]) :
        forward[a][i].type = "Page" /\ forward[a][i].page = p}
BecomesWhole == H!Alive("source") \/ Missing \subseteq Arriving

CanArrive ==
    /\ destination # "Running"
    /\ \/ H!Alive("source") /\ source \in {"Paused", "Offered"}
       \/ H!Alive("source") /\ source = "HandedOver" /\ lock.owner = "source"
       \/ /\ H!Alive("destination") /\ destination = "Ready" /\ BecomesWhole
          \* A message is worth nothing without the lock.
          /\ Arbiter => H!OfferedTo
          /\ \/ Arbiter /\ Missing = {}
             \/ \E i \in 1..Len(forward[accepted]) : forward[accepted][i].type = "Handover"
             \/ \E a \in (accepted + 1)..attempt : forward[a] # <<>> /\ Head(forward[a]).type = "Recover" /\ Head(forward[a]).handover

\* A destination that lacks what nobody can send any more executes on, until it needs that; the
\* guest is lost by then.
Home ==
    IF H!Runs("source") THEN IF H!Runs("destination") THEN "both" ELSE "source"
    ELSE IF H!Runs("destination") THEN IF BecomesWhole THEN "destination" ELSE "lost"
    ELSE IF CanArrive THEN "transit" ELSE "lost"

Abstract == INSTANCE LiveMigration WITH released <- Len(steps), home <- Home
Refines == Abstract!SpecOfRefinement

\* See Handover.
Owner == INSTANCE Ownership WITH
    First <- "source",
    owners <- {lock.owner, lock.offeredTo} \ {H!Nobody},
    effective <- {h \in Hosts : H!Runs(h)}
RefinesOwnership == Owner!Spec

\* Nothing but a fault loses the guest. A destination that takes up a recovery does not read the
\* rest of the broken connection, and cannot know that the source has died since, so that these
\* pages were the last copies.
OnlyFaultsLoseProp ==
    [][Home' = "lost" /\ Home # "lost" =>
        Fault \/ (~H!Alive("source") /\ \E a \in 1..attempt : ReceiveRecover(a))]_vars

Fairness ==
    /\ WF_vars(Protocol)
    /\ \A d \in Directions : WF_vars(HealLink(d))
FaultsEnd == <>[][Fault => Protocol]_vars

\* Every demand fault is answered, or one of the two hosts is dead.
FaultsAnswered ==
    FaultsEnd => \A p \in Pages : []<>(p \notin requested \/ crashed # {})
EventuallyRuns == FaultsEnd => []<>(Home # "transit")
\* A source that gave the guest away learns what became of it, or is dead.
DoubtEnds == FaultsEnd => []<>(source # "HandedOver" \/ ~H!Alive("source"))
Completes == FaultsEnd => (source = "Serving" ~> source = "Completed" \/ crashed # {})

\* Expected to fail: post-copy does not survive the death of one host.
SurvivesOneCrash == (Cardinality(crashed) <= 1 /\ source = "Serving") => Whole
================================================================================
