package landfall.tracecheck;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import landfall.evidence.Verdict;
import landfall.processes.ScratchFolder;
import landfall.specs.SpecFiles;
import landfall.tlc.Models;

/** Judges traces. */
public final class TraceCheck {
  /** No host has this name: it has a character that names have not. */
  private static final String ELSEWHERE = "(elsewhere)";

  private static final String BLACK_BOX = "TraceLiveMigration";
  private static final String CHANNEL = "TraceDirectPreCopy";
  private static final String SPLIT_CHANNEL = "TraceDirectPostCopy";

  /** The host at which the guest of a trace of a channel starts. */
  private static final String SOURCE = "source";

  /** Fewer events decide nothing. */
  private static final int EVENTS_MIN = 2;

  /** What whoever killed a place says of it: nothing that a place did. */
  private static final Set<String> OF_KILLER =
      Set.of("Crash", "Restart", "CrashSource", "CrashDestination", "CrashStore");

  /** Of pre-copy: every event follows the begin of an attempt, so one of these is an end of it. */
  private static final Set<String> PRE_COPY_ENDS = Set.of("Running", "Completed", "Waiting");

  private static final Set<String> POST_COPY_ENDS =
      Set.of(
          "ReceiveComplete",
          "SendComplete",
          "Cancel",
          "AbortAttempt",
          "ReclaimLock",
          "RefuseHandover",
          "LearnSuperseded",
          "ClaimLock",
          "DiscardImage",
          "CrashSource",
          "CrashDestination");
  private static final Set<String> OF_KEEPER =
      Set.of("StartCheckpoints", "CommitPages", "GiveImage");
  private static final Set<String> OBSERVED_ENDS = Set.of("Reports", "Crashed");
  private static final Set<String> CHANNEL_ENDS =
      Set.of("Resumes", "Refuses", "Reports", "Crashed");

  private TraceCheck() {}

  /**
   * Whether traces of the engine are behaviours of {@code PreCopy}.
   *
   * @return as {@link #check(List, TracedProtocol)}
   * @throws IOException if TLC cannot be run
   */
  public static Map<String, Verdict> check(List<TraceFiles> traces)
      throws IOException, InterruptedException {
    return check(traces, TracedProtocol.PRE_COPY);
  }

  /**
   * Whether traces of hosts are behaviours of a protocol.
   *
   * @return a verdict for each name, in the order given: holds with the number of events; violated
   *     with the first event that is not explained; undecided if there is too little to judge, or
   *     if the files are no trace
   * @throws IOException if TLC cannot be run
   */
  public static Map<String, Verdict> check(List<TraceFiles> traces, TracedProtocol protocol)
      throws IOException, InterruptedException {
    return check(traces, protocol, new Walk());
  }

  /** As the public one; notes how TLC went. */
  static Map<String, Verdict> check(List<TraceFiles> traces, TracedProtocol protocol, Walk walk)
      throws IOException, InterruptedException {
    return check(traces, protocol, walk, false);
  }

