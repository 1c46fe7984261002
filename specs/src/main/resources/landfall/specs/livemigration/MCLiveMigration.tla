---------------------------- MODULE MCLiveMigration ----------------------------
(* LiveMigration with bounds.                                                   *)
EXTENDS LiveMigration

\* May hide: whatever needs a longer life of the guest.
CONSTANT MaxSteps

Bounded == Len(steps) <= MaxSteps
================================================================================
