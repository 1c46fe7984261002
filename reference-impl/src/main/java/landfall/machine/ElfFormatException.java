package landfall.machine;

/** A file is not an executable that this machine can load. The message says why, in one line. */
public final class ElfFormatException extends Exception {
  private static final long serialVersionUID = 1L;

  ElfFormatException(String message) {
    super(message);
  }
}
