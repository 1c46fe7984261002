------------------------- MODULE ForwardCheckpointConduct -------------------------
(* What each host and the store owe, step by step, as in HandoverConduct: the order *)
(* of phases, who may give up whom, what crosses which link, and where the guest's  *)
(* memory is. The properties of ForwardCheckpoint say what must never be seen from  *)
(* outside; these kill a mutant that does its harm only later, or only together     *)
(* with another failure.                                                            *)
EXTENDS ForwardCheckpoint

SourceMoves ==
    {<<"Running", "Paused">>, <<"Paused", "Running">>, <<"Paused", "Serving">>,
     <<"Serving", "Recovering">>, <<"Recovering", "Recovered">>, <<"Serving", "Completed">>}
DestinationMoves ==
    {<<"Waiting", "Running">>, <<"Running", "Claimed">>, <<"Claimed", "Owner">>,
     <<"Running", "Owner">>, <<"Running", "Superseded">>}

\* The phases follow one another as the picture at the head of ForwardCheckpoint says. Only
\* the switchover moves both hosts at once.
PhasesInOrderProp ==
    [][ /\ source' # source => <<source, source'>> \in SourceMoves
        /\ destination' # destination => <<destination, destination'>> \in DestinationMoves
        /\ source' = "Serving" /\ source # "Serving" <=>
            destination = "Waiting" /\ destination' # "Waiting" ]_vars

\* A dead place does nothing: no phase, no count, no page of it changes, and nobody is given
\* the claim by a dead store.
DeadPlacesRestProp ==
    [][ /\ \A h \in crashed : memory'[h] = memory[h]
        /\ \A h \in Hosts \cap crashed : position'[h] = position[h]
        /\ "source" \in crashed => source' = source
        /\ Keeper \in crashed => stored' = stored
        /\ "destination" \in crashed => UNCHANGED <<destination, acknowledged>>
        /\ "store" \in crashed => claim' = claim ]_vars

\* Nobody gives the other up without a cause that can be seen from where he stands, nor goes
\* back on a pause. What one host learns of the claim of the other, it learns from the store.
NoCauseNoDoubtProp ==
    [][ /\ source = "Paused" /\ source' = "Running" =>
            ~Connected("source", "destination") \/ ~Connected("source", "store")
        /\ source' = "Recovering" /\ source # "Recovering" => Suspects("source")
        /\ destination' = "Claimed" /\ destination # "Claimed" => Suspects("destination")
        /\ destination' = "Superseded" /\ destination # "Superseded" =>
            claim = "source" /\ Connected("destination", "store")
        /\ source' = "Completed" /\ source # "Completed" =>
            \/ claim = "destination" /\ Connected("source", "store")
            \/ destination = "Running" /\ Connected("source", "destination") ]_vars

\* The claim is taken once, by one who reaches the store, and in the step in which he gives
\* the other up.
ClaimTakenOnceProp ==
    [][ claim' # claim =>
        /\ claim = "none" /\ Connected(claim', "store")
        /\ IF claim' = "source" THEN source = "Serving" /\ source' = "Recovering"
           ELSE destination = "Running" /\ destination' = "Claimed" ]_vars

\* Who goes on without the other has the claim, and who has it goes on. Without a claim only
\* the source's promise makes an owner, and nobody takes the guest from an owner.
ClaimTruthful ==
    ClaimAtStore =>
        /\ TookOver <=> claim = "source"
        /\ destination = "Claimed" => claim = "destination"
        /\ claim = "destination" => destination \in {"Claimed", "Owner"}
        /\ destination = "Superseded" => claim = "source"
        /\ destination = "Owner" => claim = "destination" \/ source = "Completed"
        /\ source = "Completed" => claim # "source"

\* At the switchover the store answers, and from then on the source alone is needed for
\* nothing: the image is the first checkpoint, and what it lacks is at the store.
SwitchedWholeProp ==
    [][ source' = "Serving" /\ source # "Serving" =>
        /\ Connected("source", "destination") /\ Connected("source", "store")
        /\ \A p \in Pages : memory["store"][p] = memory["source"][p]
        /\ stored' = Len(steps) /\ acknowledged' = Len(steps)
        /\ position'["destination"] = Len(steps) ]_vars
MissingIsStored ==
    Switched => \A p \in Missing : memory["store"][p] = VersionAt(p, stored)

\* A destination is on its own only with all of the guest's memory.
OwnerIsWholeProp ==
    [][ /\ destination' = "Owner" /\ destination # "Owner" => Missing = {} /\ Alive("destination")
        /\ destination = "Running" /\ destination' = "Owner" =>
            source = "Completed" /\ Connected("source", "destination")
        /\ source' = "Completed" /\ source # "Completed" /\ claim = "none" => Missing = {} ]_vars

\* Pages go from one place to another over a link that delivers, and are what they were
\* there. Copies ahead are made by a source that has the guest. What the destination lacks is
\* placed, from a source that serves or from the store; what it has, only the guest writes.
\* The source's image is the guest's, or that of a checkpoint.
Comes(p, from, to) ==
    Connected(from, to) /\ memory[from][p] # Absent /\ memory'[to][p] = memory[from][p]
Written(h) == steps' # steps /\ memory' = [memory EXCEPT ![h][steps'[Len(steps')]] = Len(steps')]
MemoryHasACauseProp ==
    [][ /\ \A p \in Pages : memory'["store"][p] # memory["store"][p] =>
            \/ source \in {"Running", "Paused"} /\ Comes(p, "source", "store")
            \/ Keeper = "store" /\ stored' > stored /\ Comes(p, "destination", "store")
        /\ \A p \in Pages : memory'["destination"][p] # memory["destination"][p] =>
            \/ Executes("destination") /\ Written("destination")
            \/ /\ p \in Missing /\ destination \in {"Running", "Claimed"}
               /\ \/ Comes(p, "store", "destination")
                  \/ Comes(p, "source", "destination") /\ source \in {"Serving", "Completed"}
        /\ memory'["source"] # memory["source"] =>
            \/ Executes("source") /\ Written("source")
            \/ /\ Keeper = "source" /\ stored' > stored
               /\ \A p \in Pages \ Missing : Comes(p, "destination", "source")
            \/ /\ Keeper = "store" /\ source' = "Recovered" /\ source # "Recovered"
               /\ \A p \in Pages : Comes(p, "store", "source") ]_vars

\* A checkpoint is the guest as it is, sent by a destination that still holds its output to a
\* keeper from whom nobody has taken the guest. The destination counts only what the keeper has.
CheckpointsHaveACauseProp ==
    [][ /\ stored' # stored => stored' > stored /\ stored' = Len(steps)
        /\ stored' # stored /\ Switched =>
            /\ IF Keeper = "source" THEN source = "Serving" ELSE claim = "none"
            /\ destination = "Running" /\ Connected(Keeper, "destination")
            /\ \A p \in Pages : memory'[Keeper][p] = VersionAt(p, Len(steps))
        /\ acknowledged' # acknowledged => acknowledged' > acknowledged /\ acknowledged' = stored'
        /\ acknowledged' # acknowledged /\ Switched =>
            destination = "Running" /\ Connected(Keeper, "destination") ]_vars

\* The guest touches only a page that is there, and remembers what it did; steps are the
\* guest's, or are never seen again, which only a recovery does.
StepsAreMadeProp ==
    [][ /\ source # "Recovered" /\ source' = "Recovered" =>
            steps' = SubSeq(steps, 1, stored) /\ position'["source"] = stored
        /\ steps' # steps =>
            \/ source # "Recovered" /\ source' = "Recovered"
            \/ \E h \in Hosts, p \in Pages :
                /\ Executes(h) /\ memory[h][p] # Absent
                /\ steps' = Append(steps, p) /\ position'[h] = Len(steps') /\ Written(h)
        /\ position' # position => steps' # steps \/ ~Switched \/ source' = "Recovered" ]_vars

\* What has left has left. Output leaves when the guest makes it where nobody else has a say,
\* or when a checkpoint covers it, or when its host has become the only one.
OutputHasACauseProp ==
    [][ released' # released => released' > released /\
        \/ steps' # steps /\ (Executes("source") \/ destination \in {"Claimed", "Owner"})
        \/ destination = "Running" /\ destination' \in {"Claimed", "Owner"}
        \/ /\ destination = "Running" /\ Alive("destination")
           /\ steps' = steps /\ released' = acknowledged ]_vars

\* Who has the guest for himself holds nothing back; who has not, nothing that is not stored.
OutputIsHeld ==
    /\ ~Switched \/ destination \in {"Claimed", "Owner"} => released = Len(steps)
    /\ destination = "Running" /\ ~TookOver => released <= acknowledged
    /\ acknowledged <= stored /\ stored <= Len(steps)

-----------------------------------------------------------------------------------
\* Who can go on may do so, and it makes a difference.
SourceStalls ==
    Alive("source") =>
        /\ source = "Running" => ENABLED (PauseSource /\ source' = "Paused")
        /\ source \in {"Running", "Paused"} /\ Connected("source", "store") =>
            \A p \in Pages : memory["store"][p] # memory["source"][p] =>
                ENABLED (CopyAhead(p) /\ memory'["store"][p] = memory["source"][p])
        /\ source = "Paused" /\ (\/ ~Connected("source", "destination")
                                 \/ ~Connected("source", "store")) =>
            ENABLED (ResumeSource /\ source' = "Running")
        /\ source = "Paused" /\ Connected("source", "destination") /\ Connected("source", "store")
             /\ memory["store"] = memory["source"] =>
            ENABLED (SwitchOver /\ source' = "Serving")
        /\ source = "Serving" /\ Suspects("source") /\ Alive("store") /\ claim = "none"
             /\ Connected("source", "store") =>
            ENABLED (StartRecovery /\ source' = "Recovering")
        /\ source = "Recovering" /\ (Keeper = "store" => Connected("source", "store")) =>
            ENABLED (RecoverSource /\ source' = "Recovered")
        /\ source = "Serving" /\ claim = "destination" /\ Connected("source", "store") =>
            ENABLED (LearnClaimed /\ source' = "Completed")
DestinationStalls ==
    Alive("destination") =>
        /\ destination \in {"Running", "Claimed"} => \A p \in Missing :
            /\ Connected("store", "destination") /\ memory["store"][p] # Absent =>
                ENABLED (FetchPage(p, "store") /\ memory' # memory)
            /\ Connected("source", "destination") /\ source \in {"Serving", "Completed"} =>
                ENABLED (FetchPage(p, "source") /\ memory' # memory)
        /\ destination = "Running" =>
            /\ released < acknowledged => ENABLED (ReleaseOutput /\ released' # released)
            /\ Suspects("destination") /\ claim = "none" /\ Connected("destination", "store") =>
                ENABLED (ClaimGuest /\ destination' = "Claimed")
            /\ claim = "source" /\ Connected("destination", "store") =>
                ENABLED (LearnSuperseded /\ destination' = "Superseded")
        /\ destination = "Claimed" /\ Missing = {} => ENABLED (FinishClaim /\ destination' = "Owner")
BothStall ==
    destination = "Running" =>
        /\ Connected("source", "destination") =>
            /\ source = "Serving" /\ Missing = {} => ENABLED (GrantOwnership /\ source' = "Completed")
            /\ source = "Completed" => ENABLED (BecomeOwner /\ destination' = "Owner")
        /\ Connected(Keeper, "destination") =>
            /\ stored < Len(steps) /\ (IF Keeper = "source" THEN source = "Serving" ELSE claim = "none") =>
                ENABLED (CommitCheckpoint /\ stored' = Len(steps))
            /\ acknowledged < stored => ENABLED (ReceiveCheckpointDone /\ acknowledged' = stored)
GuestStalls ==
    \A h \in Hosts, p \in Pages : Executes(h) /\ memory[h][p] # Absent =>
        ENABLED (GuestStep(h, p) /\ steps' # steps)
NobodyStalls == SourceStalls /\ DestinationStalls /\ BothStall /\ GuestStalls

\* A mistake that a switch turns on is really made, so that what is seen to go wrong with it
\* goes wrong for want of what it leaves out.
MistakesAreMadeProp ==
    [][ /\ ~ClaimAtStore => claim' = claim
        /\ Copied = "never" => memory'["store"] = memory["store"]
        /\ Copied = "once" => \A p \in Pages :
            memory["store"][p] # Absent => memory'["store"][p] = memory["store"][p]
        /\ Copied = "after" => \A p \in Pages : memory'["store"][p] # memory["store"][p] =>
            source = "Serving" /\ p \in Missing ]_vars
MistakesArePossible ==
    Connected("source", "store") =>
        /\ Copied = "once" /\ source \in {"Running", "Paused"} => \A p \in Pages :
            memory["store"][p] = Absent => ENABLED (CopyAhead(p) /\ memory' # memory)
        /\ Copied = "once" /\ source = "Paused" /\ Connected("source", "destination") =>
            (\A p \in Pages : memory["store"][p] # Absent) = ENABLED SwitchOver
        /\ Copied \in {"after", "never"} /\ source = "Paused"
             /\ Connected("source", "destination") => ENABLED SwitchOver
        /\ Copied = "after" /\ source = "Serving" => \A p \in Missing :
            memory["store"][p] = Absent => ENABLED (CopyAhead(p) /\ memory' # memory)
        /\ ~ClaimAtStore /\ source = "Serving" /\ Suspects("source") =>
            ENABLED (StartRecovery /\ source' = "Recovering")
===================================================================================
