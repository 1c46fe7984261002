------------------------- MODULE TraceForwardCheckpoint -------------------------
(* Are the traces of two hosts and a store a behaviour of ForwardCheckpoint, with   *)
(* answers that may be lost (MCForwardCheckpointAnswerLost)? Grey box, as           *)
(* TraceReverseCheckpoint: the events of all three, merged by cause, projected to a *)
(* few tracked pages. What each event says is told in docs/protocol.md.             *)
(*                                                                                  *)
(* An exchange is one step of the module, and two or three events: one of who asks, *)
(* one of who decides, maybe one of who has read the answer. The event of who       *)
(* decides is the step; the others must agree, and change only what is known to     *)
(* have been said (seen). For a claim the module has all three: to ask is           *)
(* LoseAnswerByChance, or AskInVain of a dead store, for who has asked is in doubt; *)
(* the store's event is ArriveLate; the answer is the claim, given again. So an     *)
(* answer that was lost needs no guess: the third event is not there, and the doubt *)
(* remains. A copy ahead is CopyUnanswered and CopyLate. The search is a straight   *)
(* line.                                                                            *)
(*                                                                                  *)
(* A checkpoint is on its way between the destination's event and the keeper's,     *)
(* and the guest goes on meanwhile; the module has it in one step. What is          *)
(* committed is what the guest was when the checkpoint was taken.                   *)
(*                                                                                  *)
(* What a destination does that was given up and does not know it is no step of     *)
(* the module, and nobody sees it: its events must agree with each other alone.     *)
(*                                                                                  *)
(* Between events two things happen silently, because no host sees them, and only   *)
(* when an event needs them:                                                        *)
(*   CutLink   a host that suspects the other is believed;                          *)
(*   HealLink  after it, before anything else.                                      *)
EXTENDS MCForwardCheckpointAnswerLost, TraceEvents

VARIABLES
    seen,       \* what was said between the places, and what follows from it
    trace,      \* which trace
    line        \* number of the next event to explain

traceVars == <<trace, line>>
Absent == -1
Places == Hosts \cup {"store"}

(* Of seen:                                                                         *)
(*   newest     version of each page after all steps of the guest                   *)
(*   image      the same at the last committed checkpoint                           *)
(*   arrived    whether the destination was told to run the guest                   *)
(*   early      how many pages it had by then and has yet to tell of                *)
(*   left       steps whose output the destination has released                     *)
(*   taken      checkpoints on their way to the keeper                              *)
(*   copies     copies ahead on their way: request, page, version                   *)
(*   confirmed  requests for which the store said that it has a copy of every page  *)
(*   started    position of the first checkpoint, where the store has them, or -1   *)
(*   given      pages that were sent to the destination: by whom, page, version     *)
(*   claims     requests for the claim on their way: by whom, number                *)
(*   told       what the store has said of the claim: to whom, number, who has it   *)
(*   imageGiven whether the store has sent its checkpoint to the source             *)
(*   forgotten  whether the store is needed no more, or was started again           *)
(*   promised   whether the source was asked for its promise                        *)
(*   attempt    the one that the store serves, 0 before the first                   *)
(*   asked      number of the last request of each host that it told of             *)
(*   answered   requests that the store has answered: of whom, number               *)
TraceInit ==
    /\ Init
    /\ seen = [newest |-> [p \in Pages |-> 0], image |-> [p \in Pages |-> 0],
               arrived |-> FALSE, early |-> 0, left |-> 0, taken |-> {}, copies |-> {}, confirmed |-> {},
               started |-> -1, given |-> {}, claims |-> {}, told |-> {},
               imageGiven |-> FALSE, forgotten |-> FALSE, promised |-> FALSE,
               attempt |-> 0,
               asked |-> [h \in Hosts |-> -1], answered |-> {}]
    /\ trace \in 1..TraceCount
    /\ line = 1

e == Event(trace, line)
At(host) == e.host = host
AtKeeper == e.host = Keeper
Arrived == At("destination") /\ seen.arrived /\ seen.early = 0

--------------------------------------------------------------------------------
NeedsCut ==
    \/ e.action = "AskClaim" /\ e.host \in Hosts /\ F!Alive(e.host)
       /\ ~F!Suspects(e.host) /\ Sure(e.host)
    \/ e.action = "ResumeSource" /\ F!Connected("source", "destination")
       /\ F!Connected("source", "store")
NeedsHeal == cut # {} /\ e.action \notin {"AskClaim", "ResumeSource"}

NoStep ==
    /\ UNCHANGED <<source, destination, crashed, cut, failures, steps, position, memory, stored,
                   acknowledged, released, claim>>
    /\ SameDoubt
Notes(field, value) == seen' = [seen EXCEPT ![field] = value]
\* Every request of a host has a number of its own, and is answered once.
Numbered == e.args.request > seen.asked[e.host]
Answers(h) == <<h, e.args.request>> \notin seen.answered
NothingNoted == UNCHANGED seen

--------------------------------------------------------------------------------
(* The guest                                                                       *)
\* What the destination does after the source took over.
Beyond(p) ==
    /\ F!Alive("destination") /\ destination = "Running" /\ F!TookOver
    /\ memory["destination"][p] # Absent
    /\ position' = [position EXCEPT !["destination"] = @ + 1]
    /\ memory' = [memory EXCEPT !["destination"][p] = position'["destination"]]
    /\ UNCHANGED <<source, destination, crashed, cut, failures, steps, stored, acknowledged,
                   released, claim>>
    /\ SameDoubt

