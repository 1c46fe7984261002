package landfall.wire;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * A secret of one attempt, of 16 bytes. The destination makes two when the attempt begins. It tells
 * one with Ready: only who was told may say Handover or Recover. Of the other it tells the {@link
 * #seal}; it shows the secret itself when the guest runs, so that nobody else can say so.
 */
public record Token(long first, long second) {
  /** Length of a token. */
  public static final int BYTES = 16;

  /** Length of a seal. */
  public static final int SEAL_BYTES = 32;

  /**
   * A new one.
   *
   * @param random must not be predictable
   */
  public static Token random(RandomGenerator random) {
    return new Token(random.nextLong(), random.nextLong());
  }

  /** The payload of a frame that carries it alone. */
  public byte[] toBytes() {
    return ByteBuffer.allocate(BYTES).putLong(first).putLong(second).array();
  }

  /**
   * Reads a payload that is a token and nothing else.
   *
   * @throws FrameException if it is not of this form
   */
  public static Token of(ByteBuffer payload, String frame) throws FrameException {
    ByteBuffer in = payload.duplicate();
    Token token = read(in, frame);
    if (in.hasRemaining()) {
      throw new FrameException(frame + " frame with " + in.remaining() + " bytes behind its token");
    }
    return token;
  }

  /**
   * Reads a token; what comes behind it is left.
   *
   * @param in moved behind the token
   * @throws FrameException if it does not begin with one
   */
  public static Token read(ByteBuffer in, String frame) throws FrameException {
    if (in.remaining() < BYTES) {
      throw new FrameException(
          frame + " frame with " + in.remaining() + " bytes: a token has " + BYTES);
    }
    return new Token(in.getLong(), in.getLong());
  }

  /** SHA-256 of the token: whoever has it can tell the token from others, and cannot make it. */
  public byte[] seal() {
    try {
      return MessageDigest.getInstance("SHA-256").digest(toBytes());
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** Whether this is the token that was sealed. */
  public boolean opens(byte[] seal) {
    return Arrays.equals(seal, seal());
  }

  /** A secret is in no message and no log. */
  @Override
  public String toString() {
    return "Token";
  }
}
