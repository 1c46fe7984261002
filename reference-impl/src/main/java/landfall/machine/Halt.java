package landfall.machine;

/**
 * Why {@link Machine#run()} came back.
 *
 * @param cause who ended it
 * @param status of an exit the status that the guest gave, 0 meaning success; of a request that
 *     this machine does not know what was asked; else 0
 */
public record Halt(Cause cause, long status) {
  /** Who ended the run. */
  public enum Cause {
    /** The guest ended itself through {@code tohost}. */
    GUEST_EXIT,
    /** The guest switched the board off through the test finisher. */
    POWER_OFF,
    /** {@link Machine#stop()} was called; the guest could go on. */
    STOPPED,
    /** The guest asked for a system call that this machine lacks; the status is its number. */
    UNKNOWN_CALL,
    /** The guest asked its host for something else; the status is the value in {@code tohost}. */
    UNKNOWN_REQUEST
  }

  /** True if the guest ended itself, with a status of its own. */
  public boolean isExit() {
    return switch (cause) {
      case GUEST_EXIT, POWER_OFF -> true;
      case STOPPED, UNKNOWN_CALL, UNKNOWN_REQUEST -> false;
    };
  }

  /** In words, for the operator. */
  @Override
  public String toString() {
    return switch (cause) {
      case GUEST_EXIT -> "exit with status " + status;
      case POWER_OFF -> "power off with status " + status;
      case STOPPED -> "stopped";
      case UNKNOWN_CALL ->
          "the guest asks its host for system call "
              + status
              + nameOfCall()
              + ", which this machine lacks: it has write (64) and exit (93)";
      case UNKNOWN_REQUEST ->
          String.format(
              "the guest asks its host, through tohost, for device %d, command %d, payload 0x%x,"
                  + " which this machine lacks: it has exit, console output, and system calls whose"
                  + " block is in RAM and whose answer goes to a symbol fromhost",
              Htif.device(status), Htif.command(status), Htif.payload(status));
    };
  }

  private String nameOfCall() {
    if (status < 0 || status > 5000) {
      return "";
    }
    return switch ((int) status) {
      case 17 -> " (getcwd)";
      case 25 -> " (fcntl)";
      case 56 -> " (openat)";
      case 57 -> " (close)";
      case 62 -> " (lseek)";
      case 63 -> " (read)";
      case 79 -> " (fstatat)";
      case 80 -> " (fstat)";
      case 214 -> " (brk)";
      case 1024 -> " (open)";
      case 2011 -> " (getmainvars)";
      default -> "";
    };
  }
}
