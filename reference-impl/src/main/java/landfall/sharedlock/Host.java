package landfall.sharedlock;

/** Who may lock the image: the two hosts between which a guest moves. */
public enum Host {
  /** The host that the guest leaves. */
  SOURCE,
  /** The host that the guest moves to. */
  DESTINATION;

  /** The host that the image is shared with. */
  public Host other() {
    return this == SOURCE ? DESTINATION : SOURCE;
  }

  /** What the record says when this host owns the guest. */
  public Owner asOwner() {
    return this == SOURCE ? Owner.SOURCE : Owner.DESTINATION;
  }
}
