package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** What a client sends, cut into requests. */
class RequestReaderTest {
  private static final String ASKS = "{\"execute\":\"query-status\",\"arguments\":{},\"id\":[1]}";

  @Test
  void severalRequestsMayBeOnALine() {
    assertEquals(List.of("{}", "{\"a\":[1,2]}", "[]"), read("{}{\"a\": [1, 2]} []\n"));
  }

  @Test
  void aRequestMayTakeSeveralLines() {
    assertEquals(
        List.of("{\"a\":{\"b\":1}}", "{}"), read("{\n\"a\"\r\n:\n{\"b\":\n1}\n}\n\n \t\r\n{\n}"));
  }

  @Test
  void aScalarEndsWithWhatFollowsIt() {
    assertEquals(List.of("1", "null", "\"x\"", "true"), read("1\nnull \"x\"true\n"));
  }

  @Test
  void singleQuotesAreTakenForDoubleOnes() {
    assertEquals(List.of("{\"a\":\"it is \\\"b\\\"\"}"), read("{'a':'it is \"b\"'}"));
  }

  @Test
  void aWrongLineIsToldOnceAndTheNextIsRead() {
    assertEquals(List.of("!", "{}"), read("{\"a\":1]]]}}} nonsense {\"b\":2}\n{}"));
  }

  @Test
  void anUnfinishedRequestEndsWhereTheNextLineBeginsAnother() {
    assertEquals(List.of("!", "{\"b\":2}"), read("{\"a\":1\n{\"b\":2}"));
    assertEquals(List.of("!", "{\"b\":2}"), read("{\"a\":[1,2\n  {\"b\":2}"));
    assertEquals(List.of("!", "{\"b\":2}"), read("{\"a\":\"b\n{\"b\":2}"));
  }

  @Test
  void membersWithoutAValueAreRefused() {
    assertEquals(List.of("!", "{}"), read("{\"execute\":\"quit\",\"id\":}\n{}"));
    assertEquals(List.of("!", "!", "{}"), read("{\"a\"}\n[1,]\n{}"));
    assertEquals(List.of("!", "!", "{}"), read("{,}\n[,]\n{}"));
  }

  @Test
  void bytesThatAreNoUtf8AreRefused() {
    var reader = new RequestReader(100);
    byte[] bytes = {'{', '"', (byte) 0xff, '"', ':', '1', '}', '\n', '{', '}'};
    assertEquals(List.of("!", "{}"), read(reader, bytes));
  }

  @Test
  void namesThatOccurTwiceAreRefused() {
    assertEquals(List.of("!"), read("{\"execute\":\"a\",\"execute\":\"b\"}\n"));
  }

  @Test
  void whatIsTooLongOrTooDeepIsRefusedBeforeItsEnd() {
    var reader = new RequestReader(1000);
    byte[] endless = ("[" + "1,".repeat(1_000_000)).getBytes(StandardCharsets.US_ASCII);
    int taken = 0;
    while (!reader.isTooLong()) {
      reader.next(endless[taken++]);
    }
    assertEquals(1001, taken);
    assertEquals(List.of("!", "{}"), read("[".repeat(500) + "\n{}"));
  }

  @Test
  void whatHasBegunCanBeForgotten() {
    var reader = new RequestReader(1000);
    assertEquals(List.of(), read(reader, "{\"a\":".getBytes(StandardCharsets.US_ASCII)));
    assertTrue(reader.isInside());
    reader.reset();
    assertFalse(reader.isInside());
    assertEquals(List.of("{}"), read(reader, "{}".getBytes(StandardCharsets.US_ASCII)));
  }

  @Property(tries = 20_000)
  void anyBytesAreRequestsOrRefusedAndTheReaderLivesOn(@ForAll Random random) {
    byte[] bytes = new byte[random.nextInt(120)];
    random.nextBytes(bytes);
    assertSurvives(bytes);
  }

  @Property(tries = 20_000)
  void changedRequestsAreRequestsOrRefusedAndTheReaderLivesOn(@ForAll Random random) {
    String alphabet = "{}[]\"'\\:,\n \t0123456789.eE+-u/tfn\u0000\u00e9";
    StringBuilder text = new StringBuilder(ASKS + "\n" + ASKS);
    for (int i = 1 + random.nextInt(5); i > 0; i--) {
      int at = random.nextInt(text.length());
      char letter = alphabet.charAt(random.nextInt(alphabet.length()));
      switch (random.nextInt(3)) {
        case 0 -> text.setCharAt(at, letter);
        case 1 -> text.insert(at, letter);
        default -> text.deleteCharAt(at);
      }
    }
    assertSurvives(text.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** Whatever came before: what is begun can be closed or forgotten, and a request is read then. */
  private static void assertSurvives(byte[] bytes) {
    var reader = new RequestReader(1 << 16);
    for (String request : read(reader, bytes)) {
      assertFalse(request.isEmpty());
    }
    reader.reset();
    read(reader, new byte[] {'\n'});
    assertEquals(List.of(ASKS), read(reader, ASKS.getBytes(StandardCharsets.UTF_8)));
  }

  private static List<String> read(String text) {
    return read(new RequestReader(1 << 16), text.getBytes(StandardCharsets.UTF_8));
  }

  /** Requests as text, refusals as an exclamation mark. */
  private static List<String> read(RequestReader reader, byte[] bytes) {
    List<String> requests = new ArrayList<>();
    for (byte value : bytes) {
      reader
          .next(value)
          .ifPresent(
              request -> {
                assertEquals(request.value() == null, !request.wrong().isEmpty());
                requests.add(request.value() == null ? "!" : request.value().toString());
              });
    }
    return requests;
  }
}
