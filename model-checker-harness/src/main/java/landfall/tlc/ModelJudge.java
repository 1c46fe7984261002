package landfall.tlc;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Collectors;
import landfall.evidence.ModelResult;
import landfall.evidence.Verdict;

/**
 * Judges the recorded result of a model again, from its figures and the manifest. The model itself
 * is not checked again.
 */
public final class ModelJudge {
  private ModelJudge() {}

  /**
   * Whether the record says what the manifest expects.
   *
   * @param recorded the result in the evidence; its {@code ok} is not believed
   * @param evidence the folder with the counterexamples
   * @return broken if the record contradicts the manifest or itself
   */
  public static Verdict judge(ModelResult recorded, Path evidence) {
    Model model =
        Models.all().stream()
            .filter(each -> each.name().equals(recorded.model()))
            .findFirst()
            .orElse(null);
    if (model == null) {
      return new Verdict.Broken(
          "model " + recorded.model() + " is in the evidence, and no manifest lists it");
    }
    if (!recorded.ok()) {
      return recorded.verdict();
    }
    List<String> wrong = new ArrayList<>();
    differs(wrong, "found", model.expectation(), recorded.found());
    differs(wrong, "expected", model.expectation(), recorded.expected());
    differs(
        wrong,
        "kind",
        model.holds() ? ModelResult.Kind.HOLDS : ModelResult.Kind.COUNTEREXAMPLE,
        recorded.kind());
    if (model.distinctStates() != null) {
      differs(wrong, "distinct states", model.distinctStates(), recorded.distinctStates());
    }
    if (model.depth() != null) {
      differs(wrong, "depth", model.depth(), recorded.depth());
    }
    if (model.actions() != null) {
      differs(
          wrong,
          "actions taken",
          model.actions(),
          recorded.actionsTaken().entrySet().stream()
              .filter(action -> action.getValue() > 0)
              .map(Map.Entry::getKey)
              .collect(Collectors.toCollection(TreeSet::new)));
    }
    boolean needsFile = model.expectation().startsWith("counterexample of");
    if (needsFile
        && (recorded.counterexample() == null
            || !Files.isRegularFile(
                evidence.resolve(recorded.counterexample()), LinkOption.NOFOLLOW_LINKS))) {
      wrong.add("its counterexample is missing");
    }
    return wrong.isEmpty()
        ? new Verdict.Holds(recorded.distinctStates())
        : new Verdict.Broken(
            "model " + model.name() + " is recorded as ok, but " + String.join("; ", wrong));
  }

  private static void differs(List<String> wrong, String what, Object manifest, Object recorded) {
    if (!Objects.equals(manifest, recorded)) {
      wrong.add(what + " is " + recorded + ", and the manifest says " + manifest);
    }
  }
}
