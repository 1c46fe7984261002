package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Output leaves when a committed checkpoint covers it, in order, or never. */
class HeldOutputTest {
  private final StringBuilder left = new StringBuilder();
  private int holds;
  private int waitings;
  private final HeldOutput gate = new HeldOutput(() -> holds++, () -> holds--);

  @BeforeEach
  void lead() {
    gate.leadTo(value -> left.append((char) value));
  }

  private void say(String text) {
    for (char each : text.toCharArray()) {
      gate.accept((byte) each);
    }
  }

  @Test
  void anOpenGateLetsEverythingThroughAtOnce() {
    say("at once");
    assertEquals("at once", left.toString());
    assertFalse(gate.waits());
  }

  @Test
  void aCheckpointCoversWhatWasSaidBeforeItWasTakenAndNothingElse() {
    gate.close(() -> waitings++);
    say("one ");
    gate.mark(3);
    say("two ");
    gate.mark(5);
    say("three");
    assertEquals("", left.toString());
    gate.release(2);
    assertEquals("", left.toString());
    gate.release(3);
    assertEquals("one ", left.toString());
    assertTrue(gate.waits());
    gate.release(5);
    assertEquals("one two ", left.toString());
    gate.open();
    say("!");
    assertEquals("one two three!", left.toString());
  }

  @Test
  void theFirstByteThatNoCheckpointCoversIsTold() {
    gate.close(() -> waitings++);
    say("one");
    assertEquals(1, waitings);
    gate.mark(1);
    assertFalse(gate.waits());
    say("two");
    assertEquals(2, waitings);
  }

  @Test
  void whatIsDroppedNeverLeaves() {
    gate.close(() -> waitings++);
    say("never");
    gate.mark(1);
    gate.drop();
    gate.release(1);
    gate.open();
    assertEquals("", left.toString());
  }

  @Test
  void aGuestThatSaysTooMuchStandsUntilSomeOfItHasLeft() {
    gate.close(() -> waitings++);
    int said = 0;
    while (holds == 0) {
      gate.accept((byte) 'x');
      said++;
    }
    assertTrue(said < HeldOutput.HELD_MAX - 20_000, "no room is left for the end of its turn");
    for (int i = said; i < HeldOutput.HELD_MAX; i++) {
      gate.accept((byte) 'x');
    }
    assertEquals(1, holds);
    assertThrows(IllegalStateException.class, () -> gate.accept((byte) 'x'));
    gate.mark(1);
    gate.release(1);
    assertEquals(0, holds);
    assertEquals(HeldOutput.HELD_MAX, left.length());
  }
}
