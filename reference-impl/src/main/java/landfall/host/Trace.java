package landfall.host;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import landfall.precopy.PageSet;
import landfall.protocol.Action;
import landfall.trace.TraceWriter;

/**
 * Steps of the core, projected to the tracked pages and appended to the trace: a frame of pages
 * makes one event for each tracked page in it, every other step makes one. On the loop's thread.
 */
final class Trace {
  private final TraceWriter writer;
  private final int[] tracked;
  private final BitSet isTracked = new BitSet();
  private boolean broken;

  Trace(TraceWriter writer, List<Integer> tracked) {
    this.writer = writer;
    this.tracked = tracked.stream().mapToInt(Integer::intValue).sorted().toArray();
    Arrays.stream(this.tracked).forEach(isTracked::set);
  }

  List<Integer> tracked() {
    return Arrays.stream(tracked).boxed().toList();
  }

  /** Arguments of an event, in the order given. */
  static Map<String, Object> args(Object... namesAndValues) {
    Map<String, Object> args = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      args.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return args;
  }

  List<Integer> trackedOf(PageSet pages) {
    List<Integer> members = new ArrayList<>();
    for (int page : tracked) {
      if (pages.contains(page)) {
        members.add(page);
      }
    }
    return members;
  }

  void step(Action action, Map<String, Object> args, Map<String, Object> after) {
    append(action.name(), args, after);
  }

  /**
   * One event for each tracked page among these, as if they had been sent or received one by one.
   */
  void pages(Action action, int[] pages, int frame, Supplier<Map<String, Object>> after) {
    for (int page : pages) {
      if (isTracked.get(page)) {
        append(action.name(), args("page", page, "frame", frame), after.get());
      }
    }
  }

  // A trace with a hole would be judged as if the protocol had skipped a step: better none at all.
  private void append(String action, Map<String, Object> args, Map<String, Object> after) {
    if (broken) {
      return;
    }
    try {
      writer.append(action, args, after);
    } catch (IOException e) {
      broken = true;
      System.err.println("landfall host: the trace ends here, it cannot be written: " + e);
    }
  }
}
