/**
 * Implementations under test, as host processes that are started, controlled over QMP and ended.
 * One driver serves them all: what differs is how a host is started and what it leaves behind.
 *
 * <p>What the package promises: a host that does not answer costs its caller a time limit, never
 * more, and no process outlives the {@link landfall.implementation.HostProcess} that started it.
 */
package landfall.implementation;
