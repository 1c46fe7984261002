package landfall.nemesis;

import java.nio.file.Path;
import java.util.Optional;

/**
 * The storage of the guest's disk fails, or is full, for one host: the system refuses what its
 * process writes to the image. Seen if the guest says of a write that it failed, or its host that
 * it stopped the guest for that.
 */
final class FailDisk implements Fault {

  /** How the system is made to refuse. */
  private interface Refusal {
    /** Says what holds from now on; empty if it could not be brought about. */
    String begin(Scene scene, Place host);

    void end();

    /** Whether it can be brought about, and says something. */
    default boolean fits(Moment moment) {
      return true;
    }

    /** As in {@link FaultTraits}. */
    default Optional<Place> prepared() {
      return Optional.empty();
    }
  }

  private final Place host;
  private final Refusal refusal;
  private volatile String refuses = "";
  private volatile long refusedBefore;
  private volatile long stoppedBefore;

  private FailDisk(Place host, Refusal refusal) {
    this.host = host;
    this.refusal = refusal;
  }

  /**
   * Every write fails with EFBIG. It is a limit on the size of files, which anybody may set for a
   * process of their own; the guest's blocks lie behind it, and all else that a host writes lies
   * before it.
   */
  static FailDisk byLimit(Place host) {
    return new FailDisk(host, new Limit());
  }

  /** These calls of the process fail, which was started for that. */
  static FailDisk by(FailingCall call, Place host) {
    return new FailDisk(host, new Calls(call));
  }

  private static final class Limit implements Refusal {
    private volatile FileSizeLimit limit;

    @Override
    public String begin(Scene scene, Place host) {
      ProcessHandle process = scene.process(host);
      long bytes = scene.targets().disk(host).beginsAt();
      limit = new FileSizeLimit(process);
      return limit.set(bytes)
          ? "process " + process.pid() + " could write no file beyond byte " + bytes
          : "";
    }

    @Override
    public void end() {
      if (limit != null) {
        limit.lift();
      }
    }
  }

  private static final class Calls implements Refusal {
    private final FailingCall call;
    private volatile Path pipes;

    Calls(FailingCall call) {
      this.call = call;
    }

    @Override
    public String begin(Scene scene, Place host) {
      ProcessHandle process = scene.process(host);
      pipes = FailingCall.pipes(scene.targets().calls(host), process).orElse(null);
      return pipes != null && call.begin(pipes)
          ? "process " + process.pid() + " " + call.says()
          : "";
    }

    @Override
    public void end() {
      if (pipes != null) {
        call.end(pipes);
      }
    }

    @Override
    public boolean fits(Moment moment) {
      return moment.beside(Place.CALLS);
    }

    @Override
    public Optional<Place> prepared() {
      return Optional.of(Place.CALLS);
    }
  }

  @Override
  public Place place() {
    return host;
  }

  /** The guest writes while it is at the host; where it is paused it does not. */
  @Override
  public boolean fits(Moment moment) {
    StreamPhase arrived = moment.handover() ? StreamPhase.HANDOVER : StreamPhase.DEVICE_STATE;
    return moment.beside(Place.DISK)
        && refusal.fits(moment)
        && (host == Place.SOURCE
            ? moment.phase().compareTo(StreamPhase.LATER_ROUND) <= 0
            : moment.phase().compareTo(arrived) >= 0);
  }

  @Override
  public Size size(Lots lots) {
    return Size.lasting(lots.longMillis());
  }

  @Override
  public boolean lasts() {
    return true;
  }

  @Override
  public boolean needsGuestAtSource() {
    return host == Place.SOURCE;
  }

  @Override
  public boolean needsGuestAtDestination() {
    return host == Place.DESTINATION;
  }

  @Override
  public Optional<Place> prepared() {
    return refusal.prepared();
  }

  @Override
  public void begin(Scene scene) {
    Nemesis.Disk disk = scene.targets().disk(host);
    if (scene.process(host) == null || disk == null) {
      return;
    }
    refusedBefore = disk.writesRefused();
    stoppedBefore = disk.guestStopped();
    refuses = refusal.begin(scene, host);
  }

  @Override
  public void heal(Scene scene) {
    refusal.end();
  }

  /** A guest that is told that its write failed may be told late: so this is asked at the end. */
  @Override
  public Effect effect(Scene scene) {
    if (refuses.isEmpty()) {
      return new Effect(false, "its storage could not be made to fail");
    }
    Nemesis.Disk disk = scene.targets().disk(host);
    long refused = disk.writesRefused() - refusedBefore;
    boolean stopped = disk.guestStopped() > stoppedBefore;
    return new Effect(
        refused > 0 || stopped,
        refuses
            + "; its guest said of "
            + refused
            + " writes that they failed"
            + (stopped ? ", and it said that it stopped the guest for one" : ""));
  }
}