TraceGuestStep ==
    /\ e.args.page \in Pages /\ e.args.previous = memory[e.host][e.args.page]
    /\ IF At("destination") /\ F!TookOver
       THEN Arrived /\ Beyond(e.args.page) /\ NothingNoted
       ELSE /\ At("source") \/ Arrived
            /\ GuestStep(e.host, e.args.page)
            /\ seen' = [seen EXCEPT
                    !.newest[e.args.page] = Len(steps'),
                    !.left = IF At("destination") /\ destination # "Running"
                             THEN Len(steps') ELSE @]

--------------------------------------------------------------------------------
(* Copies ahead                                                                    *)
\* One that the store has already is made again if its answer was lost.
TraceCopyAhead ==
    /\ At("source") /\ Numbered /\ e.args.page \in Pages
    /\ e.args.version = memory["source"][e.args.page]
    /\ IF memory["store"][e.args.page] = e.args.version
       THEN source \in {"Running", "Paused"} /\ F!Alive("source") /\ NoStep
       ELSE CopyUnanswered(e.args.page)
    /\ seen' = [seen EXCEPT
            !.copies = @ \cup {<<e.args.request, e.args.page, e.args.version>>},
            !.asked["source"] = e.args.request]

TraceKeepPage ==
    LET sent == <<e.args.request, e.args.page, e.args.version>>
        copy == <<e.args.page, e.args.version>>
    IN  /\ At("store") /\ sent \in seen.copies /\ Answers("source") /\ ~seen.forgotten
        /\ IF e.args.kept THEN e.args.version >= memory["store"][e.args.page]
                          ELSE e.args.version <= memory["store"][e.args.page]
        /\ IF copy \in lateCopies THEN CopyLate /\ lateCopies' = lateCopies \ {copy}
           ELSE memory["store"][e.args.page] >= e.args.version /\ F!Alive("store") /\ NoStep
        /\ seen' = [seen EXCEPT !.copies = @ \ {sent}, !.confirmed = {},
                                !.answered = @ \cup {<<"source", e.args.request>>}]

\* Another attempt: what the store had of the one before is gone.
TakeUpNext ==
    /\ e.args.attempt > seen.attempt
    /\ source \in {"Running", "Paused"} /\ claim = "none"
    /\ UNCHANGED <<claim, late>>
    /\ seen' = [seen EXCEPT !.attempt = e.args.attempt, !.confirmed = {}, !.started = -1,
                            !.asked = [h \in Hosts |-> -1], !.answered = {},
                            !.forgotten = FALSE]
