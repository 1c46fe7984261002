package landfall.tracecheck;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A trace of post-copy between any number of hosts, cut into its migrations. {@code PostCopy} has
 * one source and one destination, so each part is told in these roles: a part has the attempts that
 * one host made in a row towards the same other host.
 *
 * <p>A part does not begin with a fresh guest. The steps that the guest has done by then, wherever
 * it was, stand at the beginning of the part as steps at the source. So whatever an earlier
 * migration did to the guest's memory must be what {@code PostCopy} says a source has.
 *
 * <p>Numbers of attempts go on from part to part, and those of each part begin with 1. A host says
 * of itself, until it has the guest, what was true after the part before: its position, and how
 * many frames it had counted. It is told as the beginning of {@code PostCopy} if it says exactly
 * that; anything else is left as it is, and no step explains it.
 */
final class MigrationSplit {
  private static final String CRASH = "Crash";

  /**
   * One migration.
   *
   * @param from the host that gives the guest away; empty if none told of it
   * @param to the host that took an attempt up; empty if none did
   * @param events in the words of {@code PostCopy}, those of each host in their order
   * @param earlier how many of them stand for what the guest did before
   */
  record Part(String from, String to, List<TraceEvent> events, int earlier) {}

  /** What the events of one host in one role tell, from the begin of an attempt on. */
  private record Run(String host, int attempt, List<TraceEvent> events, Known before) {}

  /** What a host has said of itself. */
  private record Known(String phase, int position, int sent, int received) {
    static final Known NOTHING = new Known("Waiting", 0, 0, 0);
  }

  private final Map<Integer, Run> sources = new TreeMap<>();
  private final Map<Integer, Run> destinations = new TreeMap<>();
  private final Map<String, List<Integer>> steps = new HashMap<>();

  private MigrationSplit() {}

  /**
   * Whether the hosts have names of their own, or one that is called by its role plays the other,
   * too. Among hosts that are called by their roles one of another name is a stranger.
   */
  static boolean isNeeded(List<TraceEvent> events) {
    boolean named = true;
    for (TraceEvent event : events) {
      boolean source = event.at(TraceEvent.SOURCE);
      boolean destination = event.at(TraceEvent.DESTINATION);
      if (destination && event.action().equals("StartAttempt")
          || source && event.action().equals("ReceiveHello")) {
        return true;
      }
      named &= !source && !destination;
    }
    return named && !events.isEmpty();
  }

  /**
   * @param events those of each host in their order
   * @throws MalformedTraceException if the trace cannot be cut into migrations; the message says
   *     why
   */
  static List<Part> of(List<TraceEvent> events) {
    var split = new MigrationSplit();
    Map<String, List<TraceEvent>> hosts = new LinkedHashMap<>();
    events.forEach(event -> hosts.computeIfAbsent(event.host(), h -> new ArrayList<>()).add(event));
    hosts.values().forEach(split::read);
    return split.parts();
  }

  // ---------------------------------------------------------------- one host

  private void read(List<TraceEvent> events) {
    Run asSource = null;
    Run asDestination = null;
    boolean leaves = false;
    Known known = Known.NOTHING;
    Known knownAtRest = known;
    List<TraceEvent> atRest = new ArrayList<>();
    for (TraceEvent event : events) {
      if (event.action().equals(CRASH)) {
        Run last = leaves ? asSource : asDestination;
        if (last != null) {
          last.events().add(crash(event, last));
        }
        continue;
      }
      boolean ofSource = event.after().has("pending");
      if (ofSource == event.after().has("missing")) {
        throw new MalformedTraceException(
            event.where() + ": after must have pending, of a source, or missing, of a destination");
      }
      if (event.action().equals("StartAttempt")) {
        asSource = new Run(event.host(), event.attempt(), new ArrayList<>(atRest), knownAtRest);
        asSource.events().add(event);
        atRest.clear();
        leaves = true;
        add(sources, asSource, event);
      } else if (event.action().equals("ReceiveHello")) {
        asDestination = new Run(event.host(), event.attempt(), new ArrayList<>(), known);
        asDestination.events().add(event);
        leaves = false;
        add(destinations, asDestination, event);
      } else if (ofSource && event.action().equals("GuestStep") && isAtRest(event)) {
        atRest.add(event);
      } else if (ofSource) {
        require(asSource != null && leaves, event);
        asSource.events().add(event);
      } else {
        require(asDestination != null, event);
        if (leaves) {
          throw new MalformedTraceException(
              event.where()
                  + ": "
                  + event.action()
                  + " of an earlier migration behind the begin of the next; the parts of such a"
                  + " trace are not told apart");
        }
        asDestination.events().add(event);
      }
      known = known(event);
      knownAtRest = atRest.isEmpty() ? known : knownAtRest;
    }
  }

