package landfall.judge;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import landfall.qemustream.StreamEntry;
import landfall.qemustream.StreamEntry.What;

/**
 * The order of what a source sent on several connections at once (multifd), as far as there is one.
 * Every connection keeps its own. Between them there are the syncs: the source goes on behind the
 * k-th place at which the stream waits for them once every connection has sent its k-th sync. So
 * what was sent on a connection after k syncs was sent after the k-th such place and before the
 * next one.
 *
 * <p>Where a sync ends a round and not a section (since QEMU 8.1), the pause falls between two
 * places. Of the pages there each one's last passing is taken to be after the pause, since that
 * cannot accuse a source that is right.
 *
 * @param inOrder all entries; their times are changed where others show that something was sent
 *     earlier. Of syncs those are left that the stream waits for
 * @param unclear why there is no such order; empty if there is one, or only one connection
 */
record Syncs(List<StreamEntry> inOrder, String unclear) {
  private static final String FLUSH = "flush";

  static Syncs of(List<StreamEntry> entries) {
    if (entries.stream().noneMatch(entry -> entry.what() == What.CHANNEL)) {
      return new Syncs(withoutSyncs(entries), "");
    }
    // The first sync comes before the first page.
    if (entries.stream().noneMatch(entry -> entry.what() == What.SYNC)
        && entries.stream().anyMatch(entry -> entry.what() == What.PAGES)) {
      return new Syncs(entries, "their syncs were not read when the stream was decoded");
    }
    Map<Integer, List<StreamEntry>> streams = new TreeMap<>();
    Map<Integer, List<StreamEntry>> channels = new TreeMap<>();
    for (StreamEntry entry : entries) {
      if (entry.what() == What.HEADER) {
        streams.put(entry.connection(), new ArrayList<>());
      } else if (entry.what() == What.CHANNEL) {
        channels.put(entry.connection(), new ArrayList<>());
      }
    }
    List<StreamEntry> others = new ArrayList<>();
    for (StreamEntry entry : entries) {
      boolean forward = entry.direction().equals(StreamEntry.FORWARD);
      if (forward && streams.containsKey(entry.connection())) {
        streams.get(entry.connection()).add(entry);
      } else if (forward && channels.containsKey(entry.connection()) && isOfPages(entry)) {
        channels.get(entry.connection()).add(entry);
      } else {
        others.add(entry);
      }
    }
    List<StreamEntry> inOrder = new ArrayList<>();
    for (int stream : streams.keySet()) {
      // Its own connections come after it, and before those of the next attempt.
      Integer next = ((TreeMap<Integer, ?>) streams).higherKey(stream);
      List<List<StreamEntry>> own =
          List.copyOf(
              ((TreeMap<Integer, List<StreamEntry>>) channels)
                  .subMap(stream, next == null ? Integer.MAX_VALUE : next)
                  .values());
      String unclear = append(inOrder, streams.get(stream), own);
      if (!unclear.isEmpty()) {
        return new Syncs(withoutSyncs(entries), unclear);
      }
    }
    inOrder.addAll(others);
    inOrder.sort(Comparator.comparingDouble(StreamEntry::atMillis));
    return new Syncs(List.copyOf(inOrder), "");
  }

  private static boolean isOfPages(StreamEntry entry) {
    return switch (entry.what()) {
      case CHANNEL, PAGES, SYNC -> true;
      default -> false;
    };
  }

  private static List<StreamEntry> withoutSyncs(List<StreamEntry> entries) {
    return entries.stream().filter(entry -> entry.what() != What.SYNC).toList();
  }

