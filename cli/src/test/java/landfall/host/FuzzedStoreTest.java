package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.InputStream;
import java.util.Set;
import landfall.forwardcheckpoint.Mutant;
import org.junit.jupiter.api.Test;

/** What is asked of a fuzzed store fails where the store is wrong. */
class FuzzedStoreTest {
  private static byte[] kept(String name) throws IOException {
    try (InputStream in =
        FuzzedStoreTest.class.getResourceAsStream("/landfall/fuzz/store/" + name)) {
      return in.readAllBytes();
    }
  }

  @Test
  void aStoreThatIsNotSealedIsCaughtByAKeptInput() throws Exception {
    byte[] input = kept("copies-and-checkpoints");
    FuzzedStore.fuzzerTestOneInput(input);
    var caught =
        assertThrows(
            AssertionError.class, () -> FuzzedStore.read(input, Set.of(Mutant.NOT_SEALED)));
    assertEquals("a checkpoint is taken after the claim", caught.getMessage());
  }
}
