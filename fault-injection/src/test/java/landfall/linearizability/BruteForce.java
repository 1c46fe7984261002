package landfall.linearizability;

import java.util.ArrayList;
import java.util.List;

/** Tries every order; slow, and too simple to be wrong. */
final class BruteForce {

  private BruteForce() {}

  static boolean linearizable(List<Call> calls, Model model) {
    return explains(new ArrayList<>(calls), model.initial(), model);
  }

  private static boolean explains(List<Call> left, Object state, Model model) {
    if (left.stream().allMatch(Call::optional)) {
      return true;
    }
    for (int i = 0; i < left.size(); i++) {
      Call first = left.get(i);
      boolean mayComeFirst =
          left.stream()
              .allMatch(other -> other == first || first.invokedAt() < other.completedAt());
      Object after = mayComeFirst ? model.apply(state, first) : Model.IMPOSSIBLE;
      if (after != Model.IMPOSSIBLE) {
        left.remove(i);
        boolean explained = explains(left, after, model);
        left.add(i, first);
        if (explained) {
          return true;
        }
      }
    }
    return false;
  }
}
