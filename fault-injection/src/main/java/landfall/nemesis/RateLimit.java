package landfall.nemesis;

/** At most {@code amount} bytes a second are delivered. */
final class RateLimit extends SlowedFault {
  @Override
  public void check(long amount) {
    if (amount == 0) {
      throw new IllegalArgumentException("a rate limit needs an amount in bytes a second");
    }
  }

  @Override
  public boolean fits(Moment moment) {
    // A few bytes are not slowed by a limit.
    StreamPhase phase = moment.phase();
    return phase == StreamPhase.FIRST_ROUND
        || phase == StreamPhase.LATER_ROUND
        || phase == StreamPhase.PUSH;
  }

  @Override
  public Size size(Lots lots) {
    return new Size(500 + lots.shortMillis(), 300_000 + lots.random().nextInt(500_000));
  }

  @Override
  void slow(ProxyConnection connection, long amount) {
    connection.limit(amount);
  }

  @Override
  void letGo(ProxyConnection connection) {
    connection.limit(Long.MAX_VALUE);
  }
}
