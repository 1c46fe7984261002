/**
 * The frames of the migration protocol, as bytes. What the package promises: whatever bytes arrive,
 * {@link landfall.wire.FrameReader} and the payload records either give exactly what the sender
 * encoded or throw a {@link landfall.wire.FrameException} that names the cause; never anything
 * else, and nothing is allocated on the word of an unchecked length.
 *
 * <p>Format: docs/protocol.md. Left out: what a frame means, and whether it is in place (package
 * {@code landfall.precopy}).
 */
package landfall.wire;
