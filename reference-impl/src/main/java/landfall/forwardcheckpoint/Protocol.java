package landfall.forwardcheckpoint;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * What all places must know before they start; the constants of the module {@code
 * ForwardCheckpoint}.
 *
 * @param pages number of pages of the guest, {@code Pages} being 0 to {@code pages - 1}
 * @param keeper where checkpoints go, {@code Keeper}: the source or the store
 * @param mutants deliberate defects, empty in every real migration; of the three that say when
 *     copies are made, no more than one
 */
public record Protocol(int pages, Place keeper, Set<Mutant> mutants) {
  private static final Set<Mutant> OF_COPIES =
      Set.of(Mutant.COPIED_ONCE, Mutant.COPIED_AFTER, Mutant.NOT_COPIED);

  public Protocol {
    if (pages < 1) {
      throw new IllegalArgumentException("a guest has at least one page, not " + pages);
    }
    if (keeper == Place.DESTINATION) {
      throw new IllegalArgumentException(
          "checkpoints go to the source or to the store, not to the destination, whose death they are"
              + " for");
    }
    if (mutants.stream().filter(OF_COPIES::contains).count() > 1) {
      throw new IllegalArgumentException(
          "copies are made before the switchover, or once, or after it, or never: give at most one"
              + " mutant of these, not "
              + mutants);
    }
    mutants = mutants.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(mutants));
  }

  /** Whether the switchover waits for the copies. */
  boolean copiesAhead() {
    return !has(Mutant.COPIED_AFTER) && !has(Mutant.NOT_COPIED);
  }

  /** Whether the store has the checkpoints. */
  boolean staged() {
    return keeper == Place.STORE;
  }

  boolean has(Mutant mutant) {
    return mutants.contains(mutant);
  }
}
