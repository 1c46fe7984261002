package landfall.wire;

/**
 * The messages of the modules {@code Handover}, {@code PreCopy}, {@code PostCopy} and {@code
 * ReverseCheckpoint}, by their numbers on the wire; and the frames between a host and a store, in
 * which the exchanges of {@code ForwardCheckpoint} are said.
 */
public enum FrameType {
  HELLO(1, "Hello"),
  PAGES(2, "Pages"),
  DEVICE_STATE(3, "DeviceState"),
  READY(4, "Ready"),
  HANDOVER(5, "Handover"),
  RESUMED(6, "Resumed"),
  FAILURE(7, "Failure"),
  RECOVER(8, "Recover"),
  PAGE_LIST(9, "PageList"),
  DEMAND(10, "Demand"),
  COMPLETE(11, "Complete"),
  CHECKPOINT_PAGE(12, "CheckpointPage"),
  CHECKPOINT_END(13, "CheckpointEnd"),
  CHECKPOINT_DONE(14, "CheckpointDone"),
  ASK_OWNERSHIP(15, "AskOwnership"),
  GRANTED(16, "Granted"),
  SUPERSEDED(17, "Superseded"),
  CHECKPOINT_DISK(18, "CheckpointDisk"),
  STORE_HELLO(19, "StoreHello"),
  STORE_PAGES(20, "StorePages"),
  STORE_REQUEST(21, "StoreRequest"),
  STORE_ANSWER(22, "StoreAnswer"),
  ALIVE(23, "Alive"),
  CHANNEL(24, "Channel");

  private final byte number;
  private final String title;

  FrameType(int number, String title) {
    this.number = (byte) number;
    this.title = title;
  }

  /** The name in the specification. */
  public String title() {
    return title;
  }

  byte number() {
    return number;
  }

  static FrameType ofNumber(int number) throws FrameException {
    if (number < 1 || number > values().length) {
      throw new FrameException(
          "frame of unknown type " + number + ": types 1 to " + values().length + " are accepted");
    }
    return values()[number - 1];
  }
}
