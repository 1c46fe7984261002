package landfall.implementation;

import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class HostPlaceTest {
  /** A host of a trial once could not listen, since a connection had got its port. */
  @Test
  void aFreePortIsNoneThatAConnectionMayGet() throws IOException {
    Path range = Path.of("/proc/sys/net/ipv4/ip_local_port_range");
    assumeTrue(Files.exists(range), "this system does not tell which ports connections get");
    // In one go: the kernel tells nothing more to those who read a part.
    try (BufferedReader told = Files.newBufferedReader(range)) {
      String[] ends = told.readLine().split("\\s+");
      int port = HostPlace.freePort();
      assertTrue(
          port < Integer.parseInt(ends[0]) || port > Integer.parseInt(ends[1]),
          port + " beside " + String.join(" to ", ends));
    }
  }

  @Test
  void aFreePortIsGivenOnceAndOneThatIsTakenIsPassedOver() throws IOException {
    int first = HostPlace.freePort();
    try (ServerSocket taken = new ServerSocket(first + 1, 1, InetAddress.getLoopbackAddress())) {
      int second = HostPlace.freePort();
      assertNotEquals(first, second);
      assertNotEquals(taken.getLocalPort(), second);
    }
  }
}