\* The same again: the store was started anew. Its pages are gone, and who has the claim is not.
\* It may know of a claim that its last life did not tell of: it died when the claim was on the
\* disk and nobody had been answered (ArriveLate). What it cannot do is forget one.
ComeBack ==
    /\ e.args.attempt = seen.attempt
    /\ IF claim = "none" /\ ~seen.forgotten /\ e.after.phase \in late
       THEN claim' = e.after.phase /\ late' = late \ {e.after.phase}
       ELSE UNCHANGED <<claim, late>>
    /\ seen' = [seen EXCEPT !.confirmed = {}, !.forgotten = TRUE]
TakeUpAttempt ==
    /\ At("store") /\ F!Alive("store") /\ (TakeUpNext \/ ComeBack)
    /\ memory' = [memory EXCEPT !["store"] = [p \in Pages |-> Absent]]
    /\ UNCHANGED <<source, destination, crashed, cut, failures, steps, position, stored,
                   acknowledged, released, doubtful, lateCopies>>

\* The guest did not go, or it is on one host and whole there: what the store has nobody needs.
Release ==
    /\ At("store") /\ F!Alive("store") /\ e.args.by \in Hosts /\ Answers(e.args.by)
    /\ ~F!Switched \/ destination = "Owner" \/ source = "Recovered"
    /\ memory' = [memory EXCEPT !["store"] = [p \in Pages |-> Absent]]
    /\ UNCHANGED <<source, destination, crashed, cut, failures, steps, position, stored,
                   acknowledged, released, claim>>
    /\ SameDoubt
    /\ seen' = [seen EXCEPT !.forgotten = TRUE, !.confirmed = {},
                            !.answered = @ \cup {<<e.args.by, e.args.request>>}]

ConfirmCopies ==
    /\ At("store") /\ F!Alive("store") /\ NoStep
    /\ e.args.pages = {p \in Pages : memory["store"][p] # Absent}
    /\ Answers("source")
    /\ seen' = [seen EXCEPT
            !.confirmed = @ \cup (IF e.args.pages = Pages THEN {e.args.request} ELSE {}),
            !.answered = @ \cup {<<"source", e.args.request>>}]

StartCheckpoints ==
    /\ At("store") /\ Keeper = "store" /\ F!Alive("store") /\ NoStep
    /\ source \in {"Running", "Paused"} /\ claim = "none" /\ ~seen.forgotten
    /\ Answers("source")
    /\ seen' = [seen EXCEPT !.started = e.args.position,
                            !.answered = @ \cup {<<"source", e.args.request>>}]

TraceSwitchOver ==
    /\ At("source") /\ e.args.request \in seen.confirmed /\ e.args.position = Len(steps)
    /\ Keeper = "store" => seen.started = e.args.position
    /\ SwitchOver
    /\ seen' = [seen EXCEPT !.image = seen.newest, !.left = released, !.copies = {}]

\* The destination runs the guest once Handover has come. Until then it is as one that does nothing.
RunGuest ==
    /\ At("destination") /\ ~seen.arrived /\ F!Alive("destination") /\ NoStep
    /\ destination = "Running" /\ e.args.position = position["destination"]
    /\ e.after.missing <= Cardinality(F!Missing)
    /\ seen' = [seen EXCEPT !.arrived = TRUE,
                            !.early = Cardinality(F!Missing) - e.after.missing]

--------------------------------------------------------------------------------
(* Pages and checkpoints after the switchover                                      *)
GivePage ==
    /\ e.host \in {"source", "store"} /\ F!Alive(e.host) /\ NoStep
    /\ At("source") => source \in {"Serving", "Completed"}
    /\ e.args.page \in Pages /\ e.args.version = memory[e.host][e.args.page]
    /\ e.args.version # Absent
    /\ Notes("given", seen.given \cup {<<e.host, e.args.page, e.args.version>>})

\* Sent before the source took over, and read after it.
FetchBeyond(p) ==
    /\ F!Alive("destination") /\ destination = "Running" /\ F!TookOver /\ p \in F!Missing
    /\ memory' = [memory EXCEPT !["destination"][p] = e.args.version]
    /\ UNCHANGED <<source, destination, crashed, cut, failures, steps, position, stored,
                   acknowledged, released, claim>>
    /\ SameDoubt

