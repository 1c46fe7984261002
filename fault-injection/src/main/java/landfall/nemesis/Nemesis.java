package landfall.nemesis;

import java.io.Closeable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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

    /** The process beside the hosts that has this place, or null if there is none. */
    ProcessHandle companion(Place which);

    /**
     * Gives a command to the source as an operator would, such as {@code migrate_cancel}; must not
     * wait for the outcome.
     *
     * @return whether the source took it, once that is known
     */
    CompletableFuture<Boolean> operate(String command);

    /** The same, to the destination. */
    CompletableFuture<Boolean> operateDestination(String command);

    /**
     * Starts the destination again, which is dead; must not wait for it.
     *
     * @return its process once it can be controlled; fails if that does not come about
     */
    CompletableFuture<ProcessHandle> restartDestination();

    /** The same for the process beside the hosts that has this place. */
    CompletableFuture<ProcessHandle> restartCompanion(Place which);

    /** The disk of the guest as this host has it, or null if the guest has none. */
    default Disk disk(Place host) {
      return null;
    }

    /** The link by which this host finds the folder of the arbiter; empty if there is none. */
    default Optional<Path> storage(Place host) {
      return Optional.empty();
    }

    /** The relay between this host and a store beside the hosts; empty if there is none. */
    default Optional<MigrationProxy> storeLink(Place host) {
      return Optional.empty();
    }

    /** The file that says by how much the wall clock of this process is ahead, if one does. */
    default Optional<Path> clock(Place host) {
      return Optional.empty();
    }

    /** The file whose name pipes have by which calls of this host are made to fail, if any do. */
    default Path calls(Place host) {
      return Path.of("");
    }

    /** What the source reports of the migration now; empty if that is not known. */
    default String reported() {
      return "";
    }

    /** A fault has begun; called once each. */
    void began(PlannedFault fault);
  }

  /** The disk of a guest as one host has it. */
  public interface Disk {
    /** What the guest writes lies behind this byte of the image. */
    long beginsAt();

    /** Of so many writes the guest has said that they failed there. */
    long writesRefused();

    /** So often the host has said that it stopped the guest, since its storage refused a write. */
    long guestStopped();
  }

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
    return faults.stream()
        .allMatch(fault -> fault.healed ? fault.fault.isOver() : !fault.began && !fault.awaited);
  }

  /** What became of each fault, in the order of the plan. Final after {@link #close}. */
  public synchronized List<FaultResult> results() {
    return faults.stream().map(Running::result).toList();
  }

  @Override
  public void begins(ProxyConnection connection, StreamEvent event) {
    fall(connection, event.phase());
    for (Running fault : faults) {
      if (fault.isInForce() && fault.fault.isOverAt(fault.scene(), connection, event.phase())) {
        fault.heal();
      }
    }
    if (event.direction() == Direction.FORWARD) {
      phaseForward = event.phase();
    }
  }

  /**
   * The source says that the migration has come to this phase. Where the stream can be read this is
   * of no weight; where it is encrypted, faults fall by it, a little later than where it could.
   */
  public void told(StreamPhase phase) {
    for (ProxyConnection connection : proxy.connections()) {
      if (connection.isEncrypted() && !connection.isEnded()) {
        fall(connection, phase);
        phaseForward = phase;
      }
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
      if (fault.isInForce()) {
        fault.fault.passes(fault.scene(), connection);
      }
    }
  }

  private void fall(ProxyConnection connection, StreamPhase phase) {
    for (Running fault : due(connection.number(), phase)) {
      Trigger at = fault.plan.at();
      if (at.afterMillis() > 0) {
        later(fault, connection, phase);
      } else if (at.afterBytes() == 0) {
        begin(fault, connection, phase);
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
      fault.atMillis = clockMillis.get();
      fault.connection = connection;
      fault.phase = phase;
      // Last, since other threads ask for the scene of a fault that began.
      fault.began = true;
    }
    targets.began(fault.plan);
    fault.fault.begin(fault.scene());
    if (!fault.fault.awaitsNextAttempt()) {
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
    faults.stream().filter(Running::isInForce).forEach(Running::heal);
    proxy.watch(null);
  }

  /** A fault on its way from planned to healed. */
  private final class Running {
    final PlannedFault plan;
    final Fault fault;
    volatile boolean began;
    boolean awaited;
    volatile boolean healed;
    double atMillis;
    ProxyConnection connection;
    StreamPhase phase;

    Running(PlannedFault plan) {
      this.plan = plan;
      fault = plan.kind().make();
    }

    Fault.Scene scene() {
      return new Fault.Scene(proxy, connection, plan, targets, clockMillis);
    }

    boolean isInForce() {
      return began && !healed;
    }

    void heal() {
      if (!healed) {
        fault.heal(scene());
        healed = true;
      }
    }

    FaultResult result() {
      String word = plan.kind().word();
      String aimed = (phase == null ? plan.at().phase() : phase).word();
      if (!began) {
        return new FaultResult(word, aimed, 0, false, "the stream never came to this point");
      }
      Fault.Effect effect = fault.effect(scene());
      double at = effect.atMillis() < 0 ? atMillis : effect.atMillis();
      return new FaultResult(word, aimed, at, effect.seen(), effect.how());
    }
  }
}
