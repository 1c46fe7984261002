package landfall.wire;

/**
 * The numbers of the frames of one direction of one link, from 0. Connections that share them carry
 * one sequence of frames.
 */
public final class FrameNumbers {
  /**
   * Frames of the connection for urgent pages have numbers from here, so that no frame of a link
   * has the number of another one. No link has so many others.
   */
  public static final int URGENT = 1 << 30;

  private int next;

  /** Who reads the next frame; null while nobody does. */
  private FrameReader reader;

  public FrameNumbers() {
    this(0);
  }

  /**
   * @param first number of the first frame
   */
  public FrameNumbers(int first) {
    next = first;
  }

  /** Number of the next frame. */
  public int next() {
    return next;
  }

  /** Whether the next frame is read here: it is not read on two connections at once. */
  boolean isReadBy(FrameReader claims) {
    if (reader == null) {
      reader = claims;
    }
    return reader == claims;
  }

  /** The number of this frame, which is the next one. */
  public int take() {
    reader = null;
    return next++;
  }
}
