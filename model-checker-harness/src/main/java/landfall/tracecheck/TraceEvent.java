package landfall.tracecheck;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * One event as a file has it. A trace may have a million of them, so an event keeps its place in
 * the file and not its line.
 *
 * @param file the file
 * @param line number of its line, from 1
 * @param begin offset of its line
 * @param length length of its line in bytes
 * @param host its name; empty for an event of no host
 * @param seq number of the event at its host, from 1; 0 if the event has none
 * @param peerSeq how many events of the other host are known to come before; 0 if none
 * @param action the action
 * @param attempt from the arguments, else from what is true after; 0 if neither says
 * @param saysAttempt whether the arguments say the attempt
 * @param page page number, -1 if none
 * @param frame frame received, or sent with pages; -1 if none
 * @param sentFrame frame sent as a consequence; -1 if none
 * @param dirty pages in the dirty log
 * @param taken whether the lock was free
 * @param phase phase after the event; empty if it does not say
 * @param attemptAfter attempt after the event, -1 if it does not say
 * @param acceptedAfter attempt taken up last, after the event, -1 if it does not say
 * @param roundAfter round after the event, -1 if it does not say
 * @param step the guest's count of served commands, -1 if none
 * @param status reported status, empty if none
 * @param args the arguments as the line has them; missing for pre-copy, whose fields are those
 *     above
 * @param after what is true after the event, as the line has it; likewise
 */
record TraceEvent(
    Path file,
    int line,
    long begin,
    int length,
    String host,
    long seq,
    long peerSeq,
    String action,
    int attempt,
    boolean saysAttempt,
    int page,
    int frame,
    int sentFrame,
    List<Integer> dirty,
    boolean taken,
    String phase,
    int attemptAfter,
    int acceptedAfter,
    int roundAfter,
    int step,
    String status,
    JsonNode args,
    JsonNode after) {

  static final String SOURCE = "source";
  static final String DESTINATION = "destination";
  static final String STORE = "store";

  /** File and line, for people. */
  String where() {
    return where(file, line);
  }

  static String where(Path file, int line) {
    return file.getFileName() + " line " + line;
  }

  /** The line itself, for people. */
  String text() {
    try (var channel = Files.newByteChannel(file)) {
      var bytes = java.nio.ByteBuffer.allocate(length);
      channel.position(begin);
      while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
        // Reads on to the end of the line.
      }
      return new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8).strip();
    } catch (IOException gone) {
      return "(" + file + " can no longer be read: " + gone.getMessage() + ")";
    }
  }

  /** A number among the arguments, -1 if there is none of that name. */
  int number(String name) {
    return args.path(name).asInt(-1);
  }

  boolean at(String otherHost) {
    return host.equals(otherHost);
  }

  /** The same, of this host. */
  TraceEvent of(String otherHost) {
    return new TraceEvent(
        file,
        line,
        begin,
        length,
        otherHost,
        seq,
        peerSeq,
        action,
        attempt,
        saysAttempt,
        page,
        frame,
        sentFrame,
        dirty,
        taken,
        phase,
        attemptAfter,
        acceptedAfter,
        roundAfter,
        step,
        status,
        args,
        after);
  }

  /**
   * The same place in the file, with this content, and of no clock.
   *
   * @param args and {@code after} as the line of an event like this one would have them
   */
  TraceEvent as(
      String otherHost, String otherAction, String phaseAfter, JsonNode otherArgs, JsonNode after) {
    int attemptInArgs = otherArgs.path("attempt").asInt(0);
    int attemptThen = after.path("attempt").asInt(-1);
    return new TraceEvent(
        file,
        line,
        begin,
        length,
        otherHost,
        seq,
        0,
        otherAction,
        attemptInArgs > 0 ? attemptInArgs : Math.max(0, attemptThen),
        attemptInArgs > 0,
        otherArgs.path("page").asInt(-1),
        otherArgs.path("frame").asInt(-1),
        otherArgs.path("sent").asInt(-1),
        dirty,
        taken,
        phaseAfter,
        attemptThen,
        acceptedAfter,
        after.path("round").asInt(-1),
        step,
        status,
        otherArgs,
        after);
  }
}
