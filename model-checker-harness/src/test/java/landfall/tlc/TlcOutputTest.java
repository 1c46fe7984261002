package landfall.tlc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlcOutputTest {
  @Test
  void anErrorKeepsTheMessageWithinItsMessage(@TempDir Path folder) throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("output"),
            """
            @!@!@STARTMSG 2111:1 @!@!@
            Evaluating invariant NobodyStalls failed.
            @!@!@STARTMSG 2184:0 @!@!@
            Attempted to apply Head to the empty sequence.
            @!@!@ENDMSG 2184 @!@!@
            @!@!@ENDMSG 2111 @!@!@
            @!@!@STARTMSG 2199:0 @!@!@
            25 states generated, 21 distinct states found, 16 states left on queue.
            @!@!@ENDMSG 2199 @!@!@
            """);
    TlcOutput output = TlcOutput.read(file, folder);
    assertEquals(
        List.of(
            "Evaluating invariant NobodyStalls failed.\n"
                + "Attempted to apply Head to the empty sequence."),
        output.errors());
    assertFalse(output.succeeded());
    assertEquals(21, output.distinctStates());
  }
}
