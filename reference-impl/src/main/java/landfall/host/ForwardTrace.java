package landfall.host;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import landfall.machine.Memory;
import landfall.precopy.PageSet;
import landfall.protocol.Action;

/**
 * What traces of copies ahead tell beyond the steps of the cores. Steps, positions and versions are
 * those of {@link PostCopyTrace}, before the switchover and after it. The device state is one more
 * tracked page, with the number behind the last of RAM, and is written between any two checkpoints.
 * Without a trace only the position is counted. On the loop's thread.
 */
final class ForwardTrace {

  private record Told(String name) implements Action {}

  private final Trace trace;
  private final PostCopyTrace base;
  private final int devicePage;
  private int deviceVersion;

  ForwardTrace(Engine engine) {
    trace = engine.trace;
    base = engine.postCopyTrace();
    devicePage = engine.devicePage();
  }

  boolean isOn() {
    return base.isOn();
  }

  int devicePage() {
    return devicePage;
  }

  boolean follows(int page) {
    return isOn() && (page == devicePage || base.follows(page));
  }

  /** The tracked pages among these, ascending. */
  List<Integer> tracked(PageSet pages) {
    List<Integer> members = new ArrayList<>();
    if (isOn()) {
      base.followed().stream().filter(pages::contains).forEach(members::add);
      if (pages.contains(devicePage)) {
        members.add(devicePage);
      }
    }
    return members;
  }

  /** How many tracked pages are not here. */
  int missing() {
    return (int) base.followed().stream().filter(base::isAbsent).count();
  }

  int position() {
    return base.position();
  }

  int version(int page) {
    return page == devicePage ? deviceVersion : base.version(page);
  }

  /** The guest goes on from an image in which the page has this version. */
  void setVersion(int page, int version) {
    if (page == devicePage) {
      deviceVersion = version;
    } else {
      base.setVersion(page, version);
    }
  }

  void setPosition(int position) {
    base.setPosition(position);
  }

  /** Tells what the guest has done since this was called last. */
  void guestSteps(Supplier<Map<String, Object>> after) {
    base.guestSteps(after);
  }

  /** The state of the guest's devices is another one. */
  void deviceStep(Supplier<Map<String, Object>> after) {
    deviceVersion = base.step(devicePage, deviceVersion, after);
  }

  /**
   * Pages of this host's guest that go to a store, as they are when they are read.
   *
   * @param state the device state, if it is among them
   */
  StoreAccess.Given given(Memory memory, PageSet pages, byte[] state) {
    return new StoreAccess.Given() {
      @Override
      public int[] pages() {
        return pages.without(devicePage).toArray();
      }

      @Override
      public ByteBuffer content(int page) {
        return memory.isZeroPage(page) ? null : memory.readOnlyView(page, 1);
      }

      @Override
      public int version(int page) {
        return Math.max(0, ForwardTrace.this.version(page));
      }

      @Override
      public byte[] state() {
        return state;
      }
    };
  }

  void tell(Action action, Map<String, Object> args, Map<String, Object> after) {
    base.event(action, args, after);
  }

  /** An event that is no step of this host's core. */
  void tell(String name, Map<String, Object> args, Map<String, Object> after) {
    base.event(new Told(name), args, after);
  }
}
