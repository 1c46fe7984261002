package landfall.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TraceWriterTest {
  @TempDir Path folder;

  @Test
  void anEventIsOneLineOfTheDocumentedForm() throws Exception {
    Path file = folder.resolve("trace");
    try (var writer = new TraceWriter(file, "source")) {
      Map<String, Object> after = new LinkedHashMap<>();
      after.put("phase", "HandedOver");
      after.put("attempt", 1);
      writer.append("ReceiveReady", Map.of("frame", 0), after);
    }
    assertEquals(
        "{\"host\":\"source\",\"seq\":1,\"clock\":{\"source\":1},"
            + "\"action\":\"ReceiveReady\",\"args\":{\"frame\":0},"
            + "\"after\":{\"phase\":\"HandedOver\",\"attempt\":1}}\n",
        Files.readString(file));
  }

  @Test
  void everyEventIsInTheFileBeforeTheNextStep() throws Exception {
    Path file = folder.resolve("trace");
    try (var writer = new TraceWriter(file, "source")) {
      for (int i = 1; i <= 200; i++) {
        writer.append("AbortAttempt", Map.of("cause", "line\nbreak \u2028 \"quoted\""), Map.of());
        // A host that is killed now has left whole lines.
        List<String> lines = Files.readAllLines(file);
        assertEquals(i, lines.size());
        JsonNode last = new ObjectMapper().readTree(lines.get(i - 1));
        assertEquals(i, last.get("seq").intValue());
        assertEquals("line\nbreak \u2028 \"quoted\"", last.at("/args/cause").textValue());
      }
    }
  }

  @Test
  void anOldTraceIsReplaced() throws Exception {
    Path file = Files.writeString(folder.resolve("trace"), "what was before\n".repeat(100));
    new TraceWriter(file, "source").close();
    assertEquals(0, Files.size(file));
  }

  @Test
  void aTraceThatCannotBeWrittenIsRefused() {
    assertThrows(
        IOException.class,
        () -> new TraceWriter(folder.resolve("none").resolve("trace"), "source"));
  }

  @Test
  void aClosedTraceTakesNoMore() throws Exception {
    var writer = new TraceWriter(folder.resolve("trace"), "source");
    writer.close();
    assertThrows(IOException.class, () -> writer.append("Cancel", Map.of(), Map.of()));
    TraceWriter.discarding().append("Cancel", Map.of(), Map.of());
    TraceWriter.discarding().close();
  }
}
