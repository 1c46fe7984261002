package landfall.nemesis;

/**
 * The point of the protocol at which a fault falls.
 *
 * @param phase the phase; the fault falls before the first byte of it is delivered
 * @param connection number of the migration connection, from 1
 * @param afterBytes so many bytes into the phase, in its direction; 0 for its very beginning
 */
public record Trigger(StreamPhase phase, int connection, long afterBytes) {
  public Trigger {
    if (phase == null || connection < 1 || afterBytes < 0) {
      throw new IllegalArgumentException(
          "a trigger needs a phase, a connection from 1 and no negative bytes, not "
              + phase
              + ", "
              + connection
              + ", "
              + afterBytes);
    }
  }
}
