package landfall.judge;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import landfall.evidence.Verdict;
import landfall.qemustream.Recorded;
import landfall.qemustream.StreamEntry;
import landfall.qemustream.StreamEntry.What;
import landfall.testing.AtLength;
import landfall.testing.Sampled;
import landfall.tracecheck.TraceCheck;
import landfall.tracecheck.TraceFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Traces of QEMU's stream with one change: each event dropped, doubled, swapped with the next, or
 * with a fact of it changed. By default a part of the changes is judged, chosen by a seed; {@code
 * -Dlandfall.tests=all} judges all.
 */
@Sampled
class ChangedChannelsTest {
  private static final long SEED = Long.getLong("landfall.seed", 1);
  private static final int ONE_IN = 4;

  @TempDir Path folder;

  private record Base(String name, ChannelTrace trace) {}

  /** A trace, and what was changed in it. */
  private record Change(
      Base base, String kind, int index, List<String> before, List<String> after) {
    String event() {
      return before.get(index);
    }

    String next() {
      return index + 1 < before.size() ? before.get(index + 1) : "";
    }
  }

  private static String word(String line, String field) {
    Matcher found = Pattern.compile("\"" + field + "\":\"?(\\w+)").matcher(line);
    return found.find() ? found.group(1) : "";
  }

  private static String action(String line) {
    return word(line, "action");
  }

  private static List<StreamEntry> shifted(List<StreamEntry> entries, int connection, double by) {
    return entries.stream()
        .map(
            entry ->
                new StreamEntry(
                    connection,
                    entry.direction(),
                    entry.atMillis() + by,
                    entry.offset(),
                    entry.what(),
                    entry.text(),
                    entry.number(),
                    entry.pages()))
        .toList();
  }

  private static List<StreamEntry> upTo(What what) {
    List<StreamEntry> entries = new ArrayList<>();
    for (StreamEntry entry : Recorded.whole()) {
      entries.add(entry);
      if (entry.what() == what) {
        break;
      }
    }
    return entries;
  }

  private static List<Base> bases() {
    Story once =
        Story.of(0.5, 200, "completed")
            .answers("A", 0.7, 1, 0.6)
            .answers("A", 20, 2, 19)
            .answers("B", 250, 3);
    List<StreamEntry> again = new ArrayList<>(upTo(What.MEMORY_SENT));
    again.addAll(shifted(Recorded.whole(), 2, 500));
    Story twice =
        Story.of(0.5, 200, "failed")
            .attempt(450, 700, "completed")
            .answers("A", 250, 2, 220)
            .answers("A", 520, 3, 519)
            .answers("B", 800, 4);
    List<StreamEntry> alone = new ArrayList<>(Recorded.whole());
    alone.removeIf(
        entry -> entry.what() == What.COMMAND || entry.direction().equals(StreamEntry.BACK));
    List<StreamEntry> refused = new ArrayList<>(upTo(What.END));
    StreamEntry shut =
        Recorded.whole().stream().filter(entry -> entry.what() == What.SHUT).findFirst().get();
    refused.add(
        new StreamEntry(
            1, StreamEntry.BACK, shut.atMillis(), 8, What.SHUT, "", 0xffffffffL, List.of()));
    return List.of(
        new Base("once", ChannelTrace.of(Recorded.whole(), once.told())),
        new Base("twice", ChannelTrace.of(again, twice.told())),
        new Base("without a return path", ChannelTrace.of(alone, once.told())),
        new Base(
            "refused",
            ChannelTrace.of(
                refused, Story.of(0.5, 300, "failed").answers("A", 350, 2, 320).told())));
  }

