package landfall.judge;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import landfall.nemesis.FaultKind;
import landfall.trial.Observations;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A host that was killed is one host, with its end told, and its beginning if there was another.
 */
class CrashTraceTest {
  private static final String HELLO =
      """
      {"host":"B","seq":1,"clock":{"B":1},"action":"ReceiveHello","args":{},"after":{"phase":"Receiving"}}
      """;

  @TempDir Path folder;

  private Path trace(String name, String text) throws Exception {
    return Files.writeString(folder.resolve(name), text);
  }

  private List<Path> told(Path... traces) throws Exception {
    return told(Story.completed().told(), traces);
  }

  private List<Path> told(Observations seen, Path... traces) throws Exception {
    return CrashTrace.of(List.of(traces), seen, "0001", folder.resolve("observed.ndjson"));
  }

  private static String lastWord(int seq, String action) {
    return "{\"host\":\"B\",\"seq\":%d,\"clock\":{\"B\":%d},\"action\":\"%s\",\"args\":{},"
            .formatted(seq, seq, action)
        + "\"after\":{\"phase\":\"Waiting\",\"attempt\":0,\"accepted\":0,\"round\":0}}";
  }

  @Test
  void hostsOfOneLifeAreAsTheyWere() throws Exception {
    Path source = trace("trace-A.ndjson", "");
    Path destination = trace("trace-B.ndjson", HELLO);
    Path successor = trace("trace-B-2.ndjson", HELLO);
    assertEquals(List.of(source, destination, successor), told(source, destination, successor));
  }

  @Test
  void aHostThatWasKilledAndNotStartedAgainEndsWithACrash() throws Exception {
    Observations killed =
        Story.of(100, 200, "active").fault(FaultKind.KILL_DESTINATION, true).told();
    Path source = trace("trace-A.ndjson", HELLO.replace("\"B\"", "\"A\""));
    Path destination = trace("trace-B.ndjson", HELLO + "{\"host\":\"B\",\"se");
    List<Path> told = told(killed, source, destination);
    assertEquals(List.of(source, folder.resolve("0001-trace-B.ndjson")), told);
    assertEquals(List.of(HELLO.strip(), lastWord(2, "Crash")), Files.readAllLines(told.get(1)));
    // It was killed once: its second life goes on.
    Path second = trace("trace-B.2.ndjson", HELLO);
    told = told(killed, source, destination, second);
    assertEquals(List.of(source, folder.resolve("0001-trace-B.ndjson"), second), told);
    assertEquals(
        List.of(HELLO.strip(), lastWord(2, "Crash"), lastWord(3, "Restart")),
        Files.readAllLines(told.get(1)));
    // A host that told nothing tells nothing.
    Path silent = trace("trace-B.ndjson", "");
    assertEquals(List.of(source, silent), told(killed, source, silent));
  }

  @Test
  void everyLifeButTheLastEndsWithACrashAndARestart() throws Exception {
    Path source = trace("trace-A.ndjson", "");
    Path first = trace("trace-B.ndjson", HELLO + "{\"host\":\"B\",\"se");
    Path second = trace("trace-B.2.ndjson", "");
    Path third = trace("trace-B.3.ndjson", HELLO);
    List<Path> told = told(source, first, second, third);
    assertEquals(
        List.of(
            source,
            folder.resolve("0001-trace-B.ndjson"),
            folder.resolve("0001-trace-B.2.ndjson"),
            third),
        told);
    assertEquals(
        List.of(HELLO.strip(), lastWord(2, "Crash"), lastWord(3, "Restart")),
        Files.readAllLines(told.get(1)));
    assertEquals(
        List.of(lastWord(1, "Crash"), lastWord(2, "Restart")), Files.readAllLines(told.get(2)));
  }
}
