package landfall.explorer;

import java.io.IOException;

/** A text is no TLA+ value, or no graph, as TLC writes them; the message says where. */
final class TlaSyntaxException extends IOException {
  private static final long serialVersionUID = 1;

  TlaSyntaxException(String message) {
    super(message);
  }
}
