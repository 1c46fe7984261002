package landfall.judge;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import landfall.evidence.FaultResult;
import landfall.nemesis.Place;
import landfall.qemustream.StreamEntry;
import landfall.qemustream.StreamEntry.What;
import landfall.trial.Observations;
import landfall.trial.Observations.Attempt;
import landfall.trial.Observations.GuestReply;

/**
 * What passed on the migration channel of a QEMU, and who answered for the guest, in the vocabulary
 * of {@code TraceDirectPreCopy} and {@code TraceDirectPostCopy} (see {@code landfall.tracecheck}).
 *
 * <p>The order is one that can have been, given what the proxy and the clients know for certain:
 *
 * <ul>
 *   <li>What a source sent was sent before it came to the proxy, however long it lay in a socket.
 *       So it is put before any sign that the source has the guest again, or is done.
 *   <li>What a destination has was given to it after it came to the proxy.
 *   <li>A guest answers between the sending of the request and the reading of the reply. An answer
 *       of the source is a sign that it took the guest back only if the request was sent after the
 *       guest was paused.
 * </ul>
 *
 * @param lines the events
 * @param tracked the pages that are followed
 * @param unreadable why not all of it could be read; empty if it could
 */
record ChannelTrace(List<String> lines, List<Integer> tracked, String unreadable) {
  private static final int OF_A_KIND = 2;

  /** Where pages are left out, one stands for all of them, and has been sent. */
  private static final int ALL_PAGES = 0;

  private static final String SOURCE = "source";
  private static final String DESTINATION = "destination";

  private static final String NOT_TO_ITS_END = "the stream is not read to its end: ";
  private static final String SEVERAL =
      "the pages went on several connections (multifd), and %s; only the handover is followed";
  private static final String OLDER_POST_COPY =
      "the stream was decoded before the lists of stale and of received pages were read; only the"
          + " handover is followed";

  private static final String ADVISE = "post-copy advise";
  private static final String RESUME = "post-copy resume";
  private static final String OLDER_DISCARD = "post-copy discard";

  static ChannelTrace of(List<StreamEntry> entries, Observations seen) {
    return new Projection(entries, seen).trace();
  }

  void write(Path file) throws IOException {
    Files.write(file, lines, StandardCharsets.UTF_8);
  }

  /** An event; of those at one time, what was sent comes first. */
  private record Event(double atMillis, int rank, String line) {}

  /** A connection on which the source sent a stream, and those in its place after it was lost. */
  private static final class Channel {
    final int number;
    final String host;
    final double beganMillis;
    final List<StreamEntry> forward = new ArrayList<>();
    final List<StreamEntry> both = new ArrayList<>();
    final Map<Integer, Reconnected> again = new LinkedHashMap<>();
    final Map<Integer, Double> sentBeforeMillis = new HashMap<>();

    /** Pages went on other connections, too. */
    boolean several;

    boolean returnPath;
    boolean mayGoOver;
    boolean split;
    boolean told;
    double pausedMillis = Double.MAX_VALUE;

    Channel(int number, String host, double beganMillis) {
      this.number = number;
      this.host = host;
      this.beganMillis = beganMillis;
      sentBeforeMillis.put(number, Double.MAX_VALUE);
    }

    /** All that was sent on its connections up to now was sent before this time. */
    void sentBefore(double millis) {
      sentBeforeMillis.replaceAll(
          (connection, before) -> Math.min(before, Math.max(beganMillis, millis)));
    }

    void paused(double atMillis) {
      pausedMillis = Math.min(pausedMillis, atMillis);
    }
  }

  /** A connection in the place of a lost one. */
  private static final class Reconnected {
    final Map<String, List<int[]>> received = new HashMap<>();
    boolean goesOn;
    boolean began;
  }

