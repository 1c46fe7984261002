package landfall.implementation;

/**
 * What decides between the hosts of the reference engine whose the guest is, beside what they say
 * to each other.
 */
enum Ownership {
  /** Nothing. */
  NONE(""),
  /** A lock on storage that all hosts reach. */
  LOCK("-arbiter"),
  /** A lease that a grantor, a process of its own, gives to one host at a time. */
  LEASE("-lease");

  private final String suffix;

  Ownership(String suffix) {
    this.suffix = suffix;
  }

  /** Name of the implementation whose hosts have it. */
  String implementation() {
    return "reference" + suffix;
  }
}
