package landfall.transport;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.Set;
import java.util.stream.Collectors;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;

/**
 * Who this host is, and whose word it takes: a folder with {@code ca-cert.pem}, {@code
 * server-cert.pem} and {@code server-key.pem} or {@code client-cert.pem} and {@code
 * client-key.pem}, and {@code ca-crl.pem} if certificates were revoked; the names are those of
 * QEMU's {@code tls-creds-x509}. Both sides show a certificate, always.
 */
public final class TlsCredentials {
  /** Versions before 1.3 are refused: nobody has to move guests to hosts of another decade. */
  private static final String[] PROTOCOLS = {"TLSv1.3"};

  private static final String CA = "ca-cert.pem";
  private static final String REVOKED = "ca-crl.pem";
  private static final char[] NO_PASSWORD = {};
  private static final String[] KEY_TYPES = {"RSA", "EC", "EdDSA"};

  /** {@code rsaEncryption} without parameters, as an algorithm is named in PKCS #8. */
  private static final byte[] RSA_ALGORITHM = {
    0x30, 0x0d, 0x06, 0x09, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 1, 1, 1, 5, 0
  };

  private final SSLContext context;
  private final KeyManager[] keys;
  private final X509Certificate own;
  private final boolean server;

  /** Whether the other side must be who this side wants to reach. */
  private final boolean checksNames;

  private TlsCredentials(
      SSLContext context,
      KeyManager[] keys,
      X509Certificate own,
      boolean server,
      boolean checksNames) {
    this.context = context;
    this.keys = keys;
    this.own = own;
    this.server = server;
    this.checksNames = checksNames;
  }

  /**
   * Reads a folder.
   *
   * @param server whether this side waits for connections
   * @throws IOException if a file is missing or is not what it should be; the message names it
   */
  public static TlsCredentials read(Path folder, boolean server) throws IOException {
    String role = server ? "server" : "client";
    Path certificateFile = folder.resolve(role + "-cert.pem");
    Path keyFile = folder.resolve(role + "-key.pem");
    Collection<X509Certificate> authorities = certificates(folder.resolve(CA));
    Collection<X509Certificate> chain = certificates(certificateFile);
    PrivateKey key = key(keyFile);
    if (!belong(key, chain.iterator().next().getPublicKey())) {
      throw new IOException(keyFile + ": this is not the key of " + certificateFile);
    }
    try {
      var own = KeyStore.getInstance("PKCS12");
      own.load(null, NO_PASSWORD);
      own.setKeyEntry("own", key, NO_PASSWORD, chain.toArray(Certificate[]::new));
      var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(own, NO_PASSWORD);
      var trust = TrustManagerFactory.getInstance("PKIX");
      trust.init(new CertPathTrustManagerParameters(trusted(folder, authorities)));
      var context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
      return new TlsCredentials(
          context, keys.getKeyManagers(), chain.iterator().next(), server, true);
    } catch (GeneralSecurityException unusable) {
      throw new IOException(
          folder + ": these credentials cannot be used: " + unusable.getMessage(), unusable);
    }
  }

  private static PKIXBuilderParameters trusted(Path folder, Collection<X509Certificate> authorities)
      throws GeneralSecurityException, IOException {
    Set<TrustAnchor> anchors =
        authorities.stream()
            .map(authority -> new TrustAnchor(authority, null))
            .collect(Collectors.toSet());
    var parameters = new PKIXBuilderParameters(anchors, new X509CertSelector());
    Path revoked = folder.resolve(REVOKED);
    parameters.setRevocationEnabled(Files.exists(revoked));
    if (Files.exists(revoked)) {
      try (var in = Files.newInputStream(revoked)) {
        parameters.addCertStore(
            CertStore.getInstance(
                "Collection",
                new CollectionCertStoreParameters(
                    CertificateFactory.getInstance("X.509").generateCRLs(in))));
      } catch (GeneralSecurityException malformed) {
        throw new IOException(
            revoked + ": a list of revoked certificates in PEM is accepted", malformed);
      }
    }
    return parameters;
  }

