/**
 * QEMU's migration stream, decoded from the bytes alone: what the source sent forward and what the
 * destination sent back on the return path. A {@link landfall.qemustream.StreamLog} takes what
 * passes on the connections of a trial and keeps an index of it: which pages went in which section,
 * when the guest was paused, when the device state was whole, what came back. It keeps no contents.
 *
 * <p>Pre-copy of versions 2.4 and later, multifd without compression, and post-copy with recovery
 * are understood. What is not (TLS, post-copy with preemption) becomes one entry that says at which
 * offset what was found and what was expected; nothing after it is trusted. No bytes make a decoder
 * throw, and none make it keep more than a stated bound. Neither the engine's codec nor a log of
 * QEMU is used.
 */
package landfall.qemustream;
