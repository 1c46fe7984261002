package landfall.host;

/** What the operator may change while the host lives. */
final class Settings {
  /** Bytes a second; 0 for as fast as it goes. */
  volatile long bandwidthMax;

  /** Pause once the rest takes no longer than this. */
  volatile long downtimeLimitMillis = 300;

  /** Whether MIGRATION events are emitted. */
  volatile boolean migrationEvents;
}
