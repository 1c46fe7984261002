package landfall.nemesis;

/** Every chunk is delivered {@code amount} milliseconds late. */
final class DelayChunks extends SlowedFault {
  @Override
  public Size size(Lots lots) {
    return new Size(300 + lots.shortMillis(), 20 + lots.random().nextInt(60));
  }

  @Override
  public boolean strikesRecovery() {
    return true;
  }

  @Override
  void slow(ProxyConnection connection, long amount) {
    connection.delay(amount);
  }

  @Override
  void letGo(ProxyConnection connection) {
    connection.delay(0);
  }
}
