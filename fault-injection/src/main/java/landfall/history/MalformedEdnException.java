package landfall.history;

import java.io.IOException;

/** Text that is no EDN, or no history; the message says where, what was found and expected. */
public final class MalformedEdnException extends IOException {
  private static final long serialVersionUID = 1L;

  MalformedEdnException(String message) {
    super(message);
  }
}
