package landfall.explorer;

/**
 * How far core and model are explored. The meaning of each is that of the constant of {@code
 * MCPreCopyGraph.tla} and {@code MCPostCopyGraph.tla}; states beyond the bounds belong to neither
 * graph. Rounds of pre-copy have no bound of their own: each but the first of an attempt has a
 * write as its cause.
 *
 * @param pages number of the guest's pages
 * @param steps most writes of the guest, {@code MaxSteps}
 * @param attempts most attempts of the source, {@code MaxAttempts}; in post-copy a recovery is one,
 *     too
 * @param arbiter true if ownership is a lock on shared storage
 */
public record Bounds(int pages, int steps, int attempts, boolean arbiter) {

  private static final int STEPS_MAX = 9;

  /** More rounds than any bounds allow: {@code MaxRounds} of {@code MCPostCopyGraph.tla}. */
  static final int ROUNDS_MAX = 1 + STEPS_MAX;

  /** {@code IllegalArgumentException} names the bound that is out of range. */
  public Bounds {
    require("pages", pages, 1, 4);
    require("steps", steps, 0, STEPS_MAX);
    require("attempts", attempts, 0, 9);
  }

  /** Two pages, as the models of the manifest have them. */
  public static Bounds of(int steps, int attempts, boolean arbiter) {
    return new Bounds(2, steps, attempts, arbiter);
  }

  boolean contain(ModelWorld<?, ?> world) {
    return world.steps().size() <= steps && world.attempt() <= attempts;
  }

  private static void require(String name, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          "%s must be from %d to %d, not %d".formatted(name, min, max, value));
    }
  }
}
