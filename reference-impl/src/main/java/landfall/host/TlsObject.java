package landfall.host;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Credentials by the name under which the parameter {@code tls-creds} finds them, written as QEMU's
 * objects are: {@code tls-creds-x509,id=ID,dir=FOLDER,endpoint=client|server}.
 *
 * @param id its name
 * @param folder where the certificates and keys are
 * @param server for a host that waits for guests; otherwise for one that sends them
 */
public record TlsObject(String id, Path folder, boolean server) {
  private static final String TYPE = "tls-creds-x509";
  private static final String FORM = TYPE + ",id=ID,dir=FOLDER,endpoint=client|server";

  /** Reads an object; {@code IllegalArgumentException} names what is accepted. */
  public static TlsObject parse(String text) {
    String[] parts = text.split(",");
    Map<String, String> members = new LinkedHashMap<>();
    for (int i = 1; i < parts.length; i++) {
      int equals = parts[i].indexOf('=');
      if (equals < 1
          || members.put(parts[i].substring(0, equals), parts[i].substring(equals + 1)) != null) {
        throw refused(text, "'" + parts[i] + "' is no member, or there twice");
      }
    }
    String id = members.remove("id");
    String folder = members.remove("dir");
    String endpoint = members.remove("endpoint");
    String verify = members.remove("verify-peer");
    if (!parts[0].equals(TYPE)) {
      throw refused(text, "'" + parts[0] + "' is no object of this host");
    }
    if (id == null || id.isEmpty() || folder == null || folder.isEmpty()) {
      throw refused(text, "id and dir are needed");
    }
    if (!"client".equals(endpoint) && !"server".equals(endpoint)) {
      throw refused(text, "endpoint is client or server");
    }
    if (verify != null && !verify.equals("yes") && !verify.equals("on")) {
      throw refused(text, "both sides show a certificate here, always");
    }
    if (!members.isEmpty()) {
      throw refused(text, "unknown: " + String.join(", ", members.keySet()));
    }
    return new TlsObject(id, Path.of(folder), endpoint.equals("server"));
  }

  private static IllegalArgumentException refused(String text, String why) {
    return new IllegalArgumentException("object '" + text + "': " + why + "; accepted is " + FORM);
  }
}
