package landfall.protocol;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * A known defect of real implementations, as a switch. Each protocol has an enum of its own. They
 * exist so that a campaign can show that it would have found them.
 */
public interface Defect {

  /** Number of the defect in the catalogue (docs/defects.md). */
  int defect();

  /**
   * The defect with this number.
   *
   * @throws IllegalArgumentException if there is none among these; the message names those there
   *     are
   */
  static <D extends Defect> D numbered(int number, D[] known) {
    return Arrays.stream(known)
        .filter(each -> each.defect() == number)
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no mutant "
                        + number
                        + "; known mutants are "
                        + Arrays.stream(known)
                            .map(each -> Integer.toString(each.defect()))
                            .collect(Collectors.joining(", "))));
  }
}
