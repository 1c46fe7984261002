package landfall.host;

import java.util.Optional;

/** What a client says to QMP. */
public final class FuzzedRequests {
  private static final int BYTES_MAX = 512;

  private FuzzedRequests() {}

  /** One input. */
  public static void fuzzerTestOneInput(byte[] data) {
    var reader = new RequestReader(BYTES_MAX);
    for (byte each : data) {
      Optional<RequestReader.Request> request = reader.next(each);
      if (request.isPresent() && request.get().value() == null && request.get().wrong().isBlank()) {
        throw new AssertionError("refused without a word");
      }
      if (reader.isTooLong()) {
        return;
      }
    }
  }
}
