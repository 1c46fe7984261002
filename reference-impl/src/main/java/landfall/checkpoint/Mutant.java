package landfall.checkpoint;

import landfall.protocol.Defect;

/**
 * The mistakes for which {@code ReverseCheckpoint} has a switch, as switches of the core. Each
 * model that must fail because of one has a counterexample, which the core follows to its end only
 * with the same mistake. The number is that of the catalogue of defects; from 35 on they continue
 * it, since nobody is known to have made these.
 */
public enum Mutant implements Defect {
  /** Output leaves before the checkpoint that covers it is committed: not {@code OutputHeld}. */
  OUTPUT_NOT_HELD(27),
  /** A checkpoint is put into the image page by page: not {@code WholeCheckpoints}. */
  APPLIED_PAGE_BY_PAGE(28),
  /** The source frees a page once it has arrived: not {@code SourceKeepsPages}. */
  SOURCE_FREES_PAGES(29),
  /** The destination stops holding output when it asks to: not {@code EndAcknowledged}. */
  END_NOT_ACKNOWLEDGED(30),
  /** Disk writes that were held are not in the checkpoint: not {@code CarriesDiskWrites}. */
  DISK_WRITES_NOT_CARRIED(37),
  /** Recovery leaves the disk to the destination, too: not {@code Fenced}. */
  NOT_FENCED(38),
  /**
   * A source that gave the ownership up answers no message but the question for it: not {@code
   * GrantRepeated}.
   */
  GRANT_NOT_REPEATED(54),
  /** A source that suspects recovers without asking the lock: not {@code RecoveryAsksLock}. */
  RECOVERY_UNASKED(64),
  /** A destination that was granted the guest does not ask the lock: not {@code OwnerAsksLock}. */
  OWNER_UNASKED(65),
  /** A destination takes the guest in the lock although it lacks pages: not {@code ClaimsWhole}. */
  CLAIMED_TORN(66);

  private final int defect;

  Mutant(int defect) {
    this.defect = defect;
  }

  @Override
  public int defect() {
    return defect;
  }

  /** Whether it is a mistake of hosts with a lock, and changes nothing without. */
  public boolean needsLock() {
    return this == RECOVERY_UNASKED || this == OWNER_UNASKED || this == CLAIMED_TORN;
  }
}