  /** Makes one. */
  private static final class Projection {
    private final List<StreamEntry> entries;
    private final Observations seen;
    private final double until;
    private final String unreadable;
    private final Map<Integer, Channel> channels = new LinkedHashMap<>();
    private final List<Channel> inOrder = new ArrayList<>();
    private final Map<String, Integer> firstPageOf = new HashMap<>();
    private final Map<Integer, List<String>> blocksOf = new HashMap<>();
    private final TreeSet<Integer> tracked = new TreeSet<>();
    private int pagesInAll;
    private final List<Event> events = new ArrayList<>();

    /** Pages are left out: no specification orders them. The handover is followed all the same. */
    private final boolean handoverOnly;

    private final boolean olderPostCopy;

    Projection(List<StreamEntry> entries, Observations seen) {
      StreamEntry end =
          entries.stream()
              .filter(entry -> entry.what() == What.UNREADABLE || entry.what() == What.DROPPED)
              .findFirst()
              .orElse(null);
      this.until = end == null ? Double.MAX_VALUE : end.atMillis();
      List<StreamEntry> read = entries.stream().filter(entry -> entry.atMillis() < until).toList();
      Syncs syncs = Syncs.of(read);
      olderPostCopy =
          entries.stream().anyMatch(entry -> entry.text().equals(OLDER_DISCARD))
              || has(entries, What.RUN) && !has(entries, What.LISTEN);
      this.handoverOnly = !syncs.unclear().isEmpty() || olderPostCopy;
      this.unreadable =
          end == null
              ? !syncs.unclear().isEmpty()
                  ? SEVERAL.formatted(syncs.unclear())
                  : olderPostCopy ? OLDER_POST_COPY : ""
              : NOT_TO_ITS_END
                  + (end.what() == What.DROPPED
                      ? "the index of the stream was too long: "
                          + end.number()
                          + " entries are missing"
                      : "connection %d, %s: %s"
                          .formatted(end.connection(), end.direction(), end.text()));
      this.entries = syncs.inOrder();
      this.seen = seen;
    }

    private static boolean has(List<StreamEntry> entries, What what) {
      return entries.stream().anyMatch(entry -> entry.what() == what);
    }

    ChannelTrace trace() {
      readChannels();
      if (channels.isEmpty()) {
        return new ChannelTrace(List.of(), List.of(), unreadable);
      }
      chooseTracked();
      answers();
      reports();
      crashes();
      sent();
      events.sort(Comparator.comparingDouble(Event::atMillis).thenComparingInt(Event::rank));
      return new ChannelTrace(withoutRepeats(), List.copyOf(tracked), unreadable);
    }

    private void readChannels() {
      for (StreamEntry entry : entries) {
        Channel channel = channels.get(entry.connection());
        if (entry.what() == What.HEADER) {
          channel =
              new Channel(entry.connection(), DESTINATION + (inOrder.size() + 1), entry.atMillis());
          inOrder.forEach(before -> before.sentBefore(entry.atMillis()));
          channels.put(entry.connection(), channel);
          inOrder.add(channel);
        }
        if (channel == null
            && entry.what() == What.COMMAND
            && !inOrder.isEmpty()
            && inOrder.get(inOrder.size() - 1).split) {
          channel = inOrder.get(inOrder.size() - 1);
          channel.sentBefore(entry.atMillis());
          channel.sentBeforeMillis.put(entry.connection(), Double.MAX_VALUE);
          channel.again.put(entry.connection(), new Reconnected());
          channels.put(entry.connection(), channel);
        }
        if (channel == null && entry.what() == What.CHANNEL && !inOrder.isEmpty()) {
          channel = inOrder.get(inOrder.size() - 1);
          channel.several = true;
          channel.sentBeforeMillis.put(entry.connection(), Double.MAX_VALUE);
          channels.put(entry.connection(), channel);
        }
        if (channel == null) {
          continue;
        }
        channel.both.add(entry);
        readAgain(channel, entry);
        if (!entry.direction().equals(StreamEntry.FORWARD)) {
          continue;
        }
        channel.forward.add(entry);
        switch (entry.what()) {
          case BLOCK -> {
            if (firstPageOf.putIfAbsent(entry.text(), pagesInAll) == null) {
              pagesInAll += (int) entry.number();
            }
            blocksOf
                .computeIfAbsent(entry.connection(), number -> new ArrayList<>())
                .add(entry.text());
          }
          case COMMAND -> {
            channel.returnPath |= entry.text().equals("open return path");
            channel.mayGoOver |= entry.text().equals(ADVISE);
          }
          case FINAL, DISCARD -> channel.paused(entry.atMillis());
          case PACKAGE -> {
            channel.paused(entry.atMillis());
            channel.split = true;
          }
          default -> {
            // Says nothing about the channel.
          }
        }
      }
    }

