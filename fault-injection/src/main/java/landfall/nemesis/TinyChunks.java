package landfall.nemesis;

/** What the source sends arrives in pieces of {@code amount} bytes. */
final class TinyChunks implements Fault {
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
