package landfall.qemustream;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import landfall.qemustream.StreamEntry.What;

/**
 * The index of what passes on the connections of a trial. It takes down QEMU's streams and passes
 * over all others. Any thread.
 */
public final class StreamLog {
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  /** Enough for what an attempt of half a minute does, many times. */
  private static final int ENTRIES_MAX = 20_000;

  private static final int RUNS_MAX = 200_000;

  /** The beginning of a handshake of TLS 1.0 and later. */
  private static final int HANDSHAKE = 0x1603;

  private final List<StreamEntry> entries = new ArrayList<>();
  private final long startNanos;
  private int runs;
  private long dropped;
  private double droppedFrom;

  /** What was sent on the connection that was the last one to begin with a header. */
  private ForwardDecoder main;

  /** Pages go on several connections. Which of them is heard first is not known. */
  private boolean several;

  /**
   * @param startNanos {@link System#nanoTime} from which times are counted
   */
  public StreamLog(long startNanos) {
    this.startNanos = startNanos;
  }

  /** One connection. */
  public final class Connection {
    private final int number;
    private final Side forward = new Side(StreamEntry.FORWARD);
    private final Side back = new Side(StreamEntry.BACK);
    private final ByteBuffer beginning = ByteBuffer.allocate(4);
    private boolean foreign;

    private Connection(int number) {
      this.number = number;
    }

    /** Takes what came in one direction, before it is delivered. The buffer is left as it is. */
    public void passed(boolean toDestination, ByteBuffer bytes, long nanos) {
      synchronized (StreamLog.this) {
        // A destination answers what it was sent.
        if (foreign || !toDestination && forward.decoder == null) {
          return;
        }
        if (!toDestination) {
          if (back.decoder == null) {
            back.decoder =
                new ReturnPathDecoder(back, name -> main == null ? null : main.block(name));
          }
          back.take(bytes, nanos);
          return;
        }
        ByteBuffer rest = bytes.duplicate();
        if (forward.decoder == null) {
          while (rest.hasRemaining() && beginning.hasRemaining()) {
            beginning.put(rest.get());
          }
          if (beginning.hasRemaining()) {
            return;
          }
          forward.nanos = nanos;
          forward.decoder = decoder();
          foreign = forward.decoder == null;
          if (foreign) {
            return;
          }
          forward.take(beginning.flip(), nanos);
        }
        forward.take(rest, nanos);
      }
    }

    /** For the stream that begins like this; null if it is none of QEMU's, or cannot be read. */
    private Decoder decoder() {
      int magic = beginning.getInt(0);
      if (magic == ForwardDecoder.MAGIC) {
        main = new ForwardDecoder(forward);
        if (several) {
          main.otherConnections();
        }
        return main;
      }
      if (magic == ForwardDecoder.ASKS_FOR_BITMAP && main != null && main.isGivenAway()) {
        main = new ForwardDecoder(forward, main);
        return main;
      }
      if (magic == MultifdDecoder.MAGIC) {
        several = true;
        if (main != null) {
          main.otherConnections();
        }
        return new MultifdDecoder(forward, name -> main == null ? null : main.block(name));
      }
      if (magic >>> 16 == HANDSHAKE) {
        forward.entry(
            0,
            What.UNREADABLE,
            "at offset 0 found a handshake of TLS; expected a stream that is not encrypted",
            0,
            List.of());
      }
      return null;
    }

    /**
     * No more comes in one direction.
     *
     * @param broken it was not ended in an orderly way
     */
    public void ended(boolean toDestination, boolean broken, long nanos) {
      synchronized (StreamLog.this) {
        Side side = toDestination ? forward : back;
        if (side.decoder == null || side.over) {
          return;
        }
        side.over = true;
        side.nanos = nanos;
        if (side.decoder instanceof ForwardDecoder decoder) {
          decoder.closed();
        }
        long bytes = side.decoder.bytes();
        side.entry(bytes, broken ? What.BROKEN : What.CLOSED, "", bytes, List.of());
      }
    }

    /** One direction. */
    private final class Side implements Decoder.Sink {
      private final String direction;
      private Decoder decoder;
      private long nanos;
      private boolean over;

      private Side(String direction) {
        this.direction = direction;
      }

      private void take(ByteBuffer bytes, long atNanos) {
        nanos = atNanos;
        decoder.take(bytes);
      }

      @Override
      public void entry(long offset, What what, String text, long value, List<int[]> pages) {
        double at = Math.round((nanos - startNanos) / 1e3) / 1e3;
        add(new StreamEntry(number, direction, at, offset, what, text, value, pages));
      }
    }
  }

  /** Takes up a connection. */
  public Connection connection(int number) {
    return new Connection(number);
  }

  private void add(StreamEntry entry) {
    if (entries.size() == ENTRIES_MAX || runs + entry.pages().size() > RUNS_MAX) {
      droppedFrom = dropped == 0 ? entry.atMillis() : droppedFrom;
      dropped += 1 + entry.pages().size();
    } else {
      runs += entry.pages().size();
      entries.add(entry);
    }
  }

  /** Everything so far, in the order of time. */
  public synchronized List<StreamEntry> entries() {
    List<StreamEntry> all = new ArrayList<>(entries);
    if (dropped > 0) {
      all.add(new StreamEntry(0, "", droppedFrom, 0, What.DROPPED, "", dropped, List.of()));
    }
    all.sort(Comparator.comparingDouble(StreamEntry::atMillis));
    return all;
  }

  /** Writes entries, one JSON object a line; no file if there are none. */
  public static void write(List<StreamEntry> entries, Path file) throws IOException {
    if (entries.isEmpty()) {
      return;
    }
    try (var out = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
      for (StreamEntry entry : entries) {
        out.write(JSON.writeValueAsString(entry));
        out.write('\n');
      }
    }
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws IOException if it is something else; the message says where
   */
  public static List<StreamEntry> read(Path file) throws IOException {
    List<StreamEntry> entries = new ArrayList<>();
    for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
      try {
        StreamEntry entry = JSON.readValue(line, StreamEntry.class);
        if (entry == null
            || entry.what() == null
            || entry.direction() == null
            || entry.pages().stream().anyMatch(run -> run.length != 3)) {
          throw new IOException(
              file + ":" + (entries.size() + 1) + ": an entry needs what, direction and runs of 3");
        }
        entries.add(entry);
      } catch (JsonProcessingException malformed) {
        throw new IOException(
            file + ":" + (entries.size() + 1) + ": " + malformed.getOriginalMessage(), malformed);
      }
    }
    return entries;
  }
}