  private static Map<String, Verdict> check(
      List<TraceFiles> traces, TracedProtocol protocol, Walk walk, boolean refused)
      throws IOException, InterruptedException {
    Batches batches = new Batches(protocol.module(), encoding(protocol), walk);
    var beforeSwitchover =
        new Batches(
            TracedProtocol.POST_COPY.module(), encoding(TracedProtocol.POST_COPY), new Walk());
    var chains = new Chains(new Batches(protocol.module(), encoding(protocol), walk));
    Map<String, Verdict> verdicts = new LinkedHashMap<>();
    Map<String, String> tooLittle = new LinkedHashMap<>();
    for (TraceFiles trace : traces) {
      requireNew(verdicts, trace.name());
      verdicts.put(trace.name(), null);
      try {
        List<TraceEvent> events = readWhole(trace, protocol);
        boolean arrived = true;
        if (protocol.followsPostCopy()) {
          SwitchoverSplit split = SwitchoverSplit.of(events, protocol);
          split.before().forEach(Vocabulary.of(TracedProtocol.POST_COPY)::require);
          split.after().forEach(Vocabulary.of(protocol)::require);
          addBefore(beforeSwitchover, trace, split.before());
          events = split.after();
          if (events.isEmpty() && !split.before().isEmpty()) {
            if (!trace.killed() && !isCarriedToAnEnd(split.before(), TracedProtocol.POST_COPY)) {
              tooLittle.put(trace.name(), "no attempt is carried to an end");
            }
            continue;
          }
          arrived =
              isCarriedToAnEnd(events, protocol)
                  || isCarriedToAnEnd(split.before(), TracedProtocol.POST_COPY);
        }
        long told = events.stream().filter(event -> !OF_KILLER.contains(event.action())).count();
        if (told < EVENTS_MIN) {
          tooLittle.put(trace.name(), "the trace has " + told + " event");
        } else if (!trace.killed()
            && !(protocol.followsPostCopy() ? arrived : isCarriedToAnEnd(events, protocol))) {
          tooLittle.put(trace.name(), "no attempt is carried to an end");
        }
        if (events.isEmpty()
            || (protocol == TracedProtocol.PRE_COPY
                && events.stream().noneMatch(event -> event.action().equals("StartAttempt")))
            || events.stream().allMatch(event -> event.action().equals("GuestStep"))) {
          verdicts.put(
              trace.name(),
              new Verdict.Undecided(
                  events.isEmpty()
                      ? "the trace has no events"
                      : protocol.followsPostCopy()
                          ? "neither host took a step of the protocol"
                          : "no attempt was started"));
          continue;
        }
        List<Integer> pages = pages(trace, events, protocol);
        if (protocol == TracedProtocol.POST_COPY && MigrationSplit.isNeeded(events)) {
          List<MigrationSplit.Part> parts = MigrationSplit.of(events);
          if (parts.isEmpty()) {
            verdicts.put(trace.name(), new Verdict.Undecided("no attempt was started"));
          } else {
            chains.add(trace, parts, pages);
          }
          continue;
        }
        batches.add(
            trace.name(),
            merged(events, protocol),
            pages,
            constant(trace, events, pages, protocol));
      } catch (MalformedTraceException malformed) {
        if (refused) {
          throw malformed;
        }
        verdicts.put(
            trace.name(),
            new Verdict.Undecided("the trace cannot be read: " + malformed.getMessage()));
      }
    }
    verdicts.putAll(batches.judge());
    verdicts.putAll(chains.judge());
    beforeSwitchover
        .judge()
        .forEach(
            (name, verdict) ->
                verdicts.merge(name, verdict, (one, other) -> Verdict.worst(one, other)));
    return decidedByEnough(verdicts, tooLittle);
  }

  private static MergedTrace merged(List<TraceEvent> events, TracedProtocol protocol) {
    return switch (protocol) {
      case PRE_COPY -> HostsMerge.of(events);
      case POST_COPY, REVERSE_CHECKPOINT -> MergedTrace.ofNumbered(events);
      case FORWARD_CHECKPOINT -> PlacesMerge.of(events);
    };
  }

  private static String constant(
      TraceFiles trace, List<TraceEvent> events, List<Integer> pages, TracedProtocol protocol) {
    return switch (protocol) {
      case PRE_COPY -> arbiter(trace.arbiter()) + hosts(events);
      case POST_COPY -> arbiter(trace.arbiter());
      case REVERSE_CHECKPOINT ->
          arbiter(trace.arbiter()) + "\n    DiskPages = " + set(diskPages(events, pages));
      case FORWARD_CHECKPOINT -> "Keeper = \"" + keeper(events) + '"';
    };
  }

  /**
   * What hosts did before the guest was on both: a part of an attempt of post-copy. With a lock the
   * guest is on offer from then on, and nobody takes it before.
   */
  private static void addBefore(Batches batches, TraceFiles trace, List<TraceEvent> events) {
    if (!events.isEmpty()) {
      batches.add(
          trace.name(),
          MergedTrace.ofNumbered(events),
          pages(trace, events, TracedProtocol.POST_COPY),
          arbiter(false));
    }
  }

  /** Traces of several migrations: each of these is a trace of two hosts. */
  private static final class Chains {
    private final Batches batches;
    private final Map<String, List<String>> parts = new LinkedHashMap<>();
    private final Map<String, MigrationSplit.Part> byName = new LinkedHashMap<>();

    Chains(Batches batches) {
      this.batches = batches;
    }

