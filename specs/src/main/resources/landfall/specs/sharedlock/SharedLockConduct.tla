--------------------------- MODULE SharedLockConduct ---------------------------
(* What hosts and storage owe, step by step, as in HandoverConduct: the order of  *)
(* phases, who writes the record and on what ground, who changes a lock. The      *)
(* properties of SharedLock say what must never be seen from outside; these kill  *)
(* a mutant that does its harm only later, or only together with another.         *)
EXTENDS SharedLock

\* The phases follow one another, each for its reason.
PhasesInOrderProp ==
    [][ /\ source' # source =>
            /\ Alive("source")
            /\ \/ source = "Running" /\ source' = "Paused"
                  /\ lock["source"] = "shared" /\ mail' = {"Image"}
               \/ source = "Paused" /\ source' = "Running" /\ mail' = {}
               \/ source = "Paused" /\ source' = "Given" /\ record' = "free"
               \/ source = "Given" /\ source' = "Running" /\ record' = "source"
               \/ source = "Given" /\ source' = "Completed" /\ record = "destination"
                  /\ Reaches("source") /\ lock'["source"] = "none" /\ "source" \notin readFree'
        /\ destination' # destination =>
            /\ Alive("destination")
            /\ \/ destination = "Waiting" /\ destination' = "Ready" /\ "Image" \in mail
               \/ destination = "Ready" /\ destination' = "Running" /\ record' = "destination"
               \/ destination = "Ready" /\ destination' = "Waiting" /\ record = "source"
                  /\ Reaches("destination") /\ HasLock("destination")
                  /\ "destination" \notin readFree /\ lock'["destination"] = "none" ]_vars

\* Who writes the record reaches it, and is what it says. Freed is what no longer runs and
\* what the other has an image of; taken is what was read to be free, under the lock.
RecordTruthfulProp ==
    [][ /\ record' # record => IF record' = "free"
            THEN /\ Reaches("source") /\ source = "Paused" /\ source' = "Given"
                 /\ "Ready" \in mail /\ mail' = {}
            ELSE /\ Reaches(record') /\ record' \in readFree /\ record' \notin readFree'
                 /\ IF record' = "source" THEN source = "Given" /\ source' = "Running"
                    ELSE destination = "Ready" /\ destination' = "Running"
        /\ \A h \in readFree' \ readFree :
            Reaches(h) /\ MayTake(h) /\ HasLock(h) /\ (OwnerRecorded => record = "free")
        /\ \A h \in readFree \ readFree' : h \in crashed' \/ record' = h \/ source' = "Completed" ]_vars

\* A lock changes by a host that reaches the storage, or after its death.
LocksHaveACauseProp ==
    [][\A h \in Hosts : lock'[h] # lock[h] =>
        /\ lock'[Other(h)] = lock[Other(h)]
        /\ Reaches(h) \/ (~Alive(h) /\ lock'[h] = "none")
        /\ lock'[h] = "exclusive" => MayTake(h) /\ lock[Other(h)] = "none"
        /\ lock'[h] = "shared" =>
            IF h = "source" THEN source = "Running" /\ lock[h] = "exclusive"
            ELSE destination = "Waiting" /\ lock[h] = "none" /\ lock[Other(h)] # "exclusive"
        /\ lock'[h] = "none" /\ Alive(h) =>
            IF h = "source" THEN source = "Given" /\ (lock[h] = "shared" \/ source' = "Completed")
            ELSE destination = "Ready"]_vars

\* What is said is so, and an image comes only from a message or from the guest's own steps.
MailHasACauseProp ==
    [][ /\ "Image" \in mail' \ mail => source = "Running" /\ source' = "Paused"
        /\ "Ready" \in mail' \ mail =>
            /\ "Image" \in mail /\ Alive("destination") /\ destination # "Running"
            /\ lock["destination"] = "shared" /\ destination' = "Ready"
            /\ mail' = {"Ready"} /\ "destination" \in newest'
        /\ newest' # newest =>
            \/ \E h \in Hosts : Runs(h) /\ newest' = {h}
            \/ newest' = newest \cup {"destination"} /\ "Ready" \in mail' \ mail ]_vars

\* Who can go on may do so, and it makes a difference.
NobodyStalls ==
    /\ \A h \in Hosts :
        /\ Runs(h) /\ newest # {h} => ENABLED (GuestStep(h) /\ newest' = {h})
        /\ Reaches(h) /\ MayTake(h) /\ lock[h] # "exclusive" /\ lock[Other(h)] = "none" =>
            ENABLED (LockExclusively(h) /\ lock' # lock)
        /\ Reaches(h) /\ MayTake(h) /\ lock[h] = "exclusive" /\ record = "free" /\ h \notin readFree =>
            ENABLED (ReadRecord(h) /\ readFree' # readFree)
        /\ Reaches(h) /\ MayTake(h) /\ h \in readFree => ENABLED (TakeOwnership(h) /\ record' = h)
        /\ ~Alive(h) /\ lock[h] # "none" => ENABLED (FreeLock(h) /\ lock' # lock)
    /\ Alive("source") =>
        /\ source = "Running" /\ lock["source"] = "shared" =>
            ENABLED (PauseSource /\ source' = "Paused")
        /\ source = "Paused" => ENABLED (TakeBackAttempt /\ source' = "Running")
    /\ Reaches("source") =>
        /\ source = "Running" /\ lock["source"] = "exclusive" => ENABLED (ShareLock /\ lock' # lock)
        /\ source = "Paused" /\ "Ready" \in mail => ENABLED (GiveAway /\ record' = "free")
        /\ source = "Given" /\ lock["source"] = "shared" => ENABLED (LetGo /\ lock' # lock)
        /\ source = "Given" /\ record = "destination" =>
            ENABLED (LearnCompleted /\ source' = "Completed")
    /\ Alive("destination") /\ destination # "Running" /\ lock["destination"] = "shared"
         /\ "Image" \in mail => ENABLED (ReceiveImage /\ mail' = {"Ready"})
    /\ Reaches("destination") =>
        /\ destination = "Waiting" /\ lock["destination"] = "none" /\ lock["source"] # "exclusive" =>
            ENABLED (JoinLock /\ lock' # lock)
        /\ destination = "Ready" /\ lock["destination"] = "exclusive" /\ record = "source" =>
            ENABLED (DiscardImage /\ destination' = "Waiting")
================================================================================
