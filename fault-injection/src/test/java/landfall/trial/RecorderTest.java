package landfall.trial;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import landfall.trial.Observations.Kind;
import landfall.workload.Reply;
import org.junit.jupiter.api.Test;

/**
 * What a host can say as often as it likes is kept up to a bound, and what was dropped is known.
 */
class RecorderTest {
  private final Recorder recorder = new Recorder();

  @Test
  void aFloodOfEventsIsCutAndDoesNotPushOutWhatWasAsked() {
    for (int i = 0; i < Recorder.EVENTS_MAX + 5_000; i++) {
      recorder.seen("source", Kind.EVENT, "NOISE " + "x".repeat(1_000));
    }
    recorder.seen("source", Kind.MIGRATION, "completed");
    assertEquals(Recorder.EVENTS_MAX + 1, recorder.timeline().size());
    assertEquals("completed", recorder.timeline().get(Recorder.EVENTS_MAX).text());
    assertTrue(recorder.timeline().get(0).text().length() <= Recorder.TEXT_MAX + 3);
    assertEquals(Map.of("events", 5_000L), recorder.dropped());
  }

  @Test
  void whatTheGuestSaysIsCutToo() {
    for (int i = 0; i < Recorder.WITNESS_MAX + 7; i++) {
      recorder.witness("source", "!noise");
    }
    for (int i = 0; i < Recorder.REPLIES_MAX + 3; i++) {
      recorder.listener("source").replied(new Reply(i, "ok", i, null, System.nanoTime()));
    }
    for (int i = 0; i < Recorder.INCIDENTS_MAX + 2; i++) {
      recorder.incident("source", "nothing");
    }
    assertEquals(Recorder.WITNESS_MAX, recorder.witness().size());
    assertEquals(Recorder.REPLIES_MAX, recorder.replies().size());
    assertEquals(Recorder.INCIDENTS_MAX, recorder.incidents().size());
    assertEquals(
        Map.of("reports of the guest", 7L, "replies of the guest", 3L, "incidents", 2L),
        recorder.dropped());
  }

  @Test
  void nothingIsDroppedOfLittle() {
    recorder.seen("source", Kind.EVENT, "STOP");
    assertEquals(Map.of(), recorder.dropped());
  }

  @Test
  void theLongestSilenceIsThatBetweenTwoRepliesOrTheOneThatLasts() {
    recorder.listen();
    long began = System.nanoTime();
    long second = 1_000_000_000;
    var listener = recorder.listener("destination");
    listener.replied(new Reply(1, "ok", 1, null, began + second));
    listener.replied(new Reply(2, "ok", 2, null, began + 5 * second));
    listener.replied(new Reply(3, "ok", 3, null, began + 6 * second));
    // One that was read late takes nothing back.
    listener.replied(new Reply(4, "ok", 4, null, began + 2 * second));
    assertEquals(4_000, recorder.longestSilence().millis(), 0.01);
    assertTrue(recorder.answeredSince("destination", began));
    assertFalse(recorder.answeredSince("source", began));
  }
}