    void add(TraceFiles trace, List<MigrationSplit.Part> split, List<Integer> pages) {
      for (MigrationSplit.Part part : split) {
        part.events().forEach(Vocabulary.of(TracedProtocol.POST_COPY)::require);
      }
      for (MigrationSplit.Part part : split) {
        List<String> names = parts.computeIfAbsent(trace.name(), name -> new ArrayList<>());
        // No trace has a name with a line break in it.
        String name = trace.name() + "\n" + names.size();
        names.add(name);
        byName.put(name, part);
        batches.add(name, MergedTrace.ofNumbered(part.events()), pages, arbiter(trace.arbiter()));
      }
    }

    Map<String, Verdict> judge() throws IOException, InterruptedException {
      Map<String, Verdict> ofParts = batches.judge();
      Map<String, Verdict> verdicts = new LinkedHashMap<>();
      parts.forEach(
          (trace, names) ->
              verdicts.put(
                  trace,
                  Verdict.worst(
                      names.stream()
                          .map(name -> of(byName.get(name), ofParts.get(name)))
                          .toList())));
      return verdicts;
    }

    private static Verdict of(MigrationSplit.Part part, Verdict verdict) {
      if (verdict instanceof Verdict.Holds holds) {
        return new Verdict.Holds(holds.examined() - part.earlier());
      }
      if (verdict instanceof Verdict.Violated violated) {
        return new Verdict.Violated(
            violated.claim(),
            "of the migration from "
                + (part.from().isEmpty() ? "a host that told nothing" : part.from())
                + (part.to().isEmpty() ? "" : " to " + part.to())
                + ", whose first "
                + part.earlier()
                + " events stand for what the guest did before it, "
                + violated.evidence());
      }
      return verdict;
    }
  }

  /** A trace that shows too little can be wrong; it cannot be right. */
  private static Map<String, Verdict> decidedByEnough(
      Map<String, Verdict> verdicts, Map<String, String> tooLittle) {
    tooLittle.forEach(
        (name, why) ->
            verdicts.computeIfPresent(
                name,
                (same, verdict) ->
                    verdict instanceof Verdict.Holds ? new Verdict.Undecided(why) : verdict));
    return verdicts;
  }

  /**
   * Whether the guest arrived, or stayed, or a host says that it crashed, after an attempt began.
   */
  private static boolean isCarriedToAnEnd(List<TraceEvent> events, TracedProtocol protocol) {
    return switch (protocol) {
      case PRE_COPY -> events.stream().anyMatch(event -> PRE_COPY_ENDS.contains(event.phase()));
      // A source that learns from the lock that the guest has gone has its pages yet.
      case POST_COPY ->
          events.stream()
              .filter(event -> !event.action().equals("ReclaimLock") || event.taken())
              .anyMatch(event -> POST_COPY_ENDS.contains(event.action()));
      // It has no attempts: it is the protocol of one.
      case REVERSE_CHECKPOINT -> true;
      case FORWARD_CHECKPOINT ->
          events.stream().anyMatch(event -> event.action().equals("SwitchOver"));
    };
  }

  /**
   * Whether what an outsider saw of any implementation is a behaviour of {@code LiveMigration}; the
   * vocabulary is that of the package's description.
   *
   * @return as {@link #check}
   * @throws IOException if TLC cannot be run
   */
  public static Map<String, Verdict> checkObserved(List<TraceFiles> traces)
      throws IOException, InterruptedException {
    return checkObserved(traces, false);
  }

