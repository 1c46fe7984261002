/**
 * Connections that carry frames, behind one small interface: a {@link landfall.transport.Link}
 * belongs to one {@link landfall.transport.EventLoop}, never waits, and tells a {@link
 * landfall.transport.LinkHandler} what happens. TCP and Unix sockets so far.
 */
package landfall.transport;
