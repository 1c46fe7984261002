package landfall.judge;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;

/**
 * What the arbiter's file says. It is the accused's, so it is evidence against the accused only:
 * that it names a host does not show that the guest is there.
 */
final class Locks {
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private Locks() {}

  /** Whether it says that the guest is this host's; a file that cannot be read says nothing. */
  static boolean isOwnedBy(String lock, String host) {
    try {
      return JSON.readTree(lock).path("owner").asText().equals(host);
    } catch (JsonProcessingException nonsense) {
      return false;
    }
  }
}