  private static Map<String, Verdict> checkObserved(List<TraceFiles> traces, boolean refused)
      throws IOException, InterruptedException {
    Batches batches = new Batches(BLACK_BOX, TraceCheck::fixedFields, new Walk());
    Map<String, Verdict> verdicts = new LinkedHashMap<>();
    Map<String, String> tooLittle = new LinkedHashMap<>();
    Map<String, MergedTrace> whole = new LinkedHashMap<>();
    // All in one run: that there are more hosts than a trace knows allows nothing more.
    TreeSet<String> hosts = new TreeSet<>();
    for (TraceFiles trace : traces) {
      requireNew(verdicts, trace.name());
      verdicts.put(trace.name(), null);
      try {
        List<TraceEvent> events = readAll(trace, TraceReader.Kind.OBSERVED);
        List<String> to = destinations(events);
        events.forEach(event -> hosts.add(event.host()));
        hosts.addAll(to);
        if (events.stream().noneMatch(event -> event.action().equals("Migrates"))) {
          tooLittle.put(trace.name(), "no migration was asked for");
        } else if (events.stream().noneMatch(event -> OBSERVED_ENDS.contains(event.action()))) {
          tooLittle.put(trace.name(), "no migration came to an end");
        }
        if (events.stream().noneMatch(event -> event.action().equals("Released"))) {
          verdicts.put(
              trace.name(), new Verdict.Undecided("no output of the guest was ever released"));
          continue;
        }
        orderBySteps(events);
        List<Boolean> sent = Collections.nCopies(events.size(), Boolean.TRUE);
        whole.put(trace.name(), new MergedTrace(events, sent, to));
      } catch (MalformedTraceException malformed) {
        if (refused) {
          throw malformed;
        }
        verdicts.put(trace.name(), new Verdict.Broken(malformed.getMessage()));
      }
    }
    hosts.remove("");
    whole.forEach(
        (name, trace) ->
            batches.add(name, trace, List.of(0), hosts(hosts, firstOf(trace.events())).strip()));
    verdicts.putAll(batches.judge());
    return decidedByEnough(verdicts, tooLittle);
  }

  /**
   * Whether what passed on a migration channel, and who answered for the guest, is a behaviour of
   * {@code DirectPreCopy}, or of {@code DirectPostCopy} where the source says that it may go over
   * to post-copy; the vocabulary is that of the package's description.
   *
   * @return as {@link #check}
   * @throws IOException if TLC cannot be run
   */
  public static Map<String, Verdict> checkChannel(List<TraceFiles> traces)
      throws IOException, InterruptedException {
    Batches preCopy = new Batches(CHANNEL, TraceCheck::channelFields, new Walk());
    Batches postCopy = new Batches(SPLIT_CHANNEL, TraceCheck::channelFields, new Walk());
    Map<String, Verdict> verdicts = new LinkedHashMap<>();
    Map<String, String> tooLittle = new LinkedHashMap<>();
    for (TraceFiles trace : traces) {
      requireNew(verdicts, trace.name());
      verdicts.put(trace.name(), null);
      try {
        List<TraceEvent> events = readAll(trace, TraceReader.Kind.OBSERVED);
        if (events.stream().noneMatch(event -> event.action().equals("Connects"))) {
          verdicts.put(trace.name(), new Verdict.Undecided("no attempt passed on the channel"));
          continue;
        }
        boolean goesOver = mayGoOver(events);
        if (events.stream().noneMatch(event -> isEnd(event, goesOver))) {
          tooLittle.put(trace.name(), "no attempt is carried to an end");
        }
        List<Boolean> sent = Collections.nCopies(events.size(), Boolean.TRUE);
        (goesOver ? postCopy : preCopy)
            .add(trace.name(), new MergedTrace(events, sent), trace.tracked(), ofChannel(events));
      } catch (MalformedTraceException malformed) {
        verdicts.put(trace.name(), new Verdict.Broken(malformed.getMessage()));
      }
    }
    verdicts.putAll(preCopy.judge());
    verdicts.putAll(postCopy.judge());
    return decidedByEnough(verdicts, tooLittle);
  }

  /** A source of post-copy may wait for ever for the last word of a host that has the guest. */
  private static boolean isEnd(TraceEvent event, boolean goesOver) {
    return CHANNEL_ENDS.contains(event.action())
        || goesOver && event.action().equals("Runs") && !event.host().equals(SOURCE);
  }

  /** Whether an attempt may go over to post-copy. */
  private static boolean mayGoOver(List<TraceEvent> events) {
    return events.stream()
        .anyMatch(
            event ->
                event.action().equals("Connects")
                    && event.args().path("postCopy").asBoolean(false));
  }

