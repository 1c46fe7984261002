package landfall.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import landfall.explorer.Moment;
import landfall.explorer.Moment.Move;

/**
 * Makes a run that breaks a property shorter: moves are left out, in large pieces first, as long as
 * what is left breaks the same property. What came first is left out, too, if the rest can happen
 * to other hosts. At the end no single move can be left out. If that is still long, what is left
 * may break any property.
 */
final class Shrinking {
  private static final int LONG = 30;

  private final Course course;
  private final Set<Integer> defects;

  Shrinking(Course course, Set<Integer> defects) {
    this.course = course;
    this.defects = defects;
  }

  /**
   * A run that breaks a property.
   *
   * @param moves what happens
   * @param afterwards what goes on then for ever; empty if nothing does, or if the last move broke
   *     the property
   * @param last the moment at the end
   */
  record Short(String property, List<Move> moves, List<Move> afterwards, Moment last) {
    private List<Long> keys() {
      return moves.stream().map(Move::key).toList();
    }
  }

  /** The shortest that was found. */
  Short shortest(List<Long> path, String property) {
    Short same =
        followed(path, Optional.of(property))
            .orElseThrow(
                () -> new IllegalStateException("a run does not repeat itself: " + property));
    Short best = shorter(same, Optional.of(property));
    best = shorter(withoutBeginning(best, Optional.of(property)), Optional.of(property));
    return best.moves().size() > LONG ? shorter(best, Optional.empty()) : best;
  }

  private Short shorter(Short found, Optional<String> property) {
    Short best = found;
    for (boolean shorter = true; shorter; ) {
      int before = best.moves().size();
      for (int piece = Math.max(1, before / 2); piece >= 1; piece /= 2) {
        best = without(best, piece, property);
      }
      shorter = best.moves().size() < before;
    }
    return best;
  }

  // A guest that moved from A to B and then to C, may have been at B from the beginning.
  private Short withoutBeginning(Short found, Optional<String> property) {
    int hosts = course.setting().hosts();
    for (int from = found.moves().size() - 1; from > 0; from--) {
      List<Move> rest = found.moves().subList(from, found.moves().size());
      for (int first = 0; first < hosts; first++) {
        for (int other = first + 1; other < hosts; other++) {
          Optional<Short> less = followed(exchanged(rest, first, other), property);
          if (less.isPresent() && less.get().moves().size() < found.moves().size()) {
            return less.get();
          }
        }
      }
    }
    return found;
  }

  private static List<Long> exchanged(List<Move> moves, int one, int other) {
    return moves.stream()
        .map(
            move ->
                move.keyAt(exchanged(move.who(), one, other), exchanged(move.other(), one, other)))
        .toList();
  }

  private static int exchanged(int place, int one, int other) {
    if (place == one) {
      return other;
    }
    return place == other ? one : place;
  }

  private Short without(Short longer, int piece, Optional<String> property) {
    Short best = longer;
    for (int from = best.moves().size() - piece; from >= 0; ) {
      List<Long> keys = new ArrayList<>(best.keys());
      keys.subList(from, Math.min(from + piece, keys.size())).clear();
      Optional<Short> less = followed(keys, property);
      if (less.isPresent() && less.get().moves().size() < best.moves().size()) {
        best = less.get();
      }
      from = Math.min(from - piece, best.moves().size() - piece);
    }
    return best;
  }

  /**
   * Takes the moves in their order, but those that cannot happen now; gives a run that breaks the
   * property, or any property if none is named.
   */
  private Optional<Short> followed(List<Long> path, Optional<String> property) {
    Moment moment = course.setting().first(defects);
    var moves = new ArrayList<Move>();
    for (long key : path) {
      Optional<Move> move = moment.moves().stream().filter(each -> each.key() == key).findFirst();
      if (move.isEmpty()) {
        continue;
      }
      Moment before = moment;
      moment = move.get().after();
      moves.add(move.get());
      Optional<String> broken = Course.broken(before, move.get(), moment);
      if (broken.isPresent()) {
        return wanted(broken, property)
            ? Optional.of(new Short(broken.get(), moves, List.of(), moment))
            : Optional.empty();
      }
    }
    Course.Settled settled =
        Course.settled(moment, course.setting(), course.restarts(), course.settlingSeed());
    if (!wanted(settled.violated(), property)) {
      return Optional.empty();
    }
    if (settled.told()) {
      moves.addAll(settled.moves());
    }
    return Optional.of(
        new Short(
            settled.violated().get(),
            moves,
            settled.told() ? List.of() : settled.moves(),
            settled.last()));
  }

  private static boolean wanted(Optional<String> broken, Optional<String> property) {
    return broken.isPresent() && (property.isEmpty() || property.equals(broken));
  }
}
