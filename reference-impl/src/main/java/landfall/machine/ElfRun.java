package landfall.machine;

/**
 * How the run of one executable ended.
 *
 * @param ending what ended it
 * @param halt how the guest ended, if it did or if it asked for what this machine lacks; else as
 *     stopped
 * @param instructions instructions that retired
 */
public record ElfRun(Ending ending, Halt halt, long instructions) {
  /** What ended the run. */
  public enum Ending {
    /** The guest ended itself, through {@code tohost} or the test finisher. */
    EXITED,
    /** The guest asked its host for something that this machine lacks. */
    REFUSED,
    /** The instruction budget was spent and the guest was still running. */
    BUDGET_EXHAUSTED,
    /** The guest waits for an interrupt, and none is enabled that could ever come. */
    WAITING_FOREVER
  }

  /** The guest's own status when it ended itself (0 meaning success), else 0. */
  public long exitStatus() {
    return halt.isExit() ? halt.status() : 0;
  }

  /** True if the guest ended itself with status 0. */
  public boolean succeeded() {
    return ending == Ending.EXITED && exitStatus() == 0;
  }
}
