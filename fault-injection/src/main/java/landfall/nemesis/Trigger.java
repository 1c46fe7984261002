package landfall.nemesis;

/**
 * The point of the protocol at which a fault falls.
 *
 * @param phase the phase; the fault falls before the first byte of it is delivered
 * @param connection number of the migration connection, from 1
 * @param afterBytes so many bytes into the phase, in its direction; 0 for its very beginning
 * @param afterMillis so long after the phase began, wherever the stream is by then; 0 at once
 */
public record Trigger(StreamPhase phase, int connection, long afterBytes, long afterMillis) {
  public Trigger {
    if (phase == null || connection < 1 || afterBytes < 0 || afterMillis < 0) {
      throw new IllegalArgumentException(
          "a trigger needs a phase, a connection from 1 and no negative bytes or times, not "
              + phase
              + ", "
              + connection
              + ", "
              + afterBytes
              + ", "
              + afterMillis);
    }
  }

  /** The very beginning of a phase of the first connection. */
  public static Trigger at(StreamPhase phase) {
    return new Trigger(phase, 1, 0, 0);
  }

  /** So long after a phase of the first connection began. */
  public static Trigger after(StreamPhase phase, long millis) {
    return new Trigger(phase, 1, 0, millis);
  }
}
