package landfall.nemesis;

import java.io.Closeable;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import landfall.evidence.FaultResult;

/**
 * Carries out a schedule of faults: each falls when the stream reaches its trigger, in the thread
 * that forwards the stream, and is healed after its duration. Keeps evidence of what each did.
 */
public final class Nemesis implements Closeable, MigrationProxy.Watcher {

  /** What the nemesis needs of the trial. */
  public interface Targets {
    /** The source's process, or null if there is none now. */
    ProcessHandle source();

    /** The destination's process, or null if there is none now. */
    ProcessHandle destination();

    /**
     * Gives a command to the source as an operator would, such as {@code migrate_cancel}; must not
     * wait for the outcome.
     *
     * @return whether the source took it, once that is known
     */
    CompletableFuture<Boolean> operate(String command);

    /** The same, to the destination. */
    CompletableFuture<Boolean> operateDestination(String command);

    /** What the source reports of the migration now; empty if that is not known. */
    default String reported() {
      return "";
    }

    /** A fault has begun; called once each. */
    void began(PlannedFault fault);
  }

  private static final String CANCEL_COMMAND = "migrate_cancel";
  private static final String PAUSE_COMMAND = "migrate-pause";
  private static final long HELD_BYTES_BEFORE_CANCEL = 64 << 10;

