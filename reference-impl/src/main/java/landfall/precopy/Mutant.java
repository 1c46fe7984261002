package landfall.precopy;

/**
 * Known defects of real implementations, as switches of the reference engine. They exist so that a
 * campaign can show that it would have found them; the number is that of the catalogue of defects.
 */
public enum Mutant {
  /** The source resumes when no acknowledgement of the handover came. */
  RESUME_UNACKNOWLEDGED(1),
  /** The destination ignores that the connection was lost before the handover, and runs. */
  IGNORE_LOST_HANDOVER(2),
  /** A failed attempt clears the dirty log, and the retry sends only what was dirtied since. */
  RETRY_SENDS_DIRTY_ONLY(13),
  /** The first round misses pages that were never written since the log was switched on. */
  MISS_PAGES_AT_START(14),
  /** A page that became zero is not cleared at the destination. */
  KEEP_CONTENT_OF_ZERO_PAGES(15),
  /** The destination goes on reading the connection of an attempt that it has left. */
  ACCEPT_STALE_FRAMES(33);

  private final int defect;

  Mutant(int defect) {
    this.defect = defect;
  }

  /** Number of the defect in the catalogue. */
  public int defect() {
    return defect;
  }

  /** The mutant of a defect number; {@code IllegalArgumentException} names the known ones. */
  public static Mutant ofDefect(int defect) {
    var known = new StringBuilder();
    for (Mutant mutant : values()) {
      if (mutant.defect == defect) {
        return mutant;
      }
      known.append(known.isEmpty() ? "" : ", ").append(mutant.defect);
    }
    throw new IllegalArgumentException("no mutant " + defect + "; known mutants are " + known);
  }
}