TraceFetchPage ==
    /\ At("destination") /\ seen.arrived /\ <<e.args.from, e.args.page, e.args.version>> \in seen.given
    /\ IF e.args.from = "source" /\ F!TookOver THEN FetchBeyond(e.args.page)
       ELSE /\ memory[e.args.from][e.args.page] = e.args.version
            /\ FetchPage(e.args.page, e.args.from)
    /\ seen.early > 0 => e.args.from = "source"
    /\ Notes("early", IF seen.early > 0 THEN seen.early - 1 ELSE 0)

TakeCheckpoint ==
    /\ Arrived /\ F!Alive("destination") /\ NoStep
    /\ destination = "Running"
    /\ e.args.position = position["destination"] /\ e.args.position > acknowledged
    /\ e.args.pages = {p \in Pages : memory["destination"][p] > acknowledged}
    /\ Notes("taken", seen.taken \cup
            {[position |-> e.args.position, pages |-> e.args.pages,
              memory |-> memory["destination"], newest |-> seen.newest]})

\* F!CommitCheckpoint, of what the guest was when the checkpoint was taken.
CommitPages ==
    /\ AtKeeper /\ F!Alive(Keeper)
    /\ Keeper = "source" => source = "Serving"
    /\ Keeper = "store" => claim = "none" /\ ~seen.forgotten
    /\ stored < e.args.position
    /\ \E c \in seen.taken :
        /\ c.position = e.args.position /\ c.pages = e.args.pages
        /\ memory' = [memory EXCEPT ![Keeper] =
                [p \in Pages |-> IF p \in c.pages THEN c.memory[p] ELSE @[p]]]
        /\ seen' = [seen EXCEPT !.image = c.newest,
                                !.taken = {d \in @ : d.position > e.args.position}]
    /\ stored' = e.args.position
    /\ UNCHANGED <<source, destination, crashed, cut, failures, steps, position, acknowledged,
                   released, claim>>
    /\ SameDoubt
\* The keeper has the guest as it was, until the guest goes on from that.
CheckpointConsistent ==
    \/ ~F!Switched \/ (Keeper = "source" /\ source = "Recovered")
    \/ Keeper = "store" /\ seen.forgotten
    \/ memory[Keeper] = seen.image

TraceCheckpointDone ==
    /\ Arrived /\ e.args.position = stored /\ ReceiveCheckpointDone /\ NothingNoted

\* Of a destination that was given up, what leaves is counted apart.
TraceReleaseOutput ==
    /\ Arrived /\ e.args.position = acknowledged /\ seen.left < acknowledged
    /\ IF F!TookOver /\ released >= acknowledged
       THEN F!Alive("destination") /\ destination = "Running" /\ NoStep
       ELSE ReleaseOutput
    /\ Notes("left", acknowledged)

--------------------------------------------------------------------------------
(* The claim                                                                       *)
AskClaim ==
    /\ e.host \in Hosts /\ (At("destination") => Arrived)
    /\ Numbered
    /\ IF F!Connected(e.host, "store")
       THEN LoseAnswerByChance(e.host) /\ claim' = claim /\ e.host \in late'
       ELSE AskInVain(e.host)
    /\ seen' = [seen EXCEPT !.claims = @ \cup {<<e.host, e.args.request>>},
                            !.asked[e.host] = e.args.request]

\* The store says who has the claim, to whoever asked something of it.
Tells(to, whose) ==
    /\ Answers(to)
    /\ seen' = [seen EXCEPT !.claims = @ \ {<<to, e.args.request>>},
                            !.told = @ \cup {<<to, e.args.request, whose>>},
                            !.answered = @ \cup {<<to, e.args.request>>}]

\* A store that has forgotten the pages gives no claim that it did not give before.
GiveClaim ==
    /\ At("store") /\ F!Alive("store") /\ <<e.args.by, e.args.request>> \in seen.claims
    /\ claim = e.args.by \/ (claim = "none" /\ ~seen.forgotten)
    /\ IF e.args.by \in late THEN ArriveLate(e.args.by) ELSE claim = e.args.by /\ NoStep
    /\ Tells(e.args.by, e.args.by)

ConfirmClaim ==
    /\ At("store") /\ F!Alive("store") /\ e.args.by \in Hosts /\ NoStep
    /\ claim # "none" /\ e.args.claim = claim
    /\ Tells(e.args.by, claim)

