package landfall.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import landfall.testing.AtLength;
import landfall.testing.Sampled;
import landfall.trial.Mode;
import landfall.workload.Reply;
import landfall.workload.SerialConsole;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A guest that goes from host to host in every mode, again and again: it keeps what it was told,
 * and hosts do not grow.
 *
 * <p>{@code -Dlandfall.tests=all} makes it 1,000 migrations, {@code -Dlandfall.journeys=N} what it
 * says.
 */
@Sampled
class LongJourneyTest {
  private static final int MIGRATIONS =
      Integer.getInteger("landfall.journeys", AtLength.ASKED ? 1_000 : 24);

  /** After so many every host was source and destination in every mode. */
  private static final int ROUND = 12;

  /** Connections and threads that are about to end. */
  private static final int FEW = 4;

  private static final long ANSWER_MILLIS = 5_000;
  private static final int CELL = 5;

  @TempDir private Path folder;

  private final List<ControlledHost> hosts = new ArrayList<>();
  private final List<Integer> ports = new ArrayList<>();
  private final List<SerialConsole> consoles = new ArrayList<>();

  @AfterEach
  void endAll() throws Exception {
    for (SerialConsole each : consoles) {
      each.close();
    }
    for (ControlledHost each : hosts) {
      each.close();
    }
  }

  private void start(String name) throws Exception {
    int port;
    try (var probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = probe.getLocalPort();
    }
    String[] waits = hosts.isEmpty() ? new String[0] : new String[] {"--incoming", uri(port)};
    ControlledHost host =
        ControlledHost.start(folder, List.of(), System.getProperty("java.class.path"), name, waits);
    hosts.add(host);
    ports.add(port);
    consoles.add(host.console());
    if (hosts.size() == 1) {
      require(host, "migrate-incoming", Map.of("uri", uri(port)));
    }
  }

  private static String uri(int port) {
    return "tcp:127.0.0.1:" + port;
  }

  private static void require(ControlledHost host, String command, Map<String, ?> arguments)
      throws IOException {
    JsonNode answer = host.execute(command, arguments);
    assertTrue(answer.has("return"), () -> command + ": " + answer);
  }

  private static void set(ControlledHost host, Mode mode) throws IOException {
    require(
        host,
        "migrate-set-capabilities",
        Map.of(
            "capabilities",
            List.of(
                Map.of("capability", "x-landfall-checkpoints", "state", false),
                Map.of("capability", "postcopy-ram", "state", mode.splits()),
                Map.of("capability", "x-landfall-checkpoints", "state", mode.returns()))));
  }

  private Long ask(int host, String request) {
    Reply reply =
        consoles
            .get(host)
            .send(request)
            .await(ANSWER_MILLIS)
            .orElseThrow(() -> new AssertionError(request + " is not answered: " + said()));
    assertTrue(reply.done(), reply::toString);
    return reply.value();
  }

  private String said() {
    return String.join("\n", hosts.stream().map(each -> each.name() + each.said()).toList());
  }

  private void move(int from, int to, Mode mode) throws Exception {
    set(hosts.get(from), mode);
    set(hosts.get(to), mode);
    hosts.get(from).migrate(ports.get(to));
    if (mode.splits()) {
      // Refused if a fast machine has finished the rounds already.
      hosts.get(from).execute("migrate-start-postcopy", Map.of());
    }
    CommandProcess.await(
        () -> List.of("completed", "failed").contains(hosts.get(from).migration()),
        "the end of a migration");
    assertEquals("completed", hosts.get(from).migration(), this::said);
    CommandProcess.await(() -> hosts.get(to).state().equals("running"), "a guest that runs");
  }

  private record Size(long descriptors, long threads) {}

  private List<Size> sizes() throws IOException {
    List<Size> sizes = new ArrayList<>();
    for (ControlledHost each : hosts) {
      sizes.add(new Size(each.descriptors(), each.threads()));
    }
    return sizes;
  }

  private boolean haveGrown(List<Size> since) {
    try {
      List<Size> now = sizes();
      for (int i = 0; i < now.size(); i++) {
        if (now.get(i).descriptors() > since.get(i).descriptors() + FEW
            || now.get(i).threads() > since.get(i).threads() + FEW) {
          return true;
        }
      }
      return false;
    } catch (IOException gone) {
      throw new AssertionError(gone);
    }
  }

  @Test
  void theGuestKeepsWhatItWasToldAndHostsDoNotGrow() throws Exception {
    for (String name : List.of("A", "B", "C")) {
      start(name);
    }
    // These hosts have no store.
    List<Mode> modes = Stream.of(Mode.values()).filter(mode -> !mode.copiesAhead()).toList();
    List<Size> before = List.of();
    int at = 0;
    for (int i = 0; i < MIGRATIONS; i++) {
      ask(at, "w " + CELL + " " + (i + 1));
      int to = (at + 1) % hosts.size();
      move(at, to, modes.get(i % modes.size()));
      at = to;
      assertEquals(i + 1L, ask(at, "r " + CELL));
      if (i + 1 == ROUND) {
        before = sizes();
      }
    }
    List<Size> afterFirstRound = before;
    CommandProcess.await(() -> !haveGrown(afterFirstRound), "hosts that are as small as before");
    System.err.printf(
        "%d migrations through three hosts: %s, after the first round %s%n",
        MIGRATIONS, sizes(), before);
    for (ControlledHost each : hosts) {
      each.requireLittleMemory();
    }
  }
}
