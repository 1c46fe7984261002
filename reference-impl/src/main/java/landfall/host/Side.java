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
