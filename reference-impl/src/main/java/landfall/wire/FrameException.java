package landfall.wire;

/**
 * Bytes that are not a frame of this protocol; the message names the cause and what is accepted.
 */
public final class FrameException extends Exception {
  private static final long serialVersionUID = 1L;

  public FrameException(String cause) {
    super(cause);
  }

  /** A frame that nobody awaits now. */
  public static FrameException outOfPlace(FrameType type, int attempt) {
    return new FrameException(type.title() + " frame of attempt " + attempt + " out of place");
  }
}
