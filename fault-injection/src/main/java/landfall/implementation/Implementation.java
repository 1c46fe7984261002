package landfall.implementation;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import landfall.evidence.ImplementationVersion;

/** Something that moves guests, and how its hosts are started. */
public interface Implementation {

  /** The word by which the command line, schedules and reports know it. */
  String name();

  /**
   * What is under test.
   *
   * @throws IOException if it is not installed; the message says what is missing
   */
  ImplementationVersion version() throws IOException;

  /** Resource name of the guest that it runs. */
  String guest();

  /**
   * Puts the guest that it runs into a folder.
   *
   * @return the executable
   * @throws IOException if it cannot be written there
   */
  default Path putGuest(Path folder) throws IOException {
    Path kernel = folder.resolve(guest());
    try (InputStream in = Implementation.class.getResourceAsStream("/landfall/guest/" + guest())) {
      if (in == null) {
        throw new IllegalStateException("the guest " + guest() + " is missing from this build");
      }
      Files.write(kernel, in.readAllBytes());
    }
    return kernel;
  }

  /** Guest-physical address of the RAM that is compared. */
  long ramAddress();

  /** Bytes of RAM from there on. */
  long ramBytes();

  /** The command line of a host; the guest's executable is at {@code kernel}. */
  List<String> command(HostPlace place, Path kernel);

  /** Whether its hosts write traces of actions, to be held against the protocol's specification. */
  boolean traces();

  /** So long a host may take from its start until it can be controlled. */
  default Duration startLimit() {
    return Duration.ofSeconds(30);
  }

  /**
   * The file by which an arbiter keeps who owns the guest, if the hosts share one; each of them
   * finds its folder by {@link HostPlace#storage}.
   *
   * @param sockets as in {@link HostPlace}
   */
  default Optional<Path> arbiter(Path sockets) {
    return Optional.empty();
  }

  /**
   * The command line of a process that all hosts of a trial need, if there is one; it is started
   * before them.
   *
   * @param place where it is, and which of its lives this is
   */
  default Optional<List<String>> companion(CompanionPlace place) {
    return Optional.empty();
  }

  /**
   * The command line of the grantor of leases, where it is one more process that all hosts of a
   * trial need; it is started beside the companion.
   *
   * @param place as of the companion
   */
  default Optional<List<String>> grantor(CompanionPlace place) {
    return Optional.empty();
  }

  /**
   * The Unix socket at which the companion listens, if it is a store that hosts reach by {@link
   * HostPlace#storePort}.
   *
   * @param sockets as in {@link HostPlace}
   */
  default Optional<Path> store(Path sockets) {
    return Optional.empty();
  }

  /**
   * The image of the guest's disk, if hosts give their guest one. Whoever starts hosts may make the
   * file before; without it they have no disk.
   *
   * @param sockets as in {@link HostPlace}
   */
  default Optional<Path> disk(Path sockets) {
    return Optional.empty();
  }

  /** What decides between its hosts whose the guest is, beside what they say to each other. */
  default Ownership ownership() {
    return Ownership.NONE;
  }

  /** Whether a host that got the guest can give it on, and take it in once more. */
  default boolean migratesOn() {
    return false;
  }

  /** Whether it moves guests by post-copy, too: then a guest is on two hosts for a while. */
  default boolean splits() {
    return false;
  }

  /** Whether guests that it moves by post-copy may send checkpoints back meanwhile. */
  default boolean takesCheckpoints() {
    return false;
  }

  /** Whether its guests can move with their pages copied ahead to a store. */
  default boolean copiesAhead() {
    return false;
  }

  /** Whether its guests move by nothing else. */
  default boolean onlyCopiesAhead() {
    return false;
  }

  /** The same with a store, if its guests can move so; such hosts move them by nothing else. */
  default Implementation copyingAhead() {
    return this;
  }

  /** What its migration channel is made of. */
  default Channel channel() {
    return Channel.PLAIN;
  }

  /** Migration capabilities that it needs on both hosts. */
  default List<String> capabilities() {
    return List.of();
  }

  /**
   * Whether pages that a guest waits for have a connection of their own, the last of a link, where
   * a guest is on two hosts and no checkpoints are taken.
   */
  default boolean hasUrgentConnection() {
    return false;
  }

  /** Migration parameters that it needs, at the host where the guest starts or at the other. */
  default Map<String, Object> parameters(boolean hasGuest) {
    return Map.of();
  }

  /**
   * Whether a destination listens only when it is told to, after capabilities and parameters were
   * set; else it does from its start.
   */
  default boolean listensWhenTold() {
    return false;
  }

  /** Whether a destination listens on after a failed attempt; else it ends, and is started anew. */
  boolean destinationSurvivesFailure();
}
