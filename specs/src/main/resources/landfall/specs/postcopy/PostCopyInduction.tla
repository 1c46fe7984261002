---------------------------- MODULE PostCopyInduction ----------------------------
(* Why PostCopy is safe, without reference to how long it goes on, to how often its *)
(* connection is lost, and to how often a recovery fails: an invariant that every   *)
(* step keeps, and that implies what must not be seen from outside.                 *)
(*                                                                                  *)
(* Its heart: a page that the destination lacks is newest at the source, and is due *)
(* there, or on its way, or named in a list that is on its way (PagesAccounted).    *)
(*                                                                                  *)
(* The model checker begins in every state that satisfies IndInv within the bounds, *)
(* reachable or not, and looks at every step from there. One thing is not repeated: *)
(* what the source will never read any more, since it has opened a newer connection *)
(* (back[a] for a < attempt), is empty at the beginning.                            *)
(*                                                                                  *)
(* It does not hold if the discard list is not sent, and must not.                  *)
EXTENDS PostCopyConduct   \* PagesAccounted is said there

CONSTANTS MaxSteps, MaxAttempts, MaxRounds

Hello == H!Message("Hello")
Offer(n, d) == [type |-> "DeviceState", position |-> n, discard |-> d]
PageList(m) == [type |-> "PageList", missing |-> m]
Demand(p) == [type |-> "Demand", page |-> p]

\* The source has given the guest away, and not taken it back.
GivenAway == source \in {"HandedOver", "Serving", "Completed"}

One(condition) == IF condition THEN 1 ELSE 0

\* The lock is where the guest is, or on offer by the attempt that the destination has accepted.
\* No attempt that is under way was ever on offer.
LockAgrees ==
    /\ source = "HandedOver" /\ destination = "Ready" => accepted = attempt
    /\ lock =
         IF destination = "Running" THEN H!Held("destination", lock.attempt)
         ELSE IF GivenAway THEN H!Offer(accepted) ELSE H!Held("source", lock.attempt)
    /\ destination = "Running" => lock.attempt <= accepted
    /\ source \in {"PreCopy", "Paused", "Offered"} => lock.attempt < attempt

\* The phases of the two hosts, and the lock.
PhasesAgree ==
    /\ attempt = 0 => source = "Running"
    /\ accepted = 0 => destination = "Waiting"
    /\ source = "HandedOver" => destination \in {"Ready", "Running"}
    /\ source \in {"Serving", "Completed"} => destination = "Running"
    /\ source = "Completed" => accepted = attempt
    /\ destination = "Running" => GivenAway
    /\ source \in {"PreCopy", "Paused"} /\ accepted = attempt =>
        destination \in {"Receiving", "Waiting"}
    /\ IF Arbiter THEN LockAgrees ELSE lock = H!Held("source", 0)

\* Whose copy is the guest.
CopiesAgree ==
    /\ destination # "Running" => position["source"] = Len(steps)
    /\ destination = "Running" => position["destination"] = Len(steps)
    /\ destination = "Ready"
         /\ (source = "HandedOver" \/ (source = "Offered" /\ accepted = attempt)) =>
        position["destination"] = Len(steps)

\* The source's notes are of the attempt under way, or of the guest that it serves.
NotesAgree ==
    /\ source # "PreCopy" => log = {}
    /\ source = "Running" => pending = {}
    /\ round > 0 <=> source = "PreCopy"
    /\ requested # {} => destination = "Running" /\ requested \subseteq Missing

\* What a host has of a page is what the page was as of its vCPU. What the guest lacks at
\* the destination has not been written since the source had it.
ImagesAgree ==
    /\ \A p \in Pages : memory["source"][p] = VersionAt(p, position["source"])
    /\ destination \in {"Ready", "Running"} =>
        \A p \in Pages \ Missing : memory["destination"][p] = VersionAt(p, position["destination"])
    /\ destination = "Running" =>
        \A p \in Missing : memory["source"][p] = VersionAt(p, position["destination"])
    /\ source = "Completed" => Missing = {}

\* Stream s of attempt a is one of before the switchover.
OfRounds(a, s) ==
    \/ Holds(s, "Hello") \/ Holds(s, "DeviceState")
    \/ a = accepted /\ destination = "Receiving"
    \/ a = attempt /\ source \in {"PreCopy", "Paused", "Offered"}

