package landfall.tracecheck;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import landfall.evidence.Verdict;
import landfall.specs.SpecFiles;
import landfall.tlc.TlcProcess;

/** Judges traces. */
public final class TraceCheck {
  private static final String GREY_BOX = "TracePreCopy";
  private static final String BLACK_BOX = "TraceLiveMigration";

  private TraceCheck() {}

  /**
   * Whether traces of the engine are behaviours of {@code PreCopy}.
   *
   * @return a verdict for each name, in the order given: holds with the number of events; violated
   *     with the first event that is not explained; undecided if there is nothing to judge; broken
   *     if the files are no trace
   * @throws IOException if TLC cannot be run
   */
  public static Map<String, Verdict> check(List<TraceFiles> traces)
      throws IOException, InterruptedException {
    Batches batches = new Batches(GREY_BOX);
    Map<String, Verdict> verdicts = new LinkedHashMap<>();
    for (TraceFiles trace : traces) {
      requireNew(verdicts, trace.name());
      verdicts.put(trace.name(), null);
      try {
        List<TraceEvent> events = readAll(trace, true);
        MergedTrace merged = MergedTrace.of(events);
        if (events.stream().noneMatch(event -> event.action().equals("StartAttempt"))) {
          verdicts.put(
              trace.name(),
              new Verdict.Undecided(
                  events.isEmpty() ? "the trace has no events" : "no attempt was started"));
          continue;
        }
        List<Integer> pages = trace.tracked().isEmpty() ? occurring(events) : trace.tracked();
        batches.add(trace.name(), merged, pages, trace.arbiter());
      } catch (MalformedTraceException malformed) {
        verdicts.put(trace.name(), new Verdict.Broken(malformed.getMessage()));
      }
    }
    verdicts.putAll(batches.judge());
    return verdicts;
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
    Batches batches = new Batches(BLACK_BOX);
    Map<String, Verdict> verdicts = new LinkedHashMap<>();
    for (TraceFiles trace : traces) {
      requireNew(verdicts, trace.name());
      verdicts.put(trace.name(), null);
      try {
        List<TraceEvent> events = readAll(trace, false);
        if (events.stream().noneMatch(event -> event.action().equals("Released"))) {
          verdicts.put(
              trace.name(), new Verdict.Undecided("no output of the guest was ever released"));
          continue;
        }
        orderBySteps(events);
        List<Boolean> sent = Collections.nCopies(events.size(), Boolean.TRUE);
        batches.add(trace.name(), new MergedTrace(events, sent), List.of(0), false);
      } catch (MalformedTraceException malformed) {
        verdicts.put(trace.name(), new Verdict.Broken(malformed.getMessage()));
      }
    }
    verdicts.putAll(batches.judge());
    return verdicts;
  }

