package landfall.explorer;

import java.util.Map;
import java.util.Set;

/**
 * A message on a connection, as in the modules {@code Handover}, {@code PreCopy}, {@code PostCopy}.
 */
sealed interface Message {

  /** Its {@code type} in the specification. */
  default String type() {
    return getClass().getSimpleName();
  }

  /** Its other fields. */
  default Map<String, TlaValue> fields() {
    return Map.of();
  }

  record Hello() implements Message {}

  /** Content of a page; its version is the number of the guest's step that wrote it. */
  record Page(int page, int version) implements Message {
    @Override
    public Map<String, TlaValue> fields() {
      return Map.of("page", TlaValue.number(page), "version", TlaValue.number(version));
    }
  }

  record DeviceState(int position) implements Message {
    @Override
    public Map<String, TlaValue> fields() {
      return Map.of("position", TlaValue.number(position));
    }
  }

  /** The device state of post-copy, with the pages that are stale at the destination. */
  record DeviceStateAndDiscard(int position, Set<Integer> discard) implements Message {
    @Override
    public String type() {
      return "DeviceState";
    }

    @Override
    public Map<String, TlaValue> fields() {
      return Map.of("position", TlaValue.number(position), "discard", TlaValue.numbers(discard));
    }
  }

  record Handover() implements Message {}

  record Ready() implements Message {}

  record Resumed() implements Message {}

  /** The guest waits for a page. */
  record Demand(int page) implements Message {
    @Override
    public Map<String, TlaValue> fields() {
      return Map.of("page", TlaValue.number(page));
    }
  }

  /** Every page is there. */
  record Complete() implements Message {}

  /** The first message of a connection that takes the place of a lost one. */
  record Recover(boolean handover) implements Message {
    @Override
    public Map<String, TlaValue> fields() {
      return Map.of("handover", TlaValue.bool(handover));
    }
  }

  /** The answer to {@link Recover}. */
  record PageList(Set<Integer> missing) implements Message {
    @Override
    public Map<String, TlaValue> fields() {
      return Map.of("missing", TlaValue.numbers(missing));
    }
  }
}