\* What is on its way to the destination, s for the stream of attempt a.
ForwardAgrees(a, s) ==
    /\ a < accepted => s = <<>>
    \* What comes first says what sort of connection it is.
    /\ \A i \in 1..Len(s) : s[i].type \in {"Hello", "Recover"} => i = 1 /\ a > accepted
    /\ a > accepted /\ s # <<>> => Head(s).type \in {"Hello", "Recover"}
    /\ a > accepted /\ s # <<>> /\ GivenAway => Head(s).type = "Recover"
    /\ Holds(s, "Recover") => GivenAway /\ (Arbiter => destination = "Running")
    /\ Holds(s, "Recover") => ~Holds(s, "DeviceState")
    /\ source \in {"PreCopy", "Paused", "Offered"} /\ a = attempt => ~Holds(s, "Recover")
    /\ a > accepted /\ s # <<>> /\ Head(s).type = "Recover" =>
        /\ Arbiter \/ (source = "Serving" /\ a = attempt) => ~Head(s).handover
        /\ destination # "Running" => Head(s).handover /\ destination # "Receiving"
    \* Pages, then the device state.
    /\ \A i \in Places(s, "DeviceState") : i = Len(s)
    /\ source \in {"PreCopy", "Paused"} /\ a = attempt => ~Holds(s, "DeviceState")
    /\ \A i \in Places(s, "DeviceState") : \A p \in Pages \ s[i].discard :
        LastIn(s, a, p) = VersionAt(p, s[i].position)
    /\ source = "Offered" /\ a = attempt => \A i \in Places(s, "DeviceState") :
        s[i].position = Len(steps) /\ s[i].discard = pending
    \* The connection that the destination reads.
    /\ a = accepted =>
        /\ destination = "Waiting" => s = <<>>
        /\ destination = "Receiving" => ~Holds(s, "Handover")
        /\ destination = "Ready" => s \in {<<>>, <<H!Message("Handover")>>}
        /\ destination = "Running" => ~Holds(s, "Handover") /\ ~Holds(s, "DeviceState")
    /\ Holds(s, "Handover") => /\ a = accepted /\ destination = "Ready"
                               /\ ~Arbiter => source = "HandedOver"
                               /\ a = attempt => source \in {"HandedOver", "Running"}
    \* What arrives late is what the guest would have had at once.
    /\ (a = accepted /\ destination = "Running") \/ (Holds(s, "Recover") /\ GivenAway) =>
        \A i \in Places(s, "Page") : s[i].version = memory["source"][s[i].page]
    \* No page is sent for nothing: once in each round, and then once for each time that it
    \* was noted.
    /\ a = attempt /\ source = "PreCopy" => \A p \in Pages :
        Cardinality(OfPage(s, p)) + One(p \in pending) <= round
    /\ ~OfRounds(a, s) => \A p \in Pages :
        /\ Cardinality(OfPage(s, p)) + One(Holds(s, "Recover"))
             + One(a = attempt /\ p \in pending) + One(a = attempt /\ Holds(back[a], "PageList")) <= 2
        /\ a = attempt /\ source = "HandedOver" => Cardinality(OfPage(s, p)) <= 1

\* What is on its way to the source, b for the stream of its newest connection.
BackAgrees(b) ==
    /\ b # <<>> => accepted = attempt /\ destination \in {"Ready", "Running"}
    /\ \A i \in 1..Len(b) :
        /\ b[i].type \in {"Ready", "Resumed", "PageList"} => i = 1
        /\ b[i].type = "Complete" => i = Len(b) /\ Missing = {}
        /\ b[i].type = "Demand" => b[i].page \in requested \/ b[i].page \notin Missing
        /\ \A j \in 1..(i - 1) : b[i].type = "Demand" => b[j] # b[i]
        /\ b[i].type = "PageList" => Missing \subseteq b[i].missing
        /\ b[i].type # "Ready" => destination = "Running"
    /\ Holds(b, "Ready") => source = "Offered" /\ destination = "Ready" /\ Len(b) = 1
    /\ Holds(b, "Resumed") => source = "HandedOver"
    /\ b # <<>> => source \in {"Offered", "HandedOver", "Serving"}
    /\ source = "HandedOver" /\ b # <<>> => Head(b).type \in {"Resumed", "PageList"}

\* A connection that a newer one has replaced, or that ended, is closed.
ClosuresAgree ==
    /\ 1..(attempt - 1) \subseteq broken /\ broken \subseteq 1..attempt
    /\ source \in {"Running", "Completed"} => broken = 1..attempt
    /\ destination = "Waiting" /\ accepted > 0 => accepted \in broken

\* A guest is given away only after the destination took up the attempt, and before any recovery.
RecoveriesAreLast ==
    \A a, b \in 1..attempt :
        a < b /\ Holds(forward[a], "Hello") => ~Holds(forward[b], "Recover")

\* A connection does not outlive a host, and none is opened to a dead one, who reads nothing.
DeathsAgree ==
    /\ crashed # {} => broken = 1..attempt
    /\ "source" \in crashed => \A a \in 1..attempt : back[a] = <<>>
    /\ "destination" \in crashed => \A a \in 1..attempt : forward[a] = <<>>

\* Nothing is lost of a connection that nobody has given up.
NothingLost ==
    attempt > 0 /\ attempt \notin broken =>
        /\ accepted < attempt => forward[attempt] # <<>>
        /\ source = "HandedOver" /\ accepted = attempt =>
            IF destination = "Ready" THEN Holds(forward[attempt], "Handover") ELSE back[attempt] # <<>>

IndInv ==
    /\ PhasesAgree /\ CopiesAgree /\ NotesAgree /\ ImagesAgree
    /\ \A a \in 1..attempt : ForwardAgrees(a, forward[a])
    /\ attempt > 0 => BackAgrees(back[attempt])
    /\ RecoveriesAreLast /\ ClosuresAgree /\ DeathsAgree /\ NothingLost /\ PagesAccounted

