package landfall.nemesis;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.util.Optional;

/**
 * One host does not reach the storage of the arbiter any more: the link by which it finds the
 * folder leads nowhere for the duration, so that whatever it opens there fails with ENOENT. The
 * file system notes when a link was followed last, which tells whether the host looked for it
 * meanwhile.
 */
final class LoseStorage implements Fault {
  /** Before anybody can have followed the link. */
  private static final FileTime NEVER = FileTime.fromMillis(0);

  private final Place host;
  private volatile Path folder;
  private volatile Path wayBack;
  private volatile Effect effect = new Effect(false, "there is no storage that hosts share");

  LoseStorage(Place host) {
    this.host = host;
  }

  @Override
  public Place place() {
    return host;
  }

  /**
   * The source offers the guest once it hears Ready; the destination takes it at the handover, or,
   * with checkpoints, when it is granted.
   */
  @Override
  public boolean fits(Moment moment) {
    return moment.beside(Place.STORAGE)
        && (moment.phase() == StreamPhase.READY
            || moment.phase()
                == (host == Place.SOURCE ? StreamPhase.DEVICE_STATE : StreamPhase.HANDOVER)
            || host == Place.DESTINATION && moment.phase() == StreamPhase.GRANTED);
  }

  @Override
  public Size size(Lots lots) {
    return Size.lasting(lots.eitherMillis());
  }

  @Override
  public boolean lasts() {
    return true;
  }

  @Override
  public void begin(Scene scene) {
    Optional<Path> link = scene.targets().storage(host);
    if (link.isEmpty()) {
      return;
    }
    try {
      wayBack = Files.readSymbolicLink(link.get());
      Path nowhere = aside(link.get(), ".lost");
      Files.createSymbolicLink(nowhere, Path.of("nowhere"));
      times(nowhere).setTimes(null, NEVER, null);
      Files.move(nowhere, link.get(), StandardCopyOption.ATOMIC_MOVE);
      folder = link.get();
    } catch (IOException | UnsupportedOperationException refused) {
      effect = new Effect(false, "the storage could not be taken away: " + refused.getMessage());
    }
  }

  @Override
  public void heal(Scene scene) {
    if (folder == null) {
      return;
    }
    try {
      boolean followed = !times(folder).readAttributes().lastAccessTime().equals(NEVER);
      Path back = aside(folder, ".back");
      Files.createSymbolicLink(back, wayBack);
      Files.move(back, folder, StandardCopyOption.ATOMIC_MOVE);
      effect =
          new Effect(
              followed,
              followed
                  ? "the host looked for the folder of the arbiter, and the way to it led nowhere"
                  : "the host did not look for the folder of the arbiter while the way to it led"
                      + " nowhere");
    } catch (IOException refused) {
      effect = new Effect(false, "the storage did not come back: " + refused.getMessage());
    }
  }

  @Override
  public Effect effect(Scene scene) {
    return effect;
  }

  private static Path aside(Path link, String suffix) {
    return link.resolveSibling(link.getFileName() + suffix);
  }

  private static BasicFileAttributeView times(Path link) {
    return Files.getFileAttributeView(
        link, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
  }
}
