package landfall.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Random;
import landfall.precopy.PageSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** What the frames of post-copy carry beyond those of pre-copy. */
class PostCopyPayloadTest {

  @Property
  void aListOfPagesIsReadAsItWasWritten(
      @ForAll @Size(max = 40) int[] chosen, @ForAll @IntRange(min = 1, max = 300) int guestPages)
      throws FrameException {
    int[] pages = new int[chosen.length];
    for (int i = 0; i < pages.length; i++) {
      pages[i] = Math.floorMod(chosen[i], guestPages);
    }
    PageSet written = PageSet.of(pages);
    byte[] payload = new PageList(written.toWords()).toBytes();
    PageList read = PageList.of(ByteBuffer.wrap(payload), guestPages, "PageList");
    assertEquals(written, PageSet.ofWords(read.words()));
  }

  @Property
  void aListWithPagesBeyondTheEndOfRamIsRefused(
      @ForAll @IntRange(min = 1, max = 300) int guestPages,
      @ForAll @IntRange(max = 200) int beyond) {
    byte[] payload = new PageList(PageSet.of(guestPages + beyond).toWords()).toBytes();
    var refused =
        assertThrows(
            FrameException.class,
            () -> PageList.of(ByteBuffer.wrap(payload), guestPages, "PageList"));
    assertTrue(refused.getMessage().contains("0 to " + (guestPages - 1)), refused.getMessage());
  }

  @Property
  void bytesThatAreNoPayloadAreRefusedAndDoNoHarm(
      @ForAll long seed, @ForAll @IntRange(max = 60) int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    try {
      SplitState state = SplitState.of(ByteBuffer.wrap(bytes), 64);
      assertTrue(state.state().length <= length);
    } catch (FrameException refused) {
      assertTrue(refused.getMessage().startsWith("DeviceState frame"), refused.getMessage());
    }
    try {
      assertTrue(Demand.of(ByteBuffer.wrap(bytes), 64).page() < 64);
    } catch (FrameException refused) {
      assertTrue(refused.getMessage().startsWith("Demand frame"), refused.getMessage());
    }
  }

  @Test
  void aSplitStateIsReadAsItWasWritten() throws FrameException {
    byte[] state = {1, 2, 3};
    var written = new SplitState(77, new PageList(new long[] {5}), state);
    SplitState read = SplitState.of(ByteBuffer.wrap(written.toBytes()), 64);
    assertEquals(77, read.position());
    assertArrayEquals(new long[] {5}, read.discard().words());
    assertArrayEquals(state, read.state());
  }

  @Test
  void theLongestListFitsIntoAFrameTogetherWithADeviceState() {
    var all = new PageList(new long[PageList.GUEST_PAGES_MAX / Long.SIZE]);
    int bytes = new SplitState(0, all, new byte[64 << 10]).toBytes().length;
    assertTrue(bytes <= Frame.PAYLOAD_BYTES_MAX, bytes + " bytes");
  }
}
