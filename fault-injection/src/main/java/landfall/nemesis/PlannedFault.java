package landfall.nemesis;

/**
 * One fault of a schedule.
 *
 * @param kind what is done
 * @param at when
 * @param durationMillis how long it lasts where that means something; then it is healed
 * @param amount bytes a second for a rate limit, milliseconds for a delay, bytes for chunks, the
 *     bit to flip, else 0
 */
public record PlannedFault(FaultKind kind, Trigger at, long durationMillis, long amount) {
  public PlannedFault {
    if (kind == null || at == null || durationMillis < 0 || amount < 0) {
      throw new IllegalArgumentException(
          "a fault needs a kind, a trigger and no negative numbers, not "
              + kind
              + ", "
              + at
              + ", "
              + durationMillis
              + ", "
              + amount);
    }
    kind.make().check(amount);
  }
}