  /** Appends what was sent for one attempt; says why it cannot, if so. */
  private static String append(
      List<StreamEntry> inOrder, List<StreamEntry> stream, List<List<StreamEntry>> channels) {
    if (channels.isEmpty()) {
      inOrder.addAll(withoutSyncs(stream));
      return "";
    }
    boolean flushes =
        stream.stream().anyMatch(entry -> entry.what() == What.SYNC && entry.text().equals(FLUSH));
    List<StreamEntry> places =
        stream.stream()
            .filter(entry -> entry.what() == What.SYNC && entry.text().equals(FLUSH) == flushes)
            .toList();
    List<List<StreamEntry>> parts = new ArrayList<>();
    for (List<StreamEntry> channel : channels) {
      int part = 0;
      for (StreamEntry entry : channel) {
        if (entry.what() == What.SYNC) {
          part++;
        } else if (entry.what() == What.PAGES) {
          while (parts.size() <= part) {
            parts.add(new ArrayList<>());
          }
          parts.get(part).add(entry);
        }
      }
      // The stream may be heard a little later.
      if (part > places.size() + 1) {
        return "connection %d of them has %d syncs, of which the stream waits for %d"
            .formatted(channel.get(0).connection(), part, places.size());
      }
    }
    parts.forEach(part -> part.sort(Comparator.comparingDouble(StreamEntry::atMillis)));
    List<StreamEntry> merged = new ArrayList<>();
    List<StreamEntry> sincePlace = new ArrayList<>();
    int part = 0;
    for (StreamEntry entry : stream) {
      if (entry.what() == What.SYNC && !places.contains(entry)) {
        continue;
      }
      if (entry.what() == What.SYNC) {
        place(merged, sincePlace, part < parts.size() ? parts.get(part) : List.of(), flushes);
        merged.add(entry);
        part++;
        continue;
      }
      sincePlace.add(entry);
      if (entry.what() == What.HEADER) {
        channels.forEach(channel -> sincePlace.add(channel.get(0)));
      }
    }
    List<StreamEntry> rest = new ArrayList<>();
    for (; part < parts.size(); part++) {
      rest.addAll(parts.get(part));
    }
    place(merged, sincePlace, rest, flushes);
    inOrder.addAll(asEarlyAsKnown(merged));
    return "";
  }

  /** Puts the pages of other connections to what the stream has between two places. */
  private static void place(
      List<StreamEntry> merged,
      List<StreamEntry> stream,
      List<StreamEntry> pages,
      boolean flushes) {
    int pause = -1;
    for (int i = 0; i < stream.size(); i++) {
      pause = stream.get(i).what() == What.FINAL ? i : pause;
    }
    if (pause < 0 || !flushes) {
      merged.addAll(stream);
      merged.addAll(pages);
    } else {
      List<StreamEntry> before = new ArrayList<>();
      List<StreamEntry> after = new ArrayList<>();
      split(pages, stream.get(pause).atMillis(), before, after);
      merged.addAll(stream.subList(0, pause));
      merged.addAll(before);
      merged.addAll(stream.subList(pause, stream.size()));
      merged.addAll(after);
    }
    stream.clear();
  }

  /** The last passing of each page is after the pause. */
  private static void split(
      List<StreamEntry> pages,
      double pauseMillis,
      List<StreamEntry> before,
      List<StreamEntry> after) {
    Set<String> passedLater = new HashSet<>();
    for (int i = pages.size() - 1; i >= 0; i--) {
      StreamEntry entry = pages.get(i);
      List<int[]> earlier = new ArrayList<>();
      List<int[]> last = new ArrayList<>();
      for (int[] run : entry.pages()) {
        for (int page = run[1]; page <= run[2]; page++) {
          boolean again = !passedLater.add(entry.text() + '/' + page);
          (again ? earlier : last).add(new int[] {run[0], page, page});
        }
      }
      if (!earlier.isEmpty()) {
        before.add(0, with(entry, entry.atMillis(), earlier));
      }
      if (!last.isEmpty()) {
        after.add(0, with(entry, Math.max(pauseMillis, entry.atMillis()), last));
      }
    }
  }

  /** What was sent before something that has come to the proxy was sent before that time. */
  private static List<StreamEntry> asEarlyAsKnown(List<StreamEntry> merged) {
    List<StreamEntry> early = new ArrayList<>(merged);
    double at = Double.MAX_VALUE;
    for (int i = merged.size() - 1; i >= 0; i--) {
      StreamEntry entry = merged.get(i);
      at = Math.min(at, entry.atMillis());
      early.set(i, with(entry, at, entry.pages()));
    }
    return early;
  }

  private static StreamEntry with(StreamEntry entry, double atMillis, List<int[]> pages) {
    return new StreamEntry(
        entry.connection(),
        entry.direction(),
        atMillis,
        entry.offset(),
        entry.what(),
        entry.text(),
        entry.number(),
        pages);
  }
}
