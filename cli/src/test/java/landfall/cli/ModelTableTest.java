package landfall.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import landfall.evidence.ModelResult;
import landfall.tlc.Model;
import landfall.tlc.Models;
import org.junit.jupiter.api.Test;

class ModelTableTest {
  private static ModelResult result(String model, boolean ok) {
    boolean holds = !model.startsWith("Reach");
    return new ModelResult(
        model,
        holds ? ModelResult.Kind.HOLDS : ModelResult.Kind.COUNTEREXAMPLE,
        holds ? "holds" : "counterexample of " + model,
        ok ? "as expected" : "something else",
        1000,
        1000L,
        5,
        1500,
        ok,
        Map.of(),
        null);
  }

  private static List<String> printed(boolean each, ModelResult... results) {
    var bytes = new ByteArrayOutputStream();
    try (var table = new ModelTable(Models.of(Model.Tier.QUICK), results.length, each)) {
      table.print(new PrintStream(bytes, true, StandardCharsets.UTF_8), List.of(results));
    }
    return bytes.toString(StandardCharsets.UTF_8).lines().toList();
  }

  @Test
  void thereIsOneLineForEachProtocol() {
    List<String> lines =
        printed(
            false,
            result("MCPreCopy", true),
            result("ReachInDoubt", true),
            result("MCHandover", true));
    assertEquals(3, lines.size(), lines::toString);
    assertTrue(lines.get(1).matches("handover +ok +2 +1 +2,000 +3.0"), lines.get(1));
    assertTrue(lines.get(2).matches("precopy +ok +1 +0 +1,000 +1.5"), lines.get(2));
  }

  @Test
  void aModelThatIsWrongIsNamedAndItsProtocolIsWrong() {
    List<String> lines = printed(false, result("MCPreCopy", true), result("MCHandover", false));
    assertTrue(lines.get(1).startsWith("handover  WRONG"), lines.get(1));
    assertTrue(lines.get(2).startsWith("precopy   ok"), lines.get(2));
    assertEquals("model MCHandover: expected holds, found something else", lines.get(3));
  }

  @Test
  void eachModelIsPrintedIfThatIsAskedFor() {
    List<String> lines = printed(true, result("MCPreCopy", true));
    assertTrue(lines.get(1).matches("MCPreCopy +ok +1,000 +5 +1.5 +as expected"), lines.get(1));
  }
}
