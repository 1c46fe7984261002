package landfall.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import landfall.workload.Reply;
import landfall.workload.SerialConsole;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A guest that is copied ahead survives the death of a process, whichever of the three it is: it
 * goes on whole, and remembers every write that was acknowledged.
 */
class CopiesAheadKillTest {
  private static final long ANSWER_MILLIS = 5_000;
  private static final long SLOW = 200_000;
  private static final int CELL = 5;
  private static final int WRITES = 20;

  @TempDir private Path folder;

  private CommandProcess store;
  private ControlledHost source;
  private ControlledHost destination;
  private int port;
  private long acknowledged;

  @AfterEach
  void endAll() throws Exception {
    for (ControlledHost each : List.of(source, destination)) {
      each.close();
    }
    kill(store.process());
  }

  private static void kill(Process process) {
    process.destroyForcibly().onExit().join();
  }

  private void threeProcesses() throws Exception {
    String address = "unix:" + folder.resolve("store");
    store =
        CommandProcess.start(
            folder.resolve("store.log"),
            List.of(),
            "store",
            "--listen",
            address,
            "--dir",
            folder.resolve("claims").toString());
    try (var probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = probe.getLocalPort();
    }
    source = host("source", "--store", address);
    destination = host("destination", "--store", address, "--incoming", "tcp:127.0.0.1:" + port);
    for (ControlledHost each : List.of(source, destination)) {
      require(
          each,
          "migrate-set-capabilities",
          Map.of(
              "capabilities",
              Stream.of("postcopy-ram", "x-landfall-checkpoints", "x-landfall-copies-ahead")
                  .map(name -> Map.of("capability", name, "state", true))
                  .toList()));
    }
    require(
        source,
        "migrate-set-parameters",
        Map.of("max-bandwidth", SLOW, "x-landfall-store-bandwidth", 0));
    pushMax(SLOW);
    try (SerialConsole console = source.console()) {
      ask(console, "set wset 400");
      ask(console, "set rate 200");
      write(console);
    }
  }

  private ControlledHost host(String name, String... more) throws IOException {
    return ControlledHost.start(
        folder, List.of(), System.getProperty("java.class.path"), name, more);
  }

  private void pushMax(long bytesPerSecond) throws IOException {
    require(source, "migrate-set-parameters", Map.of("max-postcopy-bandwidth", bytesPerSecond));
  }

  private static void require(ControlledHost host, String command, Map<String, ?> arguments)
      throws IOException {
    JsonNode answer = host.execute(command, arguments);
    assertTrue(answer.has("return"), () -> command + ": " + answer);
  }

  private static Reply ask(SerialConsole console, String request) throws IOException {
    Optional<Reply> reply = console.send(request).await(ANSWER_MILLIS);
    assertTrue(reply.isPresent() && reply.get().done(), () -> request + ": " + reply);
    return reply.get();
  }

  private void write(SerialConsole console) throws IOException {
    for (int i = 0; i < WRITES; i++) {
      ask(console, "w " + CELL + " " + (acknowledged + 1));
      acknowledged++;
    }
  }

  private void begin() throws Exception {
    source.migrate(port);
    CommandProcess.await(() -> status(source).path("pagesToCopy").asInt() > 0, "copies");
  }

  private void split() throws Exception {
    begin();
    require(source, "migrate-start-postcopy", Map.of());
    CommandProcess.await(() -> destination.state().equals("running"), "the guest");
    try (SerialConsole console = destination.console()) {
      write(console);
    }
    assertTrue(status(destination).path("pagesMissing").asInt() > 0, "the guest is whole");
  }

  private static JsonNode status(ControlledHost host) {
    try {
      return host.execute("x-landfall-status", Map.of()).path("return");
    } catch (IOException gone) {
      throw new AssertionError(gone);
    }
  }

  private void assertGoesOnWhole(ControlledHost home) throws Exception {
    assertEquals("running", home.state());
    try (SerialConsole console = home.console()) {
      assertEquals(acknowledged, ask(console, "r " + CELL).value());
      write(console);
      ask(console, "verify");
    }
  }

  @Test
  void withoutTheDestinationBeforeTheSwitchoverTheGuestStays() throws Exception {
    threeProcesses();
    begin();
    kill(destination.process());
    source.awaitMigration("failed");
    assertGoesOnWhole(source);
  }

  @Test
  void withoutTheStoreBeforeTheSwitchoverTheGuestStays() throws Exception {
    threeProcesses();
    begin();
    kill(store.process());
    source.awaitMigration("failed");
    assertGoesOnWhole(source);
    assertEquals("inmigrate", destination.state());
  }

  @Test
  void withoutTheSourceTheGuestGoesOnAtTheDestination() throws Exception {
    threeProcesses();
    split();
    kill(source.process());
    destination.awaitMigration("completed");
    assertGoesOnWhole(destination);
  }

  @Test
  void withoutTheDestinationTheGuestGoesOnAtTheSource() throws Exception {
    threeProcesses();
    split();
    kill(destination.process());
    source.awaitMigration("failed");
    assertGoesOnWhole(source);
  }

  @Test
  void withoutTheStoreTheMigrationEnds() throws Exception {
    threeProcesses();
    split();
    kill(store.process());
    pushMax(0);
    destination.awaitMigration("completed");
    source.awaitMigration("completed");
    assertGoesOnWhole(destination);
    assertEquals("postmigrate", source.state());
  }
}
