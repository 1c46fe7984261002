package landfall.judge;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A host that was killed and started again is one host, with its end and its beginning told. */
class RestartTraceTest {
  private static final String HELLO =
      """
      {"host":"B","seq":1,"clock":{"B":1},"action":"ReceiveHello","args":{},"after":{"phase":"Receiving"}}
      """;

  @TempDir Path folder;

  private Path trace(String name, String text) throws Exception {
    return Files.writeString(folder.resolve(name), text);
  }

  private List<Path> told(Path... traces) throws Exception {
    return RestartTrace.of(List.of(traces), "0001", folder.resolve("observed.ndjson"));
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
