package landfall.nemesis;

/**
 * The storage of the guest's disk fails or is full, for one host: the system refuses what its
 * process writes to the image, with EFBIG. It is a limit on the size of files, which anybody may
 * set for a process of their own; the guest's blocks lie behind it, and all else that a host writes
 * lies before it.
 */
final class FailDisk implements Fault {
  private final Place host;
  private volatile FileSizeLimit limit;
  private volatile String limited = "";
  private volatile long refusedBefore;

  FailDisk(Place host) {
    this.host = host;
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
  public void begin(Scene scene) {
    ProcessHandle process = scene.process(host);
    Nemesis.Disk disk = scene.targets().disk(host);
    if (process == null || disk == null) {
      return;
    }
    refusedBefore = disk.writesRefused();
    limit = new FileSizeLimit(process);
    if (limit.set(disk.beginsAt())) {
      limited = "process " + process.pid() + " could write no file beyond byte " + disk.beginsAt();
    }
  }

  @Override
  public void heal(Scene scene) {
    if (limit != null) {
      limit.lift();
    }
  }

  /** A guest that is told that its write failed may be told late: so this is asked at the end. */
  @Override
  public Effect effect(Scene scene) {
    if (limited.isEmpty()) {
      return new Effect(false, "its storage could not be made to fail");
    }
    long refused = scene.targets().disk(host).writesRefused() - refusedBefore;
    return new Effect(
        refused > 0, limited + "; its guest said of " + refused + " writes that they failed");
  }
}
