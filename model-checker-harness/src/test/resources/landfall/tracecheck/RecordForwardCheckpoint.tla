------------------------- MODULE RecordForwardCheckpoint -------------------------
(* Behaviours of ForwardCheckpoint with answers that may be lost, each step with    *)
(* the event that a host or the store would write of it. Independent of             *)
(* TraceForwardCheckpoint: what both say is told in docs/protocol.md. A checkpoint  *)
(* is committed here when it is taken, and the keeper tells of it later; there it   *)
(* is committed when the keeper tells. Guards bound a random walk, so that it gets  *)
(* somewhere: faults are rare, and come only late.                                  *)
EXTENDS MCForwardCheckpointAnswerLost

CONSTANTS MaxFaults, Late

VARIABLES
    event,      \* what was written of the last step; host "" if nothing was
    next,       \* next[h]: number of the next request of h to the store
    copies,     \* copies ahead on their way: number, page, version
    claims,     \* requests for the claim on their way: host, number
    answers,    \* what the store has said of the claim: to whom, number, yes or no, who has it
    confirmed,  \* number of the request for which the store said that it has all, or -1
    owed,       \* the checkpoint that was committed and of which the keeper has not told
    given,      \* pages that were sent to the destination, and by whom
    own,        \* what the destination says of itself
    told,       \* other things that were said: names
    count, faultCount

recorder ==
    <<event, next, copies, claims, answers, confirmed, owed, given, own, told, count, faultCount>>

Absent == -1
NoCommit == [position |-> 0, pages |-> {}, before |-> 0]

RecordInit ==
    /\ Init
    /\ event = [host |-> "", action |-> "Init"]
    /\ next = [h \in Hosts |-> 0] /\ copies = {} /\ claims = {} /\ answers = {}
    /\ confirmed = -1 /\ owed = NoCommit /\ given = {}
    /\ own = [position |-> 0, left |-> 0, memory |-> [p \in Pages |-> Absent], early |-> {}]
    /\ told = {} /\ count = 0 /\ faultCount = 0

