package landfall.implementation;

/** What a migration channel is made of. */
public enum Channel {
  /** One connection, which a decoder reads. */
  PLAIN,
  /** One connection, and further ones that carry pages. */
  SEVERAL,
  /** One connection, encrypted: nobody but its ends can read it. */
  ENCRYPTED
}
