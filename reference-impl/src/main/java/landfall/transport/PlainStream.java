package landfall.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import java.util.Set;

/** Bytes as they are. */
record PlainStream(SocketChannel channel) implements ByteStream {
  @Override
  public int read(ByteBuffer into) throws IOException {
    return channel.read(into);
  }

  @Override
  public long write(ByteBuffer[] parts) throws IOException {
    return channel.write(parts);
  }

  @Override
  public int write(ByteBuffer part) throws IOException {
    return channel.write(part);
  }

  @Override
  public boolean handshake() {
    return true;
  }

  @Override
  public boolean flush() {
    return true;
  }

  @Override
  public boolean holdsBytes() {
    return false;
  }

  @Override
  public boolean isWorking() {
    return false;
  }

  @Override
  public void worked() {
    throw new IllegalStateException("nothing is worked out for bytes as they are");
  }

  /** TCP has a sum of 16 bits, and a Unix socket none. */
  @Override
  public boolean guardsBytes() {
    return false;
  }

  @Override
  public Optional<Set<String>> provenNames() {
    return Optional.empty();
  }

  @Override
  public void shutdownOutput() throws IOException {
    channel.shutdownOutput();
  }

  @Override
  public boolean isOpen() {
    return channel.isOpen();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
