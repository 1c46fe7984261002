package landfall.workload;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A reply of the guest.
 *
 * @param id of the request
 * @param result what it says, without the step
 * @param step the guest's count of served commands, this one included
 * @param sentNanos {@link System#nanoTime} just before the request was sent; null if that was so
 *     long ago that it is forgotten
 * @param atNanos {@link System#nanoTime} when it came
 */
public record Reply(long id, String result, long step, Long sentNanos, long atNanos) {
  private static final Pattern VALUE = Pattern.compile("ok (-?\\d{1,18})");

  /** Whether the guest did what it was asked. */
  public boolean done() {
    return result.startsWith("ok");
  }

  /** What a read returned; null if the cell was never written. */
  public Long value() {
    Matcher value = VALUE.matcher(result);
    return value.matches() ? Long.valueOf(value.group(1)) : null;
  }
}