  /** The hosts of the trace, and whether the source opened a return path. */
  private static String ofChannel(List<TraceEvent> events) {
    TreeSet<String> hosts = new TreeSet<>();
    hosts.add(SOURCE);
    events.forEach(event -> hosts.add(event.host().isEmpty() ? SOURCE : event.host()));
    // Two hosts at least, or there is nowhere to go to.
    hosts.add(ELSEWHERE);
    boolean acknowledged =
        events.stream()
            .filter(event -> event.action().equals("Connects"))
            .allMatch(event -> event.args().path("returnPath").asBoolean());
    return "Acknowledged = "
        + (acknowledged ? "TRUE" : "FALSE")
        + "\n    Hosts = "
        + hosts.stream().map(host -> '"' + host + '"').collect(Collectors.joining(", ", "{", "}"))
        + "\n    First = \""
        + SOURCE
        + '"';
  }

  private static String channelFields(
      TraceEvent event, boolean sent, String to, List<Integer> pages) {
    return String.join(
        "\t",
        "host=s:" + (event.host().isEmpty() ? SOURCE : event.host()),
        "action=s:" + event.action().replaceAll("\\s", " "),
        "args.page=n:" + (event.page() < 0 ? -1 : number(event.page(), pages)),
        "args.dirty=p:"
            + event.dirty().stream()
                .map(page -> String.valueOf(number(page, pages)))
                .collect(Collectors.joining(",")),
        "args.pages=p:"
            + StreamSupport.stream(event.args().path("pages").spliterator(), false)
                .map(page -> String.valueOf(number(page.asInt(-1), pages)))
                .collect(Collectors.joining(",")),
        "args.channels=n:" + (event.args().path("channels").asBoolean(false) ? 1 : 0),
        "args.status=s:" + event.args().path("status").asText().replaceAll("\\s", " "));
  }

  /**
   * As {@link #check(List, TracedProtocol)}, but a file that is no trace is bad input.
   *
   * @throws MalformedTraceException if a file is no trace, or an event does not say all that it
   *     must; the message names file and line
   */
  public static Map<String, Verdict> checkWellFormed(
      List<TraceFiles> traces, TracedProtocol protocol) throws IOException, InterruptedException {
    return check(traces, protocol, new Walk(), true);
  }

  /**
   * As {@link #checkObserved(List)}, but a file that is no trace is bad input.
   *
   * @throws MalformedTraceException if a file is no trace; the message names file and line
   */
  public static Map<String, Verdict> checkWellFormedObserved(List<TraceFiles> traces)
      throws IOException, InterruptedException {
    return checkObserved(traces, true);
  }

  private static List<TraceEvent> readWhole(TraceFiles trace, TracedProtocol protocol)
      throws IOException {
    if (protocol == TracedProtocol.PRE_COPY) {
      return readAll(trace, TraceReader.Kind.PRE_COPY);
    }
    List<TraceEvent> events = readAll(trace, TraceReader.Kind.HOSTS);
    // Only in its part of a chain does an event have a role, from which follows what it must say.
    boolean later = protocol.followsPostCopy() || MigrationSplit.isNeeded(events);
    if (!later) {
      events.forEach(Vocabulary.of(protocol)::require);
    }
    return events;
  }

  // Answers of two hosts come on two connections: whoever reads them may read an earlier one later.
  // The guest's own numbers tell; an answer of a second copy of it bears a number that was given.
  private static void orderBySteps(List<TraceEvent> events) {
    List<TraceEvent> released = new ArrayList<>();
    for (TraceEvent event : events) {
      if (event.action().equals("Released")) {
        released.add(event);
      }
    }
    released.sort(Comparator.comparingInt(TraceEvent::step));
    Iterator<TraceEvent> inOrder = released.iterator();
    events.replaceAll(event -> event.action().equals("Released") ? inOrder.next() : event);
  }

  private static void requireNew(Map<String, Verdict> verdicts, String name) {
    if (verdicts.containsKey(name)) {
      throw new IllegalArgumentException("two traces are named " + name);
    }
  }

  private static List<TraceEvent> readAll(TraceFiles trace, TraceReader.Kind kind)
      throws IOException {
    List<TraceEvent> events = new ArrayList<>();
    for (Path file : trace.files()) {
      events.addAll(TraceReader.read(file, kind));
    }
    return events;
  }

  // Which pages the guest's disk writes are known by is what its steps say of them.
  private static List<Integer> diskPages(List<TraceEvent> events, List<Integer> pages) {
    return events.stream()
        .filter(event -> event.args().path("disk").asBoolean() && pages.contains(event.page()))
        .map(event -> Collections.binarySearch(pages, event.page()))
        .distinct()
        .sorted()
        .toList();
  }

