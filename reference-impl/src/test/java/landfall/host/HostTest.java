package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** What the tests of hosts share: hosts that end with the test, and no thread that dies unseen. */
abstract class HostTest {
  @TempDir Path folder;

  private final List<RunningHost> hosts = new ArrayList<>();
  private final List<Throwable> uncaught = new CopyOnWriteArrayList<>();

  @BeforeEach
  void watchThreads() {
    Thread.setDefaultUncaughtExceptionHandler((thread, thrown) -> uncaught.add(thrown));
  }

  @AfterEach
  void noThreadDied() throws Exception {
    RunningHost.closeAll(hosts);
    Thread.setDefaultUncaughtExceptionHandler(null);
    uncaught.forEach(Throwable::printStackTrace);
    assertEquals(List.of(), uncaught);
  }

  RunningHost started(RunningHost host) {
    hosts.add(host);
    return host;
  }

  RunningHost source() throws Exception {
    return started(RunningHost.in(folder).source());
  }

  RunningHost destination() throws Exception {
    return started(RunningHost.in(folder).destination());
  }

  /** The guest runs at this host, answers, and none of its pages is damaged. */
  static void assertRunsAt(RunningHost host) throws Exception {
    assertEquals("running", host.operator.runState());
    String verified = host.guest.ask("verify");
    assertTrue(verified.matches("ok \\d+ 0"), verified);
  }

  /** The guest does not run at this host, and answers nothing. */
  static void assertStandsAt(RunningHost host) throws Exception {
    assertTrue(!host.operator.runState().equals("running"), "it runs");
    assertTrue(host.guest.askOnce("ping", 150).isEmpty(), "it answers");
  }
}
