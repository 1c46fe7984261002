package landfall.evidence;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * What a run set out to do, recorded before it began. Evidence that lacks a part of it decides
 * nothing.
 *
 * @param trials how many trials, numbered from 1
 * @param models names of the models
 */
public record Plan(int trials, List<String> models) {
  private static final int NAMED = 3;

  public Plan {
    Require.notNegative("planned trials", trials);
    models = Require.copy(models);
  }

  /**
   * What is missing of the plan, or is there without being planned.
   *
   * @param finishedTrials numbers of the trials that have a verdict
   * @param checkedModels names of the models that have a result
   * @return undecided, with names; empty if the evidence is what was planned
   */
  public Optional<Verdict> difference(
      Collection<Integer> finishedTrials, Collection<String> checkedModels) {
    List<String> wrong = new ArrayList<>();
    for (int id = 1; id <= trials; id++) {
      if (!finishedTrials.contains(id)) {
        wrong.add("trial " + id + " of " + trials + " is missing");
      }
    }
    finishedTrials.stream()
        .filter(id -> id > trials)
        .forEach(id -> wrong.add("trial " + id + " was not planned"));
    models.stream()
        .filter(name -> !checkedModels.contains(name))
        .forEach(name -> wrong.add("model " + name + " is missing"));
    new TreeSet<>(checkedModels)
        .stream()
            .filter(name -> !models.contains(name))
            .forEach(name -> wrong.add("model " + name + " was not planned"));
    if (wrong.isEmpty()) {
      return Optional.empty();
    }
    String named = String.join(", ", wrong.subList(0, Math.min(NAMED, wrong.size())));
    int more = wrong.size() - NAMED;
    return Optional.of(
        new Verdict.Undecided(
            "the evidence is not what was planned: "
                + named
                + (more > 0 ? ", and " + more + " more" : "")));
  }
}
