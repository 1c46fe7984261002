package landfall.sharedlock;

import landfall.protocol.Defect;

/**
 * The mistakes for which {@code SharedLock} has a switch, as switches of the core. Each model that
 * must fail because of one has a counterexample, which the core follows to its end only with the
 * same mistake. The numbers continue the catalogue of defects, since nobody is known to have made
 * these in just this form.
 */
public enum Mutant implements Defect {
  /** The source gives the guest away while it still runs: not {@code SwitchesAfterPause}. */
  SWITCHED_RUNNING(42),
  /** Who takes the guest is content with the shared lock: not {@code TakesExclusive}. */
  SHARED_FOR_WRITING(43),
  /** Who has the lock takes the guest, whatever the record says: not {@code OwnerRecorded}. */
  FREED_IS_GIVEN(44),
  /** Storage frees the lock of a host that it does not reach: not {@code KeepsLockOfCutOff}. */
  FREED_WHILE_CUT_OFF(45);

  private final int defect;

  Mutant(int defect) {
    this.defect = defect;
  }

  @Override
  public int defect() {
    return defect;
  }
}
