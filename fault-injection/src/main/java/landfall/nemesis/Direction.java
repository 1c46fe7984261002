package landfall.nemesis;

/** Which way bytes go on the migration channel. */
public enum Direction {
  /** From the source to the destination. */
  FORWARD,
  /** From the destination to the source. */
  BACK
}
