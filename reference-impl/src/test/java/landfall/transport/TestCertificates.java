package landfall.transport;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Base64;

/** An authority that certifies what a test wants to be certified, in the DER of X.509. */
public final class TestCertificates {
  private static final String ECDSA_SHA256 = "1.2.840.10045.4.3.2";
  private static final String COMMON_NAME = "2.5.4.3";
  private static final String BASIC_CONSTRAINTS = "2.5.29.19";
  private static final String ALTERNATIVE_NAME = "2.5.29.17";
  private static final String KEY_USAGE = "2.5.29.15";
  private static final String EXTENDED_KEY_USAGE = "2.5.29.37";
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

  /** What a key may be used for. */
  public enum Purpose {
    SERVER("1.3.6.1.5.5.7.3.1"),
    CLIENT("1.3.6.1.5.5.7.3.2");

    private final String oid;

    Purpose(String oid) {
      this.oid = oid;
    }
  }

  /** A certificate and its key. */
  public record Identity(byte[] certificate, KeyPair keys, BigInteger serial) {}

  private final String name;
  private final Identity own;
  private long serials = 1;

  /** A new authority with a key of its own. */
  public TestCertificates(String name) throws GeneralSecurityException {
    this.name = name;
    KeyPair keys = keys();
    byte[] constraints =
        extension(BASIC_CONSTRAINTS, true, sequence(der(1, new byte[] {(byte) 0xff})));
    byte[] usage = extension(KEY_USAGE, true, der(3, new byte[] {1, 6}));
    own =
        new Identity(
            certificate(name, keys, days(-1), days(365), constraints, usage), keys, BigInteger.ONE);
  }

  public Identity issue(String subject, Purpose purpose) throws GeneralSecurityException {
    return issue(subject, purpose, days(-1), days(30));
  }

  public Identity issue(String subject, Purpose purpose, Instant from, Instant to)
      throws GeneralSecurityException {
    KeyPair keys = keys();
    byte[] names =
        extension(
            ALTERNATIVE_NAME,
            false,
            sequence(der(0x82, subject.getBytes(StandardCharsets.US_ASCII))));
    byte[] use = extension(EXTENDED_KEY_USAGE, false, sequence(oid(purpose.oid)));
    byte[] certificate = certificate(subject, keys, from, to, names, use);
    return new Identity(certificate, keys, BigInteger.valueOf(serials));
  }

  public static Instant days(int fromNow) {
    return Instant.now().plus(fromNow, ChronoUnit.DAYS);
  }

  /** Writes what a host needs that is this server and this client. */
  public void write(Path folder, Identity server, Identity client) throws IOException {
    Files.createDirectories(folder);
    pem(folder.resolve("ca-cert.pem"), "CERTIFICATE", own.certificate());
    pem(folder.resolve("server-cert.pem"), "CERTIFICATE", server.certificate());
    pem(folder.resolve("server-key.pem"), "PRIVATE KEY", server.keys().getPrivate().getEncoded());
    pem(folder.resolve("client-cert.pem"), "CERTIFICATE", client.certificate());
    pem(folder.resolve("client-key.pem"), "PRIVATE KEY", client.keys().getPrivate().getEncoded());
  }

  /** Writes the list of revoked certificates. */
  public void revoke(Path folder, Identity... revoked)
      throws IOException, GeneralSecurityException {
    byte[][] entries =
        Arrays.stream(revoked)
            .map(each -> sequence(integer(each.serial()), time(days(-1))))
            .toArray(byte[][]::new);
    byte[] list =
        sequence(
            integer(BigInteger.ONE),
            algorithm(),
            distinguished(name),
            time(days(-1)),
            time(days(30)),
            sequence(entries));
    pem(folder.resolve("ca-crl.pem"), "X509 CRL", signed(list, own.keys().getPrivate()));
  }

  public static void pem(Path file, String title, byte[] der) throws IOException {
    Files.writeString(
        file,
        "-----BEGIN "
            + title
            + "-----\n"
            + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
            + "\n-----END "
            + title
            + "-----\n");
  }

  public static KeyPair keys() throws GeneralSecurityException {
    var generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(256);
    return generator.generateKeyPair();
  }

  private byte[] certificate(
      String subject, KeyPair keys, Instant from, Instant to, byte[]... extensions)
      throws GeneralSecurityException {
    PrivateKey signing = own == null ? keys.getPrivate() : own.keys().getPrivate();
    return signed(
        sequence(
            der(0xa0, integer(BigInteger.TWO)),
            integer(BigInteger.valueOf(++serials)),
            algorithm(),
            distinguished(name),
            sequence(time(from), time(to)),
            distinguished(subject),
            keys.getPublic().getEncoded(),
            der(0xa3, sequence(extensions))),
        signing);
  }

  private static byte[] signed(byte[] content, PrivateKey key) throws GeneralSecurityException {
    var signature = Signature.getInstance("SHA256withECDSA");
    signature.initSign(key);
    signature.update(content);
    return sequence(content, algorithm(), der(3, joined(new byte[] {0}, signature.sign())));
  }

  private static byte[] algorithm() {
    return sequence(oid(ECDSA_SHA256));
  }

  private static byte[] distinguished(String name) {
    return sequence(
        der(0x31, sequence(oid(COMMON_NAME), der(12, name.getBytes(StandardCharsets.UTF_8)))));
  }

  private static byte[] extension(String oid, boolean critical, byte[] value) {
    return critical
        ? sequence(oid(oid), der(1, new byte[] {(byte) 0xff}), der(4, value))
        : sequence(oid(oid), der(4, value));
  }

  private static byte[] time(Instant at) {
    return der(0x18, TIME.format(at).getBytes(StandardCharsets.US_ASCII));
  }

  private static byte[] integer(BigInteger value) {
    return der(2, value.toByteArray());
  }

  private static byte[] oid(String dotted) {
    int[] parts = Arrays.stream(dotted.split("\\.")).mapToInt(Integer::parseInt).toArray();
    var out = new ByteArrayOutputStream();
    out.write(40 * parts[0] + parts[1]);
    for (int i = 2; i < parts.length; i++) {
      for (int shift = 28; shift > 0; shift -= 7) {
        if (parts[i] >> shift != 0) {
          out.write(parts[i] >> shift & 0x7f | 0x80);
        }
      }
      out.write(parts[i] & 0x7f);
    }
    return der(6, out.toByteArray());
  }

  private static byte[] sequence(byte[]... parts) {
    return der(0x30, joined(parts));
  }

  private static byte[] joined(byte[]... parts) {
    var out = new ByteArrayOutputStream();
    for (byte[] each : parts) {
      out.writeBytes(each);
    }
    return out.toByteArray();
  }

  private static byte[] der(int tag, byte[] content) {
    var out = new ByteArrayOutputStream();
    out.write(tag);
    if (content.length > 0xff) {
      out.write(0x82);
      out.write(content.length >> 8);
    } else if (content.length > 0x7f) {
      out.write(0x81);
    }
    out.write(content.length);
    out.writeBytes(content);
    return out.toByteArray();
  }
}
