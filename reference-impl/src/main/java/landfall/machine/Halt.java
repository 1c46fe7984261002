package landfall.machine;

/**
 * Why {@link Machine#run()} came back.
 *
 * @param cause who ended it
 * @param status the exit status that the guest gave, 0 meaning success; 0 if it gave none
 */
public record Halt(Cause cause, long status) {
  /** Who ended the run. */
  public enum Cause {
    /** The guest wrote a value other than zero to {@code tohost}; 1 is status 0, v is v >>> 1. */
    GUEST_EXIT,
    /** The guest switched the board off through the test finisher. */
    POWER_OFF,
    /** {@link Machine#stop()} was called; the guest could go on. */
    STOPPED
  }
}
