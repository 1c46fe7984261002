package landfall.wire;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;

/**
 * Payload of the frame by which a store answers. Contents of pages come before it, as {@link
 * StorePages} of the same number.
 *
 * @param number of the request; 0 if it is the answer to {@link StoreHello}
 * @param agreed whether the store took its step
 * @param claim who has the claim: 0 for nobody, or as {@link StoreRequest#argument}
 * @param position of the image, if it is one; else 0
 * @param version of the state that is the rest; else 0
 * @param rest the state, with an image or in the place of a page; if the store did not agree, why,
 *     in UTF-8
 */
public record StoreAnswer(
    int number, boolean agreed, int claim, int position, int version, byte[] rest) {
  private static final int HEAD_BYTES = 14;
  private static final int WHY_BYTES_MAX = 1000;

  /** An answer that says yes and nothing else. */
  public static StoreAnswer yes(int number, int claim) {
    return new StoreAnswer(number, true, claim, 0, 0, new byte[0]);
  }

  /** An answer that says no. */
  public static StoreAnswer no(int number, int claim, String why) {
    byte[] text = why.getBytes(StandardCharsets.UTF_8);
    return new StoreAnswer(
        number, false, claim, 0, 0, Arrays.copyOf(text, Math.min(text.length, WHY_BYTES_MAX)));
  }

  /** Why not, with blanks in the place of controls. */
  public String why() {
    return new String(rest, StandardCharsets.UTF_8).replaceAll("\\p{Cntrl}", " ");
  }

  /** The payload. */
  public byte[] toBytes() {
    return ByteBuffer.allocate(HEAD_BYTES + rest.length)
        .putInt(number)
        .put((byte) (agreed ? 1 : 0))
        .put((byte) claim)
        .putInt(position)
        .putInt(version)
        .put(rest)
        .array();
  }

  /**
   * Reads a payload.
   *
   * @throws FrameException if it is not of this form
   */
  public static StoreAnswer of(ByteBuffer payload) throws FrameException {
    if (payload.remaining() < HEAD_BYTES) {
      throw new FrameException(
          "StoreAnswer frame of " + payload.remaining() + " bytes: it has a head of " + HEAD_BYTES);
    }
    ByteBuffer in = payload.duplicate();
    int number = in.getInt();
    int agreed = in.get();
    int claim = in.get();
    int position = in.getInt();
    int version = in.getInt();
    boolean known = number >= 0 && agreed >= 0 && agreed <= 1 && claim >= 0 && claim <= 2;
    if (!known || position < 0 || version < 0) {
      throw new FrameException(
          "StoreAnswer frame of number %d, answer %d, claim %d, position %d and version %d"
              .formatted(number, agreed, claim, position, version));
    }
    int most = agreed == 1 ? StoreRequest.STATE_BYTES_MAX : WHY_BYTES_MAX;
    if (in.remaining() > most) {
      throw new FrameException(
          "StoreAnswer frame with "
              + in.remaining()
              + " bytes behind its head: at most "
              + most
              + " are accepted");
    }
    byte[] rest = new byte[in.remaining()];
    in.get(rest);
    return new StoreAnswer(number, agreed == 1, claim, position, version, rest);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof StoreAnswer answer
        && number == answer.number
        && agreed == answer.agreed
        && claim == answer.claim
        && position == answer.position
        && version == answer.version
        && Arrays.equals(rest, answer.rest);
  }

  @Override
  public int hashCode() {
    return Objects.hash(number, agreed, claim, position, version, Arrays.hashCode(rest));
  }

  @Override
  public String toString() {
    return (agreed ? "yes" : "no: " + why()) + " to number " + number;
  }
}