  @SuppressWarnings("unchecked")
  private static Collection<X509Certificate> certificates(Path file) throws IOException {
    Collection<? extends Certificate> read;
    try {
      read =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(bytes(file)));
    } catch (GeneralSecurityException malformed) {
      throw new IOException(file + ": X.509 certificates in PEM are accepted", malformed);
    }
    if (read.isEmpty()) {
      throw new IOException(file + ": it has no certificate");
    }
    return (Collection<X509Certificate>) read;
  }

  private static byte[] bytes(Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new NoSuchFileException(
          file + ": there is no such file; credentials are ca-cert.pem and a certificate and key");
    }
    if (!Files.isRegularFile(file)) {
      throw new IOException(file + " is no regular file");
    }
    return Files.readAllBytes(file);
  }

  private static PrivateKey key(Path file) throws IOException {
    String text = new String(bytes(file), StandardCharsets.ISO_8859_1);
    byte[] encoded = block(text, "PRIVATE KEY");
    if (encoded == null) {
      byte[] rsa = block(text, "RSA PRIVATE KEY");
      if (rsa == null) {
        throw new IOException(
            file
                + ": a private key in PEM (PKCS #8, or PKCS #1 for RSA) without password is"
                + " accepted");
      }
      encoded = wrapped(rsa);
    }
    for (String type : KEY_TYPES) {
      try {
        return KeyFactory.getInstance(type).generatePrivate(new PKCS8EncodedKeySpec(encoded));
      } catch (InvalidKeySpecException another) {
        // The next type may be the right one.
      } catch (GeneralSecurityException impossible) {
        throw new IllegalStateException(impossible);
      }
    }
    throw new IOException(file + ": a key for RSA, EC or EdDSA is accepted");
  }

  /** The bytes of the first block of this title; null if there is none. */
  private static byte[] block(String text, String title) throws IOException {
    String begin = "-----BEGIN " + title + "-----";
    int from = text.indexOf(begin);
    int to = text.indexOf("-----END " + title + "-----");
    if (from < 0 || to < from) {
      return null;
    }
    try {
      return Base64.getMimeDecoder().decode(text.substring(from + begin.length(), to));
    } catch (IllegalArgumentException malformed) {
      return null;
    }
  }

  /** PKCS #1 within PKCS #8: a version, the algorithm, and the key as a string of octets. */
  private static byte[] wrapped(byte[] rsa) {
    var content = new ByteArrayOutputStream();
    content.writeBytes(new byte[] {2, 1, 0});
    content.writeBytes(RSA_ALGORITHM);
    content.writeBytes(tagged(4, rsa));
    return tagged(0x30, content.toByteArray());
  }

  private static byte[] tagged(int tag, byte[] content) {
    var out = new ByteArrayOutputStream();
    out.write(tag);
    if (content.length > 0x7f) {
      out.write(0x82);
      out.write(content.length >> 8);
    }
    out.write(content.length);
    out.writeBytes(content);
    return out.toByteArray();
  }

  private static boolean belong(PrivateKey key, PublicKey certified) {
    byte[] probe = "whose key is this".getBytes(StandardCharsets.US_ASCII);
    String algorithm =
        switch (key.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> "EdDSA";
        };
    try {
      var signing = Signature.getInstance(algorithm);
      signing.initSign(key);
      signing.update(probe);
      byte[] signature = signing.sign();
      signing.initVerify(certified);
      signing.update(probe);
      return signing.verify(signature);
    } catch (GeneralSecurityException otherKind) {
      return false;
    }
  }

  /**
   * Has the code of TLS compiled on another thread, so that the first guest does not wait for it.
   * Only the first call in a process does something.
   */
  public void warmUp() {
    TlsWarmUp.begin(keys, own);
  }

  /**
   * The same keys for connections of this host with itself: the other end must show its own
   * certificate, whatever name is in it.
   *
   * @param serving whether this end waits for connections
   */
  public TlsCredentials withItself(boolean serving) throws IOException {
    try {
      return new TlsCredentials(TlsWarmUp.context(keys, own), keys, own, serving, false);
    } catch (GeneralSecurityException unusable) {
      throw new IOException("these credentials cannot be used: " + unusable.getMessage(), unusable);
    }
  }

  /** The same on this thread; see {@link TlsWarmUp#perform}. */
  long warmUpHere() throws GeneralSecurityException, SSLException {
    return TlsWarmUp.perform(keys, own);
  }

  /**
   * One end of one connection.
   *
   * @param peer what the certificate of the other side must be made out to, if this is a client
   */
  SSLEngine engine(String peer) {
    SSLEngine engine = server ? context.createSSLEngine() : context.createSSLEngine(peer, -1);
    engine.setUseClientMode(!server);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setProtocols(PROTOCOLS);
    if (server) {
      parameters.setNeedClientAuth(true);
    } else if (checksNames) {
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
    }
    engine.setSSLParameters(parameters);
    return engine;
  }
}
