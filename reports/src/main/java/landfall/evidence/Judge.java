package landfall.evidence;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Who judges a trial. */
public enum Judge {
  /** Are the clients' histories linearizable? */
  @JsonProperty("history")
  HISTORY("history"),
  /** Is the guest's memory what it must be: its own witness, and both RAMs byte for byte? */
  @JsonProperty("memory")
  MEMORY("memory"),
  /** Is the trace a behaviour of the specification? */
  @JsonProperty("trace")
  TRACE("trace"),
  /** Does the guest run again within its bound? */
  @JsonProperty("liveness")
  LIVENESS("liveness"),
  /** Is what the implementation reports about itself so? */
  @JsonProperty("status")
  STATUS("status");

  private final String word;

  Judge(String word) {
    this.word = word;
  }

  /** The lower-case word used in files and on pages. */
  public String word() {
    return word;
  }
}
