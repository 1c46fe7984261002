package landfall.workload;

/**
 * A reply of the guest.
 *
 * @param id of the request
 * @param result what it says, without the step
 * @param step the guest's count of served commands, this one included
 * @param atNanos {@link System#nanoTime} when it came
 */
public record Reply(long id, String result, long step, long atNanos) {}
