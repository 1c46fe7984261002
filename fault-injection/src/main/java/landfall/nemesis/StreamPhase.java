package landfall.nemesis;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** Where a migration stream is, as an outsider can tell. In the order in which they come. */
public enum StreamPhase {
  /** A connection stands. */
  CONNECTED,
  /** The first page is about to pass. */
  FIRST_ROUND,
  /** The first page of a later round is about to pass. */
  LATER_ROUND,
  /** The first page that is sent while the guest is paused is about to pass. */
  FINAL_ROUND,
  /** The device state is about to pass. */
  DEVICE_STATE,
  /**
   * The destination's word that the image is complete is about to pass. Not in pre-copy of QEMU.
   */
  READY,
  /** The message that gives the guest away is about to pass. Not in pre-copy of QEMU. */
  HANDOVER,
  /** The destination's word that the guest runs is about to pass. Not in pre-copy of QEMU. */
  RESUMED,
  /**
   * The first message of a connection in the place of a lost one, or its answer. Post-copy only.
   */
  RECOVER,
  /** The first page that follows a guest which was given away is about to pass. Post-copy only. */
  PUSH,
  /** The end of the first checkpoint that goes back to the source is about to pass. */
  CHECKPOINT,
  /** The source's word that it has a checkpoint is about to pass, for the first time. */
  COMMIT,
  /**
   * The last of the pages that follow a guest is about to pass. Post-copy only, on the first
   * connection.
   */
  LAST_PAGES,
  /** The destination's question for the ownership is about to pass. With checkpoints only. */
  OWNERSHIP,
  /** The answer to it is about to pass. With checkpoints only. */
  GRANTED,
  /** The destination's word that it has every page is about to pass. Post-copy only. */
  COMPLETE;

  /** Which way the message goes with which it begins. */
  public Direction direction() {
    return switch (this) {
      case READY, RESUMED, CHECKPOINT, OWNERSHIP, COMPLETE -> Direction.BACK;
      case CONNECTED,
          FIRST_ROUND,
          LATER_ROUND,
          FINAL_ROUND,
          DEVICE_STATE,
          HANDOVER,
          RECOVER,
          PUSH,
          COMMIT,
          LAST_PAGES,
          GRANTED ->
          Direction.FORWARD;
    };
  }

  /** The word for it in plans, reports and coverage tables. */
  @JsonValue
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
