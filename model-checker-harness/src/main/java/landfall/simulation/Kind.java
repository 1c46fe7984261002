package landfall.simulation;

import java.util.Map;
import java.util.Set;
import landfall.explorer.ExploredProtocol;

/** Kinds of events, by who brings them about. Each has a pace of its own. */
enum Kind {
  /** The guest writes. */
  GUEST(400),
  /** A host does what is next, or a message arrives. */
  WORK(200),
  /** A host has waited long enough, or looks again. */
  DEADLINE(20_000),
  /** A host does something now and then. */
  PERIODIC(1_000),
  /** A clock ticks. */
  CLOCK(5_000),
  /** A link is healed, a host starts again. */
  MEND(30_000),
  /** Somebody wants something. */
  OPERATOR(200),
  /** What goes wrong; only the plan of a run brings it about. */
  FAULT(0);

  private static final Map<String, String> FAULTS =
      Map.ofEntries(
          Map.entry("CutLink", "cut"),
          Map.entry("ResetConnection", "reset"),
          Map.entry("LoseMessage", "lost message"),
          Map.entry("LoseRequest", "lost message"),
          Map.entry("LoseAnswer", "lost message"),
          Map.entry("Crash", "crash"),
          Map.entry("CrashSource", "crash"),
          Map.entry("CrashDestination", "crash"),
          Map.entry("RestartGrantor", "restarted grantor"),
          Map.entry("CutOff", "cut off from storage"),
          Map.entry("FailUpgrade", "refused lock"),
          Map.entry("Cancel", "cancel"));
  private static final Set<String> MENDS = Set.of("HealLink", "Restart", "Rejoin");
  private static final Set<String> OPERATORS = Set.of("StartAttempt", "ReleaseLease");
  private static final Set<String> DEADLINES =
      Set.of(
          "AbortAttempt",
          "ClaimGuest",
          "ClaimLock",
          "DiscardImage",
          "ExpireLease",
          "FreeLock",
          "GiveUpConnection",
          "LearnClaimed",
          "LearnCompleted",
          "LearnSuperseded",
          "NoticeEnd",
          "ReclaimLock",
          "Recover",
          "ResendHandover",
          "ResumeSource",
          "ResumeUnacknowledged",
          "StartRecovery");

  private final double micros;

  Kind(double micros) {
    this.micros = micros;
  }

  /** How long such an event takes, more or less, once it can happen. */
  double micros() {
    return micros;
  }

  /** The kind of an action of a protocol. */
  static Kind of(String action, ExploredProtocol protocol) {
    // Where the guest is not moved by attempts, an operator begins with the pause.
    if (action.equals("PauseSource")
        && (protocol == ExploredProtocol.FORWARD_CHECKPOINT
            || protocol == ExploredProtocol.SHARED_LOCK)) {
      return OPERATOR;
    }
    if (FAULTS.containsKey(action)) {
      return FAULT;
    }
    if (MENDS.contains(action)) {
      return MEND;
    }
    if (OPERATORS.contains(action)) {
      return OPERATOR;
    }
    if (DEADLINES.contains(action)) {
      return DEADLINE;
    }
    return switch (action) {
      case "GuestStep" -> GUEST;
      case "AskOwnership", "TakeCheckpoint", "RetakeCheckpoint", "TakeBackAttempt" -> PERIODIC;
      case "TickHost", "TickGrantor" -> CLOCK;
      default -> WORK;
    };
  }

  /** What reports call a fault. */
  static String fault(String action) {
    return FAULTS.get(action);
  }
}
