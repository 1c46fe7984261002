package landfall.nemesis;

/** One bit of what is delivered next in a direction is turned round. */
final class FlipBit implements Fault {
  private final Direction direction;

  FlipBit(Direction direction) {
    this.direction = direction;
  }

  @Override
  public Place place() {
    return Place.CHANNEL;
  }

  @Override
  public boolean fits(Moment moment) {
    // What has no checksum, such as QEMU's stream, leaves that to the network, or to TLS.
    return moment.handover() && moment.phase().direction() == direction;
  }

  @Override
  public Size size(Lots lots) {
    // Long enough for the next bytes to come.
    return new Size(1_000, lots.random().nextInt(1 << 24));
  }

  @Override
  public void begin(Scene scene) {
    scene.connection().flipBit(direction, scene.plan().amount());
  }

  @Override
  public void heal(Scene scene) {
    scene.connection().flipNoBit(direction);
  }

  @Override
  public Effect effect(Scene scene) {
    long at = scene.connection().flippedAt(direction);
    return new Effect(
        at >= 0,
        at >= 0
            ? "a bit of byte " + at + " of the stream was flipped, and delivered"
            : "nothing was delivered in which a bit could be flipped");
  }
}
