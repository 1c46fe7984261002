package landfall.trace;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Appends events to a file. Belongs to the one thread that changes the phase.
 *
 * <p>The clock is a vector clock with what this host knows: its own entry is the sequence number of
 * the event, those of other hosts are left out, since frames carry no clocks. Who merges traces
 * completes it: an event that sent a frame comes before the event that received it.
 */
public final class TraceWriter implements Closeable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final FileChannel file;
  private final String host;
  private long seq;

  /**
   * Opens a file, which is created or emptied.
   *
   * @param host name of this host in events
   * @throws IOException if the file cannot be written
   */
  public TraceWriter(Path path, String host) throws IOException {
    this.host = host;
    this.file =
        FileChannel.open(
            path,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE);
  }

  /** A writer that forgets everything. */
  public static TraceWriter discarding() {
    return new TraceWriter();
  }

  private TraceWriter() {
    host = "";
    file = null;
  }

  /**
   * Appends one event.
   *
   * @param action name of the action in the specification
   * @param args what the host saw when it happened
   * @param after the phase after it
   * @throws IOException if it cannot be written; the file then misses events
   */
  public void append(String action, Map<String, ?> args, Map<String, ?> after) throws IOException {
    if (file == null) {
      return;
    }
    seq++;
    Map<String, Object> clock = new LinkedHashMap<>();
    clock.put(host, seq);
    Map<String, Object> event = new LinkedHashMap<>();
    event.put("host", host);
    event.put("seq", seq);
    event.put("clock", clock);
    event.put("action", action);
    event.put("args", args);
    event.put("after", after);
    ByteBuffer line = ByteBuffer.wrap(encode(event).getBytes(StandardCharsets.UTF_8));
    while (line.hasRemaining()) {
      file.write(line);
    }
  }

  private static String encode(Map<String, Object> event) {
    try {
      return JSON.writeValueAsString(event) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("an event must consist of plain values: " + event, e);
    }
  }

  @Override
  public void close() throws IOException {
    if (file != null) {
      file.close();
    }
  }
}