  /**
   * Where each event says that the guest is to go. Who names no hosts speaks of a source and a
   * destination.
   */
  private static List<String> destinations(List<TraceEvent> events) {
    List<String> destinations = new ArrayList<>();
    events.replaceAll(
        event ->
            event.action().equals("Migrates") && event.host().isEmpty()
                ? event.of(TraceEvent.SOURCE)
                : event);
    for (TraceEvent event : events) {
      boolean goes = event.action().equals("Migrates") || event.action().equals("Reports");
      String to = event.args().path("to").asText(TraceEvent.DESTINATION);
      destinations.add(goes ? TraceReader.host(event.where(), to) : "");
    }
    return destinations;
  }

  /** Where the guest was when the first migration was asked for. */
  private static String firstOf(List<TraceEvent> observed) {
    return observed.stream()
        .filter(event -> event.action().equals("Migrates"))
        .map(TraceEvent::host)
        .findFirst()
        .orElse(observed.get(0).host());
  }

  /** The hosts of a trace, one that stands for those that left none, and where the guest was. */
  private static String hosts(List<TraceEvent> events) {
    TreeSet<String> hosts = new TreeSet<>();
    hosts.add(ELSEWHERE);
    String first = events.get(0).host();
    for (TraceEvent event : events) {
      hosts.add(event.host());
    }
    for (TraceEvent event : events) {
      if (event.action().equals("StartAttempt") && event.acceptedAfter() <= 0) {
        first = event.host();
        break;
      }
    }
    return hosts(hosts, first);
  }

  private static String hosts(Set<String> hosts, String first) {
    return "\n    Hosts = "
        + hosts.stream().map(host -> '"' + host + '"').collect(Collectors.joining(", ", "{", "}"))
        + "\n    First = \""
        + first
        + '"';
  }

  // The store is told to keep checkpoints before the first, and takes none otherwise.
  private static String keeper(List<TraceEvent> events) {
    boolean staged =
        events.stream()
            .filter(event -> event.at(TraceEvent.STORE))
            .anyMatch(event -> OF_KEEPER.contains(event.action()));
    return staged ? TraceEvent.STORE : TraceEvent.SOURCE;
  }

  private static String arbiter(boolean arbiter) {
    return "Arbiter = " + (arbiter ? "TRUE" : "FALSE");
  }

  private static String set(List<Integer> numbers) {
    return numbers.stream().map(String::valueOf).collect(Collectors.joining(", ", "{", "}"));
  }

  // To checkpoints the device state is a page, behind the last of RAM, and a disk is one behind
  // that.
  private static List<Integer> pages(
      TraceFiles trace, List<TraceEvent> events, TracedProtocol protocol) {
    List<Integer> occurring = occurring(events, protocol);
    if (trace.tracked().isEmpty()) {
      return occurring;
    }
    List<Integer> pages = new ArrayList<>(trace.tracked());
    if (protocol.followsPostCopy() && !occurring.isEmpty()) {
      int last = occurring.get(occurring.size() - 1);
      int ofRam = pages.get(pages.size() - 1);
      for (int page : List.of(last - 1, last)) {
        if (page > ofRam && occurring.contains(page)) {
          pages.add(page);
        }
      }
    }
    return pages;
  }

  private static List<Integer> occurring(List<TraceEvent> events, TracedProtocol protocol) {
    TreeSet<Integer> pages = new TreeSet<>();
    for (TraceEvent event : events) {
      if (protocol != TracedProtocol.PRE_COPY) {
        pages.addAll(Vocabulary.of(protocol).pages(event));
        continue;
      }
      if (event.page() >= 0) {
        pages.add(event.page());
      }
      pages.addAll(event.dirty());
    }
    return List.copyOf(pages);
  }

  /** An event as {@link TraceOverrides} reads it. */
  private interface Encoding {
    String encode(TraceEvent event, boolean sent, String to, List<Integer> pages);
  }

  private static Encoding encoding(TracedProtocol protocol) {
    if (protocol == TracedProtocol.PRE_COPY) {
      return TraceCheck::fixedFields;
    }
    Vocabulary vocabulary = Vocabulary.of(protocol);
    return (event, sent, to, pages) -> vocabulary.encode(event, page -> number(page, pages));
  }

