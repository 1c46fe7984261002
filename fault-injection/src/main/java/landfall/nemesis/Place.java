package landfall.nemesis;

import java.util.Locale;

/** What a fault is done to. */
public enum Place {
  /** The channel between the hosts. */
  CHANNEL,
  /** The host that has the guest. */
  SOURCE,
  /** The host that is to get it. */
  DESTINATION;

  /** The word for it in evidence. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
