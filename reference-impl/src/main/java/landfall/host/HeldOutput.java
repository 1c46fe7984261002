package landfall.host;

import java.util.ArrayDeque;
import landfall.machine.ByteSink;

/**
 * Where the guest's serial output waits until a committed checkpoint covers it. Open, it lets every
 * byte through at once. What it holds is bounded: a guest that has filled it stands until some of
 * it has left. The guest's thread brings bytes; the others are the loop's.
 */
final class HeldOutput implements ByteSink {
  /** Most bytes that are held. */
  static final int HELD_MAX = 1 << 16;

  /** More than a guest sends between two looks at the world: it stands in time. */
  private static final int ROOM_BYTES = 1 << 15;

  /** So much was held when the checkpoint of this position was taken. */
  private record Mark(int position, long end) {}

  /** Has the guest stand at its next instruction boundary. */
  private final Runnable holdGuest;

  private final Runnable letGuestGo;
  private final byte[] held = new byte[HELD_MAX];
  private final ArrayDeque<Mark> marks = new ArrayDeque<>();

  /** Bytes that ever were held, and that left; the difference is here, in a ring. */
  private long in;

  private long out;
  private boolean closed;
  private boolean guestHeld;
  private ByteSink outside = value -> {};
  private Runnable onWaiting = () -> {};

  HeldOutput(Runnable holdGuest, Runnable letGuestGo) {
    this.holdGuest = holdGuest;
    this.letGuestGo = letGuestGo;
  }

  /** Who takes what leaves. */
  synchronized void leadTo(ByteSink sink) {
    outside = sink;
  }

  /**
   * Holds what comes from now on.
   *
   * @param whenWaiting told on the guest's thread when a byte begins to wait that no mark covers
   */
  synchronized void close(Runnable whenWaiting) {
    closed = true;
    onWaiting = whenWaiting;
  }

  @Override
  public void accept(byte value) {
    boolean first;
    synchronized (this) {
      if (!closed) {
        outside.accept(value);
        return;
      }
      if (in - out == HELD_MAX) {
        throw new IllegalStateException("the guest was to stand before the gate was full");
      }
      first = in == coveredEnd();
      held[(int) (in++ % HELD_MAX)] = value;
      if (in - out >= HELD_MAX - ROOM_BYTES && !guestHeld) {
        guestHeld = true;
        holdGuest.run();
      }
    }
    if (first) {
      onWaiting.run();
    }
  }

  private long coveredEnd() {
    return marks.isEmpty() ? out : marks.getLast().end();
  }

  /** Bytes wait that no checkpoint covers yet. */
  synchronized boolean waits() {
    return in > coveredEnd();
  }

  /** Bytes that are held. */
  synchronized int heldBytes() {
    return (int) (in - out);
  }

  /** What is held now is covered by the checkpoint of this position. At a safe point. */
  synchronized void mark(int position) {
    marks.add(new Mark(position, in));
  }

  /** Lets leave what the checkpoint of this position and those before it cover. */
  synchronized void release(int position) {
    long end = out;
    while (!marks.isEmpty() && marks.getFirst().position() <= position) {
      end = marks.removeFirst().end();
    }
    releaseUpTo(end);
  }

  /** Lets everything leave, and holds nothing from now on. */
  synchronized void open() {
    releaseUpTo(in);
    closed = false;
    marks.clear();
  }

  /** Throws away what is held, and holds nothing from now on. The guest stands. */
  synchronized void drop() {
    out = in;
    closed = false;
    marks.clear();
    freeGuest();
  }

  private void releaseUpTo(long end) {
    while (out < end) {
      outside.accept(held[(int) (out++ % HELD_MAX)]);
    }
    freeGuest();
  }

  private void freeGuest() {
    if (guestHeld && in - out < HELD_MAX - ROOM_BYTES) {
      guestHeld = false;
      letGuestGo.run();
    }
  }
}
