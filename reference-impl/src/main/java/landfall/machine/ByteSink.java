package landfall.machine;

/** Takes the bytes that the guest sends on its serial line, one after the other. */
@FunctionalInterface
public interface ByteSink {
  /**
   * Takes one byte. Called on the thread that runs the guest, in the middle of an instruction: the
   * guest stands still until this returns, and so does whoever waits for the guest to pause. Must
   * not throw, and must not call back into the machine's control methods.
   */
  void accept(byte value);
}