  /**
   * Reads a trace and says nothing about it.
   *
   * @throws MalformedTraceException if a file is no trace; the message names file and line
   */
  public static void requireWellFormed(TraceFiles trace, boolean observed) throws IOException {
    readAll(trace, !observed);
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

  private static List<TraceEvent> readAll(TraceFiles trace, boolean hostsOnly) throws IOException {
    List<TraceEvent> events = new ArrayList<>();
    for (Path file : trace.files()) {
      events.addAll(TraceReader.read(file, hostsOnly));
    }
    return events;
  }

  private static List<Integer> occurring(List<TraceEvent> events) {
    TreeSet<Integer> pages = new TreeSet<>();
    for (TraceEvent event : events) {
      if (event.page() >= 0) {
        pages.add(event.page());
      }
      pages.addAll(event.dirty());
    }
    return List.copyOf(pages);
  }

  /** Traces that can be judged in one run: with as many tracked pages and the same arbiter. */
  private static final class Batches {
    private record Member(String name, MergedTrace trace, List<Integer> pages) {}

    private final String module;
    private final Map<String, List<Member>> byConstants = new TreeMap<>();

    Batches(String module) {
      this.module = module;
    }

    void add(String name, MergedTrace trace, List<Integer> pages, boolean arbiter) {
      // A specification has at least one page, even if the trace never mentions any.
      String numbers =
          IntStream.range(0, Math.max(1, pages.size()))
              .mapToObj(String::valueOf)
              .collect(Collectors.joining(", ", "{", "}"));
      String constants = "Pages = " + numbers + "\n    Arbiter = " + (arbiter ? "TRUE" : "FALSE");
      byConstants
          .computeIfAbsent(constants, c -> new ArrayList<>())
          .add(new Member(name, trace, pages));
    }

    Map<String, Verdict> judge() throws IOException, InterruptedException {
      Map<String, Verdict> verdicts = new LinkedHashMap<>();
      for (Map.Entry<String, List<Member>> batch : byConstants.entrySet()) {
        judge(batch.getKey(), batch.getValue(), verdicts);
      }
      return verdicts;
    }

    private void judge(String constants, List<Member> members, Map<String, Verdict> verdicts)
        throws IOException, InterruptedException {
      Path folder = TlcProcess.scratchFolder("landfall-trace-");
      try {
        Run run = new Run(module, constants, folder);
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
        TlcProcess.delete(folder);
      }
    }

    private String pagesNote(List<Integer> pages) {
      if (module.equals(BLACK_BOX)) {
        return "";
      }
      return "\n  pages 0, 1, ... of the specification are the tracked pages " + pages;
    }

    private static final class Run {
      private final String module;
      private final Path folder;
      private final Map<Integer, String> allowed = new TreeMap<>();
      private int runs;

      Run(String module, String constants, Path folder) throws IOException {
        this.module = module;
        this.folder = folder;
        SpecFiles.copyTo(folder);
        String config =
            SpecFiles.read(module + ".cfg")
                .replaceAll("Pages = \\{[^}]*}\\s+Arbiter = \\w+", constants);
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
        TlcProcess tlc =
            new TlcProcess()
                .with(TraceOverrides.class.getName())
                .jvm("-Xmx1000m", "-Xss16m", "-XX:TieredStopAtLevel=1")
                .jvm("-D" + TraceOverrides.EVENTS + "=" + events)
                .jvm("-D" + TraceOverrides.REACHED + "=" + reached)
                .jvm(
                    "-D"
                        + TraceOverrides.LOOK_AT
                        + "="
                        + places.stream().map(String::valueOf).collect(Collectors.joining(",")))
                .limit(Duration.ofMinutes(5));
        Path output = tlc.run(folder, scratch, module, "Batch.cfg");
        String said = Files.readString(output, StandardCharsets.ISO_8859_1);
        if (!said.contains("Model checking completed. No error has been found.")
            || !Files.exists(reached)) {
          int error = said.indexOf(":1 @!@!@");
          throw new IllegalStateException(
              "TLC gave no answer about the traces: "
                  + (error < 0
                      ? said
                      : said.substring(error, Math.min(said.length(), error + 1500))));
        }
        List<Integer> explained = new ArrayList<>();
        for (String line : Files.readAllLines(reached)) {
          String[] fields = line.split("\t", 2);
          explained.add(Integer.valueOf(fields[0]));
          if (!fields[1].isEmpty()) {
            allowed.put(explained.size(), fields[1]);
          }
        }
        return explained;
      }

      private static void write(Member member, java.io.BufferedWriter out) throws IOException {
        out.write("trace\n");
        List<TraceEvent> events = member.trace().events();
        for (int i = 0; i < events.size(); i++) {
          TraceEvent event = events.get(i);
          String dirty =
              event.dirty().stream()
                  .map(page -> String.valueOf(number(page, member.pages())))
                  .collect(Collectors.joining(","));
          out.write(
              String.join(
                  "\t",
                  event.host(),
                  event.action(),
                  String.valueOf(event.saysAttempt() ? event.attempt() : 0),
                  String.valueOf(event.page() < 0 ? -1 : number(event.page(), member.pages())),
                  dirty,
                  String.valueOf(event.taken()),
                  String.valueOf(member.trace().sent().get(i)),
                  event.phase(),
                  String.valueOf(event.attemptAfter()),
                  String.valueOf(event.roundAfter()),
                  String.valueOf(event.step()),
                  event.status()));
          out.write('\n');
        }
      }

      // A page that is not tracked is no page of the specification: no step explains it.
      private static int number(int page, List<Integer> pages) {
        int index = Collections.binarySearch(pages, page);
        return index >= 0 ? index : 1_000_000;
      }
    }
  }
}