    /** What of it shows that a recovery was more than asked for. */
    private static void readAgain(Channel channel, StreamEntry entry) {
      Reconnected again = channel.again.get(entry.connection());
      if (again == null) {
        return;
      }
      switch (entry.what()) {
        case BITMAP -> again.received.put(entry.text(), entry.pages());
        case PAGES, RESUMES, OVER -> again.goesOn = true;
        case COMMAND -> again.goesOn |= entry.text().equals(RESUME);
        default -> {
          // Nothing that needs the destination.
        }
      }
    }

    private int page(StreamEntry entry, int[] run, int page) {
      return channels.get(entry.connection()).number != entry.connection()
              && !entry.text().isEmpty()
          // A channel of multifd, which may name a block before the other connection does.
          ? firstPageOf.getOrDefault(entry.text(), 0) + page
          : page(entry.connection(), run, page);
    }

    private int page(int connection, int[] run, int page) {
      return firstPageOf.get(blocksOf.get(channels.get(connection).number).get(run[0])) + page;
    }

    /** The one with which the destination has said of every block which pages it has, or null. */
    private StreamEntry lastBitmap(Channel channel, int connection) {
      Reconnected again = channel.again.get(connection);
      return again == null || !toldAll(channel, again)
          ? null
          : channel.both.stream()
              .filter(each -> each.connection() == connection && each.what() == What.BITMAP)
              .reduce((earlier, later) -> later)
              .orElse(null);
    }

    /** Whether the destination has said of every block which pages it has. */
    private boolean toldAll(Channel channel, Reconnected again) {
      return again.received.keySet().containsAll(blocksOf.get(channel.number));
    }

    // ---------------------------------------------------------------- pages

    /**
     * Where something would be wrong, if anything is: pages that never passed, or passed twice
     * while the guest was paused; those that passed most often; and the first and the last.
     */
    private void chooseTracked() {
      if (handoverOnly) {
        tracked.add(ALL_PAGES);
        return;
      }
      Map<Integer, Integer> often = new TreeMap<>();
      TreeSet<Integer> twice = new TreeSet<>();
      TreeSet<Integer> never = new TreeSet<>();
      TreeSet<Integer> last = new TreeSet<>();
      for (Channel channel : inOrder) {
        if (channel.split) {
          tracked.addAll(split(channel).chosen());
          continue;
        }
        boolean paused = false;
        TreeSet<Integer> whilePaused = new TreeSet<>();
        for (StreamEntry entry : channel.forward) {
          paused |= entry.what() == What.FINAL;
          for (int[] run : entry.pages()) {
            for (int each = run[1]; each <= run[2]; each++) {
              int page = page(entry, run, each);
              if (entry.what() == What.MEMORY_SENT) {
                never.add(page);
              } else if (paused && !whilePaused.add(page)) {
                twice.add(page);
              } else {
                often.merge(page, 1, Integer::sum);
              }
            }
          }
        }
        last.addAll(whilePaused);
        if (channel.several) {
          never.addAll(neverPassed(channel));
        }
      }
      never.stream().limit(OF_A_KIND).forEach(tracked::add);
      twice.stream().limit(OF_A_KIND).forEach(tracked::add);
      last.stream().limit(OF_A_KIND).forEach(tracked::add);
      often.entrySet().stream()
          .sorted(
              Comparator.comparingInt((Map.Entry<Integer, Integer> each) -> -each.getValue())
                  .thenComparing(Map.Entry::getKey))
          .limit(OF_A_KIND)
          .forEach(each -> tracked.add(each.getKey()));
      if (!often.isEmpty()) {
        tracked.add(((TreeMap<Integer, Integer>) often).firstKey());
        tracked.add(((TreeMap<Integer, Integer>) often).lastKey());
      }
    }