---------------------------------------------------------------------------------
\* Streams as long as the invariant and the bounds allow: before the switchover a page once for each
\* round, after it twice, and then as it is at the source.
SentPage(p, v) == [type |-> "Page", page |-> p, version |-> v]
Orders(copies) ==
    {r \in UNION {[1..n -> Pages] : n \in 0..(copies * Cardinality(Pages))} :
        \A p \in Pages : Cardinality({i \in DOMAIN r : r[i] = p}) <= copies}
OrdersBefore == Orders(MaxRounds)
OrdersAfter == Orders(2)
AnyVersions(orders) ==
    UNION {{[i \in DOMAIN r |-> SentPage(r[i], v[i])] : v \in [DOMAIN r -> 0..Len(steps)]} : r \in orders}
RunsBefore == AnyVersions(OrdersBefore)
RunsAfter ==
    {[i \in DOMAIN r |-> SentPage(r[i], memory["source"][r[i]])] : r \in OrdersAfter}
Offers == {Offer(n, d) : n \in 0..Len(steps), d \in SUBSET Pages}
Recovers == {[type |-> "Recover", handover |-> answer] : answer \in BOOLEAN}
ForwardStreams ==
    {<<H!Message("Handover")>>} \cup
    UNION {{run, <<Hello>> \o run} \cup
           UNION {{Append(run, o), <<Hello>> \o Append(run, o)} : o \in Offers} : run \in RunsBefore} \cup
    UNION {{run} \cup {<<r>> \o run : r \in Recovers} : run \in RunsAfter}
DemandRuns == UNION {[1..n -> {Demand(p) : p \in Pages}] : n \in 0..Cardinality(Pages)}
BackStreams ==
    {first \o demands \o last :
        first \in {<<>>, <<H!Message("Ready")>>, <<H!Message("Resumed")>>}
                    \cup {<<PageList(m)>> : m \in SUBSET Pages},
        demands \in DemandRuns, last \in {<<>>, <<H!Message("Complete")>>}}

\* A stream of before the switchover has a page once for each round.
WithinRounds(a, s) == OfRounds(a, s) => \A p \in Pages : Cardinality(OfPage(s, p)) <= MaxRounds
Fitting(a) == {s \in ForwardStreams : WithinRounds(a, s) /\ ForwardAgrees(a, s)}

\* Every state of these types that satisfies IndInv, but for answers that nobody will read.
IndInit ==
    /\ attempt \in 0..MaxAttempts /\ accepted \in 0..attempt
    /\ source \in H!SourcePhases \cup {"Serving"} /\ destination \in H!DestinationPhases
    /\ lock \in {H!Offer(a) : a \in 1..attempt} \cup
                {H!Held(h, a) : h \in Hosts, a \in 0..attempt}
    /\ PhasesAgree
    /\ broken \in SUBSET (1..attempt) /\ ClosuresAgree
    /\ \E n \in 0..MaxSteps : steps \in [1..n -> Pages]
    /\ position \in [Hosts -> 0..Len(steps)]
    /\ CopiesAgree
    /\ \E image \in [Pages -> {Absent} \cup (0..Len(steps))] :
        memory = [h \in Hosts |->
                    IF h = "source" THEN [p \in Pages |-> VersionAt(p, position["source"])]
                                    ELSE image]
    /\ ImagesAgree
    /\ log \in SUBSET Pages /\ pending \in SUBSET Pages /\ requested \in SUBSET Pages
    /\ round \in 0..MaxRounds
    /\ NotesAgree
    /\ \E newest \in (IF attempt = 0 THEN {<<>>} ELSE {b \in BackStreams : BackAgrees(b)}) :
        back = [a \in 1..attempt |-> IF a = attempt THEN newest ELSE <<>>]
    /\ \/ attempt = 0 /\ forward = <<>>
       \/ attempt = 1 /\ \E s \in Fitting(1) : forward = <<s>>
       \/ attempt = 2 /\ \E s \in Fitting(1), t \in Fitting(2) : forward = <<s, t>>
       \/ attempt > 2 /\ forward \in [1..attempt -> ForwardStreams]
            /\ \A a \in 1..attempt : WithinRounds(a, forward[a]) /\ ForwardAgrees(a, forward[a])
    /\ RecoveriesAreLast /\ NothingLost /\ PagesAccounted
    /\ cut \in SUBSET Directions /\ crashed \in SUBSET Hosts /\ DeathsAgree

Bounded ==
    /\ Len(steps) <= MaxSteps /\ attempt <= MaxAttempts /\ round <= MaxRounds
    /\ \A a \in 1..attempt : WithinRounds(a, forward[a])
Induction == IndInit /\ [][Next]_vars

\* What the invariant is for. It is checked in every state of IndInv.
Safe == AtMostOneEffective /\ NoReleasedOutputLost /\ StatusTruthful /\ ConsistentImage
=================================================================================
