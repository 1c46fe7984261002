package landfall.lease;

/** Who may hold the lease: the two hosts between which a guest moves. */
public enum Host {
  /** The host that the guest leaves. */
  SOURCE,
  /** The host that the guest moves to. */
  DESTINATION
}
