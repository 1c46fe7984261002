package landfall.history;

import java.io.Closeable;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes a history while it happens, one event a line, in the form of Jepsen with the extra field
 * {@code :key}. May be used by several threads; the order of the calls is the order of the history,
 * so a client calls before it sends its request and after it has the reply. Every line is flushed:
 * what was observed survives the death of this process.
 */
public final class HistoryWriter implements Closeable {

  /** The process of events that are no client's. */
  public static final Keyword NEMESIS = new Keyword("nemesis");

  /** What an event tells of its operation. */
  public enum Type {
    /** A process asks. */
    INVOKE("invoke"),
    /** It happened. */
    OK("ok"),
    /** It did not happen. */
    FAIL("fail"),
    /** Nobody knows whether it happened. */
    INFO("info");

    private final String word;

    Type(String word) {
      this.word = word;
    }
  }

  private final Writer out;
  private long index;

  /** Writes to {@code out}, and closes it in the end. */
  public HistoryWriter(Writer out) {
    this.out = out;
  }

  /** Writes to a new file, or over an old one. */
  public static HistoryWriter create(Path file) throws IOException {
    return new HistoryWriter(Files.newBufferedWriter(file));
  }

  /**
   * Appends one event.
   *
   * @param process who asks; a number, or {@link #NEMESIS}
   * @param function such as {@code read}, {@code write}, {@code cas}
   * @param key the cell; null if there is only one
   * @param value the argument, or a read's answer; a cas has a list of old and new value
   * @param nanos since the trial began
   */
  public synchronized void append(
      Type type, Object process, String function, Object key, Object value, long nanos)
      throws IOException {
    var line = new StringBuilder(120);
    line.append("{:index ").append(index).append(", :time ").append(nanos);
    line.append(", :type :").append(type.word).append(", :process ");
    EdnPrinter.print(process, line);
    line.append(", :f :").append(function);
    if (key != null) {
      line.append(", :key ");
      EdnPrinter.print(key, line);
    }
    line.append(", :value ");
    EdnPrinter.print(value, line);
    line.append("}\n");
    out.write(line.toString());
    out.flush();
    index++;
  }

  @Override
  public synchronized void close() throws IOException {
    out.close();
  }
}