  /** Streams that go over to post-copy, and one that would have. */
  private static List<Base> splitBases() {
    List<Base> bases = new ArrayList<>();
    for (String name : Recorded.POST_COPIES) {
      List<StreamEntry> entries = Recorded.conversation(name);
      double end = entries.get(entries.size() - 1).atMillis();
      bases.add(
          new Base(
              name,
              ChannelTrace.of(
                  entries,
                  Story.of(0.5, end + 1, "completed")
                      .answers("A", 0.7, 1, 0.6)
                      .answers("B", end - 1, 2)
                      .answers("B", end + 5, 3)
                      .told())));
    }
    List<StreamEntry> before = new ArrayList<>();
    for (StreamEntry entry : Recorded.conversation(Recorded.POST_COPIES.get(2))) {
      if (entry.what() == What.PACKAGE) {
        break;
      }
      before.add(entry);
    }
    bases.add(
        new Base(
            "ends before its package",
            ChannelTrace.of(
                before, Story.of(0.5, 800, "failed").answers("A", 900, 2, 850).told())));
    return bases;
  }

  /** Streams whose pages go on several connections. */
  private static List<Base> severalBases() {
    List<Base> bases = new ArrayList<>();
    for (String name : Recorded.MULTIFDS) {
      List<StreamEntry> entries = Recorded.conversation(name);
      double end = entries.get(entries.size() - 1).atMillis();
      bases.add(
          new Base(
              name,
              ChannelTrace.of(
                  entries,
                  Story.of(0.5, end + 1, "completed")
                      .answers("A", 0.7, 1, 0.6)
                      .answers("B", end + 5, 3)
                      .told())));
    }
    bases.add(severalAgain());
    return bases;
  }

  /** An attempt that ends when the guest is paused, and one that completes. */
  private static Base severalAgain() {
    List<StreamEntry> once = Recorded.conversation(Recorded.MULTIFDS.get(0));
    double paused =
        once.stream().filter(each -> each.what() == What.FINAL).findFirst().get().atMillis();
    double end = once.get(once.size() - 1).atMillis();
    List<StreamEntry> entries = new ArrayList<>(once);
    entries.removeIf(entry -> entry.atMillis() >= paused);
    for (StreamEntry entry : once) {
      entries.addAll(shifted(List.of(entry), entry.connection() + 3, end));
    }
    return new Base(
        "several connections, twice",
        ChannelTrace.of(
            entries,
            Story.of(0.5, end - 2, "failed")
                .attempt(end - 1, 2 * end + 1, "completed")
                .answers("A", end - 1.5, 2, end - 1.7)
                .answers("B", 2 * end + 5, 3)
                .told()));
  }

