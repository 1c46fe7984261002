package landfall.sharedlock;

/** What one host has of the lock on the image. */
public enum Lock {
  /** Nothing. */
  NONE,
  /** The image is open here, and may be open at the other host. */
  SHARED,
  /** The image is open here, and nowhere else. */
  EXCLUSIVE;

  /** Whether storage may grant it while another host has {@code others}. */
  boolean goesWith(Lock others) {
    return switch (this) {
      case NONE -> true;
      case SHARED -> others != EXCLUSIVE;
      case EXCLUSIVE -> others == NONE;
    };
  }
}
