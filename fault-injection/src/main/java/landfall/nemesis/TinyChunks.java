package landfall.nemesis;

/** What the source sends arrives in pieces of {@code amount} bytes. */
final class TinyChunks implements Fault {
  @Override
  public Place place() {
    return Place.CHANNEL;
  }

  @Override
  public boolean fits(Moment moment) {
    return moment.phase() == StreamPhase.PUSH
        || moment.phase().compareTo(StreamPhase.DEVICE_STATE) <= 0;
  }

  @Override
  public Size size(Lots lots) {
    return new Size(300 + lots.shortMillis(), 16 + lots.random().nextInt(200));
  }

  @Override
  public boolean lasts() {
    return true;
  }

  @Override
  public void check(long amount) {
    if (amount == 0 || amount > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("tiny chunks need an amount in bytes");
    }
  }

  @Override
  public void begin(Scene scene) {
    scene.connection().chunk((int) scene.plan().amount());
  }

  @Override
  public void heal(Scene scene) {
    scene.connection().chunk(Integer.MAX_VALUE);
  }

  @Override
  public Effect effect(Scene scene) {
    long pieces = scene.connection().pieces();
    return new Effect(
        pieces > 0,
        pieces
            + " pieces of at most "
            + scene.plan().amount()
            + " bytes were delivered one by one");
  }
}
