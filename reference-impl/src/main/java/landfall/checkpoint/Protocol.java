package landfall.checkpoint;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * What both sides must know before they start; the constants of the module {@code
 * ReverseCheckpoint}.
 *
 * @param pages number of pages of the guest, {@code Pages} being 0 to {@code pages - 1}
 * @param arbiter true if ownership is a lock on shared storage, on offer since the switchover
 * @param mutants deliberate defects, empty in every real migration
 */
public record Protocol(int pages, boolean arbiter, Set<Mutant> mutants) {

  public Protocol {
    if (pages < 1) {
      throw new IllegalArgumentException("a guest has at least one page, not " + pages);
    }
    mutants = mutants.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(mutants));
  }

  boolean has(Mutant mutant) {
    return mutants.contains(mutant);
  }
}
