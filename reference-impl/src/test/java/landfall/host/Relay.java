package landfall.host;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import landfall.wire.Frame;
import landfall.wire.FrameReader;
import landfall.wire.FrameType;

/**
 * Stands between two hosts and forwards frames, until one of a certain type comes. What happens
 * then is {@link Loss}.
 */
final class Relay implements Closeable {
  private final ServerSocketChannel server = Peer.listen();
  private final InetSocketAddress destination;
  private final FrameType loses;
  private final Loss loss;
  private volatile boolean armed = true;
  private volatile boolean broken;
  private volatile boolean healed;
  private volatile Breakage breakage = () -> {};

  /** What becomes of the first frame of the type, until the relay is healed. */
  enum Loss {
    /** Both connections are lost with it, and nobody gets through. */
    RESET,
    /** Neither it nor what follows it in its direction arrives; both connections stay open. */
    SWALLOW,
    /** It arrives when the relay is healed, and what follows it then, too. */
    HOLD
  }

  Relay(InetSocketAddress destination, FrameType loses) throws IOException {
    this(destination, loses, Loss.RESET);
  }

  Relay(InetSocketAddress destination, FrameType loses, Loss loss) throws IOException {
    this.destination = destination;
    this.loses = loses;
    this.loss = loss;
    daemon(this::accept);
  }

  String address() throws IOException {
    return Peer.address(server);
  }

  InetSocketAddress socketAddress() throws IOException {
    return (InetSocketAddress) server.getLocalAddress();
  }

  boolean isBroken() {
    return broken;
  }

  void heal() {
    healed = true;
  }

  /** What else breaks in the moment of the loss, just before it. */
  interface Breakage {
    void happen() throws IOException;
  }

  void onLoss(Breakage also) {
    breakage = also;
  }

  /** From now on, and not before, the next frame of the type is lost. */
  void arm() {
    armed = true;
  }

  /** A relay that forwards everything until it is armed. */
  static Relay unarmed(InetSocketAddress destination, FrameType loses, Loss loss)
      throws IOException {
    var relay = new Relay(destination, loses, loss);
    relay.armed = false;
    return relay;
  }

  private static void daemon(Runnable work) {
    var thread = new Thread(work, "relay");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (true) {
      try {
        SocketChannel source = server.accept();
        if (loss == Loss.RESET && broken && !healed) {
          source.close();
          continue;
        }
        SocketChannel target = SocketChannel.open(destination);
        daemon(() -> forward(source, target));
        daemon(() -> forward(target, source));
      } catch (IOException closed) {
        if (!server.isOpen()) {
          return;
        }
      }
    }
  }

  private void forward(SocketChannel from, SocketChannel to) {
    ByteBuffer into = ByteBuffer.allocate(Frame.HEADER_BYTES + Frame.PAYLOAD_BYTES_MAX);
    var reader = new FrameReader(from);
    boolean swallows = false;
    try {
      while (true) {
        var frame = reader.read(into);
        if (frame.isEmpty()) {
          to.shutdownOutput();
          return;
        }
        if (frame.get().type() == loses && armed && !healed) {
          if (!broken) {
            breakage.happen();
          }
          broken = true;
          if (loss == Loss.RESET) {
            reset(from);
            reset(to);
            return;
          }
          if (loss == Loss.HOLD) {
            Conditions.await("the relay to be healed", () -> healed);
          }
        }
        if (loss == Loss.SWALLOW && broken && (swallows || frame.get().type() == loses)) {
          swallows = true;
          continue;
        }
        into.position(0);
        while (into.hasRemaining()) {
          to.write(into);
        }
      }
    } catch (Exception | AssertionError over) {
      try {
        from.close();
        to.close();
      } catch (IOException alreadyGone) {
        // As it was to be.
      }
    }
  }

  private static void reset(SocketChannel channel) throws IOException {
    channel.setOption(StandardSocketOptions.SO_LINGER, 0);
    channel.close();
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
