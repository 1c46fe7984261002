package landfall.nemesis;

import java.util.Locale;

/** What a fault is done to. */
public enum Place {
  /** The channel between the hosts. */
  CHANNEL,
  /** The host that has the guest. */
  SOURCE,
  /** The host that is to get it. */
  DESTINATION,
  /** The process beside the hosts that all of them need, such as the grantor of leases. */
  COMPANION,
  /** The grantor of leases, where the hosts have it beside their store. */
  GRANTOR,
  /** The disk of the guest. */
  DISK,
  /** The storage of an arbiter, which all hosts reach. */
  STORAGE,
  /** The ways between the hosts and a store beside them. */
  STORE_LINK,
  /** The wall clocks of processes, where they can be moved. */
  CLOCK,
  /** What processes ask of their system, where that can be made to fail. */
  CALLS;

  boolean isHost() {
    return this == SOURCE || this == DESTINATION;
  }

  /** The word for it in evidence. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
