package landfall.tlc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import landfall.evidence.ModelResult;
import landfall.evidence.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelJudgeTest {
  private static final Model MODEL = Models.named(List.of("MCPreCopy")).get(0);
  private static final Model FAILING =
      Models.named(List.of("MCPreCopyResumeUnacknowledged")).get(0);

  @TempDir private Path evidence;

  private static ModelResult result(Model model, String found, long states, boolean ok) {
    Map<String, Long> actions = new TreeMap<>();
    if (model.actions() != null) {
      model.actions().forEach(action -> actions.put(action, 1L));
    }
    actions.put("NeverTakenAction", 0L);
    return new ModelResult(
        model.name(),
        model.holds() ? ModelResult.Kind.HOLDS : ModelResult.Kind.COUNTEREXAMPLE,
        model.expectation(),
        found,
        states,
        model.distinctStates(),
        model.depth() == null ? 0 : model.depth(),
        1,
        ok,
        actions,
        model.holds() ? null : "counterexamples/" + model.name() + ".txt");
  }

  private void assertBroken(ModelResult recorded, String part) {
    Verdict verdict = ModelJudge.judge(recorded, evidence);
    assertEquals("broken", verdict.word(), verdict::sentence);
    assertTrue(verdict.sentence().contains(part), verdict::sentence);
  }

  @Test
  void whatTheManifestSaysHolds() throws Exception {
    long states = MODEL.distinctStates();
    assertEquals(
        new Verdict.Holds(states),
        ModelJudge.judge(result(MODEL, "holds", states, true), evidence));
    Files.createDirectory(evidence.resolve("counterexamples"));
    // Of what must fail the manifest may pin no number of states.
    long statesToFailure = FAILING.distinctStates() == null ? 1 : FAILING.distinctStates();
    ModelResult failing = result(FAILING, FAILING.expectation(), statesToFailure, true);
    assertBroken(failing, "its counterexample is missing");
    Files.createFile(evidence.resolve("counterexamples/" + FAILING.name() + ".txt"));
    assertEquals(new Verdict.Holds(statesToFailure), ModelJudge.judge(failing, evidence));
  }

  @Test
  void aRecordThatCallsItselfOkIsNotBelieved() {
    long states = MODEL.distinctStates();
    assertBroken(result(MODEL, "holds", states - 1, true), "distinct states is");
    assertBroken(result(MODEL, "no answer", states, true), "found is no answer");
    assertBroken(
        new ModelResult(
            "MCNosuch", ModelResult.Kind.HOLDS, "holds", "holds", 1, 1L, 1, 1, true, null, null),
        "no manifest lists it");
    ModelResult lost =
        new ModelResult(
            MODEL.name(),
            ModelResult.Kind.HOLDS,
            "holds",
            "holds",
            states,
            states,
            MODEL.depth(),
            1,
            true,
            Map.of("PauseSource", 1L),
            null);
    assertBroken(lost, "actions taken");
  }

  @Test
  void aRecordThatIsNotOkStaysSo() {
    assertEquals(
        "broken",
        ModelJudge.judge(result(MODEL, "holds", MODEL.distinctStates(), false), evidence).word());
  }
}
