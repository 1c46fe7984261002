package landfall.history;

/** Where the operations of a history have the key that they are about. */
public enum Keys {
  /** In the field {@code :key}, or in values {@code [key value]} if the history leaves no doubt. */
  AUTO,
  /** In values {@code [key value]}, which is how Jepsen writes independent keys. */
  TUPLE,
  /** In the field {@code :key}, if anywhere: a value that is a pair is a value. */
  NONE
}
