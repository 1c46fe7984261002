package landfall.implementation;

import java.io.IOException;

/**
 * What a host did that it should not have done: it ended, kept silent, refused, or said what nobody
 * can read. It says something about the implementation and nothing about Landfall.
 */
public class HostException extends IOException {
  private static final long serialVersionUID = 1L;

  public HostException(String what) {
    super(what);
  }
}
