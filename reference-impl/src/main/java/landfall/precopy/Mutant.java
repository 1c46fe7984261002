package landfall.precopy;

import landfall.protocol.Defect;

/** Known defects, as switches of this protocol; the number is that of the catalogue of defects. */
public enum Mutant implements Defect {
  /** The source resumes when no acknowledgement of the handover came. */
  RESUME_UNACKNOWLEDGED(1),
  /** The destination ignores that the connection was lost before the handover, and runs. */
  IGNORE_LOST_HANDOVER(2),
  /**
   * A failed attempt clears the dirty log, and the retry, or the next hop, sends only what is new.
   */
  RETRY_SENDS_DIRTY_ONLY(13),
  /** The first round misses pages that were never written since the log was switched on. */
  MISS_PAGES_AT_START(14),
  /** A page that became zero is not cleared at the destination. */
  KEEP_CONTENT_OF_ZERO_PAGES(15),
  /** The destination goes on reading the connection of an attempt that it has left. */
  ACCEPT_STALE_FRAMES(33),
  /** The lock is released to nobody in particular, so that any leftover image may take it. */
  LOCK_RELEASED_TO_ANYBODY(51),
  /** The lock file is truncated and then written: a kill in between leaves no owner. */
  LOCK_FILE_TRUNCATED(52),
  /** The lock knows its owner by role, so that two destinations both take it for theirs. */
  OWNER_BY_ROLE(53);

  private final int defect;

  Mutant(int defect) {
    this.defect = defect;
  }

  @Override
  public int defect() {
    return defect;
  }

  /** The mutant of a defect number; {@code IllegalArgumentException} names the known ones. */
  public static Mutant ofDefect(int defect) {
    return Defect.numbered(defect, values());
  }
}
