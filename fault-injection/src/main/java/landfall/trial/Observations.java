package landfall.trial;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import landfall.evidence.FaultResult;
import landfall.evidence.RoundResult;
import landfall.nemesis.ConnectionSeen;
import landfall.nemesis.StreamEvent;

/**
 * What was seen of a trial from outside, besides history and traces. Times are milliseconds since
 * it began.
 *
 * @param attempts the migrations that the operator asked for
 * @param faults what became of the faults
 * @param timeline what the hosts reported, in order
 * @param replies every reply of the guest, in order
 * @param witness what the guest reported about its memory
 * @param stream what passed on the migration channel, its times being nanoseconds since the trial
 *     began
 * @param rounds the dirty rounds of the last attempt
 * @param connections what became of each migration connection, its times as those of the stream
 * @param memory the comparison of both RAMs; null if there was no moment for it
 * @param end how the trial ended; null if it was cut short by a fault of our own
 * @param incidents what hosts did that kept us from seeing more
 * @param dropped what was said so often that not all of it was kept, with how much was not
 * @param requests how many requests were sent to the guest, at either host
 * @param routes which migration each connection belongs to, by their numbers; empty in a trial of
 *     before hosts had names, in which all of them went from the source to the destination
 * @param lock what the arbiter's file said at the end; null if the hosts share none
 * @param brokenBy what went wrong on our own side; null if nothing did
 */
