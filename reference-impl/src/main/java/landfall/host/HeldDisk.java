package landfall.host;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import landfall.machine.BlockStorage;
import landfall.wire.CheckpointDisk;

/**
 * Where the writes of the guest's disk wait until a committed checkpoint covers them. Open, it lets
 * each through at once. Closed, it takes a write and answers: the guest goes on, and reads what it
 * wrote. That answer is itself part of what the guest does after the last checkpoint, so nobody
 * outside sees it before a checkpoint covers it with the write. What is covered is carried out in
 * the guest's order, under the {@link DiskFence}.
 *
 * <p>What is held is bounded: the guest waits for an answer until there is room.
 *
 * <p>The disk's thread of the machine brings reads and writes. Writes are carried out on a thread
 * of its own, since storage may hang. The rest is the loop's, and waits for neither.
 */
final class HeldDisk implements BlockStorage {
  private static final int HELD_BYTES_MAX = CheckpointDisk.TOTAL_BYTES_MAX;
  private static final long RETRY_MILLIS = 100;

  /**
   * A write, or a wish of the guest that those before it are on stable storage.
   *
   * @param data empty for the latter
   */
  record Write(long sector, byte[] data) {
    private static final Write FLUSH = new Write(0, new byte[0]);

    private boolean isFlush() {
      return data.length == 0;
    }
  }

  /** So much was held when the checkpoint of this position was taken. */
  private record Mark(int position, int written, long end) {}

  /**
   * Writes that are carried out together.
   *
   * @param position of the checkpoint that covers them
   * @param written the newest step of the guest among them, as traces count
   */
  private record Batch(int stay, List<Write> writes, int position, int written) {}

  /** What comes of a batch, told on the thread that carries writes out. */
  interface Listener {
    /** It is on the disk. */
    void carriedOut();

    /** The disk was taken from this host: it is not, and never will be from here. */
    void refused();

    /** It failed, and is tried again. */
    void failed(String why);
  }

  private enum State {
    /** What the guest does is done at once. */
    OPEN,
    /** Writes are held. */
    HELD,
    /** The guest is no longer here: what comes late is refused. */
    LEFT
  }

