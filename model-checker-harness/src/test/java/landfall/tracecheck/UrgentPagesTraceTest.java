package landfall.tracecheck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import landfall.evidence.Verdict;
import landfall.testing.AtLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Traces in which pages overtake others on a connection of their own, and some in which they may
 * not.
 */
class UrgentPagesTraceTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int URGENT = 1_000_000_000;
  private static final List<Integer> TRACKED = List.of(10, 20, 30);
  private static final int FIRST_BACK = 2;
  private static final int FIRST_PUSHED = 3;

  /** The host, the number of its event, and the action. */
  private static final Pattern NOT_EXPLAINED =
      Pattern.compile("number .*, (\\w+).ndjson line (\\d+): .*\"action\":\"(\\w+)\"");

  @TempDir Path folder;

  /**
   * What both hosts tell of a guest of three pages, none of which was sent before the switchover.
   */
  private static final class Run {
    private final List<String> source = new ArrayList<>();
    private final List<String> destination = new ArrayList<>();
    private int pending = 3;
    private int missing = 3;
    private int sent = FIRST_PUSHED;
    private int taken = FIRST_PUSHED;
    private int asked;
    private int answered;

    Run() throws Exception {
      atSource("StartAttempt", "PreCopy", 1, 1, 0, "attempt", 1, "sent", 0);
      atDestination("ReceiveHello", "Receiving", 0, 1, "attempt", 1, "from", "Waiting", "frame", 0);
      atSource("PauseSource", "Paused", 0, 1, 0, "dirty", List.of());
      atSource("OfferHandover", "Offered", 0, 2, 0, "attempt", 1, "discard", TRACKED, "sent", 1);
      atDestination(
          "ReceiveDeviceState",
          "Ready",
          1,
          2,
          "attempt",
          1,
          "discard",
          TRACKED,
          "frame",
          1,
          "sent",
          0);
      atSource("ReceiveReady", "HandedOver", 0, 3, 1, "attempt", 1, "frame", 0, "sent", 2);
      atDestination("ResumeDestination", "Running", 2, 3, "attempt", 1, "frame", 2, "sent", 1);
      atSource("ReceiveResumed", "Serving", 0, 3, 2, "attempt", 1, "frame", 1);
    }

    private void atSource(
        String action, String phase, int round, int frames, int back, Object... args)
        throws Exception {
      Map<String, Object> after = map("phase", phase, "attempt", 1, "round", round);
      after.putAll(map("pending", pending, "position", 0, "sent", frames, "received", back));
      source.add(event("source", source.size() + 1, action, map(args), after));
    }

    private void atDestination(String action, String phase, int back, int frames, Object... args)
        throws Exception {
      Map<String, Object> after = map("phase", phase, "attempt", 1, "missing", missing);
      after.putAll(map("position", 0, "sent", back, "received", frames));
      destination.add(event("destination", destination.size() + 1, action, map(args), after));
    }

    private static String event(
        String host, int seq, String action, Map<String, ?> args, Map<String, ?> after)
        throws Exception {
      return JSON.writeValueAsString(
          map(
              "host",
              host,
              "seq",
              seq,
              "clock",
              Map.of(host, seq),
              "action",
              action,
              "args",
              args,
              "after",
              after));
    }

    private static Map<String, Object> map(Object... pairs) {
      Map<String, Object> map = new LinkedHashMap<>();
      for (int i = 0; i < pairs.length; i += 2) {
        map.put((String) pairs[i], pairs[i + 1]);
      }
      return map;
    }

    Run push(int page) throws Exception {
      return push(page, sent++);
    }

    Run push(int page, int number) throws Exception {
      pending--;
      atSource(
          "SendPage",
          "Serving",
          0,
          sent,
          FIRST_BACK + answered,
          "attempt",
          1,
          "page",
          page,
          "version",
          0,
          "sent",
          number);
      return this;
    }

    Run ask(int page) throws Exception {
      int number = FIRST_BACK + asked++;
      atDestination(
          "DemandPage", "Running", number + 1, taken, "attempt", 1, "page", page, "sent", number);
      return this;
    }

    Run answer(int page, int number) throws Exception {
      pending--;
      int back = FIRST_BACK + answered++;
      atSource(
          "AnswerDemand",
          "Serving",
          0,
          number < URGENT ? ++sent : sent,
          back + 1,
          "attempt",
          1,
          "page",
          page,
          "frame",
          back,
          "version",
          0,
          "sent",
          number);
      return this;
    }

    Run complete() throws Exception {
      int number = FIRST_BACK + asked;
      atDestination("SendComplete", "Running", number + 1, taken, "attempt", 1, "sent", number);
      atSource("ReceiveComplete", "Completed", 0, sent, number + 1, "attempt", 1, "frame", number);
      return this;
    }

    Run take(int page) throws Exception {
      return take(page, taken);
    }

    Run take(int page, int number) throws Exception {
      missing--;
      taken += number < URGENT ? 1 : 0;
      atDestination(
          "ReceivePage",
          "Running",
          FIRST_BACK + asked,
          taken,
          "attempt",
          1,
          "page",
          page,
          "version",
          0,
          "placed",
          true,
          "frame",
          number);
      return this;
    }
  }

  /** Holds, or the first event that is not explained. */
  private String verdict(Run run) throws Exception {
    var files =
        List.of(
            Files.write(folder.resolve("source.ndjson"), run.source),
            Files.write(folder.resolve("destination.ndjson"), run.destination));
    var traces = List.of(new TraceFiles("urgent", files, TRACKED, false));
    Verdict verdict = TraceCheck.check(traces, TracedProtocol.POST_COPY).get("urgent");
    if (!(verdict instanceof Verdict.Violated violated)) {
      return verdict instanceof Verdict.Holds ? "holds" : verdict.toString();
    }
    Matcher event = NOT_EXPLAINED.matcher(violated.toString());
    assertTrue(event.find(), violated::toString);
    return event.group(1) + " " + event.group(2) + " " + event.group(3);
  }

  @Test
  void urgentPagesOvertakeThePushAndAreOvertaken() throws Exception {
    var first = new Run().ask(20).push(10).answer(20, URGENT).take(20, URGENT).take(10);
    assertEquals("holds", verdict(first.push(30).take(30).complete()));
    var second = new Run().ask(20).answer(20, URGENT).push(10).take(10).take(20, URGENT);
    assertEquals("holds", verdict(second.push(30).take(30).complete()));
  }

  @Test
  @AtLength
  void onOneConnectionNothingOvertakes() throws Exception {
    // The push, which has no other numbers than those in order.
    assertEquals(
        "destination 4 ReceivePage", verdict(new Run().push(10).push(20).take(20).take(10)));
    // An answer that is sent with the push.
    var plain = new Run().ask(20).push(10).answer(20, FIRST_PUSHED + 1).take(20).take(10);
    assertEquals("destination 5 ReceivePage", verdict(plain));
    // Two urgent pages.
    var urgent = new Run().ask(20).ask(30).answer(20, URGENT).answer(30, URGENT + 1);
    assertEquals(
        "destination 6 ReceivePage", verdict(urgent.take(30, URGENT).take(20, URGENT + 1)));
  }

  @Test
  void onlyAnswersAreUrgentAndWhatWasNotSentSoDoesNotComeSo() throws Exception {
    assertEquals("source 6 SendPage", verdict(new Run().push(10, URGENT).take(10, URGENT)));
    assertEquals("destination 4 ReceivePage", verdict(new Run().push(10).take(10, URGENT)));
    assertEquals(
        "destination 5 ReceivePage", verdict(new Run().ask(20).answer(20, URGENT).take(20)));
  }
}
