package landfall.evidence;

/**
 * One fault of a trial.
 *
 * @param kind such as {@code kill-source} or {@code cut-both-ways}
 * @param phase the protocol phase it was aimed at, such as {@code precopy-round-2}
 * @param atMillis when it was injected, in milliseconds since the trial began
 * @param seen whether it was seen to take effect
 * @param host the host that it was done to; null if that was the channel, or is not told
 * @param evidence how it was seen, or why it was not; required when {@code seen}
 */
public record FaultResult(
    String kind, String phase, double atMillis, boolean seen, String host, String evidence) {
  public FaultResult {
    Require.text("fault kind", kind);
    Require.text("fault phase", phase);
    Require.finite("fault atMillis", atMillis);
    if (seen) {
      Require.text("evidence of a fault that was seen", evidence);
    }
    evidence = evidence == null ? "" : evidence;
  }

  /** A fault of which no host is told. */
  public FaultResult(String kind, String phase, double atMillis, boolean seen, String evidence) {
    this(kind, phase, atMillis, seen, null, evidence);
  }

  /** The same, done to this host. */
  public FaultResult at(String struck) {
    return new FaultResult(kind, phase, atMillis, seen, struck, evidence);
  }
}
