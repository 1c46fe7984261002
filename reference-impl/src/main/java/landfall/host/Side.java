package landfall.host;

import java.io.IOException;
import java.util.Map;

/** What the operator can ask of one side of a migration. Any thread. */
interface Side {
  /** As QMP {@code query-status} would name it. */
  String runState();

  /** As QMP {@code query-migrate}. */
  Map<String, Object> queryMigrate();

  /** What QEMU has no word for. */
  Map<String, Object> status();

  /** Starts an attempt; its outcome is told by {@link #queryMigrate}. */
  void migrate(HostAddress destination) throws RefusedException;

  /** Ends the rounds of pre-copy: the guest goes on at the destination, its pages follow. */
  void startPostCopy() throws RefusedException;

  /** Gives the connection of a guest up that is on two hosts; {@link #resume} goes on. */
  void pause() throws RefusedException;

  /** At the destination of a paused post-copy: waits for the source at this address. */
  void recover(HostAddress address) throws RefusedException, IOException;

  /** At the source of a paused post-copy: goes on over a new connection. */
  void resume(HostAddress destination) throws RefusedException;

  /** Takes an attempt back, if that is still possible. */
  void cancel() throws RefusedException;

  /** Listens for attempts. */
  void listen(HostAddress address) throws RefusedException, IOException;

  /** Lets the guest go on, if it is this host's to run. */
  void continueGuest() throws RefusedException;

  /** A wish that this host cannot fulfil in its phase; the message says why. */
  final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    RefusedException(String why) {
      super(why);
    }
  }
}
