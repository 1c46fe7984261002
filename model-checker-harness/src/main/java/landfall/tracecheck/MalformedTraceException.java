package landfall.tracecheck;

/** A file is no trace; the message names file and line. */
public final class MalformedTraceException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  MalformedTraceException(String message) {
    super(message);
  }
}
