---------------------- MODULE ReverseCheckpointProperties ----------------------
(* What ReverseCheckpoint is for: what may be seen of a guest that has two       *)
(* histories, what is never lost, and what becomes of it once the faults end.    *)
EXTENDS ReverseCheckpoint

\* Who can make new output visible: a destination that holds its output cannot.
Effective(h) == Executes(h) /\ ~HoldsOutput(h)
AtMostOneEffective == ~(Effective("source") /\ Effective("destination"))

\* Where the guest is by right: at the destination, until the source takes it over; and where it
\* is: there, or where it makes output.
Rightful(h) == Executes(h) /\ (h = "source" <=> TookOver)
HasGuest(h) == Effective(h) \/ Rightful(h)

\* What h has shown of its copy.
Shown(h) == SubSeq(steps[h], 1, released[h])

\* Whoever executes has an image that the guest had, superseded or not.
ConsistentImage ==
    \A h \in Hosts : Executes(h) => \A p \in Pages :
        \/ memory[h][p] = VersionAt(h, p, Position(h))
        \/ h = "destination" /\ memory[h][p] = Absent /\ VersionAt(h, p, Position(h)) = 0

\* A source that does not know yet that the destination has taken the guest will learn it.
CanRecover ==
    /\ Alive("source") /\ source \in {"Serving", "Reclaimed", "Recovering"}
    /\ lock # "destination"

\* A committed checkpoint is an image that the guest had.
CheckpointConsistent ==
    CanRecover => \A p \in Pages : memory["source"][p] = VersionAt("destination", p, stored)

\* The guest believes that its disk writes were done: they are, or are held.
DiskWriteNeverLost ==
    \A p \in DiskPages :
        /\ HasGuest("source") => disk[p] = VersionAt("source", p, Position("source"))
        /\ HasGuest("destination") =>
            disk[p] = VersionAt("destination", p, released["destination"])

Home ==
    IF HasGuest("source") THEN IF HasGuest("destination") THEN "both" ELSE "source"
    ELSE IF HasGuest("destination") THEN "destination"
    ELSE IF CanRecover THEN "transit" ELSE "lost"

\* The guest's past. Once the source takes over, it is that of the last checkpoint.
Past ==
    CASE source = "Recovered" -> steps["source"]
      [] source \in {"Reclaimed", "Recovering"} -> SubSeq(steps["destination"], 1, stored)
      [] OTHER -> steps["destination"]
Abstract == INSTANCE LiveMigration WITH
    steps <- Past, released <- Greatest(released["source"], released["destination"]), home <- Home
Refines == Abstract!SpecOfRefinement

\* See Handover. Here it begins with the offer, since the switchover is left out.
Owner == INSTANCE Ownership WITH
    First <- "source",
    owners <- IF lock = "offered" THEN Hosts ELSE {lock},
    effective <- {h \in Hosts : Effective(h)}
OwnershipPassesProp == [][Owner!Next]_(Owner!vars)
\* Who acts is the owner; as long as the guest is on offer nobody acts.
OwnerActs == Owner!OwnerActs /\ Owner!NobodyActsMeanwhile
\* Nobody sends an owner a page any more.
OwnerIsWhole == destination = "Owner" => Missing = {}

\* Where the guest is by right it remembers all that anyone has seen: what it has shown itself,
\* and what the other host has, superseded or not.
NoReleasedOutputLost ==
    \A h \in Hosts : Abstract!NothingSeenIsMissing({g \in Hosts : Rightful(g)}, steps, Shown(h))

\* Of a superseded destination nobody sees anything but what the last checkpoint covers, and
\* on the disk nothing at all.
SupersededShowsNothingNewProp ==
    [][TookOver => released'["destination"] <= Greatest(stored, released["destination"])]_vars
SupersededWritesNothingProp ==
    [][Refused("destination") /\ released'["destination"] # released["destination"] =>
        disk' = disk]_vars

\* Nothing but the death of a host loses the guest. Without an arbiter a source that grants the
\* ownership cannot know that the destination has died since it asked.
OnlyFaultsLoseProp ==
    [][Home' = "lost" /\ Home # "lost" =>
        \/ CrashSource \/ CrashDestination
        \/ ~Arbiter /\ GrantOwnership /\ ~Alive("destination")]_vars

\* Each host does what it can go on doing: page by page, message by message. A busy loop of one
\* action excuses no other. Nothing makes a destination ask for the ownership as long as what it
\* has said before is still on its way, so of that no more is asked.
Fairness ==
    /\ \A p \in Pages : WF_vars(SendPage(p))
    /\ WF_vars(ReceiveCheckpointPage) /\ WF_vars(CommitCheckpoint)
    /\ WF_vars(ReclaimLock) /\ WF_vars(LearnSuperseded) /\ WF_vars(ClaimLock)
    /\ WF_vars(StartRecovery) /\ WF_vars(RecoverSource) /\ WF_vars(AnswerSuperseded)
    /\ WF_vars(GrantOwnership) /\ WF_vars(AnswerGranted)
    /\ WF_vars(ReceivePage) /\ WF_vars(TakeCheckpoint) /\ WF_vars(RetakeCheckpoint)
    /\ WF_vars(ReceiveCheckpointDone) /\ WF_vars(ReleaseOutput) /\ WF_vars(ReceiveSuperseded)
    /\ WF_vars(AskOwnership) /\ WF_vars(BecomeOwner) /\ WF_vars(DropForward)
    /\ \A d \in Directions : WF_vars(HealLink(d))
FaultsEnd == <>[][Fault => Protocol]_vars
EventuallyRuns == FaultsEnd => []<>(Home # "transit")

\* Once the faults end, what the guest has done is seen, unless the source takes the guest back,
\* or a host is dead. For the n-th step of the guest; bounds say which n there are.
OutputLeaves(n) ==
    FaultsEnd =>
        (Position("destination") >= n /\ released["destination"] < n
            ~> released["destination"] >= n \/ TookOver \/ crashed # {})

\* With an arbiter the source may be dead, if no page was lost with it.
OutputLeavesByLock(n) ==
    FaultsEnd =>
        (Position("destination") >= n /\ released["destination"] < n
            ~> \/ released["destination"] >= n \/ TookOver \/ ~Alive("destination")
               \/ ~Alive("source") /\ Missing # {})
\* Each learns from the lock what became of the guest, whatever became of the other host.
DoubtEnds ==
    FaultsEnd =>
        /\ lock = "destination" ~> source = "Completed" \/ ~Alive("source")
        /\ lock = "source" ~> destination = "Superseded" \/ ~Alive("destination")
================================================================================
