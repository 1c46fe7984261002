package landfall.wire;

import java.nio.ByteBuffer;

/**
 * Payload of a frame with a write to the guest's disk that a checkpoint carries: position, version,
 * number and count, then the sector and the contents. To a checkpoint all its writes together are
 * one more page, which has come when the last of them has; its number as a message is told by
 * {@link CheckpointEnd}.
 *
 * @param position of the checkpoint
 * @param version of the disk, as of a page
 * @param index which of the checkpoint's writes this is, from 0 on and in the guest's order
 * @param count how many writes the checkpoint has
 * @param sector the first that is written
 * @param data contents of whole sectors, from its position on
 */
public record CheckpointDisk(
    int position, int version, int index, int count, long sector, ByteBuffer data) {
  /** Longest write in a frame; a longer one of the guest is split. */
  public static final int DATA_BYTES_MAX = 128 << 10;

  /** Most bytes that the writes of a checkpoint have. */
  public static final int TOTAL_BYTES_MAX = 4 << 20;

  private static final int SECTOR_BYTES = 512;
  private static final int HEAD_BYTES = 24;
  private static final int COUNT_MAX = TOTAL_BYTES_MAX / SECTOR_BYTES;

  /** The payload. */
  public byte[] toBytes() {
    ByteBuffer out = ByteBuffer.allocate(HEAD_BYTES + data.remaining());
    out.putInt(position).putInt(version).putInt(index).putInt(count).putLong(sector);
    return out.put(data.duplicate()).array();
  }

  /**
   * Reads a payload. The contents share its bytes.
   *
   * @param sectors of the guest's disk; 0 if it has none
   * @throws FrameException if it is not of this form, or writes where the disk is not
   */
  public static CheckpointDisk of(ByteBuffer payload, long sectors) throws FrameException {
    ByteBuffer in = payload.slice();
    if (in.remaining() < HEAD_BYTES) {
      throw new FrameException(
          "CheckpointDisk frame of " + in.remaining() + " bytes: it has a head of " + HEAD_BYTES);
    }
    int position = in.getInt();
    int version = in.getInt();
    int index = in.getInt();
    int count = in.getInt();
    long sector = in.getLong();
    int bytes = in.remaining();
    if (position < 1 || version < 0) {
      throw new FrameException(
          "CheckpointDisk frame of version " + version + " at position " + position);
    }
    if (count < 1 || count > COUNT_MAX || index < 0 || index >= count) {
      throw new FrameException(
          "CheckpointDisk frame with write "
              + index
              + " of "
              + count
              + ": 1 to "
              + COUNT_MAX
              + " writes are accepted, counted from 0");
    }
    if (bytes == 0 || bytes > DATA_BYTES_MAX || bytes % SECTOR_BYTES != 0) {
      throw new FrameException(
          "CheckpointDisk frame that writes "
              + bytes
              + " bytes: whole sectors of "
              + SECTOR_BYTES
              + " are accepted, at most "
              + DATA_BYTES_MAX
              + " bytes");
    }
    if (sector < 0 || sector > sectors - bytes / SECTOR_BYTES) {
      throw new FrameException(
          "CheckpointDisk frame that writes "
              + bytes
              + " bytes from sector "
              + sector
              + " on: the disk has "
              + sectors
              + " sectors");
    }
    return new CheckpointDisk(position, version, index, count, sector, in.slice());
  }
}