    /** Of an attempt that gave the guest away. */
    private List<Integer> neverPassed(Channel channel) {
      if (channel.forward.stream().noneMatch(entry -> entry.what() == What.END)) {
        return List.of();
      }
      BitSet passed = new BitSet();
      for (StreamEntry entry : channel.forward) {
        if (entry.what() == What.PAGES) {
          each(entry, passed::set);
        }
      }
      return IntStream.range(0, pagesInAll)
          .filter(page -> !passed.get(page))
          .limit(OF_A_KIND)
          .boxed()
          .toList();
    }

    private SplitPages split(Channel channel) {
      var pages = new SplitPages(pagesInAll);
      for (StreamEntry entry : channel.both) {
        switch (entry.what()) {
          case DISCARD -> each(entry, pages::stale);
          case RUN -> pages.givenAway();
          case PAGES -> each(entry, pages::passes);
          case REQUEST -> each(entry, pages::requested);
          case OVER -> pages.over();
          case BITMAP -> {
            if (entry == lastBitmap(channel, entry.connection())) {
              pages.received(received(channel, entry.connection()));
            }
          }
          default -> {
            // Says nothing about pages.
          }
        }
      }
      return pages;
    }

    private void each(StreamEntry entry, IntConsumer taker) {
      for (int[] run : entry.pages()) {
        int first = page(entry, run, run[1]);
        IntStream.rangeClosed(first, first + run[2] - run[1]).forEach(taker);
      }
    }

    /** What the destination says on this connection that it has. */
    private BitSet received(Channel channel, int connection) {
      BitSet there = new BitSet();
      for (List<int[]> runs : channel.again.get(connection).received.values()) {
        for (int[] run : runs) {
          int first = page(connection, run, run[1]);
          there.set(first, first + run[2] - run[1] + 1);
        }
      }
      return there;
    }

    private String receivedTracked(Channel channel, int connection) {
      BitSet there = received(channel, connection);
      return tracked.stream().filter(there::get).toList().toString();
    }

    private List<Integer> trackedIn(StreamEntry entry) {
      if (handoverOnly) {
        return List.of();
      }
      List<Integer> found = new ArrayList<>();
      for (int[] run : entry.pages()) {
        int first = page(entry, run, run[1]);
        found.addAll(tracked.subSet(first, true, first + run[2] - run[1], true));
      }
      return found;
    }

    // ---------------------------------------------------------------- what was sent

    private void sent() {
      for (Channel channel : inOrder) {
        TreeSet<Integer> due = new TreeSet<>();
        boolean paused = false;
        for (StreamEntry entry : channel.forward) {
          paused |= entry.what() == What.FINAL;
          if (paused && entry.what() == What.PAGES || entry.what() == What.DISCARD) {
            due.addAll(trackedIn(entry));
          }
        }
        for (StreamEntry entry : channel.both) {
          if (entry.direction().equals(StreamEntry.FORWARD)) {
            sent(channel, entry, due);
          } else {
            answered(channel, entry);
          }
        }
      }
    }

