package landfall.nemesis;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.util.Optional;

/**
 * The wall clock of one process jumps ahead by so many seconds, and back after the duration; its
 * monotonic clock goes on as it is. Seen if the process asked for the time meanwhile: the file
 * system notes when the file was read last that says by how much its clock is ahead.
 */
final class JumpClock implements Fault {
  private static final FileTime NEVER = FileTime.fromMillis(0);
  private static final int SECONDS_MAX = 7_200;

  private final Place host;
  private volatile Path clock;
  private volatile Effect effect =
      new Effect(false, "its clock cannot be moved: libfaketime is not installed");

  JumpClock(Place host) {
    this.host = host;
  }

  @Override
  public Place place() {
    return host;
  }

  /** Only where a run has asked for clocks that can be moved. */
  @Override
  public boolean fits(Moment moment) {
    return moment.beside(Place.CLOCK)
        && (host != Place.COMPANION || moment.beside(Place.COMPANION));
  }

  @Override
  public Size size(Lots lots) {
    return new Size(lots.eitherMillis(), 1 + lots.random().nextInt(SECONDS_MAX));
  }

  @Override
  public boolean lasts() {
    return true;
  }

  @Override
  public Optional<Place> prepared() {
    return Optional.of(Place.CLOCK);
  }

  @Override
  public void check(long amount) {
    if (amount == 0) {
      throw new IllegalArgumentException("a jump of a clock needs an amount in seconds");
    }
  }

  @Override
  public void begin(Scene scene) {
    Optional<Path> moved = scene.targets().clock(host);
    if (moved.isEmpty()) {
      return;
    }
    try {
      say(moved.get(), scene.plan().amount());
      clock = moved.get();
    } catch (IOException refused) {
      effect = new Effect(false, "its clock could not be moved: " + refused.getMessage());
    }
  }

  @Override
  public void heal(Scene scene) {
    if (clock == null) {
      return;
    }
    try {
      boolean asked = !times(clock).readAttributes().lastAccessTime().equals(NEVER);
      say(clock, 0);
      effect =
          new Effect(
              asked,
              "the process "
                  + (asked ? "asked" : "did not ask")
                  + " for the time while its wall clock was "
                  + scene.plan().amount()
                  + " s ahead");
    } catch (IOException refused) {
      effect = new Effect(false, "its clock could not be moved back: " + refused.getMessage());
    }
  }

  @Override
  public Effect effect(Scene scene) {
    return effect;
  }

  private static void say(Path clock, long seconds) throws IOException {
    Path next = clock.resolveSibling(clock.getFileName() + ".next");
    Files.writeString(next, "+" + seconds + "\n");
    times(next).setTimes(null, NEVER, null);
    Files.move(next, clock, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static BasicFileAttributeView times(Path file) {
    return Files.getFileAttributeView(file, BasicFileAttributeView.class);
  }
}
