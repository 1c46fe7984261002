------------------------------ MODULE TraceEvents ------------------------------
(* The events of the traces that are to be explained. The operators are given   *)
(* by Java (landfall.tracecheck.TraceOverrides), which reads the events from a  *)
(* file: what stands here is only their signature.                              *)
EXTENDS Naturals, Sequences

\* How many traces there are, and how many events trace t has.
TraceCount == CHOOSE n \in Nat : TRUE
EventCount(t) == CHOOSE n \in Nat : TRUE

(* Event l of trace t: a record. For TracePostCopy and Trace...Checkpoint       *)
(* with the fields host, action, args and after; args and after are records of  *)
(* what docs/protocol.md lists for the action and the host. For the others:     *)
(*   action, host     names, as in the trace                                    *)
(*   to               the host that an attempt goes to, if that matters         *)
(*   attempt          number of the attempt, 0 if the event does not say        *)
(*   page             tracked page, -1 if none                                  *)
(*   dirty            set of tracked pages in the log                           *)
(*   taken            ReclaimLock: whether the lock was free                    *)
(*   sent             a message that was received: whether a host has sent it   *)
(*   phase            the phase after the event                                 *)
(*   attemptAfter, roundAfter   after the event, -1 if the event does not say   *)
(*   step             Released: the guest's own number of the step              *)
(*   status           Reports: what the host says of the migration              *)
Event(t, l) == CHOOSE e \in {} : TRUE

\* TRUE. Java notes that the first l events of trace t are explained.
Explained(t, l) == TRUE

\* TRUE. Java notes that trace t could be explained only with an unseen step of that name.
Silent(t, name) == TRUE

\* Where to look more closely: 0, or the event of trace t that was not explained.
LookAt(t) == 0

\* TRUE. Java notes the names of the actions that were allowed there, and what the
\* state was: a sequence of pairs of a name and a value. What is told first counts.
Stuck(t, allowed, state) == TRUE

\* TRUE. Java takes the step apart, which is not possible here, and notes the first of its
\* conjuncts that does not hold.
Why(t, step) == TRUE
================================================================================
