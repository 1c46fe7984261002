package landfall.lease;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * What holders and grantor must know before they start; the constants of the module {@code Lease}.
 *
 * @param term ticks for which the guest is lent
 * @param driftMax most ticks by which a holder's clock falls behind the grantor's within a term. An
 *     assumption: no host can check it, and nothing here holds without it
 * @param mutants deliberate defects, empty in every real migration
 */
public record Protocol(int term, int driftMax, Set<Mutant> mutants) {

  public Protocol {
    if (term < 1 || driftMax < 1) {
      throw new IllegalArgumentException(
          "a lease has a term and a drift of at least one tick, not %d and %d"
              .formatted(term, driftMax));
    }
    mutants = mutants.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(mutants));
  }

  /** Ticks that the grantor lets pass after the term before it lends the guest to another. */
  public int allowance() {
    return has(Mutant.ALLOWANCE_TOO_SHORT) ? driftMax - 1 : driftMax;
  }

  /** Ticks of the grantor's clock after a grant for which it lends the guest to nobody else. */
  int reservation() {
    return term + allowance();
  }

  boolean has(Mutant mutant) {
    return mutants.contains(mutant);
  }
}
