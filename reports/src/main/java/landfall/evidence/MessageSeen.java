package landfall.evidence;

import com.fasterxml.jackson.annotation.JsonIgnore;

/**
 * A message between hosts, for the space-time picture. Times are milliseconds since the trial
 * began.
 *
 * @param fromHost name of a host
 * @param toHost the other one
 * @param sentAtMillis when it was sent
 * @param receivedAtMillis when it arrived; null if it was lost
 * @param label what it was, such as {@code round 2, 1,204 pages}
 */
public record MessageSeen(
    String fromHost, String toHost, double sentAtMillis, Double receivedAtMillis, String label) {
  public MessageSeen {
    Require.text("message fromHost", fromHost);
    Require.text("message toHost", toHost);
    Require.finite("message sentAtMillis", sentAtMillis);
    if (receivedAtMillis != null) {
      Require.finite("message receivedAtMillis", receivedAtMillis);
    }
    if (fromHost.equals(toHost)) {
      throw new IllegalArgumentException("a message goes from one host to another, not to itself");
    }
    label = label == null ? "" : label;
  }

  /** Whether it never arrived. */
  @JsonIgnore
  public boolean lost() {
    return receivedAtMillis == null;
  }
}
