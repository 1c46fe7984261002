package landfall.host;

import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;

/** What the operator may change while the host lives. */
final class Settings {
  /** Bytes a second; 0 for as fast as it goes. */
  volatile long bandwidthMax;

  /** The same for the pages that are pushed while the guest runs at the destination already. */
  volatile long postCopyBandwidthMax;

  /**
   * The same for the pages that go to a store; -1 where {@link #bandwidthMax} is for these, too.
   */
  volatile long storeBandwidthMax = -1;

  /** Whether the guest may be moved by post-copy. */
  volatile boolean postCopy;

  /** Whether a guest that is moved by post-copy sends checkpoints back until it is whole. */
  volatile boolean checkpoints;

  /** Whether the store has a copy of each page before such a guest leaves, and its checkpoints. */
  volatile boolean copiesAhead;

  /** Whether this host was given a store. */
  volatile boolean hasStore;

  /** Time from one checkpoint to the next, if nothing waits for one. */
  volatile long checkpointDelayMicros = 10_000;

  /** Pause once the rest takes no longer than this. */
  volatile long downtimeLimitMillis = 300;

  /** Whether guests come and go over several connections. */
  volatile boolean multifd;

  /** How many then. */
  volatile int multifdChannels = 2;

  /** Whether pages that a guest waits for have a connection of their own. */
  volatile boolean preempt;

  /** Names of the credentials that there are. */
  final Set<String> credentials = new ConcurrentSkipListSet<>();

  /** The credentials of connections made from now on; empty for none. */
  volatile String tlsCredentials = "";

  /** Whether a host to which a guest came by post-copy tells how long it waited for pages. */
  volatile boolean postCopyBlocktime;

  /** What the other side's certificate must be made out to; empty for the host in the address. */
  volatile String tlsHostName = "";

  /** Whether MIGRATION events are emitted. */
  volatile boolean migrationEvents;

  /** Parameters of features that this host lacks, which the operator has set nevertheless. */
  private final SortedSet<String> ignoredParameters = new TreeSet<>();

  /** Connections of an attempt, whichever side this host is. */
  int channels() {
    return multifd ? multifdChannels : 1;
  }

  /** Bytes a second of pages to a store; 0 for as fast as it goes. */
  long toStoreMax() {
    return storeBandwidthMax < 0 ? bandwidthMax : storeBandwidthMax;
  }

  /** Notes that a parameter was set and changes nothing here; true for the first time. */
  synchronized boolean ignore(String parameter) {
    return ignoredParameters.add(parameter);
  }

  synchronized SortedSet<String> ignoredParameters() {
    return new TreeSet<>(ignoredParameters);
  }
}