  private final UnflushedWrites image;
  private final DiskFence fence;
  private final ScheduledExecutorService carrier =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            var made = new Thread(work, "held-disk");
            made.setDaemon(true);
            return made;
          });

  // Guarded by this.
  private final ArrayDeque<Write> held = new ArrayDeque<>();
  private final ArrayDeque<Mark> marks = new ArrayDeque<>();
  private State state = State.OPEN;
  private int heldBytes;
  private boolean full;

  /** Entries that ever were held, that {@link #collect} has seen, and that were carried out. */
  private long in;

  private long collected;
  private long out;
  private boolean written;
  private int carriedTo;
  private boolean carriedWrites;

  /** Which stay of a guest here this is: what is left of an earlier one is forgotten. */
  private int stay;

  private boolean drains;
  private UUID guest;
  private int attempt;
  private Listener listener;
  private Runnable onFull = () -> {};

  /**
   * @param fence null if there is none: then writes cannot be held
   */
  HeldDisk(BlockStorage image, DiskFence fence) {
    this.image = new UnflushedWrites(image);
    this.fence = fence;
  }

  boolean canHold() {
    return fence != null;
  }

  /** A guest arrives: what one wrote here before is not written again. */
  void forgetUnflushed() {
    image.forget();
  }

  // ---------------------------------------------------------------- the guest

  @Override
  public long sectors() {
    return image.sectors();
  }

  @Override
  public void read(long sector, ByteBuffer into) throws IOException {
    List<Write> over;
    synchronized (this) {
      over = List.copyOf(held);
    }
    // What is carried out meanwhile is in this list, too. Nothing else is written meanwhile.
    ByteBuffer sectors = into.slice();
    image.read(sector, into);
    long begin = sector * SECTOR_BYTES;
    long end = begin + sectors.capacity();
    for (Write write : over) {
      long at = write.sector() * SECTOR_BYTES;
      long from = Math.max(begin, at);
      long to = Math.min(end, at + write.data().length);
      if (from < to) {
        sectors
            .position((int) (from - begin))
            .put(write.data(), (int) (from - at), (int) (to - from));
      }
    }
  }

  @Override
  public void write(long sector, ByteBuffer from) throws IOException {
    if (!takes(sector, from)) {
      image.write(sector, from);
    }
  }

  /** False if the guest's writes are done at once. */
  private boolean takes(long sector, ByteBuffer from) throws IOException {
    Runnable tell = null;
    synchronized (this) {
      if (state == State.HELD && isFullWith(from.remaining())) {
        full = true;
        tell = onFull;
      }
    }
    if (tell != null) {
      tell.run();
    }
    synchronized (this) {
      while (state == State.HELD && isFullWith(from.remaining())) {
        try {
          wait();
        } catch (InterruptedException ended) {
          Thread.currentThread().interrupt();
          throw new IOException("interrupted while the write waited for room", ended);
        }
      }
      full = false;
      if (state == State.LEFT) {
        throw new IOException("the guest is no longer here");
      }
      written = true;
      if (state == State.OPEN) {
        return false;
      }
      byte[] data = new byte[from.remaining()];
      from.get(data);
      held.add(new Write(sector, data));
      heldBytes += data.length;
      in++;
      return true;
    }
  }

  private boolean isFullWith(int bytes) {
    return heldBytes > 0 && heldBytes + bytes > HELD_BYTES_MAX;
  }

  @Override
  public void flush() throws IOException {
    synchronized (this) {
      if (state == State.HELD && (held.isEmpty() || !held.getLast().isFlush())) {
        held.add(Write.FLUSH);
        in++;
      }
      if (state != State.OPEN) {
        return;
      }
    }
    image.flush();
  }

  // ---------------------------------------------------------------- checkpoints are taken

  /**
   * Holds what is written from now on. The guest stands.
   *
   * @param ofAttempt by which the guest came here
   * @param whenFull told on the disk's thread when a write begins to wait for room
   */
  synchronized void hold(UUID ofGuest, int ofAttempt, Runnable whenFull, Listener toTell) {
    stay++;
    state = State.HELD;
    guest = ofGuest;
    attempt = ofAttempt;
    onFull = whenFull;
    listener = toTell;
    written = false;
    carriedTo = 0;
    collected = in;
  }

  /**
   * Draws a line under what the guest has written so far.
   *
   * @return whether it has written since the line before
   */
  synchronized boolean collect() {
    boolean since = written;
    written = false;
    collected = in;
    return since;
  }

  /**
   * What is above the line is covered by the checkpoint of this position.
   *
   * @param newest step of the guest that wrote to the disk, as traces count
   * @return all writes that are not carried out, oldest first
   */
  synchronized List<Write> mark(int position, int newest) {
    marks.add(new Mark(position, newest, collected));
    List<Write> writes = new ArrayList<>(held).subList(0, (int) (collected - out));
    return writes.stream().filter(write -> !write.isFlush()).toList();
  }

  /** Whether a write waits for room, or for a checkpoint that covers it. */
  synchronized boolean waits() {
    return full || in > (marks.isEmpty() ? out : marks.getLast().end());
  }

  synchronized boolean isFull() {
    return full;
  }

  /** Whether there is a write above the line. */
  synchronized boolean holdsWrites() {
    return held.stream().limit(collected - out).anyMatch(write -> !write.isFlush());
  }

  /**
   * Has carried out what the checkpoint of this position and those before it cover. One at a time.
   *
   * @return false if there is nothing to do
   */
  synchronized boolean carryOut(int position) {
    long end = out;
    int newest = 0;
    while (!marks.isEmpty() && marks.getFirst().position() <= position) {
      Mark mark = marks.removeFirst();
      end = mark.end();
      newest = mark.written();
    }
    if (end == out) {
      carriedTo = Math.max(carriedTo, position);
      carriedWrites = false;
      return false;
    }
    List<Write> writes = List.copyOf(new ArrayList<>(held).subList(0, (int) (end - out)));
    var batch = new Batch(stay, writes, position, newest);
    carrier.execute(() -> carry(batch, listener::carriedOut));
    return true;
  }

  /** Whether all is on the disk that the checkpoint of this position covers. */
  synchronized boolean hasCarriedOut(int position) {
    return carriedTo >= position;
  }

  /** Whether there was a write in what was carried out last. */
  synchronized boolean carriedWrites() {
    return carriedWrites;
  }

  private void carry(Batch batch, Runnable then) {
    Listener toTell;
    UUID ofGuest;
    int ofAttempt;
    synchronized (this) {
      if (batch.stay() != stay) {
        return;
      }
      toTell = listener;
      ofGuest = guest;
      ofAttempt = attempt;
    }
    try {
      fence.perform(
          ofGuest, ofAttempt, batch.written(), () -> perform(batch.writes()), () -> over(batch));
    } catch (DiskFence.TakenException taken) {
      toTell.refused();
      return;
    } catch (IOException failure) {
      toTell.failed(String.valueOf(failure.getMessage()));
      carrier.schedule(() -> carry(batch, then), RETRY_MILLIS, TimeUnit.MILLISECONDS);
      return;
    }
    then.run();
  }

  private void perform(List<Write> writes) throws IOException {
    boolean flush = false;
    for (Write write : writes) {
      if (write.isFlush()) {
        flush = true;
      } else {
        image.write(write.sector(), ByteBuffer.wrap(write.data()));
      }
    }
    if (flush) {
      image.flush();
    }
  }

  private synchronized void over(Batch batch) {
    if (batch.stay() != stay) {
      return;
    }
    carriedWrites = batch.writes().stream().anyMatch(write -> !write.isFlush());
    for (Write done : batch.writes()) {
      held.removeFirst();
      heldBytes -= done.data().length;
      out++;
    }
    carriedTo = Math.max(carriedTo, batch.position());
    notifyAll();
  }

  // ---------------------------------------------------------------- the end of it

  /**
   * Carries out all that is held, and holds nothing from then on.
   *
   * @param whenOpen called then, on the thread that carries writes out
   */
  synchronized void open(Runnable whenOpen) {
    drains = true;
    int mine = stay;
    carrier.execute(() -> drain(mine, whenOpen));
  }

  private void drain(int mine, Runnable whenOpen) {
    Batch rest;
    synchronized (this) {
      if (mine != stay) {
        return;
      }
      rest = new Batch(stay, List.copyOf(held), carriedTo, 0);
      if (held.isEmpty()) {
        state = State.OPEN;
        marks.clear();
        notifyAll();
      }
    }
    if (rest.writes().isEmpty()) {
      whenOpen.run();
    } else {
      carry(rest, () -> drain(mine, whenOpen));
    }
  }

  /** What {@link #open} was to lead to has happened. */
  synchronized void isOpened() {
    drains = false;
  }

  /** Whether nothing is held, and nothing will be. */
  synchronized boolean isOpen() {
    return state == State.OPEN && !drains;
  }

  /** Throws away what is held. The guest stands, and what it still asks for is refused. */
  synchronized void leave() {
    stay++;
    state = State.LEFT;
    held.clear();
    marks.clear();
    heldBytes = 0;
    out = in;
    drains = false;
    notifyAll();
  }

  /** Whether a guest is no longer here, and may still have asked for something. */
  synchronized boolean hasLeft() {
    return state == State.LEFT;
  }

  /** Nothing that the guest before has asked for is under way any more: another may come. */
  synchronized void welcome() {
    if (state == State.LEFT) {
      state = State.OPEN;
    }
  }

  // ---------------------------------------------------------------- the source

  /**
   * Lets the destination of an attempt write.
   *
   * @param failed told why it may not; it is not tried again
   */
  void admit(UUID ofGuest, int ofAttempt, Runnable done, Consumer<String> failed) {
    carrier.execute(
        () -> {
          try {
            fence.admit(ofGuest, ofAttempt);
            done.run();
          } catch (IOException failure) {
            failed.accept(failure.toString());
          }
        });
  }

  /**
   * Takes the disk from the destination of an attempt, however often it has to be tried.
   *
   * @param done told the newest step of the guest whose write is on the disk
   */
  void fence(UUID ofGuest, int ofAttempt, IntConsumer done, Consumer<String> failed) {
    carrier.execute(
        () -> {
          try {
            done.accept(fence.take(ofGuest, ofAttempt));
          } catch (IOException failure) {
            failed.accept(failure.toString());
            carrier.schedule(
                () -> fence(ofGuest, ofAttempt, done, failed), RETRY_MILLIS, TimeUnit.MILLISECONDS);
          }
        });
  }

  /** The newest step of the guest whose write is on the disk. Waits for the storage. */
  int lastWritten(UUID ofGuest, int ofAttempt) throws IOException {
    return fence.written(ofGuest, ofAttempt);
  }

  /** Writes all this to the image, in order and however often it has to be tried. */
  void carryOut(List<Write> writes, Runnable done, Consumer<String> failed) {
    carrier.execute(
        () -> {
          try {
            perform(writes);
            image.flush();
            done.run();
          } catch (IOException failure) {
            failed.accept(failure.toString());
            carrier.schedule(
                () -> carryOut(writes, done, failed), RETRY_MILLIS, TimeUnit.MILLISECONDS);
          }
        });
  }
}