  private static boolean isAtRest(TraceEvent event) {
    return event.phase().equals("Running");
  }

  private static void require(boolean begun, TraceEvent event) {
    if (!begun) {
      throw new MalformedTraceException(
          event.where() + ": " + event.action() + " before an attempt has begun at its host");
    }
  }

  // A number that was given already is a mistake, which no step explains where it stands.
  private static void add(Map<Integer, Run> runs, Run run, TraceEvent begin) {
    Run other = runs.putIfAbsent(run.attempt(), run);
    if (other != null) {
      other.events().add(begin);
    }
  }

  private static Known known(TraceEvent event) {
    JsonNode after = event.after();
    return new Known(
        event.phase(),
        after.path("position").asInt(),
        after.path("sent").asInt(),
        after.path("received").asInt());
  }

  /** A host is after its end what it was before. */
  private static TraceEvent crash(TraceEvent event, Run run) {
    TraceEvent last = run.events().get(run.events().size() - 1);
    boolean source = last.after().has("pending");
    ObjectNode args = JsonNodeFactory.instance.objectNode();
    return changed(event, event.host(), source ? "CrashSource" : "CrashDestination", args, last);
  }

  // ---------------------------------------------------------------- the parts

  private List<Part> parts() {
    List<Part> parts = new ArrayList<>();
    List<Run> attempts = new ArrayList<>(sources.values());
    int at = 0;
    while (at < attempts.size()) {
      List<Run> row = new ArrayList<>();
      String to = "";
      Run run = attempts.get(at);
      while (run != null && goesTo(run, to) && (row.isEmpty() || isRetry(row.get(0), run))) {
        row.add(run);
        to = to.isEmpty() ? takenUpBy(run) : to;
        at++;
        run = at < attempts.size() ? attempts.get(at) : null;
      }
      parts.add(part(row, to));
    }
    // Nobody began these, as the specification will say.
    for (Run run : destinations.values()) {
      if (!sources.containsKey(run.attempt())) {
        List<TraceEvent> there = new ArrayList<>();
        arrive(run, run.attempt() - 1, List.of(), there);
        parts.add(new Part("", run.host(), there, 0));
      }
    }
    return parts;
  }

  private static boolean isRetry(Run first, Run next) {
    return next.host().equals(first.host());
  }

  private boolean goesTo(Run run, String to) {
    String own = takenUpBy(run);
    return own.isEmpty() || to.isEmpty() || own.equals(to);
  }

  private String takenUpBy(Run run) {
    Run there = destinations.get(run.attempt());
    return there == null ? "" : there.host();
  }

  private Part part(List<Run> row, String to) {
    String from = row.get(0).host();
    int base = row.get(0).attempt() - 1;
    List<Integer> past = steps.computeIfAbsent(from, host -> new ArrayList<>());
    List<TraceEvent> told = earlier(past, row.get(0).events().get(0));
    int earlier = told.size();
    Map<Integer, List<Integer>> offered = new HashMap<>();
    for (Run run : row) {
      Known before = run == row.get(0) ? run.before() : null;
      for (TraceEvent event : run.events()) {
        if (event.action().equals("StartAttempt")) {
          before = null;
        } else if (event.action().equals("GuestStep")) {
          past.add(event.page());
        } else if (event.action().equals("OfferHandover")) {
          offered.put(run.attempt(), List.copyOf(past));
        }
        told.add(asSource(event, base, before));
      }
    }
    List<TraceEvent> there = new ArrayList<>();
    for (Run run : row) {
      Run arrival = destinations.get(run.attempt());
      if (arrival != null) {
        arrive(arrival, base, offered.getOrDefault(run.attempt(), List.of()), there);
      }
    }
    told.addAll(there);
    return new Part(from, to, told, earlier);
  }

