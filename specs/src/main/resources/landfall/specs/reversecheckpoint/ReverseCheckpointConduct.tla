------------------------- MODULE ReverseCheckpointConduct -------------------------
(* What each host owes, step by step, as in HandoverConduct: the order of phases,   *)
(* what is said and when it is true, what is read before it is answered, and who    *)
(* changes a count, and why. The properties of ReverseCheckpoint say what must      *)
(* never be seen from outside; these kill a mutant that does its harm only later,   *)
(* or only together with another.                                                   *)
EXTENDS ReverseCheckpointProperties

Places(s, type) == {i \in 1..Len(s) : s[i].type = type}
Holds(s, type) == Places(s, type) # {}
Last(s) == s[Len(s)]
Grows(after, before) == Len(after) > Len(before)
Starts(s, type) == s # <<>> /\ Head(s).type = type
IsRead(after, before) == before # <<>> /\ after = Tail(before)

Recovers == source = "Recovering" /\ source' = "Recovered"
Reclaims == source = "Serving" /\ source' = "Reclaimed" /\ lock' = "source"
Claims == destination = "Running" /\ destination' = "Owner" /\ lock' = "destination"

\* The phases follow one another, each for its reason.
PhasesInOrderProp ==
    [][ /\ source' # source =>
            \/ ~Arbiter /\ source = "Serving" /\ source' = "Recovering" /\ SourceSuspects
            \/ Reclaims /\ SourceSuspects
            \/ Arbiter /\ source = "Reclaimed" /\ source' = "Recovering"
            \/ Recovers
            \/ /\ source = "Serving" /\ source' = "Completed"
               /\ IF Arbiter THEN SourceSuspects /\ lock = "destination"
                  ELSE Starts(back, "AskOwnership") /\ IsRead(back', back)
        /\ destination' # destination =>
            /\ destination = "Running"
            /\ \/ /\ destination' = "Owner"
                  /\ IF EndAcknowledged
                     THEN Starts(forward, "Granted") /\ IsRead(forward', forward)
                     ELSE \/ ~Holds(back, "AskOwnership") /\ Holds(back', "AskOwnership")
                          \/ Starts(forward, "Granted") /\ IsRead(forward', forward)
               \/ Claims /\ DestinationSuspects /\ Missing = {} /\ forward' = <<>>
               \/ /\ destination' = "Superseded" /\ Starts(forward, "Superseded")
                  /\ forward' = <<>> /\ back' = <<>>
               \/ /\ destination' = "Superseded" /\ lock = "source"
                  /\ forward' = <<>> /\ back' = back ]_vars

\* The lock goes with what a host does, and only there.
LockHasACauseProp ==
    [][ /\ lock' # lock => Arbiter /\ lock = "offered" /\ (Reclaims \/ Claims)
        /\ Arbiter /\ (source' # source \/ destination' # destination) =>
            \/ Reclaims \/ Claims \/ lock = "source"
            \/ source' = "Completed" /\ lock = "destination" ]_vars
\* Who may not go on without the lock has it.
LockTruthful ==
    Arbiter =>
        /\ lock = "source" <=> TookOver
        /\ lock = "destination" <=> destination = "Owner"

\* A dead host does nothing: its counts stay, its memory stays, and nothing is said.
DeadHostsRestProp ==
    [][ /\ "source" \in crashed =>
            /\ UNCHANGED <<source, staging, stored>> /\ ~Grows(forward', forward) /\ ~Reclaims
            /\ steps'["source"] = steps["source"] /\ released'["source"] = released["source"]
            /\ SourceKeepsPages => memory'["source"] = memory["source"]
        /\ "destination" \in crashed =>
            /\ destination' = destination /\ ~Grows(back', back)
            /\ steps'["destination"] = steps["destination"]
            /\ released'["destination"] = released["destination"]
            /\ memory'["destination"] = memory["destination"]
            /\ UNCHANGED <<acknowledged, taken>> ]_vars

\* A stream is added to at its end and read at its head, or all of it is gone with a host.
Extends(after, before) == Grows(after, before) /\ SubSeq(after, 1, Len(before)) = before
InOrderProp ==
    [][ /\ forward' = forward \/ Extends(forward', forward) \/ IsRead(forward', forward)
             \/ (forward' = <<>> /\ (crashed' # crashed \/ destination' # destination))
        /\ back' = back \/ Extends(back', back) \/ IsRead(back', back)
             \/ (back' = <<>> /\ (crashed' # crashed \/ destination' # destination)) ]_vars

\* What the source says is so: a page that is missing, or the answer to what it has read.
SourceTruthfulProp ==
    [][ /\ Grows(forward', forward) =>
            LET m == Last(forward') IN
            /\ Len(forward') = Len(forward) + 1
            /\ IF m.type = "Page"
               THEN /\ source = "Serving" /\ Alive("destination") /\ m.page \in Missing
                    /\ \A i \in Places(forward, "Page") : forward[i].page # m.page
               ELSE /\ "back" \notin cut /\ IsRead(back', back)
                    /\ m.type = "Superseded" => TookOver
                    /\ m.type = "Granted" =>
                        \/ source = "Completed"
                        \/ /\ source = "Serving" /\ Starts(back, "AskOwnership")
                           /\ source' = IF Arbiter THEN "Serving" ELSE "Completed"
                    /\ m.type = "CheckpointDone" =>
                        /\ source = "Serving" /\ Starts(back, "CheckpointEnd")
                        /\ m.position = Head(back).position /\ stored' = m.position
        /\ stored' # stored => Grows(forward', forward) /\ Last(forward').type = "CheckpointDone"
        /\ source = "Serving" /\ source' = "Completed" /\ ~Arbiter =>
            Grows(forward', forward) /\ Last(forward').type = "Granted" ]_vars

\* What the destination says is so: whole checkpoints of the guest as it is, each once, and
\* the question only when it needs the source no more. It believes only what it has read.
DestinationTruthfulProp ==
    [][ /\ Grows(back', back) =>
            LET m == Last(back') IN
            /\ destination = "Running"
            /\ m.type = "AskOwnership" => Missing = {} /\ back' = <<m>>
            /\ m.type # "AskOwnership" =>
                /\ m.type = "CheckpointEnd" /\ m.position = taken' /\ taken < taken'
                /\ m.position = Position("destination")
                /\ {back'[i].page : i \in (Len(back) + 1)..(Len(back') - 1)} = m.pages
                /\ \A i \in (Len(back) + 1)..(Len(back') - 1) :
                    /\ back'[i].type = "CheckpointPage" /\ back'[i].position = m.position
                    /\ back'[i].version = memory["destination"][back'[i].page]
        /\ taken' > taken => Grows(back', back)
        /\ taken' < taken =>
            /\ destination = "Running" /\ taken' = acknowledged
            /\ ~Holds(back, "CheckpointPage") /\ ~Holds(back, "CheckpointEnd")
            /\ ~Holds(forward, "CheckpointDone")
        /\ acknowledged' # acknowledged =>
            /\ Starts(forward, "CheckpointDone") /\ IsRead(forward', forward)
            /\ acknowledged' = Head(forward).position /\ acknowledged' > acknowledged ]_vars

\* Pages of one checkpoint are put together, and never with those of another.
StagedTogetherProp ==
    [][ staged' # staged =>
        \/ staged' = Nothing
        \/ /\ IsRead(back', back) /\ Head(back).type = "CheckpointPage"
           /\ stagedFor' = Head(back).position
           /\ staged' = [p \in Pages |->
                IF p = Head(back).page THEN Head(back).version
                ELSE IF stagedFor' = stagedFor THEN staged[p] ELSE Absent] ]_vars

\* The guest touches only a page that is there; steps are the guest's, or are never seen again.
StepsAreMadeProp ==
    [][ /\ Recovers =>
            steps' = [steps EXCEPT !["source"] = SubSeq(steps["destination"], 1, stored)]
        /\ steps' # steps => Recovers \/
           \E h \in Hosts :
            /\ Executes(h) /\ Extends(steps'[h], steps[h]) /\ Len(steps'[h]) = Len(steps[h]) + 1
            /\ steps' = [steps EXCEPT ![h] = steps'[h]]
            /\ memory[h][Last(steps'[h])] # Absent
            /\ memory' = [memory EXCEPT ![h][Last(steps'[h])] = Len(steps'[h])] ]_vars

\* Output leaves when the guest makes it and need not hold it, or when it is covered; what
\* has left has left.
OutputHasACauseProp ==
    [][ \A h \in Hosts : released'[h] # released[h] => released'[h] > released[h] /\
        \/ steps'[h] # steps[h] /\ ~HoldsOutput(h)
        \/ h = "destination" /\ destination = "Running" /\ destination' = "Owner"
        \/ h = "destination" /\ destination = "Running" /\ released'[h] = acknowledged ]_vars

\* Messages that somebody may wait for are not thrown away on purpose.
DropsOnlyTheUselessProp ==
    [][ /\ DropForward => Alive("destination") /\ destination # "Running" /\ "forward" \notin cut
        /\ AnswerGranted => Alive("source") /\ source = "Completed" /\ "back" \notin cut ]_vars

--------------------------------------------------------------------------------
(* What is on its way, as far as somebody will believe it                        *)
\* With an arbiter a source that has granted the guest goes on as before.
FinalTypes == IF Arbiter THEN {"Superseded"} ELSE {"Granted", "Superseded"}
ForwardTruthful ==
    /\ \A i \in Places(forward, "Page") :
        /\ forward[i].page \in Missing
        /\ \A j \in Places(forward, "Page") : forward[i].page = forward[j].page => i = j
    /\ \A i \in Places(forward, "CheckpointDone") :
        forward[i].position <= stored /\ forward[i].position <= taken
    /\ Holds(forward, "Granted") => IF Arbiter THEN Missing = {} ELSE source = "Completed"
    /\ Holds(forward, "Superseded") => TookOver
    \* After the last word nothing else is said.
    /\ \A i \in 1..Len(forward), j \in 1..Len(forward) :
        i < j /\ forward[i].type \in FinalTypes => forward[j].type = forward[i].type

\* What is staged is a part of one image that the guest had.
StagedTruthful ==
    /\ stagedFor = 0 <=> staged = Nothing
    /\ stagedFor <= Position("destination")
    /\ TookOver => staged = Nothing
    /\ \A p \in Pages : staged[p] # Absent => staged[p] = VersionAt("destination", p, stagedFor)

\* Who owns the guest has held nothing back.
OwnerHoldsNothing == destination = "Owner" => released["destination"] = Position("destination")

--------------------------------------------------------------------------------
\* Who can go on may do so, and it makes a difference.
SourceStalls ==
    Alive("source") =>
        /\ source = "Serving" /\ Alive("destination") =>
            \A p \in Missing : \/ \E i \in Places(forward, "Page") : forward[i].page = p
                               \/ ENABLED (SendPage(p) /\ forward' # forward)
        /\ source = "Serving" /\ HeadBack("CheckpointPage") =>
            ENABLED (ReceiveCheckpointPage /\ back' # back)
        /\ source = "Serving" /\ HeadBack("CheckpointEnd") =>
            ENABLED (CommitCheckpoint /\ back' # back)
        /\ source = "Serving" /\ SourceSuspects /\ ~Arbiter =>
            ENABLED (StartRecovery /\ source' = "Recovering")
        /\ source = "Serving" /\ SourceSuspects /\ Arbiter =>
            ENABLED (ReclaimLock /\ source' # source)
        /\ source = "Reclaimed" => ENABLED (StartRecovery /\ source' = "Recovering")
        /\ source = "Recovering" => ENABLED (RecoverSource /\ source' = "Recovered")
        /\ TookOver /\ "back" \notin cut /\ back # <<>> =>
            ENABLED (AnswerSuperseded /\ Grows(forward', forward))
        /\ source = "Serving" /\ HeadBack("AskOwnership") =>
            ENABLED (GrantOwnership /\ Grows(forward', forward) /\ back' # back)
        /\ source = "Completed" /\ "back" \notin cut /\ back # <<>> =>
            ENABLED (AnswerGranted /\ back' # back
                     /\ (GrantRepeated \/ Head(back).type = "AskOwnership"
                         => Grows(forward', forward)))
DestinationStalls ==
    Alive("destination") =>
        /\ HeadForward("Page") =>
            ENABLED (ReceivePage /\ memory'["destination"][Head(forward).page] # Absent)
        /\ destination = "Running" =>
            /\ taken < Position("destination") =>
                ENABLED (TakeCheckpoint /\ taken' # taken)
            /\ taken > acknowledged /\ back = <<>> /\ forward = <<>> =>
                ENABLED (RetakeCheckpoint /\ taken' # taken)
            /\ HeadForward("CheckpointDone") =>
                ENABLED (ReceiveCheckpointDone /\ acknowledged' >= Head(forward).position)
            /\ released["destination"] < acknowledged => ENABLED (ReleaseOutput /\ released' # released)
            /\ HeadForward("Superseded") =>
                ENABLED (ReceiveSuperseded /\ destination' = "Superseded")
            /\ HeadForward("Granted") /\ lock = "offered" =>
                ENABLED (BecomeOwner /\ destination' = "Owner")
            /\ Arbiter /\ lock = "offered" /\ DestinationSuspects /\ Missing = {} =>
                ENABLED (ClaimLock /\ destination' = "Owner")
            /\ lock = "source" => ENABLED (LearnSuperseded /\ destination' = "Superseded")
            /\ Missing = {} /\ back = <<>> => ENABLED (AskOwnership /\ back' # back)
        /\ destination # "Running" /\ "forward" \notin cut /\ forward # <<>> =>
            ENABLED (DropForward /\ forward' # forward)
GuestStalls ==
    \A h \in Hosts, p \in Pages : Executes(h) /\ memory[h][p] # Absent =>
        ENABLED (GuestStep(h, p) /\ steps'[h] # steps[h])
NobodyStalls == SourceStalls /\ DestinationStalls /\ GuestStalls

\* A switch that is off is a mistake that is really made, so that what is seen to go wrong
\* without an assumption goes wrong for want of it.
MistakesAreMadeProp ==
    [][ /\ ~OutputHeld /\ steps' # steps /\ ~Recovers =>
            \E h \in Hosts : steps'[h] # steps[h] /\ released'[h] = Len(steps'[h])
        /\ ~WholeCheckpoints => staged' = Nothing
        /\ ~WholeCheckpoints /\ ReceiveCheckpointPage =>
            memory'["source"][Head(back).page] = Head(back).version
        /\ ~SourceKeepsPages => \A p \in Missing :
            memory'["destination"][p] = 0 => memory'["source"][p] = Absent
        /\ ~EndAcknowledged /\ destination = "Running"
             /\ ~Holds(back, "AskOwnership") /\ Holds(back', "AskOwnership") =>
            /\ destination' = "Owner" /\ Releases(Position("destination"))
        /\ ~CarriesDiskWrites /\ Recovers => disk' = disk
        /\ ~GrantRepeated /\ AnswerGranted =>
            (forward' # forward <=> Head(back).type = "AskOwnership")
        /\ ~Fenced /\ ReleaseOutput =>
            \A p \in Blocks("destination", released["destination"], acknowledged) :
                disk'[p] = VersionAt("destination", p, acknowledged) ]_vars
===================================================================================
