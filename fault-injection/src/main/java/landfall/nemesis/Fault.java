package landfall.nemesis;

import java.util.function.Supplier;

/**
 * One fault while it is done, from its begin to its end. A kind of fault is one class of this kind,
 * and one entry in {@link FaultKind}.
 */
interface Fault {

  /** What a fault can do something to. */
  record Scene(
      MigrationProxy proxy,
      ProxyConnection connection,
      PlannedFault plan,
      Nemesis.Targets targets,
      Supplier<Double> clockMillis) {}

  /**
   * Whether it took effect, and what shows it.
   *
   * @param atMillis when it did; negative if that was when it began
   */
  record Effect(boolean seen, String how, double atMillis) {
    Effect(boolean seen, String how) {
      this(seen, how, -1);
    }
  }

  /** Does it; in the thread that forwards the stream, before the next byte is delivered. */
  void begin(Scene scene);

  /** Ends it, once, after its duration. */
  void heal(Scene scene);

  /** Asked for after it was healed. */
  Effect effect(Scene scene);
}
