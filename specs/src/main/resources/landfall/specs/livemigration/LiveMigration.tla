---------------------------- MODULE LiveMigration ----------------------------
(* One guest that may be moved while it runs. This is all that an outsider   *)
(* can see of a migration that works, whatever the protocol: the guest does  *)
(* steps, its output is released, and at any time it has at most one home.   *)
(* Every protocol of this folder refines it.                                 *)
(*                                                                           *)
(* Left out: page contents (a step is known by the page it writes, an image  *)
(* by the number of steps in its past), time, and how a move is done.        *)
EXTENDS Naturals, Sequences

CONSTANTS
    Hosts,      \* where the guest may be
    Pages       \* the guest's pages

VARIABLES
    steps,      \* Seq(Pages): what the guest has done; step i wrote page steps[i]
    released,   \* how many of these steps someone outside has seen the output of
    home        \* the host where the guest runs, "transit", or "lost"

vars == <<steps, released, home>>

TypeOK ==
    /\ steps \in Seq(Pages)
    /\ released \in 0..Len(steps)
    /\ home \in Hosts \cup {"transit", "lost"}

Init ==
    /\ steps = <<>>
    /\ released = 0
    /\ home \in Hosts

\* The guest writes page p; the output of the step may be released with it.
GuestStep(p) ==
    /\ home \in Hosts
    /\ steps' = Append(steps, p)
    /\ released' \in {released, Len(steps')}
    /\ UNCHANGED home

\* Output that was held until now becomes visible outside. The guest may be on its
\* way meanwhile, or lost (a packet outlives its sender): what is visible must be in
\* any image that arrives.
Release ==
    /\ released < Len(steps)
    /\ released' \in (released + 1)..Len(steps)
    /\ UNCHANGED <<steps, home>>

\* The guest goes on, if it does, from an image it really had: some prefix of its steps,
\* and all that was released is in it (NoReleasedOutputLost).
GoBack ==
    /\ \E n \in released..Len(steps) : steps' = SubSeq(steps, 1, n)
    /\ UNCHANGED released

\* The guest stops where it ran, or nobody will ever see what it still does there; a copy
\* exists from which it can go on.
Depart == home \in Hosts /\ home' = "transit" /\ GoBack

\* On its way, a host decides from which image the guest is to go on.
Choose == home = "transit" /\ home' = home /\ GoBack

\* The guest goes on at host h.
Arrive(h) == home = "transit" /\ home' = h /\ GoBack

\* The last whole copy is gone. No protocol survives every crash; none may hide one, and
\* nothing but a fault may take this step: OnlyFaultsLoseProp of each protocol.
Lose ==
    /\ home # "lost"
    /\ home' = "lost"
    /\ UNCHANGED <<steps, released>>

\* A guest whose memory is gone in part executes on, until it needs what is gone.
LastStep(p) ==
    /\ home = "lost"
    /\ steps' = Append(steps, p)
    /\ released' \in {released, Len(steps')}
    /\ UNCHANGED home

Next ==
    \/ \E p \in Pages : GuestStep(p)
    \/ Release
    \/ Depart \/ Choose
    \/ \E h \in Hosts : Arrive(h)
    \/ Lose
    \/ \E p \in Pages : LastStep(p)

Spec == Init /\ [][Next]_vars

\* The same, for a protocol that refines it. Most of its steps change nothing that an outsider
\* sees: TLC asks from left to right, and this order takes a third less time.
SpecOfRefinement == Init /\ [][UNCHANGED vars \/ Next]_vars

\* Released output is never taken back: released never shrinks, and the steps
\* behind it are never changed.
ReleasedIsForeverProp ==
    [][ /\ released' >= released
        /\ SubSeq(steps', 1, released) = SubSeq(steps, 1, released) ]_vars

\* NoReleasedOutputLost of every protocol: a host in running has all in its past that someone
\* outside has seen. past[h] and seen are sequences of steps.
NothingSeenIsMissing(running, past, seen) ==
    \A h \in running : Len(seen) <= Len(past[h]) /\ SubSeq(past[h], 1, Len(seen)) = seen

\* What is lost stays lost.
LostIsForeverProp == [][home = "lost" => home' = "lost"]_vars
==============================================================================
