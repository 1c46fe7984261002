package landfall.implementation;

/** A command that was refused, or that was not answered in time; the message says which. */
public final class QmpException extends HostException {
  private static final long serialVersionUID = 1L;
  private final boolean silence;

  QmpException(String message, boolean silence) {
    super(message);
    this.silence = silence;
  }

  /** True if no answer came; false if the answer was an error. */
  public boolean isSilence() {
    return silence;
  }
}
