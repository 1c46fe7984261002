package landfall.explorer;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A message on a connection, as in the modules {@code Handover}, {@code PreCopy}, {@code PostCopy},
 * {@code ReverseCheckpoint}.
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

  /** The device state of pre-copy, with what the guest did before. */
  record Image(List<Integer> steps) implements Message {
    @Override
    public String type() {
      return "DeviceState";
    }

    @Override
    public Map<String, TlaValue> fields() {
      return Map.of("steps", TlaValue.tuple(steps.stream().map(TlaValue::number).toList()));
    }
  }

  record Handover() implements Message {}

  /** The destination holds the whole image, and says who it is. */
  record ReadyAt(String host) implements Message {
    @Override
    public String type() {
      return "Ready";
    }

    @Override
    public Map<String, TlaValue> fields() {
      return Map.of("host", TlaValue.text(host));
    }
  }

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

  /**
   * A page of the image of the switchover.
   *
   * @param kept false if the source frees it when it arrives; the module does not write this down,
   *     it is the same of every page
   */
  record SwitchoverPage(int page, boolean kept) implements Message {
    @Override
    public String type() {
      return "Page";
    }

    @Override
    public Map<String, TlaValue> fields() {
      return Map.of("page", TlaValue.number(page));
    }
  }

  /** A page of the checkpoint of a position. */
  record CheckpointPage(int page, int version, int position) implements Message {
    @Override
    public Map<String, TlaValue> fields() {
      return Map.of(
          "page", TlaValue.number(page),
          "version", TlaValue.number(version),
          "position", TlaValue.number(position));
    }
  }

  /** These were all pages of the checkpoint. */
  record CheckpointEnd(int position, Set<Integer> pages) implements Message {
    @Override
    public Map<String, TlaValue> fields() {
      return Map.of("position", TlaValue.number(position), "pages", TlaValue.numbers(pages));
    }
  }

  /** The checkpoint is committed. */
  record CheckpointDone(int position) implements Message {
    @Override
    public Map<String, TlaValue> fields() {
      return Map.of("position", TlaValue.number(position));
    }
  }

  /** The guest is the source's again. */
  record Superseded() implements Message {}

  record AskOwnership() implements Message {}

  record Granted() implements Message {}
}
