package landfall.nemesis;

/**
 * What the proxy knows of one migration connection.
 *
 * @param number from 1
 * @param bytesDelivered how many bytes the destination's socket took
 * @param ended whether the source ended its direction and the destination's socket took all of it
 * @param endedNanos {@link System#nanoTime} of that; 0 if it never was
 */
public record ConnectionSeen(int number, long bytesDelivered, boolean ended, long endedNanos) {}
