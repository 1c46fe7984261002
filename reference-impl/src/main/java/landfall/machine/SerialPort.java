package landfall.machine;

import java.nio.ByteBuffer;

/**
 * The outside of the guest's serial line.
 *
 * <p>The port takes input only while the machine runs. A paused machine refuses it, because a byte
 * that entered the source's buffer after the device state was captured would be lost with the
 * source.
 */
public interface SerialPort {
  /**
   * Offers one byte to the guest. Safe on any thread.
   *
   * @return true if the byte is now in the receive buffer; false if it was not taken, because the
   *     buffer is full or the machine does not run, so that the caller still owns it
   */
  boolean offer(byte value);

  /**
   * Hands one byte to the guest, waiting for as long as {@link #offer} would refuse it.
   *
   * @throws InterruptedException if the waiting thread was interrupted; the byte was not taken
   */
  void put(byte value) throws InterruptedException;

  /**
   * Hands bytes to the guest as {@link #put(byte)} does one, and wakes a guest that waits less
   * often.
   *
   * @param bytes none are left, or those that were not taken
   * @throws InterruptedException as {@link #put(byte)}
   */
  void put(ByteBuffer bytes) throws InterruptedException;

  /** Sets who takes the guest's output from now on. Without one, output is discarded. */
  void onOutput(ByteSink sink);
}
