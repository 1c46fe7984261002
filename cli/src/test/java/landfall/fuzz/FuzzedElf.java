package landfall.fuzz;

import landfall.machine.ElfFile;
import landfall.machine.ElfFormatException;

/** An executable of the guest. */
public final class FuzzedElf {
  private FuzzedElf() {}

  /** One input. */
  public static void fuzzerTestOneInput(byte[] data) {
    try {
      for (ElfFile.Segment segment : ElfFile.parse(data).segments()) {
        if (segment.data().remaining() > segment.memoryBytes()) {
          throw new AssertionError("a segment with more bytes than it has room for");
        }
      }
    } catch (ElfFormatException refused) {
      FuzzedWire.requireCause(refused);
    }
  }
}
