package landfall.wire;

/**
 * The numbers of the frames of one direction of one link, from 0. Connections that share them carry
 * one sequence of frames.
 */
public final class FrameNumbers {
  private int next;

  /** Number of the next frame. */
  public int next() {
    return next;
  }

  /** The number of this frame, which is the next one. */
  public int take() {
    return next++;
  }
}
