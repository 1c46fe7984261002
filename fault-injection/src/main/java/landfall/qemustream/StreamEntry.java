package landfall.qemustream;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * One thing that passed on a migration connection.
 *
 * @param connection number of the connection, from 1
 * @param direction {@code forward} to the destination, or {@code back}
 * @param atMillis when its last byte came to the proxy, before it was delivered; of {@code FINAL}
 *     and {@code DEVICES} the first byte
 * @param offset of its first byte in this direction of the connection
 * @param what what it is
 * @param text a name, or a sentence; empty if there is nothing to say
 * @param number a number that belongs to it, see {@link What}
 * @param pages runs of pages in the order in which they were sent: number of the block, first page,
 *     last page
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record StreamEntry(
    int connection,
    String direction,
    double atMillis,
    long offset,
    What what,
    String text,
    long number,
    List<int[]> pages) {

  /** The direction to the destination. */
  public static final String FORWARD = "forward";

  /** The return path. */
  public static final String BACK = "back";

  /** What an entry is. */
  public enum What {
    /** Magic number and version; number: the version. */
    HEADER,
    /** Text: the name of the machine. */
    MACHINE,
    /** Text: the name of the command; number: its first four bytes, if it has so many. */
    COMMAND,
    /** A block of RAM; text: its name; number: how many pages it has. */
    BLOCK,
    /** Every block was named; number: how many pages there are. */
    SETUP,
    /** A section of pages; number: how many pages were sent. */
    PAGES,
    /** The last section of RAM begins: the guest is paused. */
    FINAL,
    /**
     * The last section of RAM is over; number: how many pages were never sent; pages: the first of
     * them.
     */
    MEMORY_SENT,
    /** The first device section begins. */
    DEVICES,
    /** A device section; text: its name and instance; number: its bytes. */
    DEVICE,
    /** The end of the device state. A destination that has it runs the guest. */
    END,
    /**
     * Post-copy: these pages of a block are stale at the destination, or were never sent: the guest
     * is paused; text: the block; number: how many pages.
     */
    DISCARD,
    /** Post-copy: the device state goes in a package of so many bytes: the guest is paused. */
    PACKAGE,
    /** Post-copy: the begin of the package, a command to listen for pages. */
    LISTEN,
    /**
     * Post-copy: the end of the package, a command to run. A destination that has it runs the
     * guest, and pages follow.
     */
    RUN,
    /** Post-copy: the end of the stream, behind the last pages. */
    OVER,
    /** A connection that carries pages for another one (multifd); number: its own. */
    CHANNEL,
    /**
     * Multifd. On a connection that carries pages for another one: every page before it is to be
     * there before any behind it; number: that of its packet. On the other one: here the
     * destination waits for this on all of them; text: {@code flush}, or {@code section} where a
     * section of RAM ends, which is such a place if the stream has no {@code flush}.
     */
    SYNC,
    /** Return path; number: the value. */
    PONG,
    /** Return path, post-copy: the guest needs pages; text: their block; number: the first. */
    REQUEST,
    /**
     * Return path, post-copy: which pages of a block are there; text: the block; number: how many.
     */
    BITMAP,
    /** Return path, post-copy: the destination goes on after a broken link. */
    RESUMES,
    /**
     * Return path: the destination has finished; number: 0 if it runs the guest, in post-copy with
     * every page.
     */
    SHUT,
    /** This direction ended; number: how many bytes came in all. */
    CLOSED,
    /** This direction broke, or the proxy broke it; number: how many bytes came in all. */
    BROKEN,
    /** Text: what was found, and what was expected. The rest of this direction is not read. */
    UNREADABLE,
    /** Number: how many entries and runs are missing from here on, since they were too many. */
    DROPPED
  }

  public StreamEntry {
    pages = pages == null ? List.of() : List.copyOf(pages);
    text = text == null ? "" : text;
  }
}
