package landfall.nemesis;

/** Deliveries are put off for the duration, in order, on all connections that there are. */
abstract class SlowedFault extends NotedFault {
  private volatile long before;

  /** Slows a connection by as much as is planned. */
  abstract void slow(ProxyConnection connection, long amount);

  /** Slows it no more. */
  abstract void letGo(ProxyConnection connection);

  @Override
  public final Place place() {
    return Place.CHANNEL;
  }

  @Override
  public final boolean isHarmless() {
    return true;
  }

  @Override
  public final void begin(Scene scene) {
    before = slowed(scene);
    scene.proxy().connections().forEach(each -> slow(each, scene.plan().amount()));
  }

  @Override
  public final void heal(Scene scene) {
    scene.proxy().connections().forEach(this::letGo);
    long millis = slowed(scene) - before;
    noted(millis > 0, "deliveries were put off by " + millis + " ms");
  }

  private static long slowed(Scene scene) {
    return scene.proxy().connections().stream().mapToLong(ProxyConnection::slowedMillis).sum();
  }
}
