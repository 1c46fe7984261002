package landfall.evidence;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * Something that happened on one host, for the space-time picture.
 *
 * @param host its name
 * @param atMillis milliseconds since the trial began
 * @param label such as {@code paused} or {@code kill -9}
 * @param kind what the picture makes of it
 */
public record HostEvent(String host, double atMillis, String label, Kind kind) {

  /** What the picture makes of an event. */
  public enum Kind {
    /** The host enters the phase named by the label; drawn as a band until the next phase. */
    @JsonProperty("phase")
    PHASE,
    /** The host reports a status; drawn as a small mark. */
    @JsonProperty("status")
    STATUS,
    /** A fault hits the host; drawn as a warning mark. */
    @JsonProperty("fault")
    FAULT
  }

  public HostEvent {
    Require.text("host of an event", host);
    Require.finite("event atMillis", atMillis);
    Require.text("event label", label);
    Require.present("event kind", kind);
  }
}
