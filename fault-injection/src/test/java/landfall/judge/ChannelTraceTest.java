package landfall.judge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import landfall.evidence.Verdict;
import landfall.nemesis.FaultKind;
import landfall.qemustream.Recorded;
import landfall.qemustream.StreamEntry;
import landfall.qemustream.StreamEntry.What;
import landfall.tracecheck.TraceCheck;
import landfall.tracecheck.TraceFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChannelTraceTest {
  @TempDir Path folder;

  private final Map<String, TraceFiles> traces = new LinkedHashMap<>();

  private void add(String name, List<StreamEntry> entries, Story story) throws Exception {
    ChannelTrace trace = ChannelTrace.of(entries, story.told());
    Path file = folder.resolve(name + ".ndjson");
    trace.write(file);
    traces.put(name, new TraceFiles(name, List.of(file), trace.tracked(), false));
  }

  private Map<String, Verdict> judged() throws Exception {
    return TraceCheck.checkChannel(List.copyOf(traces.values()));
  }

  /** The guest answers here before the migration, and there after it. */
  private static Story completed() {
    return Story.of(0.5, 200, "completed")
        .answers("A", 0.7, 1, 0.6)
        .answers("A", 20, 2, 19)
        .answers("B", 250, 3);
  }

  // ---------------------------------------------------------------- several connections

  @Test
  void pagesOfSeveralConnectionsAreABehaviour() throws Exception {
    for (String name : Recorded.MULTIFDS) {
      List<StreamEntry> entries = Recorded.conversation(name);
      Story story = Story.of(0.5, end(entries) + 1, "completed").answers("B", end(entries) + 5, 3);
      ChannelTrace trace = ChannelTrace.of(entries, story.told());
      assertEquals("", trace.unreadable());
      assertTrue(trace.lines().toString().contains("\"channels\":true"), trace::toString);
      add(name, entries, story);
    }
    judged().forEach((name, verdict) -> assertInstanceOf(Verdict.Holds.class, verdict, name));
  }

  @Test
  void whereSyncsWereNotReadOnlyTheHandoverIsFollowed() throws Exception {
    List<StreamEntry> older = new ArrayList<>(Recorded.conversation(Recorded.MULTIFDS.get(0)));
    older.removeIf(entry -> entry.what() == What.SYNC);
    ChannelTrace trace = ChannelTrace.of(older, Story.of(0.5, end(older) + 1, "completed").told());
    assertTrue(trace.unreadable().contains("their syncs were not read"), trace::unreadable);
    assertEquals(List.of(0), trace.tracked());
  }

  /** The one page of the last section that is lost with its connection never arrives. */
  @Test
  void aGuestGivenAwayWithoutPagesOfOneConnectionIsNoBehaviour() throws Exception {
    List<StreamEntry> entries = new ArrayList<>(Recorded.conversation(Recorded.MULTIFDS.get(0)));
    int last = -1;
    for (int i = 0; i < entries.size(); i++) {
      StreamEntry entry = entries.get(i);
      last = entry.connection() == 2 && entry.what() == What.PAGES && last < 0 ? i : last;
    }
    entries.remove(last);
    add("lost", entries, Story.of(0.5, end(entries) + 1, "completed"));
    assertInstanceOf(Verdict.Violated.class, judged().get("lost"));
  }

  private static List<StreamEntry> upTo(What what) {
    List<StreamEntry> entries = new ArrayList<>();
    for (StreamEntry entry : Recorded.whole()) {
      entries.add(entry);
      if (entry.what() == what) {
        return entries;
      }
    }
    throw new IllegalArgumentException("there is no " + what);
  }

  private static StreamEntry first(What what) {
    return Recorded.whole().stream()
        .filter(entry -> entry.what() == what)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aMigrationThatWentWellIsABehaviour() throws Exception {
    add("completed", Recorded.whole(), completed());
    Verdict verdict = judged().get("completed");
    assertInstanceOf(Verdict.Holds.class, verdict, verdict::toString);
  }

  private static final List<StreamEntry> POST_COPY = Recorded.postCopy();

  private static double end(List<StreamEntry> entries) {
    return entries.get(entries.size() - 1).atMillis();
  }

  private static Story gone(List<StreamEntry> entries) {
    return Story.of(0.5, end(entries) + 1, "completed")
        .answers("A", 0.7, 1, 0.6)
        .answers("B", end(entries) + 5, 2);
  }

  @Test
  void postCopyOverABrokenLinkIsABehaviour() throws Exception {
    for (String name : Recorded.POST_COPIES) {
      List<StreamEntry> entries = Recorded.conversation(name);
      assertEquals("", ChannelTrace.of(entries, gone(entries).told()).unreadable());
      add(name, entries, gone(entries));
    }
    add(
        "the source dies behind the last page",
        POST_COPY,
        Story.of(0.5, 20_000, "postcopy-active")
            .fault(FaultKind.KILL_SOURCE, "push", 14_662.9, true)
            .answers("B", 15_000, 2));
    judged()
        .forEach(
            (name, verdict) ->
                assertInstanceOf(Verdict.Holds.class, verdict, () -> name + ": " + verdict));
  }

  /** Of the mode of post-copy, and done before the switchover. */
  @Test
  void aMigrationThatMightHaveGoneOverIsABehaviourToo() throws Exception {
    List<StreamEntry> entries = new ArrayList<>(Recorded.whole());
    StreamEntry ping = first(What.COMMAND);
    entries.add(
        entries.indexOf(ping),
        new StreamEntry(
            1,
            StreamEntry.FORWARD,
            ping.atMillis(),
            ping.offset(),
            What.COMMAND,
            "post-copy advise",
            0,
            List.of()));
    add("completed", entries, completed());
    add(
        "both run",
        entries,
        Story.of(0.5, 200, "failed").answers("A", 300, 3, 290).answers("B", 250, 2));
    Map<String, Verdict> verdicts = judged();
    assertInstanceOf(
        Verdict.Holds.class, verdicts.get("completed"), () -> verdicts.get("completed").toString());
    var both = assertInstanceOf(Verdict.Violated.class, verdicts.get("both run"));
    assertEquals("TraceDirectPostCopy", both.claim());
  }

  /** The nearest mistakes of a source and of a destination, in one of 20,000 pages. */
  @Test
  void whatCannotBeOfPostCopyIsNamed() throws Exception {
    // Page 1,000 of RAM passes before the pause alone; 260 is stale, and lost with the connection.
    int[] stale = {2, 260};
    assertTrue(
        POST_COPY.stream()
            .anyMatch(each -> each.connection() == 2 && has(each, What.PAGES, stale)));
    add(
        "both run",
        POST_COPY,
        Story.of(0.5, 14_700, "failed").answers("B", 14_701, 2).answers("A", 14_800, 3, 14_790));
    add("a stale page is not named", changed(What.DISCARD, 1, List.of(stale), List.of()));
    add("a page never comes", changed(What.PAGES, 2, List.of(stale), List.of()));
    add(
        "a page comes that the guest may have written",
        changed(What.PAGES, 2, List.of(), List.of(new int[] {2, 1_000, 1_000})));
    add(
        "a page is there that never came",
        changed(What.BITMAP, 2, List.of(), List.of(new int[] {2, 260, 260})));
    add(
        "a page is gone that came before the pause",
        changed(What.BITMAP, 2, List.of(new int[] {2, 1_000}), List.of()));
    add(
        "a page is asked for that is there",
        changed(What.REQUEST, 2, List.of(), List.of(new int[] {2, 1_000, 1_000})));
    add("pages without the word to go on", without(What.RESUMES));
    add("the end is not said", without(What.OVER));
    Map<String, String> named = new TreeMap<>();
    judged()
        .forEach(
            (name, verdict) -> {
              var violated = assertInstanceOf(Verdict.Violated.class, verdict, name + verdict);
              assertEquals("TraceDirectPostCopy", violated.claim());
              named.put(
                  name, violated.evidence().replaceAll("(?s).*?\\{\"action\":\"(\\w+)\".*", "$1"));
            });
    assertEquals(
        Map.of(
            "both run", "Reports",
            "a stale page is not named", "Tells",
            "a page never comes", "Ends",
            "a page comes that the guest may have written", "Sends",
            "a page is there that never came", "Tells",
            "a page is gone that came before the pause", "Tells",
            "a page is asked for that is there", "Requests",
            "pages without the word to go on", "Requests",
            "the end is not said", "Resumes"),
        named);
  }

  private void add(String name, List<StreamEntry> entries) throws Exception {
    add(name, entries, gone(entries));
  }

  private static boolean has(StreamEntry entry, What what, int[] page) {
    return entry.what() == what
        && entry.pages().stream()
            .anyMatch(run -> run[0] == page[0] && run[1] <= page[1] && page[1] <= run[2]);
  }

  private static List<StreamEntry> without(What what) {
    List<StreamEntry> entries = new ArrayList<>(POST_COPY);
    entries.removeIf(entry -> entry.what() == what);
    return entries;
  }

  /** Without a page wherever it is on a connection; with more in the last entry about RAM there. */
  private static List<StreamEntry> changed(
      What what, int connection, List<int[]> gone, List<int[]> more) {
    List<StreamEntry> entries = new ArrayList<>();
    StreamEntry last =
        POST_COPY.stream()
            .filter(each -> each.what() == what && each.connection() == connection)
            .filter(each -> each.pages().get(0)[0] == 2)
            .reduce((earlier, later) -> later)
            .orElseThrow();
    for (StreamEntry entry : POST_COPY) {
      List<int[]> pages = new ArrayList<>(entry.pages());
      if (entry.what() == what && entry.connection() == connection) {
        for (int[] page : gone) {
          pages = new ArrayList<>(without(pages, page[0], page[1]));
        }
      }
      if (entry == last) {
        pages.addAll(more);
      }
      entries.add(with(entry, entry.number(), pages));
    }
    return entries;
  }

  /** Evidence of before the lists were read. */
  @Test
  void ofOlderEvidenceTheHandoverIsHeldAgainstTheSpecification() throws Exception {
    List<StreamEntry> older = new ArrayList<>();
    for (StreamEntry entry : POST_COPY) {
      if (entry.what() != What.LISTEN && entry.what() != What.DISCARD) {
        older.add(entry.what() == What.BITMAP ? with(entry, entry.number(), List.of()) : entry);
      }
    }
    add("recovered", older);
    add(
        "both run",
        older,
        Story.of(0.5, 14_700, "failed").answers("B", 14_701, 2).answers("A", 14_800, 3, 14_790));
    Map<String, Verdict> verdicts = judged();
    Verdict recovered = verdicts.get("recovered");
    assertInstanceOf(Verdict.Holds.class, recovered, recovered::toString);
    assertInstanceOf(Verdict.Violated.class, verdicts.get("both run"));
    assertEquals(
        "the stream was decoded before the lists of stale and of received pages were read; only"
            + " the handover is followed",
        ChannelTrace.of(older, completed().told()).unreadable());
  }

  /** What the proxy and the guest's answers refute, each with the event that cannot be. */
  @Test
  void whatCannotBeIsNamedWithWhatWouldHaveBeenAllowed() throws Exception {
    // Both sides run: the destination took over, and the source took the guest back in doubt.
    add(
        "split brain",
        Recorded.whole(),
        Story.of(0.5, 200, "failed").answers("A", 300, 3, 290).answers("B", 250, 2));
    // The source says failed, and never goes on; the destination said that it runs the guest.
    add("failed, and is not", Recorded.whole(), Story.of(0.5, 200, "failed"));
    // The source says completed before the destination has answered.
    List<StreamEntry> unanswered = new ArrayList<>(Recorded.whole());
    unanswered.removeIf(entry -> entry.what() == What.SHUT);
    add("completed without an answer", unanswered, Story.of(0.5, 200, "completed"));
    // The destination runs a guest whose device state it never had.
    add(
        "runs without its state",
        upTo(What.DEVICES),
        Story.of(0.5, 200, "failed").answers("B", 250, 2));
    // A guest answers where nothing was ever sent to.
    add("from nowhere", Recorded.whole(), Story.of(0.5, 200, "completed").answers("B", 0.4, 2));
    // The guest was given away with a page that never passed.
    add("a page is missing", withoutPage(), completed());
    // The destination says twice how it ended.
    List<StreamEntry> twice = new ArrayList<>(Recorded.whole());
    twice.add(first(What.SHUT));
    add("two answers", twice, completed());
    Map<String, Verdict> verdicts = judged();
    Map<String, String> named = new TreeMap<>();
    Map<String, String> allowed = new TreeMap<>();
    verdicts.forEach(
        (name, verdict) -> {
          var violated = assertInstanceOf(Verdict.Violated.class, verdict, name + verdict);
          assertEquals("TraceDirectPreCopy", violated.claim());
          named.put(
              name, violated.evidence().replaceAll("(?s).*?\\{\"action\":\"(\\w+)\".*", "$1"));
          allowed.put(
              name,
              violated.evidence().replaceAll("(?s).*would have allowed: (.*?); the state.*", "$1"));
        });
    assertEquals(
        Map.of(
            "split brain", "Reports",
            "failed, and is not", "Reports",
            "completed without an answer", "Reports",
            "runs without its state", "Runs",
            "from nowhere", "Runs",
            "a page is missing", "GivesAway",
            "two answers", "Resumes"),
        named);
    assertEquals("Crashed, Reports completed, Runs at the destination", allowed.get("split brain"));
    assertTrue(allowed.get("a page is missing").contains("Sends"), allowed::toString);
    assertTrue(
        allowed.get("runs without its state").contains("Runs at the source"), allowed::toString);
    assertTrue(allowed.get("completed without an answer").contains("Resumes"), allowed::toString);
  }

  private static List<StreamEntry> withoutPage() {
    List<StreamEntry> entries = new ArrayList<>();
    int[] gone = {2, 4_000, 4_000};
    for (StreamEntry entry : Recorded.whole()) {
      if (entry.what() == What.MEMORY_SENT) {
        entries.add(with(entry, 1, List.of(gone)));
      } else if (entry.what() == What.PAGES) {
        entries.add(with(entry, entry.number(), without(entry.pages(), gone[0], gone[1])));
      } else {
        entries.add(entry);
      }
    }
    return entries;
  }

  private static StreamEntry with(StreamEntry entry, long number, List<int[]> pages) {
    return new StreamEntry(
        entry.connection(),
        entry.direction(),
        entry.atMillis(),
        entry.offset(),
        entry.what(),
        entry.text(),
        number,
        pages);
  }

  private static List<int[]> without(List<int[]> runs, int block, int page) {
    List<int[]> left = new ArrayList<>();
    for (int[] run : runs) {
      if (run[0] != block || page < run[1] || page > run[2]) {
        left.add(run);
        continue;
      }
      if (run[1] < page) {
        left.add(new int[] {block, run[1], page - 1});
      }
      if (page < run[2]) {
        left.add(new int[] {block, page + 1, run[2]});
      }
    }
    return left;
  }

  @Test
  void whatAFaultLeavesIsABehaviour() throws Exception {
    add(
        "cut short in the first round",
        upTo(What.SETUP),
        Story.of(0.5, 40, "failed").answers("A", 50, 2, 45));
    add(
        "the source goes on after the pause",
        upTo(What.MEMORY_SENT),
        Story.of(0.5, 200, "failed").answers("A", 250, 2, 220));
    add(
        "destination killed at the device state, the source takes the guest back",
        upTo(What.END),
        Story.of(0.5, 300, "failed")
            .fault(FaultKind.KILL_DESTINATION, "device-state", 80, true)
            .answers("A", 350, 2, 320));
    add(
        "source killed, and the guest arrives",
        upTo(What.END),
        Story.of(0.5, 300, "active")
            .fault(FaultKind.KILL_SOURCE, "device-state", 90, true)
            .answers("B", 350, 2));
    List<StreamEntry> refused = new ArrayList<>(upTo(What.END));
    refused.add(with(first(What.SHUT), 1, List.of()));
    add("refused", refused, Story.of(0.5, 300, "failed").answers("A", 350, 2, 320));
    // No return path: completed without an acknowledgement.
    List<StreamEntry> alone = new ArrayList<>(upTo(What.END));
    alone.removeIf(
        entry -> entry.what() == What.COMMAND || entry.direction().equals(StreamEntry.BACK));
    add("no return path", alone, Story.of(0.5, 60, "completed").answers("B", 350, 2));
    // Bytes that lie in a socket come to the proxy after the source has given up.
    add("late bytes", upTo(What.MEMORY_SENT), Story.of(0.5, 20, "failed").answers("A", 30, 2, 25));
    judged()
        .forEach(
            (name, verdict) ->
                assertInstanceOf(Verdict.Holds.class, verdict, () -> name + ": " + verdict));
  }

  /**
   * Of a guest that was given away it is an end that it answers there, and none that it does not.
   */
  @Test
  void aSourceOfPostCopyMayWaitForEver() throws Exception {
    List<StreamEntry> cut = new ArrayList<>(POST_COPY);
    cut.removeIf(entry -> entry.connection() == 2);
    Story waiting = Story.of(0.5, 10_000, "postcopy-paused").answers("A", 0.7, 1, 0.6);
    add("nowhere", cut, waiting);
    assertInstanceOf(Verdict.Undecided.class, judged().get("nowhere"));
    add("there", cut, waiting.answers("B", 5_000, 2));
    Verdict there = judged().get("there");
    assertInstanceOf(Verdict.Holds.class, there, there::toString);
  }

  @Test
  void nothingPassesForNothing() throws Exception {
    add("no stream", List.of(), completed());
    add("no end", upTo(What.SETUP), Story.of(0.5, 40, "active"));
    judged().forEach((name, verdict) -> assertInstanceOf(Verdict.Undecided.class, verdict, name));
    List<StreamEntry> entries = new ArrayList<>(upTo(What.SETUP));
    StreamEntry last = entries.get(entries.size() - 1);
    entries.add(
        new StreamEntry(
            1, StreamEntry.FORWARD, last.atMillis(), 9, What.UNREADABLE, "it", 0, List.of()));
    assertEquals(
        "the stream is not read to its end: connection 1, forward: it",
        ChannelTrace.of(entries, completed().told()).unreadable());
  }
}