\* The claim is not refused to who has it, or could have it. Nobody could have it of a store that
\* has forgotten the pages, or that is about to write down, and to tell, that it is the other's.
Refuse ==
    /\ At("store") /\ F!Alive("store") /\ e.args.by \in Hosts /\ NoStep
    /\ e.args.claim = claim
    /\ <<e.args.by, e.args.request>> \in seen.claims =>
            \/ claim \notin {"none", e.args.by}
            \/ claim = "none" /\ (seen.forgotten \/ late \ {e.args.by} # {})
    /\ Tells(e.args.by, claim)

Heard(whose) == <<e.host, e.args.request, whose>> \in seen.told

TraceStartRecovery == At("source") /\ Heard("source") /\ StartRecovery /\ NothingNoted
TraceClaimGuest ==
    /\ Arrived /\ Heard("destination") /\ ClaimGuest /\ Notes("left", Len(steps))
TraceLearnClaimed == At("source") /\ Heard("destination") /\ LearnClaimed /\ NothingNoted
TraceLearnSuperseded == Arrived /\ Heard("source") /\ LearnSuperseded /\ NothingNoted

GiveImage ==
    /\ At("store") /\ Keeper = "store" /\ F!Alive("store") /\ NoStep
    /\ source = "Recovering" /\ e.args.position = stored /\ ~seen.forgotten
    /\ Notes("imageGiven", TRUE)

TraceRecoverSource ==
    /\ At("source") /\ e.args.position = stored
    /\ Keeper = "store" => seen.imageGiven
    /\ RecoverSource
    /\ e.args.missing = {p \in Pages : memory'["source"][p] = Absent}
    /\ Notes("newest", seen.image)

(* The end                                                                         *)
AskOwnership ==
    /\ Arrived /\ F!Alive("destination") /\ NoStep
    /\ destination = "Running" /\ F!Missing = {}
    /\ Notes("promised", TRUE)
Promise == At("source") /\ seen.promised /\ GrantOwnership /\ NothingNoted
ConfirmPromise ==
    /\ At("source") /\ seen.promised /\ F!Alive("source") /\ source = "Completed"
    /\ NoStep /\ NothingNoted
TraceBecomeOwner == Arrived /\ BecomeOwner /\ Notes("left", Len(steps))

--------------------------------------------------------------------------------
\* Each is the event of the same name. The most frequent come first.
Named ==
    CASE e.action = "GuestStep" -> TraceGuestStep
      [] e.action = "CopyAhead" -> TraceCopyAhead
      [] e.action = "KeepPage" -> TraceKeepPage
      [] e.action = "GivePage" -> GivePage
      [] e.action = "FetchPage" -> TraceFetchPage
      [] e.action = "CommitCheckpoint" -> TakeCheckpoint
      [] e.action = "CommitPages" -> CommitPages
      [] e.action = "ReceiveCheckpointDone" -> TraceCheckpointDone
      [] e.action = "ReleaseOutput" -> TraceReleaseOutput
      [] e.action = "TakeUpAttempt" -> TakeUpAttempt
      [] e.action = "Release" -> Release
      [] e.action = "ConfirmCopies" -> ConfirmCopies
      [] e.action = "StartCheckpoints" -> StartCheckpoints
      [] e.action = "PauseSource" -> At("source") /\ PauseSource /\ NothingNoted
      [] e.action = "ResumeSource" -> At("source") /\ ResumeSource /\ NothingNoted
      [] e.action = "SwitchOver" -> TraceSwitchOver
      [] e.action = "RunGuest" -> RunGuest
      [] e.action = "AskClaim" -> AskClaim
      [] e.action = "TakeClaim" -> GiveClaim
      [] e.action = "ConfirmClaim" -> ConfirmClaim
      [] e.action = "Refuse" -> Refuse
      [] e.action = "StartRecovery" -> TraceStartRecovery
      [] e.action = "GiveImage" -> GiveImage
      [] e.action = "RecoverSource" -> TraceRecoverSource
      [] e.action = "ClaimGuest" -> TraceClaimGuest
      [] e.action = "FinishClaim" -> Arrived /\ FinishClaim /\ NothingNoted
      [] e.action = "LearnClaimed" -> TraceLearnClaimed
      [] e.action = "LearnSuperseded" -> TraceLearnSuperseded
      [] e.action = "GrantOwnership" -> AskOwnership
      [] e.action = "PromiseNotToRecover" -> Promise
      [] e.action = "ConfirmPromise" -> ConfirmPromise
      [] e.action = "BecomeOwner" -> TraceBecomeOwner
      [] e.action = "CrashSource" -> At("source") /\ Crash("source") /\ NothingNoted
      [] e.action = "CrashDestination" -> At("destination") /\ Crash("destination") /\ NothingNoted
      [] e.action = "CrashStore" -> At("store") /\ Crash("store") /\ NothingNoted
      [] OTHER -> FALSE

\* What the place says of itself after the event.
AfterAtSource ==
    /\ e.after.phase = source' /\ e.after.position = position'["source"]
    /\ e.after.stored = IF Keeper = "source" THEN stored' ELSE 0
AfterAtDestination ==
    /\ e.after.phase = IF seen'.arrived THEN destination' ELSE "Waiting"
    /\ e.after.position = IF seen'.arrived THEN position'["destination"] ELSE 0
    /\ e.after.acknowledged = IF seen'.arrived THEN acknowledged' ELSE 0
    /\ e.after.released = IF seen'.arrived THEN seen'.left ELSE 0
    /\ e.after.missing = Cardinality(F!Missing') - seen'.early
AfterAtStore ==
    /\ seen'.attempt > 0 \/ e.action = "CrashStore"
    /\ e.after.phase = claim'
    /\ e.after.copies = Cardinality({p \in Pages : memory'["store"][p] # Absent})
    /\ e.after.stored = IF Keeper = "source" THEN 0
                        ELSE IF seen'.forgotten THEN 0
                        ELSE IF F!Switched' THEN stored'
                        ELSE IF seen'.started = -1 THEN 0 ELSE seen'.started
After ==
    CASE e.host = "source" -> AfterAtSource
      [] e.host = "destination" -> AfterAtDestination
      [] OTHER -> AfterAtStore

\* F!ConsistentImage and F!NoReleasedOutputLost, without a look at every step of the guest. There
\* is one history: what the guest is at a host is known by how many of its steps are in it.
NewestImage ==
    \A h \in Hosts : F!Executes(h) =>
        /\ position[h] = Len(steps)
        /\ \A p \in Pages : \/ memory[h][p] = seen.newest[p]
                            \/ h = "destination" /\ memory[h][p] = Absent
NothingSeenIsMissing == \A h \in Hosts : F!Executes(h) => released <= position[h]

Explanation ==
    /\ Named /\ After
    /\ NewestImage' /\ AtMostOneEffective' /\ NothingSeenIsMissing' /\ CheckpointConsistent'

ExplainEvent ==
    /\ Explanation
    /\ line' = line + 1
    /\ UNCHANGED trace
    /\ Explained(trace, line)

--------------------------------------------------------------------------------
\* What the specification would have allowed instead (see TraceEvents!LookAt).
Allowed ==
    {n \in {"GuestStep at the source", "GuestStep at the destination", "CopyAhead", "KeepPage",
            "PauseSource", "ResumeSource", "SwitchOver", "RunGuest", "FetchPage from the source",
            "FetchPage from the store", "CommitCheckpoint", "CommitPages",
            "ReceiveCheckpointDone", "ReleaseOutput", "AskClaim by the source",
            "AskClaim by the destination", "TakeClaim", "StartRecovery", "RecoverSource",
            "ClaimGuest", "FinishClaim", "LearnClaimed", "LearnSuperseded", "GrantOwnership",
            "PromiseNotToRecover", "ConfirmPromise", "BecomeOwner"} :
       \/ n = "GuestStep at the source" /\ F!Executes("source")
       \/ n = "GuestStep at the destination" /\ seen.arrived
            /\ (F!Executes("destination") \/ destination = "Running")
       \/ n = "CopyAhead" /\ F!Alive("source") /\ source \in {"Running", "Paused"}
       \/ n = "KeepPage" /\ F!Alive("store") /\ seen.copies # {}
       \/ n = "PauseSource" /\ ENABLED PauseSource
       \/ n = "ResumeSource" /\ F!Alive("source") /\ source = "Paused"
       \/ n = "SwitchOver" /\ seen.confirmed # {} /\ ENABLED SwitchOver
       \/ n = "RunGuest" /\ ~seen.arrived /\ destination = "Running"
       \/ n = "FetchPage from the source" /\ seen.arrived
            /\ \E p \in Pages : ENABLED FetchPage(p, "source")
       \/ n = "FetchPage from the store" /\ seen.arrived
            /\ \E p \in Pages : ENABLED FetchPage(p, "store")
       \/ n = "CommitCheckpoint" /\ seen.arrived /\ F!Alive("destination")
            /\ destination = "Running" /\ position["destination"] > acknowledged
       \/ n = "CommitPages" /\ (Keeper = "source" => source = "Serving")
            /\ (Keeper = "store" => claim = "none") /\ \E c \in seen.taken : c.position > stored
       \/ n = "ReceiveCheckpointDone" /\ seen.arrived /\ ENABLED ReceiveCheckpointDone
       \/ n = "ReleaseOutput" /\ seen.arrived /\ ENABLED ReleaseOutput
       \/ n = "AskClaim by the source" /\ F!Alive("source") /\ source = "Serving"
       \/ n = "AskClaim by the destination" /\ seen.arrived /\ F!Alive("destination")
            /\ destination = "Running"
       \/ n = "TakeClaim" /\ \E c \in seen.claims :
            claim = c[1] \/ (claim = "none" /\ ~seen.forgotten)
       \/ n = "StartRecovery" /\ claim = "source" /\ ENABLED StartRecovery
       \/ n = "RecoverSource" /\ ENABLED RecoverSource
       \/ n = "ClaimGuest" /\ claim = "destination" /\ ENABLED ClaimGuest
       \/ n = "FinishClaim" /\ ENABLED FinishClaim
       \/ n = "LearnClaimed" /\ ENABLED LearnClaimed
       \/ n = "LearnSuperseded" /\ ENABLED LearnSuperseded
       \/ n = "GrantOwnership" /\ seen.arrived /\ destination = "Running" /\ F!Missing = {}
       \/ n = "PromiseNotToRecover" /\ seen.promised /\ ENABLED GrantOwnership
       \/ n = "ConfirmPromise" /\ seen.promised /\ source = "Completed"
       \/ n = "BecomeOwner" /\ ENABLED BecomeOwner}

LooksHere == LookAt(trace) = line

Look ==
    LooksHere =>
        Stuck(trace, Allowed,
             << <<"source", source>>, <<"destination", destination>>, <<"claim", claim>>,
                <<"steps of the guest", Len(steps)>>, <<"position", position>>,
                <<"memory", memory>>, <<"newest", seen.newest>>, <<"stored", stored>>,
                <<"acknowledged", acknowledged>>, <<"released", released>>,
                <<"in doubt", doubtful>>, <<"crashed", crashed>>,
                <<"copies on their way", seen.copies>>,
                <<"checkpoints on their way", {c.position : c \in seen.taken}>>,
                <<"requests for the claim on their way", seen.claims>> >>)

\* Asked for once what no host sees has happened, so that nothing of it seems to be the reason.
AskWhy ==
    /\ Why(trace, Explanation) = TRUE
    /\ FALSE
    /\ UNCHANGED <<vars, seen, traceVars>>

Silently(name) == UNCHANGED <<seen, traceVars>> /\ Silent(trace, name)

TraceNext ==
    /\ line <= EventCount(trace)
    /\ IF NeedsHeal THEN HealLink(Hosts) /\ Silently("HealLink")
       ELSE /\ Look
            /\ IF NeedsCut THEN CutLink(Hosts) /\ Silently("CutLink")
               ELSE IF LooksHere THEN AskWhy
               ELSE ExplainEvent

TraceSpec == TraceInit /\ [][TraceNext]_<<vars, seen, traceVars>>
=================================================================================
