package landfall.tracecheck;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** A trace in a file. The first byte chooses whose. */
public final class FuzzedTrace {
  private static Path file;

  private FuzzedTrace() {}

  private static Path file() throws IOException {
    if (file == null) {
      file = Files.createTempFile("fuzzed", ".ndjson");
      file.toFile().deleteOnExit();
    }
    return file;
  }

  /** One input. */
  public static void fuzzerTestOneInput(byte[] data) throws IOException {
    if (data.length == 0) {
      return;
    }
    Files.write(file(), Arrays.copyOfRange(data, 1, data.length));
    TraceReader.Kind[] kinds = TraceReader.Kind.values();
    try {
      TraceReader.read(file, kinds[(data[0] & 0xff) % kinds.length]);
    } catch (MalformedTraceException refused) {
      if (refused.getMessage().isBlank()) {
        throw new AssertionError("refused without a word", refused);
      }
    }
  }
}
