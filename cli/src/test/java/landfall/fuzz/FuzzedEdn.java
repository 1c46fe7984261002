package landfall.fuzz;

import java.nio.charset.StandardCharsets;
import landfall.history.Edn;
import landfall.history.History;
import landfall.history.MalformedEdnException;

/** A history in EDN. What is read and printed is read again as the same. */
public final class FuzzedEdn {
  private FuzzedEdn() {}

  /** One input. */
  public static void fuzzerTestOneInput(byte[] data) {
    String text = new String(data, StandardCharsets.UTF_8);
    try {
      History.parse("fuzzed", text).splitByKey();
    } catch (MalformedEdnException refused) {
      FuzzedWire.requireCause(refused);
    }
    String printed;
    try {
      printed = Edn.print(Edn.read(text));
    } catch (MalformedEdnException refused) {
      FuzzedWire.requireCause(refused);
      return;
    }
    try {
      String again = Edn.print(Edn.read(printed));
      if (!again.equals(printed)) {
        throw new AssertionError(printed + " was read as " + again);
      }
    } catch (MalformedEdnException refused) {
      throw new AssertionError("what was printed is not read: " + printed, refused);
    }
  }
}
