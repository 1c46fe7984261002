package landfall.lease;

import landfall.protocol.Defect;

/**
 * The mistakes for which {@code Lease} has a constant, as switches of the core. Each model that
 * must fail because of one has a counterexample, which the core follows to its end only with the
 * same mistake. The numbers continue the catalogue of defects, since nobody is known to have made
 * these.
 */
public enum Mutant implements Defect {
  /** The grantor waits for less than the clocks may come apart: {@code Allowance < Drift}. */
  ALLOWANCE_TOO_SHORT(39),
  /** The holder counts its term from when it was answered: not {@code CountsFromAsk}. */
  COUNTED_FROM_ANSWER(40),
  /** Output leaves until the holder happens to notice the end: not {@code ChecksClock}. */
  CLOCK_NOT_CHECKED(41),
  /**
   * A grantor that has restarted lends the guest to whoever asks first: not {@code WaitsAfresh}.
   */
  RESTARTED_FORGETS(62);

  private final int defect;

  Mutant(int defect) {
    this.defect = defect;
  }

  @Override
  public int defect() {
    return defect;
  }
}