  private static String fixedFields(
      TraceEvent event, boolean sent, String to, List<Integer> pages) {
    String dirty =
        event.dirty().stream()
            .map(page -> String.valueOf(number(page, pages)))
            .collect(Collectors.joining(","));
    return String.join(
        "\t",
        event.host(),
        event.action(),
        String.valueOf(event.saysAttempt() ? event.attempt() : 0),
        String.valueOf(event.page() < 0 ? -1 : number(event.page(), pages)),
        dirty,
        to,
        String.valueOf(event.taken()),
        String.valueOf(sent),
        event.phase(),
        String.valueOf(event.attemptAfter()),
        String.valueOf(event.acceptedAfter()),
        String.valueOf(event.roundAfter()),
        String.valueOf(event.step()),
        event.status());
  }

  // A page that is not tracked is no page of the specification: no step explains it.
  private static int number(int page, List<Integer> pages) {
    int index = Collections.binarySearch(pages, page);
    return index >= 0 ? index : 1_000_000;
  }

  /** Traces that can be judged in one run: with as many tracked pages and the same constant. */
  private static final class Batches {
    private record Member(String name, MergedTrace trace, List<Integer> pages) {}

    private final String module;
    private final Encoding encoding;
    private final Walk walk;
    private final Map<String, List<Member>> byConstants = new TreeMap<>();

    Batches(String module, Encoding encoding, Walk walk) {
      this.module = module;
      this.encoding = encoding;
      this.walk = walk;
    }

    void add(String name, MergedTrace trace, List<Integer> pages, String constant) {
      // A specification has at least one page, even if the trace never mentions any.
      String numbers =
          IntStream.range(0, Math.max(1, pages.size()))
              .mapToObj(String::valueOf)
              .collect(Collectors.joining(", ", "{", "}"));
      String constants = "Pages = " + numbers + "\n    " + constant;
      byConstants
          .computeIfAbsent(constants, c -> new ArrayList<>())
          .add(new Member(name, trace, pages));
    }

    Map<String, Verdict> judge() throws IOException, InterruptedException {
      Map<String, Verdict> verdicts = new LinkedHashMap<>();
      for (Map.Entry<String, List<Member>> batch : byConstants.entrySet()) {
        judgeEach(batch.getKey(), batch.getValue(), verdicts);
      }
      return verdicts;
    }

    /** Together; if one of them is such that TLC gives no answer, then one by one. */
    private void judgeEach(String constants, List<Member> members, Map<String, Verdict> verdicts)
        throws IOException, InterruptedException {
      try {
        judge(constants, members, verdicts);
      } catch (NoAnswerException none) {
        if (members.size() == 1) {
          verdicts.put(members.get(0).name(), new Verdict.Undecided(none.getMessage()));
          return;
        }
        int half = members.size() / 2;
        judgeEach(constants, members.subList(0, half), verdicts);
        judgeEach(constants, members.subList(half, members.size()), verdicts);
      }
    }

    /** TLC ended without an answer about the traces. */
    private static final class NoAnswerException extends RuntimeException {
      private static final long serialVersionUID = 1L;

      NoAnswerException(String message) {
        super(message);
      }
    }

    private void judge(String constants, List<Member> members, Map<String, Verdict> verdicts)
        throws IOException, InterruptedException {
      Path folder = ScratchFolder.create("trace");
      try {
        Run run = new Run(module, encoding, walk, constants, folder);
        List<Integer> reached = run.explain(members, List.of());
        List<Member> stuck = new ArrayList<>();
        List<Integer> places = new ArrayList<>();
        for (int i = 0; i < members.size(); i++) {
          int events = members.get(i).trace().events().size();
          if (reached.get(i) == events) {
            verdicts.put(members.get(i).name(), new Verdict.Holds(events));
          } else {
            stuck.add(members.get(i));
            places.add(reached.get(i) + 1);
          }
        }
        if (!stuck.isEmpty()) {
          run.explain(stuck, places);
          for (int i = 0; i < stuck.size(); i++) {
            TraceEvent event = stuck.get(i).trace().events().get(places.get(i) - 1);
            boolean sent = stuck.get(i).trace().sent().get(places.get(i) - 1);
            verdicts.put(
                stuck.get(i).name(),
                new Verdict.Violated(
                    module,
                    "the first event that the specification does not explain is number "
                        + places.get(i)
                        + " of "
                        + stuck.get(i).trace().events().size()
                        + ", "
                        + event.where()
                        + ": "
                        + event.text()
                        + (sent ? "" : "\n  no host has sent the message that it received")
                        + "\n  "
                        + run.allowed.getOrDefault(i + 1, "nothing is known of what was allowed")
                        + pagesNote(stuck.get(i).pages())));
          }
        }
      } finally {
        ScratchFolder.delete(folder);
      }
    }

