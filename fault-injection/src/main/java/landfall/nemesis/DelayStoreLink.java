package landfall.nemesis;

/**
 * What passes between one host and the store is delivered {@code amount} milliseconds late for the
 * duration, in both directions.
 */
final class DelayStoreLink extends StoreLinkFault {
  private volatile long before;

  DelayStoreLink(Place host) {
    super(host);
  }

  @Override
  public Size size(Lots lots) {
    return new Size(300 + lots.shortMillis(), 20 + lots.random().nextInt(60));
  }

  @Override
  public boolean isHarmless() {
    return true;
  }

  @Override
  public void begin(Scene scene) {
    before = slowed(scene);
    link(scene).ifPresent(link -> link.delay(scene.plan().amount()));
  }

  @Override
  public void heal(Scene scene) {
    link(scene).ifPresent(link -> link.delay(0));
    long millis = slowed(scene) - before;
    noted(millis > 0, "deliveries " + where() + " were put off by " + millis + " ms");
  }

  private long slowed(Scene scene) {
    return link(scene).stream()
        .flatMap(link -> link.connections().stream())
        .mapToLong(ProxyConnection::slowedMillis)
        .sum();
  }
}
