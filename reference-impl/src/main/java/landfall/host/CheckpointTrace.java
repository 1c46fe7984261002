package landfall.host;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import landfall.precopy.PageSet;
import landfall.protocol.Action;

/**
 * What traces of checkpoints tell beyond the steps of the cores, from the switchover on: the
 * guest's own steps, the versions of pages, and messages by their numbers. The device state is a
 * page of its own, with the number behind the last of RAM; the clock in it moves, so that it is
 * written between any two checkpoints. A disk is another, whatever of it is written. Without a
 * trace only the position is counted. On the loop's thread.
 */
final class CheckpointTrace {
  private static final int ABSENT = -1;

  private record GuestStep() implements Action {}

  private record SendPage() implements Action {}

  private record ReceivePage() implements Action {}

  private final Trace trace;
  private final Guest guest;
  private final boolean on;
  private final int devicePage;
  private final int diskPage;

  /** Tracked pages, that of the device state, and that of the disk. */
  private final TreeMap<Integer, Integer> versions = new TreeMap<>();

  private int position;
  private int sent;
  private int nextFrame;
  private int received;

  CheckpointTrace(Engine engine) {
    trace = engine.trace;
    guest = engine.guest;
    on = engine.postCopyTrace().isOn();
    devicePage = engine.devicePage();
    diskPage = engine.diskPage();
    if (on) {
      trace.tracked().forEach(page -> versions.put(page, 0));
      versions.put(devicePage, 0);
      if (guest.disk() != null) {
        versions.put(diskPage, 0);
      }
    }
  }

  boolean isOn() {
    return on;
  }

  int devicePage() {
    return devicePage;
  }

  int diskPage() {
    return diskPage;
  }

  boolean follows(int page) {
    return versions.containsKey(page);
  }

  /** The tracked pages among these, and that of the device state. */
  List<Integer> tracked(PageSet pages) {
    List<Integer> members = new ArrayList<>();
    for (int page : versions.keySet()) {
      if (pages.contains(page)) {
        members.add(page);
      }
    }
    return members;
  }

  /** The source has sent what the destination has at the switchover: it is told now. */
  void sentBefore(PageSet missing, Supplier<Map<String, Object>> after) {
    for (int page : versions.keySet()) {
      if (!missing.contains(page)) {
        var args = Trace.args("page", page, "sent", nextSent());
        event(new SendPage(), args, after.get());
      }
    }
  }

  /** The same at the destination; its guest stands. */
  void receivedBefore(PageSet missing, Supplier<Map<String, Object>> after) {
    guest.writtenOfFollowed();
    versions.replaceAll((page, version) -> ABSENT);
    for (int page : versions.keySet()) {
      if (!missing.contains(page)) {
        versions.put(page, 0);
        var args = Trace.args("page", page, "frame", nextReceived());
        event(new ReceivePage(), args, after.get());
      }
    }
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

  /** How many tracked pages are not here. */
  int missing() {
    return (int) versions.values().stream().filter(version -> version == ABSENT).count();
  }

  // ---------------------------------------------------------------- messages

  /** Number of the message that is sent now. */
  int nextSent() {
    return on ? sent++ : 0;
  }

  /** Number of the message that will be sent next. */
  int peekSent() {
    return sent;
  }

  /** The message that is read next has this number: those before it that were not read are lost. */
  void readsFrom(int message) {
    nextFrame = message;
  }

  /** Number of the message that was received now. */
  int nextReceived() {
    received++;
    return nextFrame++;
  }

  // ---------------------------------------------------------------- events

  /**
   * Tells what the guest has done since this was called last.
   *
   * @return whether it has written to its disk
   */
  boolean guestSteps(Supplier<Map<String, Object>> after) {
    if (on) {
      for (int page : guest.writtenOfFollowed()) {
        step(page, after);
      }
    }
    boolean disk = guest.disk() != null && guest.disk().collect();
    if (disk) {
      step(diskPage, after);
    }
    return disk;
  }

  /** The state of the guest's devices is another one. */
  void deviceStep(Supplier<Map<String, Object>> after) {
    step(devicePage, after);
  }

  private void step(int page, Supplier<Map<String, Object>> after) {
    position++;
    if (on) {
      var args =
          Trace.args(
              "page", page, "disk", page == diskPage, "previous", versions.put(page, position));
      event(new GuestStep(), args, after.get());
    }
  }

  void event(Action action, Map<String, Object> args, Map<String, Object> after) {
    if (on) {
      trace.step(action, args, after);
    }
  }

  /** What a host says of itself; more comes between. */
  Map<String, Object> after(Object... phaseAndNumbers) {
    Map<String, Object> after = Trace.args(phaseAndNumbers);
    after.put("position", position);
    after.put("sent", sent);
    after.put("received", received);
    return after;
  }
}
