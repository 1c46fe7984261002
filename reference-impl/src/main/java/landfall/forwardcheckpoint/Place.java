package landfall.forwardcheckpoint;

/** Where something of the guest can be. */
public enum Place {
  /** The host that the guest leaves. */
  SOURCE,
  /** The host that the guest moves to. */
  DESTINATION,
  /** Keeps copies of pages, maybe checkpoints, and decides between the hosts. It runs no guest. */
  STORE
}
