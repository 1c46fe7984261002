package landfall.nemesis;

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
      Nemesis.Targets targets) {}

  /** Whether it took effect, and what shows it. */
  record Effect(boolean seen, String how) {}

  /** Does it; in the thread that forwards the stream, before the next byte is delivered. */
  void begin(Scene scene);

  /** Ends it, once, after its duration. */
  void heal(Scene scene);

  /** Asked for after it was healed. */
  Effect effect(Scene scene);
}
