package landfall.fuzz;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.util.Arrays;
import java.util.List;
import landfall.machine.DeviceState;
import landfall.wire.Channel;
import landfall.wire.CheckpointDisk;
import landfall.wire.CheckpointEnd;
import landfall.wire.CheckpointPages;
import landfall.wire.CheckpointWord;
import landfall.wire.Demand;
import landfall.wire.Failure;
import landfall.wire.Frame;
import landfall.wire.FrameException;
import landfall.wire.FrameReader;
import landfall.wire.FrameType;
import landfall.wire.Hello;
import landfall.wire.PageBatch;
import landfall.wire.PageList;
import landfall.wire.PageMemory;
import landfall.wire.Ready;
import landfall.wire.Recover;
import landfall.wire.SplitState;
import landfall.wire.StoreAnswer;
import landfall.wire.StoreHello;
import landfall.wire.StorePages;
import landfall.wire.StoreRequest;
import landfall.wire.Token;

/**
 * A migration stream. The first byte chooses: the bytes as they are, or bytes in frames with true
 * checksums, so that they reach what reads the payloads.
 */
public final class FuzzedWire {
  private static final int PAGES = 64;
  private static final int SECOND_HALF = 128;
  private static final byte[] MEMORY = new byte[Frame.PAYLOAD_BYTES_MAX];
  private static final ByteBuffer INTO =
      ByteBuffer.allocate(Frame.HEADER_BYTES + Frame.PAYLOAD_BYTES_MAX);

  private FuzzedWire() {}

  private static final PageMemory TO_MEMORY =
      new PageMemory() {
        @Override
        public int guestPages() {
          return PAGES;
        }

        @Override
        public List<ByteBuffer> contents(int attempt, PageBatch pages) {
          int room = 0;
          for (int i = 0; i < pages.count(); i++) {
            room += pages.isZero(i) ? 0 : PageBatch.PAGE_BYTES;
          }
          return List.of(ByteBuffer.wrap(MEMORY, 0, room));
        }
      };

  /** One input. */
  public static void fuzzerTestOneInput(byte[] data) throws IOException {
    if (data.length < 2) {
      return;
    }
    byte[] rest = Arrays.copyOfRange(data, 2, data.length);
    int choice = data[0] & 0xff;
    if (choice == 0) {
      read(rest);
    } else if (choice == 1) {
      try {
        DeviceState.of(rest);
      } catch (IllegalArgumentException refused) {
        requireCause(refused);
      }
    } else {
      // So that a kept input means the same when there are more types.
      int number = choice < SECOND_HALF ? choice : choice - SECOND_HALF;
      FrameType type = FrameType.values()[number % FrameType.values().length];
      byte[] frame = Frame.encode(type, data[1], 1, 0, rest).array();
      read(frame);
      payload(type, ByteBuffer.wrap(rest));
    }
  }

  private static void read(byte[] stream) throws IOException {
    var reader = new FrameReader(Channels.newChannel(new ByteArrayInputStream(stream)));
    try {
      INTO.clear();
      while (reader.read(INTO, TO_MEMORY).isPresent()) {
        INTO.clear();
      }
      if (!reader.ended()) {
        throw new AssertionError("it neither ended nor refused");
      }
    } catch (FrameException refused) {
      requireCause(refused);
    }
  }

  private static void payload(FrameType type, ByteBuffer in) {
    try {
      switch (type) {
        case HELLO -> Hello.of(in);
        case PAGES -> PageBatch.of(in, in.remaining(), PAGES);
        case DEVICE_STATE -> SplitState.of(in, PAGES);
        case READY -> Ready.of(in);
        case HANDOVER, RESUMED -> Token.of(in, type.title());
        case FAILURE -> Failure.of(in);
        case RECOVER -> Recover.of(in);
        case DEMAND -> Demand.of(in, PAGES);
        case PAGE_LIST -> PageList.of(in, PAGES, type.title());
        case COMPLETE -> Token.of(in, type.title());
        case CHECKPOINT_PAGE -> CheckpointPages.of(in, PAGES);
        case CHECKPOINT_END -> CheckpointEnd.of(in, PAGES + 2);
        case CHECKPOINT_DISK -> CheckpointDisk.of(in, PAGES);
        case CHECKPOINT_DONE -> CheckpointWord.of(in, type.title()).position();
        case ASK_OWNERSHIP, GRANTED, SUPERSEDED -> CheckpointWord.of(in, type.title());
        case STORE_HELLO -> StoreHello.of(in);
        case STORE_PAGES -> StorePages.of(in, PAGES);
        case STORE_REQUEST -> StoreRequest.of(in, PAGES);
        case STORE_ANSWER -> StoreAnswer.of(in).why();
        case CHANNEL -> {
          Channel.announced(in.duplicate(), type.title(), true);
          Channel.of(in);
        }
      }
    } catch (FrameException refused) {
      requireCause(refused);
    }
  }

  static void requireCause(Exception refused) {
    if (refused.getMessage() == null || refused.getMessage().isBlank()) {
      throw new AssertionError("refused without a word", refused);
    }
  }
}
