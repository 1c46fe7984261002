package landfall.bench;

import java.io.IOException;
import java.util.List;

/** One kind of migration, measured beside its peers on the same machine in the same run. */
public interface Bench {

  /** The word for it on the command line. */
  String name();

  /** What it does and against what, in a sentence or two. */
  String about();

  /**
   * Measures.
   *
   * @throws IOException if a host fails; the message says how
   */
  void run(BenchSetting setting, BenchLog log) throws IOException;

  /** All that there are, in the order in which they run. */
  static List<Bench> all() {
    return List.of(
        new PreCopyBench(),
        new ChannelsBench(),
        new PostCopyBench(),
        new CheckpointBench(),
        new FailoverBench(),
        new IntervalBench());
  }
}