Stored == IF owed'.position = 0 THEN stored' ELSE owed'.before
AfterAt(h) ==
    CASE h = "source" ->
            [phase |-> source', position |-> position'["source"],
             stored |-> IF Keeper = "source" THEN Stored ELSE 0]
      [] h = "destination" ->
            IF "RunGuest" \in told'
            THEN [phase |-> destination', position |-> own'.position,
                  acknowledged |-> acknowledged', released |-> own'.left,
                  missing |-> Cardinality({p \in Pages : own'.memory[p] = Absent})]
            ELSE [phase |-> "Waiting", position |-> 0, acknowledged |-> 0, released |-> 0,
                  missing |-> Cardinality(Pages)]
      [] OTHER ->
            [phase |-> claim',
             copies |-> Cardinality({p \in Pages : memory'["store"][p] # Absent}),
             stored |-> IF Keeper = "source" \/ "Release" \in told' THEN 0
                        ELSE IF source' \in {"Running", "Paused"}
                        THEN IF "StartCheckpoints" \in told' THEN Len(steps') ELSE 0
                        ELSE Stored]

Log(h, name, args) ==
    /\ event' = [host |-> h, action |-> name, args |-> args, after |-> AfterAt(h)]
    /\ count' = count + 1
Unseen(name) ==
    /\ event' = [host |-> "", action |-> name] /\ count' = count + 1
    /\ UNCHANGED <<next, copies, claims, answers, confirmed, owed, given, own, told>>
FaultMay == faultCount < MaxFaults /\ count > Late /\ count % 4 = 3
NoStep ==
    /\ UNCHANGED <<source, destination, crashed, cut, failures, steps, position, memory, stored,
                   acknowledged, released, claim>>
    /\ SameDoubt
Asked(h) == next' = [next EXCEPT ![h] = @ + 1]
SaidNothing == UNCHANGED <<next, copies, claims, answers, confirmed>>
Others == UNCHANGED <<given, faultCount>>
Here == UNCHANGED <<own, owed, told>>
\* What it had at the switchover a destination tells first.
Runs == "RunGuest" \in told /\ own.early = {}
Linked(a, b) == F!Connected(a, b)
--------------------------------------------------------------------------------
RGuestStep(h, p) ==
    /\ h = "destination" => Runs
    /\ source \in {"Running"} => Len(steps) < 4
    /\ GuestStep(h, p)
    /\ own' = IF h = "source" THEN own
              ELSE [own EXCEPT !.position = Len(steps'), !.memory[p] = Len(steps'),
                               !.left = IF destination = "Running" THEN @ ELSE Len(steps')]
    /\ UNCHANGED <<owed, told>> /\ SaidNothing /\ Others
    /\ Log(h, "GuestStep", [page |-> p, previous |-> memory[h][p]])
\* The destination was given up and does not know it: nobody sees what its guest does.
RBeyond(p) ==
    /\ Runs /\ F!Alive("destination") /\ destination = "Running" /\ F!TookOver
    /\ own.memory[p] # Absent /\ own.position < 14 /\ NoStep
    /\ own' = [own EXCEPT !.position = @ + 1, !.memory[p] = own.position + 1]
    /\ UNCHANGED <<owed, told>> /\ SaidNothing /\ Others
    /\ Log("destination", "GuestStep", [page |-> p, previous |-> own.memory[p]])

RTakeUpAttempt ==
    /\ "TakeUpAttempt" \notin told /\ F!Alive("store") /\ NoStep
    /\ told' = told \cup {"TakeUpAttempt"} /\ UNCHANGED <<own, owed>> /\ SaidNothing /\ Others
    /\ Log("store", "TakeUpAttempt", [attempt |-> 1])
RCopyAhead(p) ==
    /\ Cardinality(copies) < 4 /\ next["source"] < 16
    /\ Copied = "once" => memory["store"][p] = Absent /\ \A c \in copies : c[2] # p
    /\ \/ CopyUnanswered(p)
       \/ \* Its answer was lost.
          /\ count % 6 = 5 /\ F!Alive("source") /\ source \in {"Running", "Paused"}
          /\ memory["store"][p] = memory["source"][p] /\ NoStep
    /\ copies' = copies \cup {<<next["source"], p, memory["source"][p]>>}
    /\ Asked("source") /\ UNCHANGED <<claims, answers, confirmed>> /\ Here /\ Others
    /\ Log("source", "CopyAhead",
           [request |-> next["source"], page |-> p, version |-> memory["source"][p]])
RKeepPage ==
    \E c \in copies :
        /\ "TakeUpAttempt" \in told /\ F!Alive("store") /\ ToStore("source") \notin cut
        /\ source \in {"Running", "Paused"}
        /\ \/ CopyLate /\ lateCopies' = lateCopies \ {<<c[2], c[3]>>} /\ <<c[2], c[3]>> \in lateCopies
           \/ <<c[2], c[3]>> \notin lateCopies /\ memory["store"][c[2]] >= c[3] /\ NoStep
        /\ copies' = copies \ {c} /\ confirmed' = -1
        /\ UNCHANGED <<next, claims, answers>> /\ Here /\ Others
        /\ Log("store", "KeepPage", [request |-> c[1], page |-> c[2], version |-> c[3],
                                     kept |-> memory' # memory])
RPauseSource ==
    /\ count > 8 /\ PauseSource /\ SaidNothing /\ Here /\ Others
    /\ Log("source", "PauseSource", <<>>)
RResumeSource ==
    /\ ResumeSource /\ confirmed' = -1 /\ told' = told \ {"StartCheckpoints"}
    /\ "StartCheckpoints" \notin told
    /\ UNCHANGED <<next, copies, claims, answers, own, owed>> /\ Others
    /\ Log("source", "ResumeSource", <<>>)
RConfirmCopies ==
    /\ source = "Paused" /\ "TakeUpAttempt" \in told /\ Linked("source", "store") /\ NoStep
    /\ confirmed = -1
    /\ Asked("source")
    /\ confirmed' = IF \A p \in Pages : memory["store"][p] # Absent THEN next["source"] ELSE -1
    /\ UNCHANGED <<copies, claims, answers>> /\ Here /\ Others
    /\ Log("store", "ConfirmCopies", [request |-> next["source"],
                                      pages |-> {p \in Pages : memory["store"][p] # Absent}])
RStartCheckpoints ==
    /\ Keeper = "store" /\ source = "Paused" /\ Linked("source", "store") /\ NoStep
    /\ confirmed # -1 /\ "StartCheckpoints" \notin told
    /\ Asked("source") /\ told' = told \cup {"StartCheckpoints"}
    /\ UNCHANGED <<copies, claims, answers, confirmed, own, owed>> /\ Others
    /\ Log("store", "StartCheckpoints", [request |-> next["source"], position |-> Len(steps)])
RSwitchOver ==
    /\ confirmed # -1 \/ Copied \in {"after", "never"}
    /\ Keeper = "store" => "StartCheckpoints" \in told
    /\ SwitchOver
    /\ SaidNothing /\ Here /\ Others
    /\ Log("source", "SwitchOver", [position |-> Len(steps), request |-> confirmed])
RRunGuest ==
    /\ destination = "Running" /\ "RunGuest" \notin told /\ F!Alive("destination") /\ NoStep
    /\ Linked("source", "destination") \/ source = "Serving"
    /\ told' = told \cup {"RunGuest"}
    /\ LET early == {p \in Pages : <<"source", p>> \in given /\ p % 2 = count % 2} IN
        own' = [own EXCEPT !.position = position["destination"], !.left = position["destination"],
                           !.early = early,
                           !.memory = [p \in Pages |-> IF p \in early THEN memory["source"][p] ELSE @[p]]]
    /\ UNCHANGED owed /\ SaidNothing /\ Others
    /\ Log("destination", "RunGuest", [position |-> position["destination"]])
--------------------------------------------------------------------------------
RGivePage(from, p) ==
    /\ <<from, p>> \notin given /\ p \in F!Missing /\ F!Alive(from) /\ memory[from][p] # Absent
    /\ source \in {"Serving", "Completed"} \/ (from = "store" /\ F!Switched)
    /\ NoStep /\ given' = given \cup {<<from, p>>}
    /\ UNCHANGED faultCount /\ SaidNothing /\ Here
    /\ Log(from, "GivePage", [page |-> p, version |-> memory[from][p]])
RFetchPage(from, p) ==
    /\ "RunGuest" \in told /\ (own.early # {} => from = "source" /\ p \in own.early)
    /\ <<from, p>> \in given /\ FetchPage(p, from)
    /\ own' = [own EXCEPT !.memory[p] = memory[from][p], !.early = @ \ {p}]
    /\ UNCHANGED <<owed, told>> /\ SaidNothing /\ Others
    /\ Log("destination", "FetchPage", [page |-> p, version |-> memory[from][p], from |-> from])
RTakeCheckpoint ==
    /\ Runs /\ owed = NoCommit /\ destination = "Running" /\ F!Alive("destination") /\ ~F!TookOver
    /\ position["destination"] > acknowledged
    /\ LET pages == {p \in Pages : memory["destination"][p] > acknowledged} IN
        /\ \/ CommitCheckpoint
              /\ owed' = [position |-> position["destination"], pages |-> pages, before |-> stored]
           \/ NoStep /\ UNCHANGED owed
        /\ UNCHANGED <<own, told>> /\ SaidNothing /\ Others
        /\ Log("destination", "CommitCheckpoint",
               [position |-> position["destination"], pages |-> pages])
RCommitPages ==
    /\ owed # NoCommit /\ NoStep /\ owed' = NoCommit
    /\ UNCHANGED <<own, told>> /\ SaidNothing /\ Others
    /\ Log(Keeper, "CommitPages", [position |-> owed.position, pages |-> owed.pages])
\* Until the keeper has told of a checkpoint it does nothing that it can do only afterwards, or before.
KeeperMay == owed = NoCommit
RReceiveCheckpointDone ==
    /\ KeeperMay /\ Runs /\ ReceiveCheckpointDone
    /\ SaidNothing /\ Here /\ Others
    /\ Log("destination", "ReceiveCheckpointDone", [position |-> stored])
RReleaseOutput ==
    /\ Runs /\ ReleaseOutput
    /\ own' = [own EXCEPT !.left = acknowledged]
    /\ UNCHANGED <<owed, told>> /\ SaidNothing /\ Others
    /\ Log("destination", "ReleaseOutput", [position |-> acknowledged])
--------------------------------------------------------------------------------
RAskClaim(h) ==
    /\ Cardinality({c \in claims : c[1] = h}) < 2 /\ (h = "destination" => Runs) /\ next[h] < 24
    /\ AskInVain(h) \/ (LoseAnswerByChance(h) /\ claim' = claim /\ h \in late')
    /\ claims' = claims \cup {<<h, next[h]>>} /\ Asked(h)
    /\ UNCHANGED <<copies, answers, confirmed>> /\ Here /\ Others
    /\ Log(h, "AskClaim", [request |-> next[h]])
RTakeClaim ==
    \E c \in claims :
        /\ KeeperMay /\ F!Alive("store") /\ ToStore(c[1]) \notin cut
        /\ IF c[1] \in late THEN ArriveLate(c[1]) ELSE NoStep
        /\ claims' = claims \ {c}
        /\ LET gives == claim' = c[1] /\ (GivenAgain \/ claim = "none") IN
            /\ answers' = answers \cup {<<c[1], c[2], gives, claim'>>}
            /\ UNCHANGED <<next, copies, confirmed>> /\ Here /\ Others
            /\ IF gives THEN Log("store", "TakeClaim", [by |-> c[1], request |-> c[2]])
               ELSE Log("store", "Refuse", [by |-> c[1], request |-> c[2], claim |-> claim'])
RConfirmClaim(h) ==
    /\ KeeperMay /\ claim # "none" /\ claim # h /\ Linked(h, "store") /\ NoStep
    /\ h = "destination" => Runs
    /\ Cardinality({a \in answers : a[1] = h}) < 3
    /\ answers' = answers \cup {<<h, next[h], FALSE, claim>>} /\ Asked(h)
    /\ UNCHANGED <<copies, claims, confirmed>> /\ Here /\ Others
    /\ \/ Log("store", "ConfirmClaim", [by |-> h, request |-> next[h], claim |-> claim])
       \/ Log("store", "Refuse", [by |-> h, request |-> next[h], claim |-> claim])
Heard(h, yes, whose) == {a \in answers : a[1] = h /\ a[3] = yes /\ a[4] = whose}

RStartRecovery ==
    /\ KeeperMay
    /\ SaidNothing /\ Here /\ Others
    /\ \/ \E a \in Heard("source", TRUE, "source") :
            StartRecovery /\ Log("source", "StartRecovery", [request |-> a[2]])
       \/ /\ ~ClaimAtStore /\ F!StartRecovery /\ SameDoubt
          /\ Log("source", "StartRecovery", [request |-> next["source"]])
RClaimGuest ==
    /\ Runs
    /\ own' = [own EXCEPT !.left = Len(steps)]
    /\ UNCHANGED <<owed, told>> /\ SaidNothing /\ Others
    /\ \/ \E a \in Heard("destination", TRUE, "destination") :
            ClaimGuest /\ Log("destination", "ClaimGuest", [request |-> a[2]])
       \/ /\ ~ClaimAtStore /\ F!ClaimGuest /\ SameDoubt
          /\ Log("destination", "ClaimGuest", [request |-> next["destination"]])
RFinishClaim ==
    /\ FinishClaim /\ SaidNothing /\ Here /\ Others /\ Log("destination", "FinishClaim", <<>>)
RLearnClaimed ==
    /\ KeeperMay
    /\ \E a \in Heard("source", FALSE, "destination") :
        /\ LearnClaimed /\ SaidNothing /\ Here /\ Others
        /\ Log("source", "LearnClaimed", [request |-> a[2]])
RLearnSuperseded ==
    \E a \in Heard("destination", FALSE, "source") :
        /\ Runs /\ LearnSuperseded /\ SaidNothing /\ Here /\ Others
        /\ Log("destination", "LearnSuperseded", [request |-> a[2]])
RGiveImage ==
    /\ KeeperMay /\ Keeper = "store" /\ source = "Recovering" /\ Linked("source", "store") /\ NoStep
    /\ "GiveImage" \notin told /\ told' = told \cup {"GiveImage"}
    /\ Asked("source")
    /\ UNCHANGED <<copies, claims, answers, confirmed, own, owed>> /\ Others
    /\ Log("store", "GiveImage", [position |-> stored])
RRecoverSource ==
    /\ KeeperMay /\ (Keeper = "store" => "GiveImage" \in told)
    /\ RecoverSource /\ SaidNothing /\ Here /\ Others
    /\ Log("source", "RecoverSource",
           [position |-> stored, missing |-> {p \in Pages : memory'["source"][p] = Absent}])
\* No step of the module: nobody reads there any more.
RRelease(h) ==
    /\ IF h = "source" THEN source = "Recovered" ELSE destination = "Owner"
    /\ KeeperMay /\ Linked(h, "store") /\ "Release" \notin told
    /\ claims = {} /\ "TakeUpAttempt" \in told
    /\ memory' = [memory EXCEPT !["store"] = [p \in Pages |-> Absent]]
    /\ UNCHANGED <<source, destination, crashed, cut, failures, steps, position, stored,
                   acknowledged, released, claim>>
    /\ SameDoubt
    /\ told' = told \cup {"Release"} /\ Asked(h)
    /\ UNCHANGED <<copies, claims, answers, confirmed, own, owed>> /\ Others
    /\ Log("store", "Release", [by |-> h, request |-> next[h]])
RAskOwnership ==
    /\ Runs /\ destination = "Running" /\ F!Missing = {} /\ F!Alive("destination") /\ NoStep
    /\ ~F!TookOver /\ "GrantOwnership" \notin told
    /\ told' = told \cup {"GrantOwnership"}
    /\ UNCHANGED <<own, owed>> /\ SaidNothing /\ Others
    /\ Log("destination", "GrantOwnership", <<>>)
RPromise ==
    /\ KeeperMay /\ "GrantOwnership" \in told /\ GrantOwnership
    /\ SaidNothing /\ Here /\ Others
    /\ Log("source", "PromiseNotToRecover", <<>>)
RConfirmPromise ==
    /\ "GrantOwnership" \in told /\ "ConfirmPromise" \notin told
    /\ F!Alive("source") /\ source = "Completed" /\ destination = "Running"
    /\ Linked("source", "destination") /\ NoStep
    /\ told' = told \cup {"ConfirmPromise"}
    /\ UNCHANGED <<own, owed>> /\ SaidNothing /\ Others
    /\ Log("source", "ConfirmPromise", <<>>)
RBecomeOwner ==
    /\ "GrantOwnership" \in told /\ BecomeOwner
    /\ own' = [own EXCEPT !.left = Len(steps)]
    /\ UNCHANGED <<owed, told>> /\ SaidNothing /\ Others
    /\ Log("destination", "BecomeOwner", <<>>)
--------------------------------------------------------------------------------
RCutLink(l) == FaultMay /\ CutLink(l) /\ Unseen("CutLink") /\ faultCount' = faultCount + 1
RHealLink(l) == HealLink(l) /\ Unseen("HealLink") /\ UNCHANGED faultCount
RCrash(h) ==
    /\ FaultMay /\ KeeperMay /\ Crash(h) /\ faultCount' = faultCount + 1
    /\ UNCHANGED given /\ SaidNothing /\ Here
    /\ Log(h, CASE h = "source" -> "CrashSource" [] h = "destination" -> "CrashDestination"
                [] OTHER -> "CrashStore", <<>>)

RecordNext ==
    \/ \E h \in Hosts, p \in Pages : RGuestStep(h, p)
    \/ \E p \in Pages : RCopyAhead(p) \/ RBeyond(p)
    \/ \E from \in {"source", "store"}, p \in Pages : RGivePage(from, p) \/ RFetchPage(from, p)
    \/ RTakeUpAttempt \/ RKeepPage \/ RPauseSource \/ RResumeSource \/ RConfirmCopies
    \/ RStartCheckpoints \/ RSwitchOver \/ RRunGuest \/ RTakeCheckpoint \/ RCommitPages
    \/ RReceiveCheckpointDone \/ RReleaseOutput \/ RTakeClaim \/ RStartRecovery \/ RClaimGuest
    \/ RFinishClaim \/ RLearnClaimed \/ RLearnSuperseded \/ RGiveImage \/ RRecoverSource
    \/ RRelease("source") \/ RRelease("destination")
    \/ RAskOwnership \/ RPromise \/ RConfirmPromise \/ RBecomeOwner
    \/ \E h \in Hosts : RAskClaim(h) \/ RConfirmClaim(h)
    \/ \E l \in F!Links : RCutLink(l) \/ RHealLink(l)
    \/ \E h \in F!Places : RCrash(h)

RecordSpec == RecordInit /\ [][RecordNext]_<<vars, recorder>>
=================================================================================
