package landfall.implementation;

import java.nio.file.Path;
import java.util.List;

/**
 * What the process beside the hosts of a trial is started with.
 *
 * @param sockets as in {@link HostPlace}
 * @param logs where its trace goes, if it writes one
 * @param trackedPages pages whose way is traced, if it traces
 * @param life how often it was started, from 1
 */
public record CompanionPlace(Path sockets, Path logs, List<Integer> trackedPages, int life) {

  public CompanionPlace {
    trackedPages = List.copyOf(trackedPages);
  }

  /** The trace: each life has its own. */
  public Path trace() {
    return logs.resolve("companion" + (life > 1 ? "." + life : "") + ".ndjson");
  }
}
