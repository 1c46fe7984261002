package landfall.implementation;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/**
 * What decides between the hosts of the reference engine whose the guest is, beside what they say
 * to each other.
 */
public enum Ownership {
  /** Nothing. */
  NONE(""),
  /** A lock on storage that all hosts reach. */
  LOCK("-arbiter"),
  /** A lease that a grantor, a process of its own, gives to one host at a time. */
  LEASE("-lease"),
  /**
   * A store, a process of its own, to which pages are copied ahead, and which gives one host the
   * claim to go on alone.
   */
  STORE("-store");

  private final String suffix;

  Ownership(String suffix) {
    this.suffix = suffix;
  }

  /** The word for it on the command line and in reports. */
  @JsonValue
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Name of the implementation whose hosts have it. */
  String implementation() {
    return "reference" + suffix;
  }
}
