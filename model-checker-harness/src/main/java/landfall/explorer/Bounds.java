package landfall.explorer;

/**
 * How far core and model are explored. The meaning of each is that of the constant of {@code
 * MCPreCopyGraph.tla}, {@code MCPostCopyGraph.tla}, {@code MCReverseCheckpointGraph.tla} and {@code
 * MCForwardCheckpointGraph.tla}; states beyond the bounds belong to neither graph. Of checkpoints
 * there is one attempt, and the guest's last page is one of the disk; only there messages are
 * counted. Only of copies ahead may checkpoints go to a staging store. Rounds of pre-copy have no
 * bound of their own: each but the first of an attempt has a write as its cause.
 *
 * @param pages number of the guest's pages
 * @param steps most writes of the guest, {@code MaxSteps}
 * @param attempts most attempts of the source, {@code MaxAttempts}; in post-copy a recovery is one,
 *     too
 * @param arbiter true if ownership is a lock on shared storage
 * @param messages most messages on their way in one direction, {@code MaxMessages}
 * @param failures of copies ahead, most crashes and cuts of links, one after the other, {@code
 *     MaxFailures}; of pre-copy, most hosts that are dead and most ways that are cut at once,
 *     {@code MaxCrashes} and {@code MaxCuts}
 * @param staged true if checkpoints go to the store, {@code Keeper}; not to the source
 * @param hosts how many hosts there are, {@code Hosts}; of a protocol whose module knows two, 2
 */
public record Bounds(
    int pages,
    int steps,
    int attempts,
    boolean arbiter,
    int messages,
    int failures,
    boolean staged,
    int hosts) {

  private static final int STEPS_MAX = 9;

  /** Dead hosts, and ways that are cut, at once. */
  private static final int FAULTS = 1;

  /** More rounds than any bounds allow: {@code MaxRounds} of {@code MCPostCopyGraph.tla}. */
  static final int ROUNDS_MAX = 1 + STEPS_MAX;

  /** {@code IllegalArgumentException} names the bound that is out of range. */
  public Bounds {
    require("pages", pages, 1, 4);
    require("steps", steps, 0, STEPS_MAX);
    require("attempts", attempts, 0, 9);
    require("messages", messages, 0, 9);
    require("failures", failures, 0, 9);
    require("hosts", hosts, 2, 3);
  }

  /** Bounds of a protocol that counts neither messages nor failures. */
  public Bounds(int pages, int steps, int attempts, boolean arbiter) {
    this(pages, steps, attempts, arbiter, 0, FAULTS, false, 2);
  }

  /** Two pages, as the models of the manifest have them. */
  public static Bounds of(int steps, int attempts, boolean arbiter) {
    return new Bounds(2, steps, attempts, arbiter);
  }

  boolean contain(ModelWorld<?, ?> world) {
    return world.steps().size() <= steps && world.attempt() <= attempts;
  }

  boolean contain(HostsWorld<?> world) {
    int crashed = 0;
    for (int host = 0; host < world.hosts().size(); host++) {
      crashed += world.alive(host) ? 0 : 1;
    }
    return world.attempts() <= attempts
        && crashed <= failures
        && world.cut().size() <= failures
        && world.hosts().stream().allMatch(place -> place.steps().size() <= steps);
  }

  /** Three hosts with an arbiter, two attempts and a write, and nobody at fault. */
  public static Bounds ofThreeHosts() {
    return new Bounds(1, 1, 2, true, 0, 0, false, 3);
  }

  /** Two hosts of post-copy with an arbiter, one page, a write, and an attempt with a recovery. */
  public static Bounds ofPostCopyWithArbiter() {
    return new Bounds(1, 1, 2, true);
  }

  /** The same for more hosts. */
  public Bounds withHosts(int number) {
    return new Bounds(pages, steps, attempts, arbiter, messages, failures, staged, number);
  }

  /** Checkpoints with an arbiter, one page, a write, and two messages on their way. */
  public static Bounds ofCheckpointsWithArbiter() {
    return ofCheckpoints(1, 1, 2).withArbiter(true);
  }

  /** The same with an arbiter, or without. */
  public Bounds withArbiter(boolean with) {
    return new Bounds(pages, steps, attempts, with, messages, failures, staged, hosts);
  }

  /** Bounds for checkpoints. */
  public static Bounds ofCheckpoints(int pages, int steps, int messages) {
    return new Bounds(pages, steps, 1, false, messages, 0, false, 2);
  }

  /** Bounds for copies ahead. */
  public static Bounds ofCopiesAhead(int pages, int steps, int failures, boolean staged) {
    return new Bounds(pages, steps, 1, false, 0, failures, staged, 2);
  }

  /** For a protocol whose graph is finite without: it has no pages and no steps of the guest. */
  public static Bounds none() {
    return new Bounds(1, 0, 0, false);
  }

  private static void require(String name, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          "%s must be from %d to %d, not %d".formatted(name, min, max, value));
    }
  }
}
