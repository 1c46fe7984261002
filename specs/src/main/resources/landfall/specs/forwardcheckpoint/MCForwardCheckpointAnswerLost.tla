---------------------- MODULE MCForwardCheckpointAnswerLost ----------------------
(* ForwardCheckpoint with claims whose answer is lost: a host has asked the store   *)
(* for the claim, and does not know whether it has it. The store gives the claim    *)
(* again to who has it; in the module nobody has to ask twice.                      *)
(*                                                                                  *)
(* An answer is not lost for nothing. The link to the store is cut or the store     *)
(* dies, in the same step, after the claim was recorded, and that is a failure as   *)
(* any other (failures). Or the link was cut before; then the request is on its     *)
(* way, and may arrive when the link is mended, or never. With LostByChance a       *)
(* request or its answer is late or lost without any failure: a store that is slow, *)
(* a connection that is reset.                                                      *)
(*                                                                                  *)
(* The rule: once a source has asked for the claim, only the store's answer to that *)
(* request tells it whether it has it. Until it has it, it does not tell the        *)
(* destination to go on without it, and it asks again even if the other is back.    *)
(* Meanwhile it may do all else: serve pages, commit and confirm checkpoints. A     *)
(* destination in doubt may do all that it could before; it has more than it knows. *)
(*                                                                                  *)
(* A copy that was not confirmed is made again before SwitchOver, so that it does   *)
(* not matter whether the store has it; but one that arrives late may be older than *)
(* what is there. The store keeps the newer one, or does what a host asks in the    *)
(* order in which it asked (LateCopies).                                            *)
(*                                                                                  *)
(* Not here: a read (FetchPage, LearnClaimed, LearnSuperseded) without an answer is *)
(* no read. SwitchOver and GrantOwnership go between the hosts: Handover has the    *)
(* first in all its steps, and BecomeOwner asks for the second anew.                *)
EXTENDS Integers, Sequences, FiniteSets

CONSTANTS
    Pages, Keeper, Copied, ClaimAtStore, Sealed, MaxSteps, MaxFailures,
    GivenAgain,     \* FALSE: the store refuses the claim to everybody once it is given
    LateCopies,     \* "none": copies arrive in order; "newer": the store keeps the newer one;
                    \* the mistake: "any" that arrives is kept
    LostByChance,   \* TRUE: an answer is lost without a failure, too
    InDoubt         \* "repeats" the request; the mistakes: "goes on" as if it had no claim,
                    \* "while suspected": repeats it only as long as the other is away,
                    \* "reads" who has the claim, and goes on if it is nobody

ASSUME InDoubt \in {"repeats", "goes on", "while suspected", "reads"}
ASSUME LateCopies \in {"none", "newer", "any"} /\ {GivenAgain, LostByChance} \subseteq BOOLEAN

VARIABLES
    source, destination, crashed, cut, failures, steps, position, memory, stored,
    acknowledged, released, claim,
    doubtful,   \* hosts that have asked for the claim, without an answer
    late,       \* hosts whose request for the claim may still arrive at the store
    lateCopies  \* copies that may still arrive there: pages, each with its version

F == INSTANCE ForwardCheckpoint
onItsWay == <<late, lateCopies>>
vars == <<F!vars, doubtful, onItsWay>>
Hosts == {"source", "destination"}
Init == F!Init /\ doubtful = {} /\ late = {} /\ lateCopies = {}
TypeOK ==
    /\ F!TypeOK /\ doubtful \subseteq Hosts /\ late \subseteq Hosts
    /\ lateCopies \subseteq Pages \X Nat

SameDoubt == UNCHANGED <<doubtful, onItsWay>>
Sure(h) == h \notin doubtful
NothingElse ==
    UNCHANGED <<source, destination, steps, position, memory, stored, acknowledged, released,
                lateCopies>>
ToStore(h) == {h, "store"}
MayClaim(h) == IF h = "source" THEN source = "Serving" ELSE destination = "Running"
-------------------------------------------------------------------------------
\* As in the module.
GuestStep(h, p) == Len(steps) < MaxSteps /\ F!GuestStep(h, p) /\ SameDoubt
CopyAhead(p) == F!CopyAhead(p) /\ SameDoubt
PauseSource == F!PauseSource /\ SameDoubt
SwitchOver == F!SwitchOver /\ SameDoubt
ResumeSource == F!ResumeSource /\ SameDoubt
FetchPage(p, from) == F!FetchPage(p, from) /\ SameDoubt
CommitCheckpoint == F!CommitCheckpoint /\ SameDoubt
ReceiveCheckpointDone == F!ReceiveCheckpointDone /\ SameDoubt
ReleaseOutput == F!ReleaseOutput /\ SameDoubt
RecoverSource == F!RecoverSource /\ SameDoubt
FinishClaim == F!FinishClaim /\ SameDoubt
HealLink(l) == F!HealLink(l) /\ SameDoubt
CutLink(l) == failures < MaxFailures /\ F!CutLink(l) /\ SameDoubt
\* What the dead do not know is no doubt. What they asked for may still arrive.
Crash(h) ==
    failures < MaxFailures /\ F!Crash(h) /\ doubtful' = doubtful \ {h} /\ UNCHANGED onItsWay

\* The store's answer, whatever it is, ends the doubt.
LearnClaimed == F!LearnClaimed /\ doubtful' = doubtful \ {"source"} /\ UNCHANGED onItsWay
LearnSuperseded == F!LearnSuperseded /\ doubtful' = doubtful \ {"destination"} /\ UNCHANGED onItsWay
-------------------------------------------------------------------------------
(* The claim                                                                      *)
Asks(h) ==
    \/ F!Suspects(h)
    \/ F!Alive(h) /\ ~Sure(h) /\ InDoubt \in {"repeats", "reads"}
\* Given, for the first time or again, and the host hears of it.
TakeClaim(h) ==
    /\ F!Connected(h, "store") /\ claim \in (IF GivenAgain THEN {"none", h} ELSE {"none"})
    /\ claim' = h /\ doubtful' = doubtful \ {h} /\ UNCHANGED <<crashed, cut, failures, onItsWay>>

StartRecovery ==
    /\ source = "Serving" /\ Asks("source") /\ TakeClaim("source")
    /\ source' = "Recovering"
    /\ UNCHANGED <<destination, steps, position, memory, stored, acknowledged, released>>
ClaimGuest ==
    /\ destination = "Running" /\ Asks("destination") /\ TakeClaim("destination")
    /\ destination' = "Claimed" /\ released' = Len(steps)
    /\ UNCHANGED <<source, steps, position, memory, stored, acknowledged>>

\* The claim is recorded; then the link is cut, or the store dies, and nobody is answered.
LoseAnswer(h) ==
    /\ failures < MaxFailures
    /\ MayClaim(h) /\ Asks(h) /\ F!Connected(h, "store") /\ claim \in {"none", h}
    /\ claim' = h /\ doubtful' = doubtful \cup {h} /\ failures' = failures + 1
    /\ \/ cut' = cut \cup {ToStore(h)} /\ UNCHANGED crashed
       \/ crashed' = crashed \cup {"store"} /\ UNCHANGED cut
    /\ UNCHANGED late /\ NothingElse
\* Without a way to the store: it may get there once there is one.
AskInVain(h) ==
    /\ MayClaim(h) /\ Asks(h) /\ ~F!Connected(h, "store")
    /\ doubtful' = doubtful \cup {h} /\ late' = late \cup {h}
    /\ UNCHANGED <<crashed, cut, failures, claim>> /\ NothingElse
\* Nothing has failed, and still the host hears nothing.
LoseAnswerByChance(h) ==
    /\ LostByChance /\ MayClaim(h) /\ Asks(h) /\ F!Connected(h, "store")
    /\ \/ claim \in {"none", h} /\ claim' = h /\ UNCHANGED late
       \/ UNCHANGED claim /\ late' = late \cup {h}
    /\ doubtful' = doubtful \cup {h} /\ UNCHANGED <<crashed, cut, failures>> /\ NothingElse
\* Nobody waits for the answer. Given once, the claim stays where it is.
ArriveLate(h) ==
    /\ h \in late /\ F!Alive("store") /\ ToStore(h) \notin cut /\ late' = late \ {h}
    /\ claim' = IF claim = "none" THEN h ELSE claim
    /\ UNCHANGED <<crashed, cut, failures, doubtful>> /\ NothingElse
\* The mistake: what was asked for may still be on its way.
ReadNone(h) ==
    /\ InDoubt = "reads" /\ ~Sure(h) /\ F!Connected(h, "store") /\ claim = "none"
    /\ doubtful' = doubtful \ {h}
    /\ UNCHANGED <<crashed, cut, failures, claim, late>> /\ NothingElse

(* The end                                                                        *)
GrantOwnership ==
    /\ Sure("source") \/ InDoubt = "goes on"
    /\ F!GrantOwnership /\ doubtful' = doubtful \ {"source"} /\ UNCHANGED onItsWay
BecomeOwner == F!BecomeOwner /\ doubtful' = doubtful \ {"destination"} /\ UNCHANGED onItsWay

(* Copies ahead                                                                   *)
\* On its way without an answer. The source makes it again when it likes (CopyAhead).
CopyUnanswered(p) ==
    /\ LateCopies # "none" /\ F!Alive("source") /\ source \in {"Running", "Paused"}
    /\ memory["store"][p] # memory["source"][p]
    /\ lateCopies' = lateCopies \cup {<<p, memory["source"][p]>>}
    /\ UNCHANGED <<source, destination, crashed, cut, failures, steps, position, memory, stored,
                   acknowledged, released, claim, doubtful, late>>
CopyLate ==
    /\ F!Alive("store") /\ ToStore("source") \notin cut
    /\ \E copy \in lateCopies :
        /\ lateCopies' = lateCopies \ {copy}
        /\ memory' = [memory EXCEPT !["store"][copy[1]] =
                IF LateCopies = "newer" /\ copy[2] < @ THEN @ ELSE copy[2]]
    /\ UNCHANGED <<source, destination, crashed, cut, failures, steps, position, stored,
                   acknowledged, released, claim, doubtful, late>>
