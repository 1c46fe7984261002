package landfall.evidence;

import java.io.IOException;

/** Evidence that cannot be written or cannot be believed; the message is meant for the user. */
public final class EvidenceException extends IOException {
  private static final long serialVersionUID = 1L;

  EvidenceException(String message) {
    super(message);
  }

  EvidenceException(String message, Throwable cause) {
    super(message, cause);
  }
}
