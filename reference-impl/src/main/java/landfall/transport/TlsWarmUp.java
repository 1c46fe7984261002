package landfall.transport;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * TLS connections of this host with itself, in memory. The JVM uses the processor's instructions
 * for AES only in code that its second compiler has compiled, which takes thousands of records;
 * before that a byte costs fifty times as much, and a guest that is moved first pays for it.
 */
final class TlsWarmUp {
  private static final int HANDSHAKES = 4;
  private static final int TURNS_MAX = 20;

  /** A compiler asks how often a method was called, not for how much. */
  private static final int SMALL_RECORDS = 4000;

  private static final int SMALL_BYTES = 256;
  private static final int FULL_RECORDS = 500;
  private static final int FULL_BYTES = (1 << 14) - 64; // What TLS adds must fit in, too.

  private static final int ROUNDS_MAX = 8;

  /** After so many rounds that are hardly faster than the best before, the compilers are done. */
  private static final int ROUNDS_IN_VAIN = 2;

  /** What passes in a round. */
  static final long ROUND_BYTES =
      (long) SMALL_RECORDS * SMALL_BYTES + (long) FULL_RECORDS * FULL_BYTES;

  private static final AtomicBoolean BEGUN = new AtomicBoolean();

  private final SSLEngine client;
  private final SSLEngine server;
  private final ByteBuffer wire;
  private final ByteBuffer back;
  private final ByteBuffer there;

  private TlsWarmUp(SSLContext context) {
    client = context.createSSLEngine();
    client.setUseClientMode(true);
    server = context.createSSLEngine();
    server.setUseClientMode(false);
    server.setNeedClientAuth(true);
    // Buffers of the same kind as those of TlsStream, to compile what that will need.
    wire = ByteBuffer.allocateDirect(2 * client.getSession().getPacketBufferSize());
    back = ByteBuffer.allocateDirect(wire.capacity());
    there = ByteBuffer.allocateDirect(2 * client.getSession().getApplicationBufferSize());
  }

  /**
   * Warms up on a thread of its own, once in a process.
   *
   * @param keys of this host
   * @param own its certificate, which is the only one that these connections accept
   */
  static void begin(KeyManager[] keys, X509Certificate own) {
    if (!BEGUN.compareAndSet(false, true)) {
      return;
    }
    var thread =
        new Thread(
            () -> {
              try {
                perform(keys, own);
              } catch (GeneralSecurityException | SSLException cold) {
                // Such as a certificate that is good for one end only. Migrations begin slower.
              }
            },
            "tls-warm-up");
    thread.setDaemon(true);
    thread.start();
  }

  static SSLContext context(KeyManager[] keys, X509Certificate own)
      throws GeneralSecurityException {
    var context = SSLContext.getInstance("TLSv1.3");
    context.init(keys, new TrustManager[] {new Only(own)}, null);
    return context;
  }

  /**
   * Does it on this thread.
   *
   * @return how many bytes have passed
   */
  static long perform(KeyManager[] keys, X509Certificate own)
      throws GeneralSecurityException, SSLException {
    SSLContext context = context(keys, own);
    for (int i = 1; i < HANDSHAKES; i++) {
      new TlsWarmUp(context).shakeHands();
    }
    var connection = new TlsWarmUp(context);
    connection.shakeHands();
    long passed = 0;
    long best = Long.MAX_VALUE;
    int inVain = 0;
    for (int round = 0; round < ROUNDS_MAX && inVain < ROUNDS_IN_VAIN; round++) {
      long start = System.nanoTime();
      passed += connection.records(SMALL_RECORDS, SMALL_BYTES);
      passed += connection.records(FULL_RECORDS, FULL_BYTES);
      long took = System.nanoTime() - start;
      inVain = took < best - best / 10 ? 0 : inVain + 1;
      best = Math.min(best, took);
    }
    return passed;
  }

  private void shakeHands() throws SSLException {
    client.beginHandshake();
    server.beginHandshake();
    for (int turn = 0; goesOn(client) || goesOn(server); turn++) {
      if (turn == TURNS_MAX) {
        throw new SSLException("the handshake does not end");
      }
      say(client, wire);
      listen(server, wire);
      say(server, back);
      listen(client, back);
    }
  }

  private static boolean goesOn(SSLEngine engine) {
    HandshakeStatus status = engine.getHandshakeStatus();
    return status != HandshakeStatus.NOT_HANDSHAKING && status != HandshakeStatus.FINISHED;
  }

  private static void say(SSLEngine engine, ByteBuffer to) throws SSLException {
    int before = -1;
    while (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP && to.position() != before) {
      before = to.position();
      engine.wrap(ByteBuffer.allocate(0), to);
      work(engine);
    }
  }

  /** Takes in what it can; an end that must speak first leaves the rest for the next turn. */
  private void listen(SSLEngine engine, ByteBuffer from) throws SSLException {
    from.flip();
    int before = -1;
    while (from.remaining() != before) {
      before = from.remaining();
      engine.unwrap(from, there.clear());
      work(engine);
    }
    from.compact();
  }

  private static void work(SSLEngine engine) {
    for (Runnable task = engine.getDelegatedTask();
        task != null;
        task = engine.getDelegatedTask()) {
      task.run();
    }
  }

  /** So many records of this length, there and not back: both ends are here. */
  private long records(int count, int bytes) throws SSLException {
    ByteBuffer[] parts = {
      ByteBuffer.allocateDirect(bytes / 2).asReadOnlyBuffer(),
      ByteBuffer.allocateDirect(bytes / 2).asReadOnlyBuffer()
    };
    long passed = 0;
    for (int i = 0; i < count; i++) {
      parts[0].rewind();
      parts[1].rewind();
      client.wrap(parts, wire.clear());
      passed += server.unwrap(wire.flip(), there.clear()).bytesProduced();
    }
    return passed;
  }

  /** Nobody else can take part: nothing leaves this process. */
  private record Only(X509Certificate own) implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      require(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      require(chain);
    }

    private void require(X509Certificate[] chain) throws CertificateException {
      if (!chain[0].equals(own)) {
        throw new CertificateException("not the certificate of this host");
      }
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