-------------------------------------------------------------------------------
Protocol ==
    \/ \E p \in Pages : CopyAhead(p) \/ FetchPage(p, "source") \/ FetchPage(p, "store")
    \/ SwitchOver \/ ResumeSource \/ CommitCheckpoint \/ ReceiveCheckpointDone \/ ReleaseOutput
    \/ StartRecovery \/ RecoverSource \/ ClaimGuest \/ FinishClaim \/ LearnClaimed
    \/ LearnSuperseded \/ GrantOwnership \/ BecomeOwner
Fault ==
    \/ \E h \in F!Places : Crash(h)
    \/ \E l \in F!Links : CutLink(l)
    \/ \E h \in Hosts : LoseAnswer(h)
Next ==
    \/ \E h \in Hosts, p \in Pages : GuestStep(h, p)
    \/ \E h \in Hosts : AskInVain(h) \/ LoseAnswerByChance(h) \/ ArriveLate(h) \/ ReadNone(h)
    \/ (\E p \in Pages : CopyUnanswered(p)) \/ CopyLate
    \/ PauseSource \/ Protocol \/ Fault \/ \E l \in F!Links : HealLink(l)
Spec == Init /\ [][Next]_vars
-------------------------------------------------------------------------------
AtMostOneEffective == F!AtMostOneEffective
NoReleasedOutputLost == F!NoReleasedOutputLost
ConsistentImage == F!ConsistentImage
SurvivesOneFailure == F!SurvivesOneFailure
Abstract == INSTANCE LiveMigration WITH home <- F!Home
Refines == Abstract!SpecOfRefinement
OnlyFaultsLoseProp == [][F!Home' = "lost" /\ F!Home # "lost" => crashed' # crashed]_vars

\* A failure that loses an answer is the second, so SurvivesOneFailure cannot say what becomes
\* of the guest then. Cuts alone, however many, do not lose it, and once they are mended it runs.
CutsLoseNothing == crashed = {} => F!Home # "lost"
Fairness == WF_vars(Protocol) /\ \A l \in F!Links : WF_vars(HealLink(l))
FairSpec == Spec /\ Fairness
RunsAfterCuts == F!Home = "transit" ~> F!Home # "transit" \/ crashed # {}
WholeAfterCuts == F!Switched ~> F!Whole \/ crashed # {}
\* For one failure, whatever it is.
EventuallyRuns == F!EventuallyRuns
WholeAgain == F!WholeAgain
================================================================================
