package landfall.sharedlock;

/** What the record on storage says of the guest. */
public enum Owner {
  /** It is the source's. */
  SOURCE,
  /** It is the destination's. */
  DESTINATION,
  /** It was given away, and nobody has taken it since. */
  FREE
}