  private static List<Change> changes(Base base) {
    List<String> lines = base.trace().lines();
    List<Change> all = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      List<String> dropped = new ArrayList<>(lines);
      dropped.remove(i);
      all.add(new Change(base, "drop", i, lines, dropped));
      List<String> doubled = new ArrayList<>(lines);
      doubled.add(i, lines.get(i));
      all.add(new Change(base, "double", i, lines, doubled));
      if (i + 1 < lines.size()) {
        List<String> swapped = new ArrayList<>(lines);
        Collections.swap(swapped, i, i + 1);
        all.add(new Change(base, "swap", i, lines, swapped));
      }
      for (Map.Entry<String, String> altered : altered(lines.get(i), base).entrySet()) {
        List<String> other = new ArrayList<>(lines);
        other.set(i, altered.getValue());
        if (altered.getKey().startsWith("there")) {
          // What the destination will say stands at the begin of the connection, too.
          other.replaceAll(
              line ->
                  action(line).equals("Recovers")
                      ? line.replaceFirst(
                          "\\[[^]]*]",
                          "["
                              + list(altered.getValue()).toString().replaceAll("[\\[\\]]", "")
                              + "]")
                      : line);
        }
        all.add(new Change(base, altered.getKey(), i, lines, other));
      }
    }
    return all;
  }

  /** The pages in the only list of a line. */
  private static List<Integer> list(String line) {
    Matcher found = Pattern.compile("\\[([^]]*)]").matcher(line);
    List<Integer> pages = new ArrayList<>();
    if (found.find()) {
      for (String page : found.group(1).split(", *")) {
        if (!page.isEmpty()) {
          pages.add(Integer.valueOf(page));
        }
      }
    }
    return pages;
  }

  private static String withList(String line, List<Integer> pages) {
    return line.replaceFirst("\\[[^]]*]", Matcher.quoteReplacement(pages.toString()));
  }

  /** The nearest mistakes in what an event says. */
  private static Map<String, String> altered(String line, Base base) {
    Map<String, String> others = new LinkedHashMap<>();
    List<Integer> pages = base.trace().tracked();
    String page = word(line, "page");
    if (!page.isEmpty()) {
      int other = pages.get((pages.indexOf(Integer.valueOf(page)) + 1) % pages.size());
      others.put("page", line.replace("\"page\":" + page, "\"page\":" + other));
    }
    if (line.contains("\"dirty\":[]")) {
      others.put("dirty", line.replace("[]", "[" + pages.get(0) + "]"));
    } else if (line.contains("\"dirty\":")) {
      others.put("dirty", line.replaceFirst("\\[\\d+(, )?", "["));
    }
    List<Integer> told = list(line);
    boolean there = action(line).equals("Tells");
    if (there || action(line).equals("Pauses") && !told.isEmpty()) {
      List<Integer> not = new ArrayList<>(pages);
      not.removeAll(told);
      for (Integer each : told) {
        List<Integer> fewer = new ArrayList<>(told);
        fewer.remove(each);
        others.put((there ? "there without " : "due without ") + each, withList(line, fewer));
      }
      for (Integer each : not) {
        List<Integer> more = new ArrayList<>(told);
        more.add(each);
        others.put((there ? "there with " : "due with ") + each, withList(line, more));
      }
    }
    String status = word(line, "status");
    if (!status.isEmpty()) {
      others.put("status", line.replace(status, status.equals("failed") ? "completed" : "failed"));
    }
    if (action(line).equals("Resumes")) {
      others.put("answer", line.replace("Resumes", "Refuses"));
    } else if (action(line).equals("Refuses")) {
      others.put("answer", line.replace("Refuses", "Resumes"));
    }
    String host = word(line, "host");
    if (!host.isEmpty()) {
      others.put("host", line.replace(host, host.equals("source") ? "destination1" : "source"));
    }
    return others;
  }

  @Test
  void theyAreRejectedUnlessTheChangeDoesNoHarm() throws Exception {
    areRejected(bases());
  }

  @Test
  void thoseOfPostCopyAreRejectedUnlessTheChangeDoesNoHarm() throws Exception {
    areRejected(splitBases());
  }

  @Test
  void thoseOfSeveralConnectionsAreRejectedUnlessTheChangeDoesNoHarm() throws Exception {
    areRejected(severalBases());
  }

  private void areRejected(List<Base> bases) throws Exception {
    Map<String, Change> tried = new LinkedHashMap<>();
    List<TraceFiles> traces = new ArrayList<>();
    var random = new Random(SEED);
    for (Base base : bases) {
      traces.add(write(base.name(), base, base.trace().lines()));
      for (Change change : changes(base)) {
        if (AtLength.ASKED || random.nextInt(ONE_IN) == 0) {
          String name = "changed " + tried.size();
          tried.put(name, change);
          traces.add(write(name, base, change.after()));
        }
      }
    }
    Map<String, Verdict> verdicts = TraceCheck.checkChannel(traces);
    for (Base base : bases) {
      Verdict unchanged = verdicts.remove(base.name());
      assertInstanceOf(Verdict.Holds.class, unchanged, () -> base.name() + ": " + unchanged);
    }
    Map<String, Integer> harmless = new TreeMap<>();
    Map<String, Integer> missed = new TreeMap<>();
    int rejected = 0;
    for (Map.Entry<String, Verdict> entry : verdicts.entrySet()) {
      Change change = tried.get(entry.getKey());
      if (!(entry.getValue() instanceof Verdict.Holds)) {
        rejected++;
        continue;
      }
      String reason = whyHarmless(change);
      String what =
          change.kind() + " " + action(change.event()) + ", then " + action(change.next());
      (reason.isEmpty() ? missed : harmless)
          .merge(reason.isEmpty() ? change.base().name() + ": " + what : reason, 1, Integer::sum);
    }
    int harmful = tried.size() - harmless.values().stream().mapToInt(n -> n).sum();
    double score = 100.0 * rejected / harmful;
    System.out.printf(
        Locale.ROOT,
        "%s: %d changed traces, %d rejected, %d harmless, score %.1f %%; seed %d%n"
            + "  harmless: %s%n  missed: %s%n",
        bases.get(0).name(),
        tried.size(),
        rejected,
        tried.size() - harmful,
        score,
        SEED,
        harmless,
        missed);
    assertTrue(
        tried.size() > (AtLength.ASKED ? 200 : 40), () -> "only " + tried.size() + " were tried");
    assertTrue(rejected > tried.size() / 3, "many changes are harmful");
    assertTrue(score >= 95, () -> "accepted without a reason: " + missed);
  }

  private TraceFiles write(String name, Base base, List<String> lines) throws Exception {
    Path file = folder.resolve(name + ".ndjson");
    Files.write(file, lines);
    return new TraceFiles(name, List.of(file), base.trace().tracked(), false);
  }

  /** Why the changed trace is one of a correct run, too; empty if there is no reason. */
  private static String whyHarmless(Change change) {
    String first = action(change.event());
    String second = action(change.next());
    String ofPostCopy = whyHarmlessInPostCopy(change, first, second);
    if (!ofPostCopy.isEmpty()) {
      return ofPostCopy;
    }
    if (List.of(first, second).contains("Syncs")
        && !change.kind().equals("host")
        && keepsSyncs(change.after())) {
      return "between two syncs pages go in any order, and one follows every page";
    }
    boolean sourceRuns = isSourceRunning(change.event());
    switch (change.kind()) {
      case "drop":
        if (first.equals("Runs")) {
          return "a client may not have asked";
        }
        if (first.equals("Reports")) {
          return "nobody may have asked how the attempt went";
        }
        if (first.equals("Resumes") && !change.before().toString().contains("completed")) {
          return "an answer may be lost";
        }
        if (first.equals("Refuses")) {
          return "a source in doubt takes the guest back without it (the switch ResumeOnTimeout)";
        }
        if (first.equals("Pauses") && comesToNothing(change)) {
          return "nothing tells whether the guest was paused in an attempt that comes to nothing";
        }
        return first.equals("Sends") && isSentAgain(change)
            ? "the page passes at another time of the attempt"
            : "";
      case "double":
        if (first.equals("Runs") || first.equals("Reports")) {
          return "it may be so, or be reported, twice";
        }
        return first.equals("Sends") && !isPaused(change, change.index())
            ? "a page may be written, and sent, once more"
            : "";
      case "swap":
        if (first.equals("Sends") && second.equals("Sends")) {
          return "the pages of a round go in any order";
        }
        if (sourceRuns && Set.of("Connects", "Sends").contains(second)
            || isSourceRunning(change.next()) && Set.of("Connects", "Sends").contains(first)) {
          return "the guest runs on while pages are sent";
        }
        if (first.equals("Sends") && second.equals("Pauses") && isFirstSending(change)) {
          return "a page that was not sent yet may go while the guest is paused";
        }
        if (Set.of(first, second).contains("Pauses") && comesToNothing(change)) {
          return "nothing tells when the guest was paused in an attempt that comes to nothing";
        }
        if (first.equals("Refuses")) {
          return "a source in doubt takes the guest back without it (the switch ResumeOnTimeout)";
        }
        return Set.of("Runs", "Resumes", "Reports").contains(first)
                && Set.of("Runs", "Resumes", "Reports").contains(second)
            ? "both say that the same host has the guest"
            : "";
      case "page":
        return !isPaused(change, change.index()) && isSentAgain(change)
            ? "another page may be written, and this one passes at another time"
            : "";
      default:
        return first.equals("Pauses") && comesToNothing(change)
            ? "nothing tells what is due in an attempt that comes to nothing"
            : "";
    }
  }

  /** No page goes behind the last sync before the handover, or at another side of the pause. */
  private static boolean keepsSyncs(List<String> lines) {
    boolean open = false;
    for (String line : lines) {
      String action = action(line);
      if (action.equals("GivesAway") && open) {
        return false;
      }
      open = action.equals("Sends") || open && !Set.of("Syncs", "Connects").contains(action);
    }
    return true;
  }

  private static String whyHarmlessInPostCopy(Change change, String first, String second) {
    if (!change.before().toString().contains("\"postCopy\":true")) {
      return "";
    }
    Integer page = Integer.valueOf("0" + word(change.event(), "page"));
    boolean lost = first.equals("Sends") && isLost(change, page);
    switch (change.kind()) {
      case "drop":
        return first.equals("Requests")
            ? "a page need not be asked for"
            : lost ? "what was lost with the connection need not have passed" : "";
      case "double":
        return first.equals("Recovers") ? "a source may connect once more" : "";
      case "swap":
        if (first.equals("Requests") && Set.of("Sends", "Requests", "Ends").contains(second)
            || second.equals("Requests") && Set.of("Sends", "Ends").contains(first)) {
          return "a page may be asked for while pages, and it, are on their way";
        }
        boolean there = isDestinationRunning(change.event()) || isDestinationRunning(change.next());
        return there && !Set.of(first, second).contains("Packages")
            ? "the guest runs there, whatever passes"
            : "";
      case "page":
        if (first.equals("Requests")) {
          List<Integer> pages = change.base().trace().tracked();
          Integer other = pages.get((pages.indexOf(page) + 1) % pages.size());
          return isMissing(change, other) ? "another page may be asked for" : "";
        }
        return lost ? "what was lost with the connection may have been another page" : "";
      default:
        return "";
    }
  }

  /** Behind the package, and on a connection of which the destination says that it did not come. */
  private static boolean isLost(Change change, Integer page) {
    List<String> after = change.before().subList(change.index(), change.before().size());
    return isGivenAway(change)
        && after.stream()
            .filter(line -> action(line).equals("Tells"))
            .findFirst()
            .filter(line -> !list(line).contains(page))
            .isPresent();
  }

  /** Stale, and not said to be there. */
  private static boolean isMissing(Change change, Integer page) {
    boolean missing = false;
    for (String line : change.before().subList(0, change.index())) {
      if (action(line).equals("Pauses")) {
        missing = list(line).contains(page);
      } else if (action(line).equals("Tells")) {
        missing = !list(line).contains(page);
      }
    }
    return missing;
  }

  private static boolean isGivenAway(Change change) {
    return change.before().subList(0, change.index()).stream()
        .anyMatch(line -> action(line).equals("Packages"));
  }

  private static boolean isDestinationRunning(String line) {
    return action(line).equals("Runs") && word(line, "host").startsWith("destination");
  }

  private static boolean isSourceRunning(String line) {
    return action(line).equals("Runs") && word(line, "host").equals("source");
  }

  private static boolean isPaused(Change change, int index) {
    boolean paused = false;
    for (String line : change.before().subList(0, index + 1)) {
      paused = (paused || action(line).equals("Pauses")) && !action(line).equals("Connects");
    }
    return paused;
  }

  /** From the Connects to the next one. */
  private static List<String> attempt(Change change) {
    int begin = change.index();
    while (begin > 0 && !action(change.before().get(begin)).equals("Connects")) {
      begin--;
    }
    int end = change.index() + 1;
    while (end < change.before().size() && !action(change.before().get(end)).equals("Connects")) {
      end++;
    }
    return change.before().subList(begin, end);
  }

  /** The page passes more than once, or the attempt comes to nothing. */
  private static boolean isSentAgain(Change change) {
    List<String> attempt = attempt(change);
    String page = word(change.event(), "page");
    return comesToNothing(change)
        || attempt.stream().filter(line -> word(line, "page").equals(page)).count() > 1;
  }

  private static boolean comesToNothing(Change change) {
    return attempt(change).stream()
        .noneMatch(line -> Set.of("GivesAway", "Packages").contains(action(line)));
  }

  private static boolean isFirstSending(Change change) {
    String page = word(change.event(), "page");
    List<String> attempt = attempt(change);
    return attempt.stream().filter(line -> word(line, "page").equals(page)).count() == 1;
  }
}
