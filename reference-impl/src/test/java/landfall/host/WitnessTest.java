package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The witness says so if what it consists of itself is not as it was. */
@Timeout(60)
class WitnessTest extends HostTest {
  @ParameterizedTest
  @ValueSource(strings = {"code", "stack", "settings"})
  void damageOfTheWitnessItselfIsReported(String what) throws Exception {
    RunningHost source = source();
    assertEquals("ok 0 0", source.guest.ask("verify"));
    assertEquals("ok", source.guest.ask("harm " + what));
    String reported =
        assertThrows(AssertionError.class, () -> source.guest.ask("verify")).getMessage();
    assertTrue(reported.contains("!mismatch " + what + " expected="), reported);
  }
}
