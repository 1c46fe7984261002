package landfall.evidence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class VerdictTest {

  private static final Verdict HOLDS = new Verdict.Holds(7);
  private static final Verdict UNDECIDED = new Verdict.Undecided("10 s");
  private static final Verdict BROKEN = new Verdict.Broken("proxy died");
  private static final Verdict VIOLATED = new Verdict.Violated("Linearizable", "stale read");

  @Test
  void violatedBeatsBrokenBeatsUndecidedBeatsHoldsInAnyOrder() {
    List<Verdict> ascending = List.of(HOLDS, UNDECIDED, BROKEN, VIOLATED);
    for (int count = 1; count <= ascending.size(); count++) {
      var some = new java.util.ArrayList<>(ascending.subList(0, count));
      assertEquals(ascending.get(count - 1), Verdict.worst(some));
      Collections.reverse(some);
      assertEquals(ascending.get(count - 1), Verdict.worst(some));
    }
  }

  @Test
  void aWholeThatHoldsExaminedWhatItsPartsExamined() {
    assertEquals(new Verdict.Holds(12), Verdict.worst(HOLDS, new Verdict.Holds(5)));
  }

  @Test
  void nothingPassesVacuously() {
    assertInstanceOf(Verdict.Undecided.class, Verdict.worst());
    assertThrows(IllegalArgumentException.class, () -> new Verdict.Holds(0));
    assertThrows(IllegalArgumentException.class, () -> new Verdict.Violated("claim", " "));
  }

  @Test
  void exitCodesAreThoseOfJepsen() {
    assertEquals(0, HOLDS.exitCode());
    assertEquals(1, VIOLATED.exitCode());
    assertEquals(2, UNDECIDED.exitCode());
    assertEquals(254, BROKEN.exitCode());
    assertEquals(255, Verdict.EXIT_CODE_USAGE);
  }

  @Test
  void everyCaseSurvivesJson() throws Exception {
    var json = new ObjectMapper();
    for (Verdict verdict : List.of(HOLDS, UNDECIDED, BROKEN, VIOLATED)) {
      assertEquals(verdict, json.readValue(json.writeValueAsString(verdict), Verdict.class));
    }
    assertEquals("{\"result\":\"holds\",\"examined\":7}", json.writeValueAsString(HOLDS));
  }
}
