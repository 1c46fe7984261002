--------------------------- MODULE TraceLiveMigration ---------------------------
(* Is what an outsider saw of a migration a behaviour of LiveMigration? Black box: *)
(* nothing is asked of the implementation but its guest's answers (each with the   *)
(* guest's own number of the step that made it), and what it says of itself. The   *)
(* vocabulary is that of package landfall.tracecheck.                              *)
(*                                                                                 *)
(* Given the events the behaviour is determined: silent steps of the guest lead up *)
(* to the step whose output was seen, and the guest silently leaves and arrives    *)
(* when an answer comes from another host. It may do so once for each time that    *)
(* the operator has asked for a migration, and only to a host that it was asked to *)
(* go to; a host that was seen to give the guest away, or to keep it, is held to   *)
(* its word, until another migration is asked of it, or to it.                     *)
(*                                                                                 *)
(* Left out: pages (the outsider sees none).                                       *)
EXTENDS LiveMigration, TraceEvents, FiniteSets

CONSTANT First  \* the host where the guest starts

VARIABLES
    moves,      \* how often the guest may still change its host
    last,       \* where it was seen last
    crashed,    \* hosts that were killed
    barred,     \* hosts where the guest may not be: none was asked for there, or a final
                \* report says that it is not there
    trace,      \* which trace
    line        \* number of the next event to explain

observer == <<moves, last, crashed, barred>>
traceVars == <<trace, line>>

TraceInit ==
    /\ Init /\ home = First
    /\ moves = 0 /\ last = First /\ crashed = {} /\ barred = Hosts \ {First}
    /\ trace \in 1..TraceCount /\ line = 1

e == Event(trace, line)

--------------------------------------------------------------------------------
\* An answer that a killed host has sent may still arrive, until another one speaks.
MayRunAt(h) ==
    /\ h \in Hosts \ barred
    /\ h = last \/ (moves > 0 /\ h \notin crashed)

NeedsDepart == e.action = "Released" /\ MayRunAt(e.host) /\ home \in Hosts \ {e.host}
NeedsArrive == e.action = "Released" /\ MayRunAt(e.host) /\ home = "transit"
NeedsGuestStep == e.action = "Released" /\ home = e.host /\ Len(steps) < e.step - 1

\* What an outsider has not seen makes no difference to it: the guest goes on from all its steps.
Leave == Depart /\ steps' = steps
SilentGuestStep == GuestStep(0) /\ released' = released
SilentArrive == Arrive(e.host) /\ steps' = steps

--------------------------------------------------------------------------------
\* No answer is given twice, and none that another one has already left behind.
Released ==
    /\ MayRunAt(e.host)
    /\ e.step = Len(steps) + 1
    /\ GuestStep(0) /\ home = e.host /\ released' = e.step
    /\ moves' = IF e.host = last THEN moves ELSE moves - 1
    /\ last' = e.host
    /\ UNCHANGED <<crashed, barred>>

Migrates ==
    /\ {e.host, e.to} \subseteq Hosts
    /\ moves' = moves + 1 /\ barred' = barred \ {e.host, e.to}
    /\ UNCHANGED <<vars, last, crashed>>

Stops ==
    /\ e.host \in Hosts
    /\ IF home = e.host THEN Leave ELSE UNCHANGED vars
    /\ UNCHANGED observer

Crashed ==
    /\ e.host \in Hosts
    /\ IF home = e.host THEN Leave ELSE UNCHANGED vars
    /\ crashed' = crashed \cup {e.host}
    /\ UNCHANGED <<moves, last, barred>>

\* The source's last word on a migration to e.to. "completed" is not true if it never left.
Reports ==
    /\ {e.host, e.to} \subseteq Hosts
    /\ \/ e.status = "completed" /\ (last # e.host \/ moves > 0)
          /\ barred' = barred \cup {e.host}
       \/ e.status = "failed" /\ last = e.host /\ barred' = barred \cup {e.to}
    /\ UNCHANGED <<vars, moves, last, crashed>>

Explanation ==
    CASE e.action = "Released" -> Released
      [] e.action = "Migrates" -> Migrates
      [] e.action = "Stops" -> Stops
      [] e.action = "Crashed" -> Crashed
      [] e.action = "Reports" -> Reports
      [] OTHER -> FALSE

ExplainEvent ==
    /\ Explanation
    /\ line' = line + 1
    /\ trace' = trace
    /\ Explained(trace, line)

Silently == UNCHANGED <<observer, traceVars>>

Allowed ==
    {"Migrates", "Stops", "Crashed"}
    \cup {"Released by " \o h : h \in {r \in Hosts : MayRunAt(r)}}

Look ==
    /\ Why(trace, Explanation) = TRUE
    /\ Stuck(trace, Allowed,
             << <<"last seen", last>>, <<"steps released", released>>,
                <<"moves left", moves>>, <<"where it may not be", barred>>,
                <<"killed", crashed>> >>)
    /\ FALSE
    /\ UNCHANGED <<vars, observer, traceVars>>

TraceNext ==
    /\ line <= EventCount(trace)
    /\ IF NeedsDepart THEN Leave /\ Silently
       ELSE IF NeedsArrive THEN SilentArrive /\ Silently
       ELSE IF NeedsGuestStep THEN SilentGuestStep /\ Silently
       ELSE IF LookAt(trace) = line THEN Look
       ELSE ExplainEvent

TraceSpec == TraceInit /\ [][TraceNext]_<<vars, observer, traceVars>>
================================================================================
