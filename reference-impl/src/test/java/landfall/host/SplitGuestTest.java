package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import java.util.stream.Stream;

/** What the tests of post-copy share: a guest that is on two hosts for a while. */
abstract class SplitGuestTest extends HostTest {
  RunningHost source;
  RunningHost destination;

  /** Lets the host move guests by post-copy, with these capabilities besides. */
  static void allowPostCopy(RunningHost host, String... more) throws Exception {
    host.operator.execute(
        "migrate-set-capabilities",
        Map.of(
            "capabilities",
            Stream.concat(Stream.of("postcopy-ram"), Stream.of(more))
                .map(each -> Map.of("capability", each, "state", true))
                .toList()));
  }

  static void allowCheckpoints(RunningHost host) throws Exception {
    allowPostCopy(host, "x-landfall-checkpoints");
  }

  /** How fast pages follow the guest; 0 is as fast as they can. */
  void pushMax(long bytesPerSecond) throws Exception {
    source.operator.execute(
        "migrate-set-parameters", Map.of("max-postcopy-bandwidth", bytesPerSecond));
  }

  /** Slow at first, so that the guest has not gone by itself before the operator's word. */
  void startPostCopy(String address) throws Exception {
    source.bandwidthMax(300_000);
    source.operator.execute("migrate", Map.of("uri", address));
    Conditions.await("some pages", () -> number(destination, "pagesReceived") > 0);
    source.operator.execute("migrate-start-postcopy");
  }

  /** The guest is at the destination, and most of its pages are not. */
  void split(String address) throws Exception {
    pushMax(100_000);
    startPostCopy(address);
    Conditions.await("the guest", () -> destination.operator.runState().equals("running"));
  }

  /** The guest is at the destination with all that it had; its register 3 was -77. */
  void assertWhole() throws Exception {
    awaitStatus(source, "completed");
    awaitStatus(destination, "completed");
    assertEquals("ok -77", destination.guest.ask("r 3"));
    assertRunsAt(destination);
    assertStandsAt(source);
    assertEquals("postmigrate", source.operator.runState());
  }

  static long number(RunningHost host, String field) throws Exception {
    return host.operator.execute("x-landfall-status").path(field).longValue();
  }

  static void awaitStatus(RunningHost host, String status) throws Exception {
    Conditions.await(status, () -> host.operator.migration().equals(status));
  }
}
