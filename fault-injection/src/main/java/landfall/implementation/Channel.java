package landfall.implementation;

/** What a migration channel is made of. */
public enum Channel {
  /** One connection, which a decoder reads. */
  PLAIN(""),
  /** One connection, and further ones that carry pages. */
  SEVERAL("-multifd"),
  /** One connection, encrypted: nobody but its ends can read it. */
  ENCRYPTED("-tls");

  private final String suffix;

  Channel(String suffix) {
    this.suffix = suffix;
  }

  /** What the name of an implementation with such a channel ends with. */
  String suffix() {
    return suffix;
  }
}
