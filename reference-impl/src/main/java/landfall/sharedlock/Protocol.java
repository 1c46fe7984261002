package landfall.sharedlock;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * What hosts and storage must know before they start.
 *
 * @param mutants deliberate defects, empty in every real migration
 */
public record Protocol(Set<Mutant> mutants) {

  public Protocol {
    mutants = mutants.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(mutants));
  }

  boolean has(Mutant mutant) {
    return mutants.contains(mutant);
  }
}
