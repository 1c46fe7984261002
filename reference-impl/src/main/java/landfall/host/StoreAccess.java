package landfall.host;

import java.nio.ByteBuffer;
import java.util.function.Consumer;
import landfall.forwardcheckpoint.Claim;
import landfall.forwardcheckpoint.Request;
import landfall.wire.StoreRequest;

/**
 * The third place of {@code landfall.forwardcheckpoint}, as a host asks it. One of these belongs to
 * one attempt to move one guest. All calls are made on the host's event loop, and answers come as
 * events of their own on it, never within {@link #ask}.
 *
 * <p>The store does what is asked in the order in which it was asked, and answers in that order.
 * When the connection ends, each request without an answer is {@link Answer.Lost}: it was done, or
 * it was not, and none is done after a later one of this host. Nothing is repeated by itself.
 *
 * <p>The rule for claims stays with who asks: whoever has asked for the claim, and lost the answer,
 * asks again until it is answered (package comment of {@code landfall.forwardcheckpoint}).
 */
interface StoreAccess {

  /**
   * Asks.
   *
   * @param request what is asked for
   * @param given what goes with it; {@link Given#NOTHING} unless it is KeepPage, StartCheckpoints
   *     or CommitPages. It is read before this returns, and may change afterwards
   * @param answered told of the answer, once
   * @return number of the request, as it is in the traces of both sides; of one host of an attempt
   *     each number is used once, and they ascend
   */
  int ask(Request.ToStore request, Given given, Consumer<Answer> answered);

  /** {@code GiveImage}; its pages are told one by one, in any order, before it is answered. */
  int askImage(PageReceiver pages, Consumer<Answer> answered);

  /**
   * Whether a further page would wait here for no longer than the network needs. A request is taken
   * in any case; who copies ahead asks first, so that memory stays bounded.
   */
  boolean takesPages();

  /** Called when {@link #takesPages} becomes true again; the one given last. */
  void whenTakesPages(Runnable goOn);

  /** Whether there is a connection to a store that serves this attempt. */
  boolean isConnected();

  /** Called whenever there is such a connection again: what got lost can be asked anew. */
  void whenConnected(Runnable connected);

  /**
   * The guest needs the store no more: it is this host's alone. The store then forgets its pages,
   * and remembers who has the claim. Then closes this.
   */
  void release();

  /** Ends the connection and makes no other. No answer comes any more. */
  void close();

  /** What goes with a request. */
  interface Given {
    /** For requests that are all there is to say. */
    Given NOTHING =
        new Given() {
          @Override
          public int[] pages() {
            return new int[0];
          }

          @Override
          public ByteBuffer content(int page) {
            throw new IllegalStateException("there is no page " + page);
          }

          @Override
          public int version(int page) {
            return 0;
          }

          @Override
          public byte[] state() {
            return new byte[0];
          }
        };

    /**
     * Pages of RAM whose contents go along, ascending. With KeepPage its page, and behind it up to
     * 127 others that are to be kept as well: each is a step of the store. With CommitPages those
     * of its pages that are not at the store as they are: it refuses if it lacks one of the others.
     */
    int[] pages();

    /** Its 4096 bytes as they are now, or null if they are all zero. */
    ByteBuffer content(int page);

    /**
     * The step of the guest that wrote it, as traces count; 0 without traces. That of the state is
     * asked for by the number behind the last page of RAM.
     */
    int version(int page);

    /**
     * What makes a guest of the pages: the machine's state, and what else the host wants back with
     * the image. The store does not look into it. To the protocol it may be one more page, with the
     * number behind the last of RAM: KeepPage of that number takes it along, and so do CommitPages
     * and StartCheckpoints, where it is of their position. Empty: the one that is there stays. At
     * most {@link #STATE_BYTES_MAX}.
     */
    byte[] state();

    /** Longest {@link #state}. */
    int STATE_BYTES_MAX = StoreRequest.STATE_BYTES_MAX;
  }

  /** Takes pages from the store. */
  interface PageReceiver {
    /**
     * A page has come.
     *
     * @param content 4096 bytes, which are there until this returns; null if they are all zero
     */
    void page(int number, int version, ByteBuffer content);
  }

  /** What came of a request. */
  sealed interface Answer {

    /** Yes; the store took its step. */
    record Agreed() implements Answer {}

    /**
     * To {@code GivePage}: yes, and this is the page.
     *
     * @param content 4096 bytes, null if they are all zero; of the page behind the last of RAM the
     *     state
     */
    record Page(int number, int version, ByteBuffer content) implements Answer {}

    /**
     * To {@code GiveImage}: yes, all pages of it were told.
     *
     * @param version of the state
     * @param state as it was given last
     */
    record Image(int position, int version, byte[] state) implements Answer {}

    /**
     * No; the store took no step.
     *
     * @param claim who has the claim
     * @param why for a person to read
     */
    record Refused(Claim claim, String why) implements Answer {}

    /** There is no answer: the store may have taken its step. */
    record Lost(String why) implements Answer {}
  }
}
