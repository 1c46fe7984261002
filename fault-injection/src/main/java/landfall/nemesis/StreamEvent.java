package landfall.nemesis;

/**
 * Something that passed on the migration channel.
 *
 * @param connection number of the connection, from 1
 * @param direction which way
 * @param phase the phase that it belongs to
 * @param label what it was, such as {@code round 2} or {@code Handover}
 * @param round number of the dirty round, 0 outside of rounds
 * @param atNanos {@link System#nanoTime} when it came to the proxy
 * @param deliveredNanos when the receiver's socket had taken the beginning of it; 0 if it never did
 */
public record StreamEvent(
    int connection,
    Direction direction,
    StreamPhase phase,
    String label,
    int round,
    long atNanos,
    long deliveredNanos) {

  /** The label of the beginning of a connection whose stream is encrypted. */
  public static final String ENCRYPTED = "encrypted stream";

  /** The label of a device state of QEMU that goes in a package: one of post-copy. */
  public static final String PACKAGE = "device state, in a package";

  /** The label of a device state of QEMU behind all pages: one of pre-copy. */
  public static final String ALL_OF_DEVICE_STATE = "device state";

  /** The same, delivered. */
  StreamEvent deliveredAt(long nanos) {
    return new StreamEvent(connection, direction, phase, label, round, atNanos, nanos);
  }
}
