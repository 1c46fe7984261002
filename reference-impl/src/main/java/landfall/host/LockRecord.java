package landfall.host;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import landfall.protocol.Host;

/** What the lock says, {@code Handover!lock}. One line of JSON. */
sealed interface LockRecord {

  /** Number of the attempt by which the guest came to its owner, or is offered. */
  int attempt();

  /** The guest is this host's. */
  record Owned(Host owner, int attempt) implements LockRecord {}

  /**
   * The guest is offered.
   *
   * @param by its owner until it is taken, who alone may take it back
   * @param to the only host that may take it; by mistake nobody in particular
   */
  record Offered(Host by, Optional<Host> to, int attempt) implements LockRecord {}

  ObjectMapper JSON = new ObjectMapper();

  /** The line that is kept. */
  default String text() {
    Map<String, Object> fields = new LinkedHashMap<>();
    if (this instanceof Owned owned) {
      fields.put("owner", owned.owner().name());
    } else if (this instanceof Offered offered) {
      fields.put("by", offered.by().name());
      offered.to().ifPresent(host -> fields.put("offeredTo", host.name()));
    }
    fields.put("attempt", attempt());
    try {
      return JSON.writeValueAsString(fields) + "\n";
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /**
   * Reads such a line.
   *
   * @throws IOException if it says neither who owns the guest nor to whom it is offered
   */
  static LockRecord of(String text) throws IOException {
    try {
      JsonNode node = JSON.readTree(text);
      int attempt = node.path("attempt").intValue();
      if (node.path("owner").isTextual() && attempt >= 0) {
        return new Owned(new Host(node.get("owner").textValue()), attempt);
      }
      if (node.path("by").isTextual() && attempt > 0) {
        return new Offered(
            new Host(node.get("by").textValue()),
            Optional.ofNullable(node.path("offeredTo").textValue()).map(Host::new),
            attempt);
      }
    } catch (JsonProcessingException | IllegalArgumentException malformed) {
      throw new IOException("the lock says nothing that is understood: " + text.strip(), malformed);
    }
    throw new IOException("the lock does not say who owns the guest: '" + text.strip() + "'");
  }
}
