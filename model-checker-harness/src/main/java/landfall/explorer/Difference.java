package landfall.explorer;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A step that only one side takes, from a state that both reach.
 *
 * @param onlyIn the side that takes it
 * @param action its name
 * @param path names of the actions that lead from the first state to {@code before}
 * @param before the state, one variable a line
 * @param after the state after the step
 */
public record Difference(
    Side onlyIn, String action, List<String> path, String before, String after) {

  /** One of the two that are compared. */
  public enum Side {
    CORE,
    SPEC
  }

  public Difference {
    path = List.copyOf(path);
  }

  /** For people: the step, how to get there, the state, and what the step changes. */
  @Override
  public String toString() {
    return """
        only the %s takes %s
          after   %s
          in      %s
          it makes
                  %s"""
        .formatted(
            onlyIn == Side.CORE ? "core" : "spec",
            action,
            path.isEmpty() ? "(nothing)" : String.join(", ", path),
            before.replace("\n", "\n          "),
            changes());
  }

  private String changes() {
    var old = List.of(before.split("\n"));
    String changed =
        Arrays.stream(after.split("\n"))
            .filter(line -> !old.contains(line))
            .collect(Collectors.joining("\n          "));
    return changed.isEmpty() ? "no change" : changed;
  }
}