    private void sent(Channel channel, StreamEntry entry, TreeSet<Integer> due) {
      Reconnected again = channel.again.get(entry.connection());
      if (!handoverOnly
          && again != null
          && !again.began
          && (again.goesOn || toldAll(channel, again))) {
        again.began = true;
        sent(
            channel,
            entry,
            "{\"action\":\"Recovers\",\"host\":\"%s\",\"args\":{\"pages\":%s}"
                .formatted(channel.host, receivedTracked(channel, entry.connection())));
      }
      switch (entry.what()) {
        case HEADER -> {
          sent(
              channel,
              entry,
              "{\"action\":\"Connects\",\"host\":\"%s\",\"args\":{\"returnPath\":%s%s}"
                  .formatted(
                      channel.host,
                      channel.returnPath,
                      (channel.mayGoOver && !handoverOnly ? ",\"postCopy\":true" : "")
                          + (channel.several && !handoverOnly ? ",\"channels\":true" : "")));
          if (handoverOnly) {
            sent(channel, entry, "{\"action\":\"Sends\",\"args\":{\"page\":" + ALL_PAGES + "}");
          }
        }
        case FINAL, DISCARD, PACKAGE -> {
          if (!channel.told) {
            channel.told = true;
            sent(channel, entry, "{\"action\":\"Pauses\",\"args\":{\"dirty\":" + due + "}");
          }
        }
        case PAGES ->
            trackedIn(entry)
                .forEach(
                    page ->
                        sent(
                            channel,
                            entry,
                            "{\"action\":\"Sends\",\"args\":{\"page\":" + page + "}"));
        case SYNC -> {
          if (!handoverOnly) {
            sent(channel, entry, "{\"action\":\"Syncs\"");
          }
        }
        case END -> sent(channel, entry, "{\"action\":\"GivesAway\"");
        case RUN ->
            sent(
                channel, entry, "{\"action\":\"" + (handoverOnly ? "GivesAway" : "Packages") + '"');
        default -> {
          if (!handoverOnly && entry.what() == What.OVER) {
            sent(channel, entry, "{\"action\":\"Ends\"");
          } else if (!handoverOnly && entry.text().equals(RESUME)) {
            sent(channel, entry, "{\"action\":\"Continues\"");
          }
        }
      }
    }

    private void answered(Channel channel, StreamEntry entry) {
      switch (entry.what()) {
        case SHUT -> {
          // Of a guest that was given away and has not all of its pages, the other is no refusal.
          if (entry.number() == 0 || !channel.split) {
            answer(channel, entry, entry.number() == 0 ? "Resumes" : "Refuses", "");
          }
        }
        case REQUEST ->
            trackedIn(entry)
                .forEach(
                    page ->
                        answer(channel, entry, "Requests", ",\"args\":{\"page\":" + page + "}"));
        case BITMAP -> {
          if (!handoverOnly && entry == lastBitmap(channel, entry.connection())) {
            answer(
                channel,
                entry,
                "Tells",
                ",\"args\":{\"pages\":" + receivedTracked(channel, entry.connection()) + "}");
          }
        }
        case RESUMES -> {
          if (!handoverOnly) {
            answer(channel, entry, "Agrees", "");
          }
        }
        default -> {
          // Says nothing about pages.
        }
      }
    }

    private void answer(Channel channel, StreamEntry entry, String action, String args) {
      add(
          entry.atMillis(),
          "{\"action\":\"%s\",\"host\":\"%s\"%s".formatted(action, channel.host, args)
              + where(entry));
    }

    private void sent(Channel channel, StreamEntry entry, String begin) {
      double at = Math.min(entry.atMillis(), channel.sentBeforeMillis.get(entry.connection()));
      events.add(new Event(at, 0, begin + where(entry)));
    }

    private static String where(StreamEntry entry) {
      return String.format(
          Locale.ROOT,
          ",\"connection\":%d,\"offset\":%d,\"atMillis\":%.3f}",
          entry.connection(),
          entry.offset(),
          entry.atMillis());
    }

    private void add(double atMillis, String line) {
      events.add(new Event(atMillis, 1, line));
    }

    // ---------------------------------------------------------------- who has the guest

