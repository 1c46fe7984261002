package landfall.explorer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DotReaderTest {
  private static final String DOT =
      """
      strict digraph DiskGraph {
      color="white";
      7 [label="/\\\\ x = 0\\n/\\\\ y = {\\"a\\", \\"b\\"}",style = filled]
      7 -> -8 [label="Next",color="black",fontcolor="black"];
      -8 [label="/\\\\ y = {}\\n/\\\\ x = (0 :> 1 @@ 1 :> -1)"];
      -8 -> -8 [label="Fault",color="black",fontcolor="black"];
      -8 -> -8 [label="Fault",color="black",fontcolor="black"];
      {rank = same; 7;}
      }
      """;

  @Test
  void everyStateAndEveryStepIsReadOnce() throws IOException {
    var states = new States();
    var graph = read(DOT, states);

    assertEquals(2, graph.stateCount());
    assertEquals(2, graph.stepCount());
    assertEquals("/\\ x = 0\n/\\ y = {\"a\", \"b\"}", states.text(0));
    assertEquals("/\\ x = (0 :> 1 @@ 1 :> -1)\n/\\ y = {}", states.text(1));
  }

  @Test
  void aLabelThatTlcTookFromTheDefinitionAroundGetsTheNameOfTheAction() throws IOException {
    var states = new States();
    var step = read(DOT, states).stepsBeyond(new Graph.Builder().build())[1];

    assertEquals("LoseMessage", states.actionName(Graph.action(step)));
    assertEquals(Graph.from(step), Graph.to(step));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "<< >> ~ <<>>",
        "<<<<>>, <<[type |-> \"Hello\"]>>>> ~ <<<<>>, <<[type |-> \"Hello\"]>>>>",
        "{2, 1, 2} ~ {1, 2}",
        "1..3 ~ {1, 2, 3}",
        "(1 :> 5 @@ 2 :> 6) ~ <<5, 6>>",
        "(1 :> 5 @@ 0 :> 6) ~ (0 :> 6 @@ 1 :> 5)",
        "[b |-> TRUE, a |-> -1] ~ [a |-> -1, b |-> TRUE]"
      })
  void equalValuesGetEqualText(String given, String canonical) throws IOException {
    assertEquals(canonical, TlaParser.value(given).toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "<<1",
        "{1, }",
        "[a |->]",
        "(1 :> )",
        "\"open",
        "99999999999",
        "1 2",
        "1..9999999"
      })
  void whatIsNoValueIsSaidToBeNone(String given) {
    var failure = assertThrows(TlaSyntaxException.class, () -> TlaParser.value(given));
    assertTrue(failure.getMessage().startsWith("expected "), failure.getMessage());
  }

  @Test
  void deepNestingIsRefusedBeforeTheStackIsSpent() {
    assertThrows(TlaSyntaxException.class, () -> TlaParser.value("{".repeat(100_000)));
  }

  @Test
  void aStepToAStateThatIsNowhereGivenIsNamedWithItsLine() {
    var failure =
        assertThrows(
            TlaSyntaxException.class, () -> read(DOT.replace("7 -> -8", "7 -> 9"), new States()));
    assertEquals(
        "line 4 of the graph mentions state 9, which is nowhere given", failure.getMessage());
  }

  @Test
  void aGraphThatEndsEarlyIsNotTakenForASmallerOne() {
    assertThrows(
        TlaSyntaxException.class,
        () -> read(DOT.substring(0, DOT.indexOf("-8 -> -8")), new States()));
  }

  @Test
  void noDamageToAGraphGivesAnythingButAGraphOrASyntaxError() {
    var random = new Random(20_250_101);
    int refused = 0;
    for (int i = 0; i < 5_000; i++) {
      var damaged = new StringBuilder(DOT);
      for (int edits = 1 + random.nextInt(3); edits > 0; edits--) {
        int at = random.nextInt(damaged.length());
        switch (random.nextInt(3)) {
          case 0 -> damaged.deleteCharAt(at);
          case 1 -> damaged.setCharAt(at, DOT.charAt(random.nextInt(DOT.length())));
          default -> damaged.insert(at, (char) (32 + random.nextInt(96)));
        }
      }
      try {
        assertTrue(read(damaged.toString(), new States()).stateCount() <= 3);
      } catch (TlaSyntaxException e) {
        refused++;
      } catch (IOException e) {
        throw new AssertionError("reading a string does no input or output", e);
      }
    }
    assertTrue(refused > 1_000, "refused: " + refused);
  }

  private static Graph read(String dot, States states) throws IOException {
    return DotReader.read(
        new BufferedReader(new StringReader(dot)),
        states,
        new StepNames(Map.of("Fault", Set.of("LoseMessage"))));
  }
}
