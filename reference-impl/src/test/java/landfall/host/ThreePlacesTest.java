package landfall.host;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

/** What the tests of two hosts and a store share: every way between the three can be cut. */
abstract class ThreePlacesTest extends SplitGuestTest {
  static final int DEADLINE_MILLIS = 1_500;

  private final List<Cable> cables = new ArrayList<>();
  ForwardStore store;
  Cable between;
  Cable sourceToStore;
  Cable destinationToStore;

  Cable cable(InetSocketAddress target) throws Exception {
    var made = new Cable(target);
    cables.add(made);
    return made;
  }

  /** An address at which nobody listens yet. */
  static HostAddress freeAddress() throws Exception {
    try (var probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return HostAddress.parse("tcp:127.0.0.1:" + probe.getLocalPort());
    }
  }

  @AfterEach
  void closeTheStore() throws Exception {
    for (Cable each : cables) {
      each.close();
    }
    if (store != null) {
      store.kill();
    }
  }
}
