package landfall.explorer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StepNamesTest {
  private static final StepNames NAMES =
      new StepNames(
          Map.of(
              "Protocol", Set.of("ReceiveHello", "ReceiveRecover"),
              "Fault", Set.of("LoseMessage")));
  private static final String AFTER = "/\\ accepted = 2\n/\\ attempt = 2";

  @Test
  void theOnlyActionOverAttemptsNeedsNoLookAtTheStates() throws Exception {
    assertEquals("LoseMessage", NAMES.of("Fault", "", ""));
  }

  @Test
  void whatTlcNamesKeepsItsName() throws Exception {
    assertEquals("SendPage", NAMES.of("SendPage", "", ""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Hello", "Recover"})
  void oneOfSeveralIsCalledByTheMessageThatItTakes(String type) throws Exception {
    assertEquals("Receive" + type, NAMES.of("Protocol", before(type), AFTER));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Page", "Handover"})
  void aStepThatTakesNoSuchMessageIsNotGivenAName(String type) {
    assertThrows(TlaSyntaxException.class, () -> NAMES.of("Protocol", before(type), AFTER));
  }

  @Test
  void aStepThatTakesNothingIsNotGivenAName() {
    assertThrows(
        TlaSyntaxException.class,
        () -> NAMES.of("Protocol", "/\\ forward = <<<<>>, <<>>>>", AFTER));
  }

  private static String before(String type) {
    return "/\\ accepted = 1\n/\\ forward = <<<<[type |-> \"Page\"]>>, <<[type |-> \""
        + type
        + "\"]>>>>";
  }
}
