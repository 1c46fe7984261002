package landfall.forwardcheckpoint;

import landfall.protocol.Defect;

/**
 * The mistakes for which {@code ForwardCheckpoint} has a constant, as switches of the core. Each
 * model that must fail because of one has a counterexample, which the core follows to its end only
 * with the same mistake. The numbers continue the catalogue of defects, since nobody is known to
 * have made these.
 */
public enum Mutant implements Defect {
  /** A page that was written after it was copied ahead is not copied again: {@code "once"}. */
  COPIED_ONCE(46),
  /** Copies are made after the switchover, which does not wait for them: {@code "after"}. */
  COPIED_AFTER(47),
  /** No copies are made: {@code Copied = "never"}. */
  NOT_COPIED(48),
  /** Who gives the other up goes on without asking the store: not {@code ClaimAtStore}. */
  NOT_CLAIMED(49),
  /**
   * The store takes checkpoints although somebody has the claim: not {@code Sealed}. Changes
   * nothing where the source has the checkpoints.
   */
  NOT_SEALED(50);

  private final int defect;

  Mutant(int defect) {
    this.defect = defect;
  }

  @Override
  public int defect() {
    return defect;
  }
}
