package landfall.postcopy;

import landfall.protocol.Defect;

/**
 * The mistakes for which {@code PostCopy} has a switch, as switches of the core. Each model that
 * must fail because of one has a counterexample, which the core follows to its end only with the
 * same mistake. The number is that of the catalogue of defects; from 35 on they continue it, since
 * nobody is known to have made these.
 */
public enum Mutant implements Defect {
  /** The source resumes when no acknowledgement of the handover came: {@code ResumeOnTimeout}. */
  RESUME_UNACKNOWLEDGED(1),
  /**
   * After a recovery the source trusts that what it sent has arrived, and does not send again what
   * the destination lacks: not {@code RecoverySendsPageList}.
   */
  PAGE_LIST_NOT_SENT(19),
  /** The destination is not told which of its pages are stale: not {@code DiscardListSent}. */
  DISCARD_LIST_NOT_SENT(35),
  /** A page that is pushed overwrites what the guest wrote since: not {@code PlaceOnlyAbsent}. */
  STALE_PAGE_OVER_NEWER(36),
  /**
   * A destination that has read Handover runs the guest without asking the lock: not {@code
   * HandoverAsksLock}.
   */
  HANDOVER_UNASKED(63);

  private final int defect;

  Mutant(int defect) {
    this.defect = defect;
  }

  @Override
  public int defect() {
    return defect;
  }
}
