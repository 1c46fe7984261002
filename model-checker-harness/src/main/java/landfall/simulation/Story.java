package landfall.simulation;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.stream.IntStream;
import landfall.explorer.Moment.Move;

/**
 * How a property was broken: as few steps as were found to suffice.
 *
 * @param property its name in the specification
 * @param run number of the run
 * @param longer how many steps that run had
 * @param surroundings what surrounds the core
 * @param steps one sentence each, in their order
 * @param end what is wrong after them
 */
public record Story(
    String property, long run, int longer, String surroundings, List<String> steps, String end) {
  private static final int AGAIN_AND_AGAIN = 200;

  static Story of(Course course, long run, int longer, Shrinking.Short found) {
    var steps = new ArrayList<String>();
    found.moves().forEach(move -> steps.add(Sentences.of(move, course.setting())));
    return new Story(
        found.property(), run, longer, course.setting().told(), steps, end(found, course));
  }

  private static String end(Shrinking.Short found, Course course) {
    String where =
        found.last().executing().isEmpty()
            ? "the guest executes nowhere"
            : "the guest executes on " + String.join(" and on ", found.last().executing());
    if (found.last().owed().isEmpty() || found.last().broken().isPresent()) {
      return where;
    }
    List<Move> after = found.afterwards();
    if (after.isEmpty()) {
      return "no fault happens any more and nothing is left to do, and " + where;
    }
    var again = new LinkedHashSet<String>();
    after
        .subList(Math.max(0, after.size() - AGAIN_AND_AGAIN), after.size())
        .forEach(move -> again.add(Sentences.of(move, course.setting())));
    return "no fault happens any more, and these go on for ever: " + String.join("; ", again);
  }

  /** The whole story, a line each. */
  @Override
  public String toString() {
    var lines = new ArrayList<String>();
    lines.add(
        "%s does not hold in run %d (%d steps, shrunk to %d); %s:"
            .formatted(property, run, longer, steps.size(), surroundings));
    IntStream.range(0, steps.size())
        .forEach(step -> lines.add("%4d. %s".formatted(step + 1, steps.get(step))));
    lines.add("      " + end);
    return String.join(System.lineSeparator(), lines);
  }
}
