package landfall.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** One certificate for both hosts, made for one bench by the JDK's keytool; it trusts itself. */
final class BenchKeys {
  private static final String STORE = "keys.p12";
  private static final char[] PASSWORD = "not-secret".toCharArray();
  private static final String ALIAS = "bench";
  private static final int LINE = 64;

  private BenchKeys() {}

  /** Fills a folder with what {@code tls-creds-x509} and {@link #context} want. */
  static void make(Path folder, List<String> names) throws IOException {
    Path store = folder.resolve(STORE);
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                ALIAS,
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=" + ALIAS,
                "-ext",
                "san=dns:" + String.join(",dns:", names),
                "-validity",
                "1",
                "-storetype",
                "PKCS12",
                "-storepass",
                new String(PASSWORD),
                "-keystore",
                store.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (keytool.waitFor() != 0) {
        throw new IOException("keytool makes no certificate: " + said.strip());
      }
      KeyStore keys = load(folder);
      byte[] certificate = keys.getCertificate(ALIAS).getEncoded();
      byte[] key = keys.getKey(ALIAS, PASSWORD).getEncoded();
      pem(folder.resolve("ca-cert.pem"), "CERTIFICATE", certificate);
      for (String side : List.of("client", "server")) {
        pem(folder.resolve(side + "-cert.pem"), "CERTIFICATE", certificate);
        pem(folder.resolve(side + "-key.pem"), "PRIVATE KEY", key);
      }
    } catch (GeneralSecurityException e) {
      throw new IOException(store + ": " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while keytool worked", e);
    }
  }

  /** The same certificate for a plain copy under TLS. */
  static SSLContext context(Path folder) throws IOException {
    try {
      KeyStore store = load(folder);
      var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, PASSWORD);
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      var context = SSLContext.getInstance("TLSv1.3");
      context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException(folder + ": " + e.getMessage(), e);
    }
  }

  private static KeyStore load(Path folder) throws IOException, GeneralSecurityException {
    var store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(folder.resolve(STORE))) {
      store.load(in, PASSWORD);
    }
    return store;
  }

  private static void pem(Path file, String title, byte[] der) throws IOException {
    String text = Base64.getMimeEncoder(LINE, new byte[] {'\n'}).encodeToString(der);
    Files.writeString(
        file, "-----BEGIN " + title + "-----\n" + text + "\n-----END " + title + "-----\n");
  }
}