    private void answers() {
      for (GuestReply reply : seen.replies()) {
        if (reply.atMillis() >= until) {
          continue;
        }
        Channel latest = latest(reply.atMillis());
        String host = SOURCE;
        if (!isOfSource(reply)) {
          host = latest == null ? DESTINATION + "0" : latest.host;
        } else {
          Channel pausing =
              inOrder.stream()
                  .filter(channel -> channel.pausedMillis < reply.atMillis())
                  .reduce((earlier, later) -> later)
                  .orElse(null);
          if (pausing != null
              && (reply.sentMillis() == null || reply.sentMillis() <= pausing.pausedMillis)) {
            // It may have been given before the pause.
            continue;
          }
          if (pausing != null) {
            pausing.sentBefore(reply.atMillis());
          }
        }
        add(
            reply.atMillis(),
            String.format(
                Locale.ROOT,
                "{\"action\":\"Runs\",\"host\":\"%s\",\"step\":%d,\"atMillis\":%.2f}",
                host,
                Math.min(Integer.MAX_VALUE, reply.step()),
                reply.atMillis()));
      }
    }

    /** QEMU's guest starts at the host that migrates first, and moves once. */
    private boolean isOfSource(GuestReply reply) {
      List<Attempt> attempts = seen.attempts();
      return reply.host().equals(attempts.isEmpty() ? SOURCE : attempts.get(0).from());
    }

    private Channel latest(double atMillis) {
      Channel latest = null;
      for (Channel channel : inOrder) {
        latest = channel.beganMillis < atMillis ? channel : latest;
      }
      return latest;
    }

    private void reports() {
      for (Attempt attempt : seen.attempts()) {
        Channel of = latest(attempt.endMillis());
        if (!Observations.OUTCOMES.contains(attempt.status())
            || of == null
            || of.beganMillis < attempt.startMillis()
            || attempt.endMillis() >= until) {
          continue;
        }
        of.sentBefore(attempt.endMillis());
        add(
            attempt.endMillis(),
            String.format(
                Locale.ROOT,
                "{\"action\":\"Reports\",\"args\":{\"status\":\"%s\"},\"atMillis\":%.2f}",
                attempt.status().equals("completed") ? "completed" : "failed",
                attempt.endMillis()));
      }
    }

    private static boolean isAnswer(StreamEntry entry) {
      return switch (entry.what()) {
        case SHUT, REQUEST, BITMAP, RESUMES -> true;
        default -> false;
      };
    }

    private static boolean ends(Place host, FaultResult fault) {
      return Fate.ended(fault).filter(host::equals).isPresent();
    }

    /** A host is dead after the last that was seen of it, or of what it sent. */
    private void crashes() {
      for (FaultResult fault : seen.faults()) {
        boolean ofSource = ends(Place.SOURCE, fault);
        Channel of = latest(fault.atMillis());
        if (!fault.seen()
            || fault.atMillis() >= until
            || !ofSource && (of == null || !ends(Place.DESTINATION, fault))) {
          continue;
        }
        double at = fault.atMillis();
        double next =
            inOrder.stream()
                .mapToDouble(channel -> channel.beganMillis)
                .filter(began -> began > fault.atMillis())
                .min()
                .orElse(Double.MAX_VALUE);
        for (GuestReply reply : seen.replies()) {
          if (isOfSource(reply) == ofSource && (ofSource || reply.atMillis() < next)) {
            at = Math.max(at, reply.atMillis());
          }
        }
        for (StreamEntry entry : entries) {
          boolean its =
              ofSource
                  ? entry.direction().equals(StreamEntry.FORWARD)
                  : channels.get(entry.connection()) == of && isAnswer(entry);
          at = its ? Math.max(at, entry.atMillis()) : at;
        }
        events.add(
            new Event(
                at,
                2,
                String.format(
                    Locale.ROOT,
                    "{\"action\":\"Crashed\",\"host\":\"%s\",\"atMillis\":%.2f}",
                    ofSource ? SOURCE : of.host,
                    fault.atMillis())));
      }
    }

    /** Of answers of one host with nothing between them the first says it all. */
    private List<String> withoutRepeats() {
      List<String> lines = new ArrayList<>();
      String last = "";
      for (Event event : events) {
        String line = event.line();
        String runs =
            line.startsWith("{\"action\":\"Runs\"") ? line.replaceAll(",\"step.*", "") : "";
        if (runs.isEmpty() || !runs.equals(last)) {
          lines.add(line);
        }
        last = runs;
      }
      return lines;
    }
  }
}
