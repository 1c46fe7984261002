package landfall.tracecheck;

import java.nio.file.Path;
import java.util.List;

/**
 * One trace to judge.
 *
 * @param name what it is called in answers, unique within a batch
 * @param files its files, usually one for each host; events name their host
 * @param tracked the guest pages that the hosts followed; empty if unknown, and then those that
 *     occur, so that a page which was never sent is not missed
 * @param arbiter whether ownership was a lock on shared storage
 * @param killed whether a host is known to have been killed, so that an attempt may have no end in
 *     the trace
 */
public record TraceFiles(
    String name, List<Path> files, List<Integer> tracked, boolean arbiter, boolean killed) {
  public TraceFiles {
    if (name == null || name.isBlank()) {
      throw new IllegalArgumentException("a trace needs a name");
    }
    files = List.copyOf(files);
    tracked = tracked.stream().distinct().sorted().toList();
  }

  /** A trace of hosts of which none is known to have been killed. */
  public TraceFiles(String name, List<Path> files, List<Integer> tracked, boolean arbiter) {
    this(name, files, tracked, arbiter, false);
  }

  /** A trace without an arbiter whose tracked pages are those that occur in it. */
  public static TraceFiles of(String name, Path... files) {
    return new TraceFiles(name, List.of(files), List.of(), false);
  }
}
