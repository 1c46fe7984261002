package landfall.host;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import landfall.precopy.PageSet;
import landfall.protocol.Action;

/**
 * What traces of post-copy tell beyond the steps of the cores: the guest's own steps, which are its
 * writes to tracked pages, the versions of these pages, and messages by their numbers. Messages
 * about other pages are neither told nor counted. On the loop's thread.
 *
 * <p>A step of the guest stands for all of its writes to one page between two events of its host,
 * which nobody can tell apart. They are collected between two instructions, together with the dirty
 * log wherever that is collected, so that both always tell the same.
 */
final class PostCopyTrace {
  private static final int ABSENT = -1;

  /** Messages on the connection for urgent pages are counted from here. */
  private static final int FIRST_URGENT = 1_000_000_000;

  private record GuestStep() implements Action {}

  private final Trace trace;
  private final Guest guest;
  private final boolean on;

  /** The tracked pages. */
  private final TreeMap<Integer, Integer> versions = new TreeMap<>();

  private boolean following;
  private int position;
  private int sent;
  private int received;
  private int urgentSent;
  private int urgentReceived;

  /**
   * @param on false if nobody reads the trace: then nothing is followed, and nothing is told
   */
  PostCopyTrace(Trace trace, Guest guest, boolean on) {
    this.trace = trace;
    this.guest = guest;
    this.on = on;
    if (on) {
      trace.tracked().forEach(page -> versions.put(page, 0));
    }
  }

  boolean isOn() {
    return on;
  }

  /** Whether this page is one whose way is told. */
  boolean follows(int page) {
    return versions.containsKey(page);
  }

  boolean followsAny(PageSet pages) {
    return versions.keySet().stream().anyMatch(pages::contains);
  }

  Set<Integer> followed() {
    return versions.keySet();
  }

  /** Whether nothing of this page is here. */
  boolean isAbsent(int page) {
    return version(page) == ABSENT;
  }

  int count(PageSet pages) {
    return trace.trackedOf(pages).size();
  }

  int position() {
    return position;
  }

  void setPosition(int steps) {
    position = steps;
  }

  int version(int page) {
    return versions.getOrDefault(page, 0);
  }

  void setVersion(int page, int version) {
    versions.replace(page, version);
  }

  /** From here on the guest's writes are followed. What it wrote before is how it began. */
  void follow() {
    if (on && !following) {
      following = true;
      guest.follow(versions.keySet().stream().mapToInt(Integer::intValue).toArray());
    }
  }

  /** A guest may come: nothing of it is here. */
  void forgetPages() {
    following = false;
    follow();
    versions.replaceAll((page, version) -> ABSENT);
  }

  void forgetPages(PageSet pages) {
    versions.replaceAll((page, version) -> pages.contains(page) ? ABSENT : version);
  }

  /** The messages of a new connection are counted from 0. */
  void connected(int sentAlready, int receivedAlready) {
    sent = sentAlready;
    received = receivedAlready;
    urgentSent = 0;
    urgentReceived = 0;
  }

  /** Number of the message that is sent now. */
  int nextSent() {
    return sent++;
  }

  /** Number of the urgent page that is sent now. */
  int nextUrgentSent() {
    return FIRST_URGENT + urgentSent++;
  }

  /** Number of the urgent page that was received now. */
  int nextUrgentReceived() {
    return FIRST_URGENT + urgentReceived++;
  }

  /** Number of the message that was received now. */
  int nextReceived() {
    return received++;
  }

  /** Tells what the guest has done since this was called last. */
  void guestSteps(Supplier<Map<String, Object>> after) {
    if (!on || !following) {
      return;
    }
    for (int page : guest.writtenOfFollowed()) {
      int previous = versions.get(page);
      versions.put(page, step(page, previous, after));
    }
  }

  /**
   * Tells one step of the guest, and counts it with a trace or without.
   *
   * @return the position after it
   */
  int step(int page, int previous, Supplier<Map<String, Object>> after) {
    position++;
    if (on) {
      event(new GuestStep(), Trace.args("page", page, "previous", previous), after.get());
    }
    return position;
  }

  /** What a host says of itself: its phase and numbers, and how far it is. */
  Map<String, Object> after(Object... phaseAndNumbers) {
    Map<String, Object> after = Trace.args(phaseAndNumbers);
    after.put("position", position);
    after.put("sent", sent);
    after.put("received", received);
    return after;
  }

  void event(Action action, Map<String, Object> args, Map<String, Object> after) {
    if (on) {
      trace.step(action, args, after);
    }
  }

  Object tracked(PageSet pages) {
    return trace.trackedOf(pages);
  }
}
