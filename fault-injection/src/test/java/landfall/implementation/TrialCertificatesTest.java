package landfall.implementation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.SignatureException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrialCertificatesTest {
  @TempDir Path folder;

  private X509Certificate certificate(String file) throws Exception {
    try (var in = Files.newInputStream(folder.resolve(file))) {
      return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
  }

  private byte[] der(String file) throws IOException {
    String text = Files.readString(folder.resolve(file)).replaceAll("-----[A-Z ]+-----", "");
    return Base64.getMimeDecoder().decode(text);
  }

  @Test
  void oneAuthorityCertifiesAServerAndAClientWhoseKeysAreTheirs() throws Exception {
    TrialCertificates.write(folder);
    X509Certificate authority = certificate("ca-cert.pem");
    authority.verify(authority.getPublicKey());
    assertEquals(Integer.MAX_VALUE, authority.getBasicConstraints());
    for (String end : List.of("server", "client")) {
      X509Certificate certificate = certificate(end + "-cert.pem");
      certificate.checkValidity();
      certificate.verify(authority.getPublicKey());
      assertEquals(-1, certificate.getBasicConstraints());
      assertTrue(certificate.getKeyUsage()[0] && certificate.getKeyUsage()[2]);
      assertEquals(
          List.of("1.3.6.1.5.5.7.3." + (end.equals("server") ? 1 : 2)),
          certificate.getExtendedKeyUsage());
      var signature = Signature.getInstance("SHA256withRSA");
      signature.initSign(
          KeyFactory.getInstance("RSA")
              .generatePrivate(new PKCS8EncodedKeySpec(der(end + "-key.pem"))));
      signature.update((byte) 1);
      byte[] signed = signature.sign();
      signature.initVerify(certificate);
      signature.update((byte) 1);
      assertTrue(signature.verify(signed));
    }
    assertEquals(
        List.of(List.of(2, TrialCertificates.SERVER)),
        List.copyOf(certificate("server-cert.pem").getSubjectAlternativeNames()));
    assertThrows(
        SignatureException.class,
        () -> authority.verify(certificate("server-cert.pem").getPublicKey()));
  }
}
