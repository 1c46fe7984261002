package landfall.implementation;

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
import java.security.SecureRandom;
import java.security.Signature;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Base64;

/**
 * The certificates of a campaign whose hosts speak TLS: an authority of its own, one server and one
 * client, in the DER of X.509 and under the names that QEMU looks for. Good for trials on loopback
 * and for a day.
 */
final class TrialCertificates {
  /** The name for which the server's certificate is good. */
  static final String SERVER = "landfall-destination";

  private static final String CLIENT = "landfall-source";
  private static final String AUTHORITY = "landfall-trials";

  // Object identifiers, encoded: id-ce and id-kp are followed by one byte.
  private static final byte[] COMMON_NAME = {0x55, 4, 3};
  private static final byte[] RSA_SHA256 = {
    0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 1, 1, 11
  };
  private static final byte[] NULL = {5, 0};
  private static final int KEY_USAGE = 15;
  private static final int ALTERNATIVE_NAME = 17;
  private static final int BASIC_CONSTRAINTS = 19;
  private static final int EXTENDED_KEY_USAGE = 37;
  private static final int SERVER_AUTHENTICATION = 1;
  private static final int CLIENT_AUTHENTICATION = 2;

  private static final int BOOLEAN = 1;
  private static final int INTEGER = 2;
  private static final int BIT_STRING = 3;
  private static final int OCTET_STRING = 4;
  private static final int OBJECT_IDENTIFIER = 6;
  private static final int UTF8_STRING = 12;
  private static final int GENERALIZED_TIME = 0x18;
  private static final int SEQUENCE = 0x30;
  private static final int SET = 0x31;
  private static final int VERSION = 0xa0;
  private static final int EXTENSIONS = 0xa3;
  private static final int DNS_NAME = 0x82;

  /** Of a bit string: how many of its bits are unused, then "signs certificates". */
  private static final byte[] SIGNS_CERTIFICATES = {2, 4};

  /** The same, with "signs" and, which QEMU 10 asks for with RSA, "enciphers keys". */
  private static final byte[] SIGNS = {5, (byte) 0xa0};

  private static final byte[] TRUE = der(BOOLEAN, new byte[] {(byte) 0xff});
  private static final int SERIAL_BITS = 64;
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

  private TrialCertificates() {}

  /** Writes all of them to a folder. */
  static void write(Path folder) throws IOException {
    try {
      KeyPair authority = keys();
      byte[] signer =
          certificate(
              AUTHORITY,
              authority,
              authority.getPrivate(),
              extension(BASIC_CONSTRAINTS, der(SEQUENCE, TRUE)),
              extension(KEY_USAGE, der(BIT_STRING, SIGNS_CERTIFICATES)));
      pem(folder.resolve("ca-cert.pem"), "CERTIFICATE", signer);
      issue(folder, "server", SERVER, SERVER_AUTHENTICATION, authority.getPrivate());
      issue(folder, "client", CLIENT, CLIENT_AUTHENTICATION, authority.getPrivate());
    } catch (GeneralSecurityException missing) {
      throw new IOException("this Java cannot make certificates: " + missing.getMessage(), missing);
    }
  }

  private static void issue(Path folder, String file, String name, int use, PrivateKey signing)
      throws GeneralSecurityException, IOException {
    KeyPair keys = keys();
    byte[] purpose = {0x2b, 6, 1, 5, 5, 7, 3, (byte) use};
    byte[] certificate =
        certificate(
            name,
            keys,
            signing,
            extension(BASIC_CONSTRAINTS, der(SEQUENCE)),
            extension(KEY_USAGE, der(BIT_STRING, SIGNS)),
            extension(EXTENDED_KEY_USAGE, der(SEQUENCE, der(OBJECT_IDENTIFIER, purpose))),
            extension(
                ALTERNATIVE_NAME,
                der(SEQUENCE, der(DNS_NAME, name.getBytes(StandardCharsets.US_ASCII)))));
    pem(folder.resolve(file + "-cert.pem"), "CERTIFICATE", certificate);
    pem(folder.resolve(file + "-key.pem"), "PRIVATE KEY", keys.getPrivate().getEncoded());
  }

  private static KeyPair keys() throws GeneralSecurityException {
    // GnuTLS wants the public key in a key of an elliptic curve, and Java leaves it out there.
    var generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2_048);
    return generator.generateKeyPair();
  }

  private static byte[] certificate(
      String subject, KeyPair keys, PrivateKey signing, byte[]... extensions)
      throws GeneralSecurityException {
    byte[] algorithm = der(SEQUENCE, der(OBJECT_IDENTIFIER, RSA_SHA256), NULL);
    Instant now = Instant.now();
    byte[] content =
        der(
            SEQUENCE,
            der(VERSION, integer(BigInteger.TWO)),
            integer(new BigInteger(SERIAL_BITS, new SecureRandom()).add(BigInteger.ONE)),
            algorithm,
            distinguished(AUTHORITY),
            der(SEQUENCE, time(now.minus(1, ChronoUnit.HOURS)), time(now.plus(1, ChronoUnit.DAYS))),
            distinguished(subject),
            keys.getPublic().getEncoded(),
            der(EXTENSIONS, der(SEQUENCE, extensions)));
    var signature = Signature.getInstance("SHA256withRSA");
    signature.initSign(signing);
    signature.update(content);
    return der(SEQUENCE, content, algorithm, der(BIT_STRING, new byte[] {0}, signature.sign()));
  }

  private static byte[] distinguished(String name) {
    byte[] text = der(UTF8_STRING, name.getBytes(StandardCharsets.UTF_8));
    return der(SEQUENCE, der(SET, der(SEQUENCE, der(OBJECT_IDENTIFIER, COMMON_NAME), text)));
  }

  private static byte[] extension(int number, byte[] value) {
    byte[] name = der(OBJECT_IDENTIFIER, new byte[] {0x55, 0x1d, (byte) number});
    boolean critical = number == BASIC_CONSTRAINTS || number == KEY_USAGE;
    return critical
        ? der(SEQUENCE, name, TRUE, der(OCTET_STRING, value))
        : der(SEQUENCE, name, der(OCTET_STRING, value));
  }

  private static byte[] time(Instant at) {
    return der(GENERALIZED_TIME, TIME.format(at).getBytes(StandardCharsets.US_ASCII));
  }

  private static byte[] integer(BigInteger value) {
    return der(INTEGER, value.toByteArray());
  }

  private static byte[] der(int tag, byte[]... parts) {
    var content = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      content.writeBytes(part);
    }
    var out = new ByteArrayOutputStream();
    out.write(tag);
    int length = content.size();
    if (length > 0xff) {
      out.write(0x82);
      out.write(length >> 8);
    } else if (length > 0x7f) {
      out.write(0x81);
    }
    out.write(length);
    out.writeBytes(content.toByteArray());
    return out.toByteArray();
  }

  private static void pem(Path file, String title, byte[] der) throws IOException {
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    Files.writeString(
        file, "-----BEGIN %s-----%n%s%n-----END %s-----%n".formatted(title, text, title));
  }
}