    private String pagesNote(List<Integer> pages) {
      if (module.equals(BLACK_BOX)) {
        return "";
      }
      return "\n  pages 0, 1, ... of the specification are the tracked pages " + pages;
    }

    private static final class Run {
      private static final Pattern SUCCESSORS_MOST =
          Pattern.compile("outdegree of the complete state graph.*the maximum (\\d+)");
      private final String module;
      private final Encoding encoding;
      private final Walk walk;
      private final Path folder;
      private final Map<Integer, String> allowed = new TreeMap<>();
      private int runs;

      Run(String module, Encoding encoding, Walk walk, String constants, Path folder)
          throws IOException {
        this.module = module;
        this.encoding = encoding;
        this.walk = walk;
        this.folder = folder;
        SpecFiles.copyTo(folder);
        String config = Models.configured(module).config();
        for (String constant : constants.lines().toList()) {
          String name = constant.strip().substring(0, constant.strip().indexOf(' '));
          config =
              config.replaceFirst(
                  "(?m)^ *" + name + " = .*$", Matcher.quoteReplacement("    " + constant.strip()));
        }
        Files.writeString(folder.resolve("Batch.cfg"), config);
      }

      /** How many events of each trace are explained. */
      List<Integer> explain(List<Member> members, List<Integer> places)
          throws IOException, InterruptedException {
        Path scratch = Files.createDirectory(folder.resolve("run" + ++runs));
        Path events = scratch.resolve("events.tsv");
        Path reached = scratch.resolve("reached");
        try (var out = Files.newBufferedWriter(events, StandardCharsets.UTF_8)) {
          for (Member member : members) {
            write(member, out);
          }
        }
        String lookAt = places.stream().map(String::valueOf).collect(Collectors.joining(","));
        List<String> properties =
            List.of(
                "-D" + TraceOverrides.EVENTS + "=" + events,
                "-D" + TraceOverrides.REACHED + "=" + reached,
                "-D" + TraceOverrides.LOOK_AT + "=" + lookAt);
        int count = members.stream().mapToInt(member -> member.trace().events().size()).sum();
        Path output = TraceTlc.run(folder, scratch, properties, module, "Batch.cfg", count);
        String said = Files.readString(output, StandardCharsets.ISO_8859_1);
        if (!said.contains("Model checking completed. No error has been found.")
            || !Files.exists(reached)) {
          int error = said.indexOf(":1 @!@!@");
          throw new NoAnswerException(
              "TLC gave no answer about the traces: "
                  + (error < 0
                      ? said
                      : said.substring(error, Math.min(said.length(), error + 1500))));
        }
        Matcher successors = SUCCESSORS_MOST.matcher(said);
        while (successors.find()) {
          walk.waysMost = Math.max(walk.waysMost, Integer.parseInt(successors.group(1)));
        }
        List<Integer> explained = new ArrayList<>();
        for (String line : Files.readAllLines(reached)) {
          String[] fields = line.split("\t", -1);
          explained.add(Integer.valueOf(fields[0]));
          if (!fields[1].isEmpty()) {
            allowed.put(explained.size(), fields[1]);
          }
          if (!fields[2].isEmpty()) {
            walk.silently.addAll(List.of(fields[2].split(",")));
          }
        }
        return explained;
      }

      private void write(Member member, java.io.BufferedWriter out) throws IOException {
        out.write("trace\n");
        List<TraceEvent> events = member.trace().events();
        for (int i = 0; i < events.size(); i++) {
          boolean sent = member.trace().sent().get(i);
          String to = member.trace().to().get(i);
          out.write(encoding.encode(events.get(i), sent, to, member.pages()));
          out.write('\n');
        }
      }
    }
  }
}