  /** All that the guest has done before, as its steps at the source. */
  private static List<TraceEvent> earlier(List<Integer> past, TraceEvent first) {
    List<TraceEvent> told = new ArrayList<>();
    Map<Integer, Integer> versions = new HashMap<>();
    for (int page : past) {
      int position = told.size() + 1;
      ObjectNode args = JsonNodeFactory.instance.objectNode();
      args.put("page", page).put("previous", versions.getOrDefault(page, 0));
      ObjectNode after = JsonNodeFactory.instance.objectNode();
      after.put("phase", "Running").put("attempt", 0).put("round", 0).put("pending", 0);
      after.put("position", position).put("sent", 0).put("received", 0);
      versions.put(page, position);
      told.add(first.as(TraceEvent.SOURCE, "GuestStep", "Running", args, after));
    }
    return told;
  }

  /**
   * @param before what the host said last before it began this part, if it has not begun it yet
   */
  private static TraceEvent asSource(TraceEvent event, int base, Known before) {
    ObjectNode after = event.after().deepCopy();
    if (before != null) {
      becomes(after, "sent", before.sent());
      becomes(after, "received", before.received());
    }
    return told(event, TraceEvent.SOURCE, base, event.args().deepCopy(), after);
  }

  /**
   * Tells of a host that takes up an attempt.
   *
   * @param past of the guest whose device state it is sent
   * @param told what it told of this part before; what it tells is added
   */
  private void arrive(Run run, int base, List<Integer> past, List<TraceEvent> told) {
    boolean begins = told.isEmpty();
    boolean has = told.stream().anyMatch(MigrationSplit::takesGuest);
    for (TraceEvent event : run.events()) {
      if (event.action().equals("LearnSuperseded") && wentElsewhere(run)) {
        continue;
      }
      ObjectNode args = event.args().deepCopy();
      ObjectNode after = event.after().deepCopy();
      if (takesGuest(event)) {
        has = true;
        steps.put(run.host(), new ArrayList<>(past));
      } else if (event.action().equals("GuestStep")) {
        steps.computeIfAbsent(run.host(), host -> new ArrayList<>()).add(event.page());
      } else if (begins && event.action().equals("ReceiveHello")) {
        // The host waited for whoever comes, or for a host of another part.
        if (args.path("from").asText().equals(run.before().phase())) {
          args.put("from", Known.NOTHING.phase());
        }
      }
      if (!has) {
        becomes(after, "position", run.before().position());
      }
      told.add(told(event, TraceEvent.DESTINATION, base, args, after));
    }
  }

  // What the lock says of a later attempt towards another host is of no part that this host is in:
  // after it nothing of this attempt is here.
  private boolean wentElsewhere(Run run) {
    boolean reclaimed =
        sources.containsKey(run.attempt())
            && sources.get(run.attempt()).events().stream()
                .anyMatch(event -> event.action().equals("ReclaimLock"));
    return !reclaimed
        && sources.values().stream()
            .filter(later -> later.attempt() > run.attempt())
            .filter(later -> !takenUpBy(later).equals(run.host()))
            .flatMap(later -> later.events().stream())
            .anyMatch(event -> event.action().equals("ReceiveReady"));
  }

  private static boolean takesGuest(TraceEvent event) {
    return event.action().equals("ReceiveDeviceState");
  }

  /** What was counted before this part counts from 0. */
  private static void becomes(ObjectNode after, String name, int known) {
    if (after.path(name).isInt() && after.path(name).intValue() == known) {
      after.put(name, 0);
    }
  }

  private static TraceEvent told(
      TraceEvent event, String role, int base, ObjectNode args, ObjectNode after) {
    for (ObjectNode each : List.of(args, after)) {
      if (each.path("attempt").isInt()) {
        each.put("attempt", each.path("attempt").intValue() - base);
      }
    }
    return event.as(role, event.action(), event.phase(), args, after);
  }

  private static TraceEvent changed(
      TraceEvent event, String host, String action, ObjectNode args, TraceEvent like) {
    return event.as(host, action, like.phase(), args, like.after().deepCopy());
  }
}