  private final MigrationProxy proxy;
  private final Targets targets;
  private final Supplier<Double> clockMillis;
  private final List<Running> faults = new ArrayList<>();
  private volatile StreamPhase phaseForward = StreamPhase.CONNECTED;
  private final ScheduledExecutorService healer =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            var thread = new Thread(work, "nemesis-healer");
            thread.setDaemon(true);
            return thread;
          });

  /**
   * Arms the faults; they fall from now on.
   *
   * @param clockMillis milliseconds since the trial began
   */
  public Nemesis(
      List<PlannedFault> plan,
      MigrationProxy proxy,
      Targets targets,
      Supplier<Double> clockMillis) {
    this.proxy = proxy;
    this.targets = targets;
    this.clockMillis = clockMillis;
    plan.forEach(fault -> faults.add(new Running(fault)));
    proxy.watch(this);
  }

  /** Whether every fault has fallen. */
  public synchronized boolean allBegan() {
    return faults.stream().allMatch(fault -> fault.began);
  }

  /** Whether every fault that has fallen, or whose time runs, is over. */
  public synchronized boolean allHealed() {
    return faults.stream().allMatch(fault -> fault.healed || !fault.began && !fault.awaited);
  }

  /** What became of each fault, in the order of the plan. Final after {@link #close}. */
  public synchronized List<FaultResult> results() {
    return faults.stream().map(Running::result).toList();
  }

  @Override
  public void begins(ProxyConnection connection, StreamEvent event) {
    for (Running fault : due(connection.number(), event.phase())) {
      Trigger at = fault.plan.at();
      if (at.afterMillis() > 0) {
        later(fault, connection, event.phase());
      } else if (at.afterBytes() == 0) {
        begin(fault, connection, event.phase());
      }
    }
    for (Running fault : faults) {
      // What an earlier connection held comes when the next one is well under way.
      if (fault.plan.kind() == FaultKind.HOLD_THEN_RELEASE
          && fault.began
          && !fault.healed
          && connection.number() > fault.connection.number()
          && event.phase().compareTo(StreamPhase.LATER_ROUND) >= 0) {
        fault.heal();
      }
    }
    if (event.direction() == Direction.FORWARD) {
      phaseForward = event.phase();
    }
  }

  @Override
  public void passes(ProxyConnection connection, Direction direction, long bytesOfPhase) {
    if (direction == Direction.FORWARD) {
      for (Running fault : due(connection.number(), phaseForward)) {
        if (fault.plan.at().afterBytes() > 0
            && fault.plan.at().afterMillis() == 0
            && bytesOfPhase >= fault.plan.at().afterBytes()) {
          begin(fault, connection, phaseForward);
        }
      }
    }
    for (Running fault : faults) {
      if (fault.plan.kind() == FaultKind.HOLD_THEN_RELEASE
          && fault.began
          && !fault.cancelled
          && fault.connection == connection
          && connection.heldBytes() >= HELD_BYTES_BEFORE_CANCEL) {
        fault.cancelled = true;
        targets.operate(CANCEL_COMMAND);
      }
    }
  }

  private synchronized void later(Running fault, ProxyConnection connection, StreamPhase phase) {
    if (!fault.awaited) {
      fault.awaited = true;
      healer.schedule(
          () -> begin(fault, connection, phase),
          fault.plan.at().afterMillis(),
          TimeUnit.MILLISECONDS);
    }
  }

  private synchronized List<Running> due(int connection, StreamPhase phase) {
    return faults.stream()
        .filter(
            fault ->
                !fault.began
                    && fault.plan.at().connection() == connection
                    && fault.plan.at().phase() == phase)
        .toList();
  }

  private void begin(Running fault, ProxyConnection connection, StreamPhase phase) {
    synchronized (this) {
      if (fault.began) {
        return;
      }
      fault.began = true;
      fault.atMillis = clockMillis.get();
      fault.connection = connection;
      fault.phase = phase;
    }
    targets.began(fault.plan);
    fault.inject();
    if (fault.plan.kind() != FaultKind.HOLD_THEN_RELEASE) {
      long duration = fault.plan.durationMillis();
      if (duration == 0) {
        fault.heal();
      } else {
        healer.schedule(fault::heal, duration, TimeUnit.MILLISECONDS);
      }
    }
  }

  /** Heals all that is still in force. */
  @Override
  public void close() {
    healer.shutdownNow();
    faults.stream().filter(fault -> fault.began && !fault.healed).forEach(Running::heal);
    proxy.watch(null);
  }

  /** A fault on its way from planned to healed. */
  private final class Running {
    final PlannedFault plan;
    volatile boolean began;
    boolean awaited;
    volatile boolean healed;
    volatile boolean cancelled;
    double atMillis;
    ProxyConnection connection;
    StreamPhase phase;
    private boolean seenAtOnce;
    private String evidence = "";
    private long before;
    private final Fault fault;

    /** Of a command that takes effect only if the source takes it. */
    private CompletableFuture<Boolean> taken;

    Running(PlannedFault plan) {
      this.plan = plan;
      fault = plan.kind().make();
    }

    private Fault.Scene scene() {
      return new Fault.Scene(proxy, connection, plan, targets, clockMillis);
    }

    void inject() {
      if (fault != null) {
        fault.begin(scene());
        return;
      }
      switch (plan.kind()) {
        case KILL_SOURCE -> killed(targets.source());
        case KILL_DESTINATION -> killed(targets.destination());
        case STOP_SOURCE -> stopped(targets.source());
        case STOP_DESTINATION -> stopped(targets.destination());
        case CUT_BOTH -> {
          cut(Direction.FORWARD, true);
          cut(Direction.BACK, true);
        }
        case CUT_FORWARD -> cut(Direction.FORWARD, true);
        case CUT_BACK -> cut(Direction.BACK, true);
        case RESET -> {
          connection.reset();
          seen("both ends were reset after " + connection.delivered(Direction.FORWARD) + " bytes");
        }
        case HALF_OPEN -> {
          connection.halfOpen();
          seen(
              "the destination's end was reset after "
                  + connection.delivered(Direction.FORWARD)
                  + " bytes, the source's stayed open");
        }
        case RATE_LIMIT -> {
          before = slowed();
          proxy.connections().forEach(c -> c.limit(plan.amount()));
        }
        case DELAY -> {
          before = slowed();
          proxy.connections().forEach(c -> c.delay(plan.amount()));
        }
        case HOLD_THEN_RELEASE -> connection.hold();
        case CANCEL -> {
          targets.operate(CANCEL_COMMAND);
          String reported = targets.reported();
          seen(
              "the operator asked to cancel"
                  + (reported.isEmpty() ? "" : " while the source reported '" + reported + "'"));
        }
        case PAUSE_GUEST -> operated("stop");
        case CONTINUE_SOURCE -> operated("cont");
        case MIGRATE_AGAIN -> operated("migrate");
        case PAUSE_MIGRATION -> taken = targets.operate(PAUSE_COMMAND);
        default -> throw new IllegalStateException("nobody does " + plan.kind());
      }
    }

    void heal() {
      if (healed) {
        return;
      }
      if (fault != null) {
        fault.heal(scene());
        healed = true;
        return;
      }
      switch (plan.kind()) {
        case KILL_SOURCE,
            KILL_DESTINATION,
            RESET,
            CANCEL,
            CONTINUE_SOURCE,
            MIGRATE_AGAIN,
            PAUSE_MIGRATION -> {
          // Nothing to undo.
        }
        case PAUSE_GUEST -> targets.operate("cont");
        // At last the network says that nobody is there.
        case HALF_OPEN -> connection.reset();
        case STOP_SOURCE -> resumed(targets.source());
        case STOP_DESTINATION -> resumed(targets.destination());
        case CUT_BOTH -> {
          long bytes = cutEvidence(Direction.FORWARD) + cutEvidence(Direction.BACK);
          noted(bytes > 0, bytes + " bytes were withheld");
          cut(Direction.FORWARD, false);
          cut(Direction.BACK, false);
        }
        case CUT_FORWARD -> {
          long bytes = cutEvidence(Direction.FORWARD);
          noted(bytes > 0, bytes + " bytes for the destination were withheld");
          cut(Direction.FORWARD, false);
        }
        case CUT_BACK -> {
          long bytes = cutEvidence(Direction.BACK);
          noted(bytes > 0, bytes + " bytes for the source were withheld");
          cut(Direction.BACK, false);
        }
        case RATE_LIMIT -> {
          proxy.connections().forEach(c -> c.limit(Long.MAX_VALUE));
          noted(slowed() > before, "deliveries were put off by " + (slowed() - before) + " ms");
        }
        case DELAY -> {
          proxy.connections().forEach(c -> c.delay(0));
          noted(slowed() > before, "deliveries were put off by " + (slowed() - before) + " ms");
        }
        case HOLD_THEN_RELEASE -> {
          int bytes = connection.heldBytes();
          boolean later = proxy.connectionCount() > connection.number();
          int taken = connection.release();
          noted(
              bytes > 0 && later,
              bytes
                  + " bytes were held, and offered to the destination "
                  + (later ? "during the next attempt" : "although no attempt followed")
                  + "; its socket took "
                  + taken);
        }
        default -> throw new IllegalStateException("nobody ends " + plan.kind());
      }
      healed = true;
    }

    private void operated(String command) {
      targets.operate(command);
      seen("the operator gave the source the command '" + command + "'");
    }

    private void killed(ProcessHandle process) {
      boolean dead = process != null && ProcessFaults.kill(process);
      noted(
          dead,
          dead ? "process " + process.pid() + " was alive and is gone" : "it was dead before");
    }

    private void stopped(ProcessHandle process) {
      boolean stopped = process != null && ProcessFaults.stop(process);
      noted(
          stopped,
          stopped
              ? "process " + process.pid() + " was seen stopped (state T)"
              : "it could not be stopped");
    }

    private void resumed(ProcessHandle process) {
      if (process != null && ProcessFaults.resume(process)) {
        evidence = evidence + ", and went on";
      }
    }

    // A link is cut for every connection, also for those that come while it is.
    private void cut(Direction direction, boolean on) {
      proxy.cut(direction, on);
    }

    private long cutEvidence(Direction direction) {
      return proxy.connections().stream().mapToLong(c -> c.withheld(direction)).sum();
    }

    private long slowed() {
      return proxy.connections().stream().mapToLong(ProxyConnection::slowedMillis).sum();
    }

    private void seen(String how) {
      noted(true, how);
    }

    private void noted(boolean seen, String how) {
      seenAtOnce = seen;
      evidence = how;
    }

    FaultResult result() {
      String aimed = (phase == null ? plan.at().phase() : phase).word();
      if (!began) {
        return new FaultResult(
            plan.kind().word(), aimed, 0, false, "the stream never came to this point");
      }
      if (fault != null) {
        Fault.Effect effect = fault.effect(scene());
        noted(effect.seen(), effect.how());
        double at = effect.atMillis() < 0 ? atMillis : effect.atMillis();
        return new FaultResult(plan.kind().word(), aimed, at, seenAtOnce, evidence);
      }
      if (taken != null) {
        boolean was = taken.getNow(false);
        String word = was ? "took" : "did not take";
        noted(was, "the source " + word + " the operator's '" + PAUSE_COMMAND + "'");
      }
      return new FaultResult(plan.kind().word(), aimed, atMillis, seenAtOnce, evidence);
    }
  }
}
