package landfall.host;

import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import landfall.lease.Mutant;
import landfall.lease.Protocol;

/**
 * What grantor and holders must know alike. The grantor says it first on every connection.
 *
 * @param term ticks for which the guest is lent
 * @param drift ticks by which two clocks come apart within a term, counted in whole ticks on both
 *     sides: one more than clocks run apart
 * @param tickNanos length of a tick
 */
record LeaseTerms(int term, int drift, long tickNanos) {
  private static final Pattern TEXT =
      Pattern.compile("term ([0-9]{1,6}) drift ([0-9]{1,6}) nanos ([0-9]{1,12})");

  private static final int TICKS = 20;

  LeaseTerms {
    if (term < 1 || drift < 1 || tickNanos < 1) {
      throw new IllegalArgumentException("a lease has a term, a drift and ticks");
    }
  }

  /** A term of so long, between clocks that come apart by at most so much within it. */
  static LeaseTerms ofMillis(int termMillis, int driftMillis) {
    long tickNanos = termMillis * 1_000_000L / TICKS;
    long drift = (driftMillis * 1_000_000L + tickNanos - 1) / tickNanos;
    return new LeaseTerms(TICKS, Math.toIntExact(drift) + 1, tickNanos);
  }

  /** {@code IllegalArgumentException} if the text says no terms. */
  static LeaseTerms of(String text) {
    Matcher said = TEXT.matcher(text);
    if (!said.matches()) {
      throw new IllegalArgumentException("no terms of a lease: '" + text + "'");
    }
    return new LeaseTerms(
        Integer.parseInt(said.group(1)),
        Integer.parseInt(said.group(2)),
        Long.parseLong(said.group(3)));
  }

  String text() {
    return "term %d drift %d nanos %d".formatted(term, drift, tickNanos);
  }

  Protocol protocol(Set<Mutant> mutants) {
    return new Protocol(term, drift, mutants);
  }
}
