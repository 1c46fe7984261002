package landfall.evidence;

/**
 * One dirty round of a migration.
 *
 * @param round its number, from 1
 * @param pagesSent pages sent in this round
 * @param bytes bytes on the wire in this round
 * @param millis how long the round took
 * @param dirtyPagesPerSecond how fast the guest dirtied pages during the round
 */
public record RoundResult(
    int round, long pagesSent, long bytes, double millis, double dirtyPagesPerSecond) {
  public RoundResult {
    if (round < 0) {
      throw new IllegalArgumentException("round must not be negative, was " + round);
    }
    Require.notNegative("pagesSent", pagesSent);
    Require.notNegative("bytes", bytes);
    Require.notNegative("millis", millis);
    Require.notNegative("dirtyPagesPerSecond", dirtyPagesPerSecond);
  }
}