public record Observations(
    List<Attempt> attempts,
    List<FaultResult> faults,
    List<Seen> timeline,
    List<GuestReply> replies,
    List<WitnessReport> witness,
    List<StreamEvent> stream,
    List<RoundResult> rounds,
    List<ConnectionSeen> connections,
    MemoryComparison memory,
    End end,
    List<Incident> incidents,
    Map<String, Long> dropped,
    long requests,
    List<Route> routes,
    String lock,
    String brokenBy) {

  /** The reports of a source that say how an attempt ended. */
  public static final Set<String> OUTCOMES = Set.of("completed", "failed", "cancelled");

  /** A guest that is to come back has this long for it, from the moment the last fault is over. */
  public static final long RETURN_MAX_MILLIS = 8_000;

  /**
   * A guest that has come back is silent for no longer than this, while clients ask it all the
   * time.
   */
  public static final long SILENCE_MAX_MILLIS = 3_000;

  public Observations {
    attempts = List.copyOf(attempts);
    faults = List.copyOf(faults);
    timeline = List.copyOf(timeline);
    replies = List.copyOf(replies);
    witness = List.copyOf(witness);
    stream = List.copyOf(stream);
    rounds = List.copyOf(rounds);
    connections = connections == null ? List.of() : List.copyOf(connections);
    routes = routes == null ? List.of() : List.copyOf(routes);
    incidents = incidents == null ? List.of() : List.copyOf(incidents);
    dropped = dropped == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(dropped));
  }

  /** Whether some of these was dropped, such as {@code reports}. */
  public boolean dropped(String what) {
    return dropped.getOrDefault(what, 0L) > 0;
  }

  /**
   * One migration that was asked for.
   *
   * @param from name of the host that was told to migrate
   * @param to name of the host that was to get the guest
   * @param startMillis when the command was given
   * @param endMillis when its outcome was reported, or the trial gave up waiting for it
   * @param status the source's last word on it
   * @param error the cause that it gave; empty if none
   * @param downtimeMillis as the source measured it; negative if it did not tell
   */
  public record Attempt(
      String from,
      String to,
      double startMillis,
      double endMillis,
      String status,
      String error,
      double downtimeMillis) {

    /** Whether this host has a part in it. */
    public boolean involves(String host) {
      return from.equals(host) || to.equals(host);
    }
  }

  /**
   * The connections from this number on belong to a migration between these hosts, up to the next
   * route.
   */
  public record Route(int firstConnection, String from, String to) {}

  /** Between which hosts this connection was. */
  public Route route(int connection) {
    Route last = new Route(1, OlderEvidence.SOURCE, OlderEvidence.DESTINATION);
    for (Route route : routes) {
      if (route.firstConnection() <= connection) {
        last = route;
      }
    }
    return last;
  }

  /** Whether this connection went from one of these hosts to the other. */
  public boolean isBetween(int connection, String from, String to) {
    Route route = route(connection);
    return route.from().equals(from) && route.to().equals(to);
  }

  /** When the next attempt in which this host has a part begins; never is a time, too. */
  public double nextStart(Attempt after, String host) {
    return attempts.stream()
        .filter(each -> each.startMillis() > after.startMillis() && each.involves(host))
        .mapToDouble(Attempt::startMillis)
        .min()
        .orElse(Double.MAX_VALUE);
  }

  /** What a line of the timeline is. */
  public enum Kind {
    /** An event of QMP: STOP, RESUME, ... */
    EVENT,
    /** A change in what query-status answers. */
    RUN_STATE,
    /** A change in what query-migrate answers. */
    MIGRATION,
    /** A command that was given. */
    COMMAND,
    /** The process ended. */
    EXIT
  }

  /** One report of a host. */
  public record Seen(double atMillis, String host, Kind kind, String text) {}

  /**
   * A reply of the guest, at whichever host.
   *
   * @param sentMillis when the request was sent: the guest has executed there after that and before
   *     {@code atMillis}; null if it is not known
   */
  public record GuestReply(double atMillis, String host, long id, long step, Double sentMillis) {
    /** In evidence without {@code sentMillis} an answer is read so long after it was given. */
    private static final double LAG_MILLIS = 100;

    /** Whether the guest may have given this answer before that moment: it was asked before. */
    public boolean mayBeFrom(double millis) {
      return sentMillis == null ? atMillis <= millis + LAG_MILLIS : sentMillis <= millis;
    }
  }

  /**
   * A report of the guest about its own memory.
   *
   * @param line as it came: {@code !mismatch ...}, {@code verify PAGES WRONG}, or {@code status
   *     ...}
   */
  public record WitnessReport(double atMillis, String host, String line) {}

  /**
   * Something that a host did, or did not do: it did not start, kept silent, or died unasked.
   *
   * @param what in words
   */
  public record Incident(double atMillis, String host, String what) {}

  /**
   * The longest time for which the guest answered nobody.
   *
   * @param fromMillis when it began
   * @param millis how long it lasted
   * @param ownMillis how long our own clients stood still at the longest; so much of a silence may
   *     be ours
   */
  public record Silence(double fromMillis, double millis, double ownMillis) {}

  /**
   * Both RAMs, saved while both hosts held the guest paused.
   *
   * @param pages how many pages were compared
   * @param differing the first pages that differ, by number
   * @param failure why they could not be compared, although both hosts should have held the guest
   *     paused; empty if they were
   */
  public record MemoryComparison(long pages, List<Integer> differing, String failure) {
    public MemoryComparison {
      differing = List.copyOf(differing);
      failure = failure == null ? "" : failure;
    }

    /** This comparison and a later one of the same trial. */
    MemoryComparison and(MemoryComparison later) {
      return new MemoryComparison(
          pages + later.pages,
          Stream.concat(differing.stream(), later.differing.stream()).toList(),
          failure.isEmpty() ? later.failure : failure);
    }

    /** Both RAMs could not be compared. */
    static MemoryComparison failed(String why) {
      return new MemoryComparison(0, List.of(), why);
    }
  }

  /**
   * The end of a trial, after every fault was healed and the guest had its time to come back.
   *
   * @param hosts every host that there was
   * @param healedMillis when the last fault was over
   * @param answeredAt the hosts at which the guest answered after that
   * @param answeredMillis when it first did; negative if it never did
   * @param waitedMillis how long clients asked after the last fault was over
   * @param silence the longest silence after the guest first answered; null if it never did
   */
  public record End(
      List<HostEnd> hosts,
      double healedMillis,
      List<String> answeredAt,
      double answeredMillis,
      double waitedMillis,
      Silence silence) {
    public End {
      hosts = List.copyOf(hosts);
      answeredAt = List.copyOf(answeredAt);
    }
  }

  /**
   * A host at the end of a trial.
   *
   * @param alive its process lives
   * @param runState its answer to query-status; empty if it gave none
   * @param migration its last answer to query-migrate
   */
  public record HostEnd(String name, boolean alive, String runState, String migration) {}
}
