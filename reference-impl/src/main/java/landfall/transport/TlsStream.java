package landfall.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;

/** Bytes under TLS 1.3. */
final class TlsStream implements ByteStream {
  /** Room for so many records once it is known who the other side is, for one before. */
  private static final int RECORDS = 2;

  /** The same where much passes: fewer calls of the system, and fewer turns of the loop. */
  private static final int RECORDS_MAX = 32;

  private static final int DNS_NAME = 2;
  private static final ByteBuffer[] NOTHING = {ByteBuffer.allocate(0)};

  private final SocketChannel channel;
  private final SSLEngine engine;
  private final Executor elsewhere;
  private final Runnable goOn;
  private final Buffers buffers;

  /** Encrypted bytes from the network, to be read. */
  private ByteBuffer incoming;

  /** Decrypted bytes that found no room, to be read. */
  private ByteBuffer decrypted;

  /** Encrypted bytes for the network, to be read. */
  private ByteBuffer outgoing;

  private boolean begun;
  private boolean working;
  private boolean ended;

  /**
   * @param elsewhere where signatures and the like are worked out, since the loop must not wait
   * @param goOn called on that thread when it is done; the loop then calls {@link #worked}
   * @param buffers where the large ones come from
   */
  TlsStream(
      SocketChannel channel, SSLEngine engine, Executor elsewhere, Runnable goOn, Buffers buffers) {
    this.channel = channel;
    this.engine = engine;
    this.elsewhere = elsewhere;
    this.goOn = goOn;
    this.buffers = buffers;
    int record = engine.getSession().getPacketBufferSize();
    incoming = ByteBuffer.allocate(record).limit(0);
    outgoing = ByteBuffer.allocate(record).limit(0);
    decrypted = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize()).limit(0);
  }

  @Override
  public boolean handshake() throws IOException {
    if (!begun) {
      begun = true;
      engine.beginHandshake();
    }
    while (flush()) {
      switch (engine.getHandshakeStatus()) {
        case NOT_HANDSHAKING, FINISHED -> {
          makeRoom();
          return true;
        }
        case NEED_TASK -> {
          work();
          return false;
        }
        case NEED_WRAP -> wrap(NOTHING);
        case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
          if (!unwrap(decrypted)) {
            if (ended) {
              throw new SSLException("the connection ended during the TLS handshake");
            }
            return false;
          }
        }
      }
    }
    return false;
  }

  private void makeRoom() {
    int room = RECORDS * engine.getSession().getPacketBufferSize();
    incoming = moved(incoming, room);
    outgoing = moved(outgoing, room);
  }

  /** The bytes that are to be read, in a longer buffer. */
  private ByteBuffer moved(ByteBuffer from, int room) {
    ByteBuffer longer = buffers.take(room).put(from).flip();
    buffers.give(from);
    return longer;
  }

  /** Whether a buffer that was filled is to give place to {@link #RECORDS_MAX}. */
  private boolean isShort(ByteBuffer filled) {
    return filled.isDirect()
        && filled.capacity() < RECORDS_MAX * engine.getSession().getPacketBufferSize();
  }

  private ByteBuffer longest(ByteBuffer from) {
    return moved(from, RECORDS_MAX * engine.getSession().getPacketBufferSize());
  }

  private void giveRoomBack() {
    buffers.give(incoming);
    buffers.give(outgoing);
    incoming = NOTHING[0];
    outgoing = NOTHING[0];
  }

  private void work() {
    if (working) {
      return;
    }
    working = true;
    elsewhere.execute(
        () -> {
          for (Runnable task = engine.getDelegatedTask();
              task != null;
              task = engine.getDelegatedTask()) {
            task.run();
          }
          goOn.run();
        });
  }

  @Override
  public void worked() {
    working = false;
  }

  @Override
  public boolean isWorking() {
    return working;
  }

  // ---------------------------------------------------------------- reading

  @Override
  public int read(ByteBuffer into) throws IOException {
    int before = into.position();
    while (into.hasRemaining()) {
      if (decrypted.hasRemaining()) {
        int length = Math.min(into.remaining(), decrypted.remaining());
        into.put(decrypted.slice(decrypted.position(), length));
        decrypted.position(decrypted.position() + length);
      } else if (ended || !unwrap(into)) {
        break;
      }
    }
    int count = into.position() - before;
    return count == 0 && ended && into.hasRemaining() ? -1 : count;
  }

  /** Takes one record in, straight where it goes if there is room; false if none is there. */
  private boolean unwrap(ByteBuffer into) throws IOException {
    boolean straight =
        into != decrypted && into.remaining() >= engine.getSession().getApplicationBufferSize();
    SSLEngineResult result =
        straight ? engine.unwrap(incoming, into) : engine.unwrap(incoming, decrypted.clear());
    if (!straight) {
      decrypted.flip();
    }
    switch (result.getStatus()) {
      case OK -> {
        if (result.getHandshakeStatus() == HandshakeStatus.NEED_TASK) {
          work();
          return false;
        }
        if (result.getHandshakeStatus() == HandshakeStatus.NEED_WRAP && flush()) {
          // The other side is owed an answer, such as that to a change of its key.
          wrap(NOTHING);
          flush();
        }
        return result.bytesConsumed() > 0;
      }
      case BUFFER_UNDERFLOW -> {
        incoming.compact();
        int count;
        try {
          count = channel.read(incoming);
        } finally {
          incoming.flip();
        }
        if (incoming.limit() == incoming.capacity() && isShort(incoming)) {
          incoming = longest(incoming);
        }
        ended |= count < 0;
        return count > 0;
      }
      case BUFFER_OVERFLOW -> {
        decrypted =
            ByteBuffer.allocate(
                    Math.max(
                        2 * decrypted.capacity(), engine.getSession().getApplicationBufferSize()))
                .limit(0);
        return true;
      }
      case CLOSED -> {
        ended = true;
        return false;
      }
    }
    throw new IllegalStateException(result.toString());
  }

  @Override
  public boolean holdsBytes() {
    return incoming.hasRemaining() || decrypted.hasRemaining();
  }

  // ---------------------------------------------------------------- writing

  @Override
  public long write(ByteBuffer[] parts) throws IOException {
    long taken = 0;
    while (flush() && remaining(parts)) {
      if (taken > 0 && isShort(outgoing)) {
        outgoing = longest(outgoing);
      }
      taken += wrap(parts);
    }
    return taken;
  }

  /** As many records as there is room for. */
  private long wrap(ByteBuffer[] parts) throws IOException {
    long taken = 0;
    outgoing.clear();
    try {
      do {
        SSLEngineResult result = engine.wrap(parts, outgoing);
        taken += result.bytesConsumed();
        if (result.getStatus() == SSLEngineResult.Status.CLOSED && remaining(parts)) {
          throw new IOException("the other side has closed the TLS connection");
        }
        if (result.bytesConsumed() == 0) {
          break;
        }
      } while (remaining(parts)
          && outgoing.remaining() >= engine.getSession().getPacketBufferSize());
    } finally {
      outgoing.flip();
    }
    return taken;
  }

  @Override
  public boolean flush() throws IOException {
    while (outgoing.hasRemaining()) {
      if (channel.write(outgoing) == 0) {
        return false;
      }
    }
    return true;
  }

  private static boolean remaining(ByteBuffer[] parts) {
    for (ByteBuffer each : parts) {
      if (each.hasRemaining()) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void shutdownOutput() throws IOException {
    engine.closeOutbound();
    if (flush()) {
      wrap(NOTHING);
      flush();
    }
    channel.shutdownOutput();
  }

  // ---------------------------------------------------------------- the other side

  /** Every record is authenticated. */
  @Override
  public boolean guardsBytes() {
    return true;
  }

  @Override
  public Optional<Set<String>> provenNames() {
    Set<String> names = new HashSet<>();
    try {
      var certificate = (X509Certificate) engine.getSession().getPeerCertificates()[0];
      for (Rdn each : new LdapName(certificate.getSubjectX500Principal().getName()).getRdns()) {
        if (each.getType().equalsIgnoreCase("CN")) {
          names.add(each.getValue().toString());
        }
      }
      if (certificate.getSubjectAlternativeNames() != null) {
        for (List<?> each : certificate.getSubjectAlternativeNames()) {
          if (each.get(0).equals(DNS_NAME)) {
            names.add(each.get(1).toString());
          }
        }
      }
    } catch (SSLPeerUnverifiedException | InvalidNameException | CertificateParsingException no) {
      return Optional.of(Set.of());
    }
    return Optional.of(names);
  }

  @Override
  public boolean isOpen() {
    return channel.isOpen();
  }

  /** An alert that explains a refusal goes out before, if the network takes it at once. */
  @Override
  public void close() throws IOException {
    try {
      engine.closeOutbound();
      if (begun && flush()) {
        wrap(NOTHING);
        flush();
      }
    } catch (IOException nobodyListens) {
      // The descriptor is closed either way.
    }
    giveRoomBack();
    channel.close();
  }
}
