package landfall.wire;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;

/**
 * Payload of the frame by which a host asks a store. Contents of pages come before it, as {@link
 * StorePages} of the same number.
 *
 * @param number of the request: of one host they ascend in an attempt, from 1 on
 * @param argument the page, the position or the side, see {@link Kind}
 * @param version only where the kind has a state: its version, as of a page
 * @param pages only where the kind has a set of pages; the state is one more, behind the last of
 *     RAM
 * @param state only where the kind has one: what makes a guest of the pages, opaque
 */
public record StoreRequest(
    int number, Kind kind, int argument, int version, PageList pages, byte[] state) {
  /** Longest state. */
  public static final int STATE_BYTES_MAX = 256 << 10;

  /** {@link #argument} of a request that is about the source. */
  public static final int SOURCE = 1;

  /** {@link #argument} of a request that is about the destination. */
  public static final int DESTINATION = 2;

  private static final int HEAD_BYTES = 13;

  /** Which request it is, by its number on the wire; the names are those of the core's requests. */
  public enum Kind {
    /**
     * The first of the pages whose contents have come; or the page behind the last of RAM, and the
     * state.
     */
    KEEP_PAGE("KeepPage", Argument.PAGE, false, true),
    /** A page. */
    GIVE_PAGE("GivePage", Argument.PAGE, false, false),
    /** A set of pages. */
    CONFIRM_COPIES("ConfirmCopies", Argument.NONE, true, false),
    /** A position and the state. */
    START_CHECKPOINTS("StartCheckpoints", Argument.POSITION, false, true),
    /** A position, a set of pages and the state; contents have come of some of the pages. */
    COMMIT_PAGES("CommitPages", Argument.POSITION, true, true),
    /** Nothing. */
    GIVE_IMAGE("GiveImage", Argument.NONE, false, false),
    /** Who is to have the claim. */
    TAKE_CLAIM("TakeClaim", Argument.SIDE, false, false),
    /** Who may have it. */
    CONFIRM_CLAIM("ConfirmClaim", Argument.SIDE, false, false),
    /** Nothing: no host needs the store any more. No request of the core. */
    RELEASE("Release", Argument.NONE, false, false);

    private final String title;
    private final Argument argument;
    private final boolean hasPages;
    private final boolean hasState;

    Kind(String title, Argument argument, boolean hasPages, boolean hasState) {
      this.title = title;
      this.argument = argument;
      this.hasPages = hasPages;
      this.hasState = hasState;
    }

    /** The name of the request. */
    public String title() {
      return title;
    }
  }

  private enum Argument {
    NONE,
    PAGE,
    POSITION,
    SIDE;

    boolean accepts(int value, int guestPages) {
      return switch (this) {
        case NONE -> value == 0;
        case PAGE -> value >= 0 && value <= guestPages;
        case POSITION -> value >= 0;
        case SIDE -> value == SOURCE || value == DESTINATION;
      };
    }
  }

  /** A request without pages and state. */
  public static StoreRequest of(int number, Kind kind, int argument) {
    return new StoreRequest(number, kind, argument, 0, new PageList(new long[0]), new byte[0]);
  }

  public StoreRequest {
    if (!kind.hasState && (state.length > 0 || version != 0)
        || state.length > STATE_BYTES_MAX
        || !kind.hasPages && pages.words().length > 0) {
      throw new IllegalArgumentException(
          "%s with a state of %d bytes and %d words of pages"
              .formatted(kind.title, state.length, pages.words().length));
    }
  }

  /** The payload. */
  public byte[] toBytes() {
    ByteBuffer out =
        ByteBuffer.allocate(HEAD_BYTES + (kind.hasPages ? pages.bytes() : 0) + state.length);
    out.putInt(number).put((byte) kind.ordinal()).putInt(argument).putInt(version);
    if (kind.hasPages) {
      pages.write(out);
    }
    return out.put(state).array();
  }

  /**
   * Reads a payload.
   *
   * @param guestPages pages of the guest; all page numbers are below
   * @throws FrameException if it is not of this form
   */
  public static StoreRequest of(ByteBuffer payload, int guestPages) throws FrameException {
    if (payload.remaining() < HEAD_BYTES) {
      throw new FrameException(
          "StoreRequest frame of "
              + payload.remaining()
              + " bytes: it has a head of "
              + HEAD_BYTES);
    }
    ByteBuffer in = payload.duplicate();
    int number = in.getInt();
    int which = in.get() & 0xff;
    int argument = in.getInt();
    int version = in.getInt();
    if (number < 1) {
      throw new FrameException(
          "StoreRequest frame of number " + number + ": 1 or more is accepted");
    }
    if (which >= Kind.values().length) {
      throw new FrameException(
          "StoreRequest frame of unknown kind "
              + which
              + ": kinds 0 to "
              + (Kind.values().length - 1)
              + " are accepted");
    }
    Kind kind = Kind.values()[which];
    String name = "StoreRequest frame for " + kind.title;
    if (!kind.argument.accepts(argument, guestPages)) {
      throw new FrameException(
          name
              + " with "
              + argument
              + " where "
              + switch (kind.argument) {
                case NONE -> "0";
                case PAGE -> "a page from 0 to " + guestPages;
                case POSITION -> "a position from 0";
                case SIDE -> "1 (the source) or 2 (the destination)";
              }
              + " is accepted");
    }
    if (version < 0 || version > 0 && !kind.hasState) {
      throw new FrameException(name + " with a state of version " + version);
    }
    PageList pages =
        kind.hasPages
            ? PageList.read(in, guestPages + 1, "StoreRequest")
            : new PageList(new long[0]);
    if (in.remaining() > (kind.hasState ? STATE_BYTES_MAX : 0)) {
      throw new FrameException(
          name
              + " with a state of "
              + in.remaining()
              + " bytes: at most "
              + (kind.hasState ? STATE_BYTES_MAX : 0)
              + " are accepted");
    }
    byte[] state = new byte[in.remaining()];
    in.get(state);
    return new StoreRequest(number, kind, argument, version, pages, state);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof StoreRequest request
        && number == request.number
        && kind == request.kind
        && argument == request.argument
        && version == request.version
        && Arrays.equals(pages.words(), request.pages.words())
        && Arrays.equals(state, request.state);
  }

  @Override
  public int hashCode() {
    return Objects.hash(
        number, kind, argument, version, Arrays.hashCode(pages.words()), Arrays.hashCode(state));
  }

  @Override
  public String toString() {
    return kind.title + " " + argument + " of number " + number;
  }
}
