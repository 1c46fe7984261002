package landfall.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import landfall.workload.Reply;
import landfall.workload.SerialConsole;

/** A host that is a process of its own, with 16 MiB for its guest, and its operator. */
record ControlledHost(
    String name,
    Process process,
    Path control,
    Path serial,
    Path log,
    BufferedReader answers,
    SocketChannel say)
    implements Closeable {
  private static final int RAM_MIB = 16;
  private static final int MORE_MIB_MAX = 128;
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Starts it and waits until it can be controlled.
   *
   * @param before the command that starts it, if it is not to be started as it is
   * @param classPath as its JVM gets it
   */
  static ControlledHost start(
      Path folder, List<String> before, String classPath, String name, String... more)
      throws IOException {
    Path control = folder.resolve(name + ".q");
    Path serial = folder.resolve(name + ".s");
    List<String> command = new ArrayList<>(before);
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            Hosts.heap(RAM_MIB),
            "-XX:MaxDirectMemorySize=1g",
            "-cp",
            classPath,
            Main.class.getName(),
            "host",
            "--name",
            name,
            "--qmp",
            "unix:" + control,
            "--serial",
            "unix:" + serial));
    command.addAll(List.of(more));
    Path log = folder.resolve(name + ".log");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      CommandProcess.await(
          () -> said(log).contains("ready") || !process.isAlive(), "a host that is ready");
      var channel = SocketChannel.open(UnixDomainSocketAddress.of(control));
      var answers = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
      var host = new ControlledHost(name, process, control, serial, log, answers, channel);
      host.execute("qmp_capabilities", Map.of());
      return host;
    } catch (IOException | AssertionError failed) {
      process.destroyForcibly();
      throw failed;
    }
  }

  /** A client of its guest, which drops what nobody asked for. */
  SerialConsole console() throws IOException {
    return new SerialConsole(
        serial,
        new AtomicLong(),
        new SerialConsole.Listener() {
          @Override
          public void replied(Reply reply) {
            // The request itself is asked.
          }

          @Override
          public void said(String line, long atNanos) {
            // Nothing is expected.
          }
        });
  }

  /** The answer to this command, past the events before it. */
  JsonNode execute(String command, Map<String, ?> arguments) throws IOException {
    ByteBuffer request =
        ByteBuffer.wrap(
            JSON.writeValueAsBytes(Map.of("execute", command, "arguments", arguments, "id", 1)));
    while (request.hasRemaining()) {
      say.write(request);
    }
    JsonNode answer = JSON.readTree(answers.readLine());
    while (!answer.has("id")) {
      answer = JSON.readTree(answers.readLine());
    }
    return answer;
  }

  String state() {
    return status("query-status");
  }

  String migration() {
    return status("query-migrate");
  }

  private String status(String command) {
    try {
      return execute(command, Map.of()).at("/return/status").asText();
    } catch (IOException gone) {
      return gone.toString();
    }
  }

  void migrate(int port) throws IOException {
    JsonNode answer = execute("migrate", Map.of("uri", "tcp:127.0.0.1:" + port));
    assertTrue(answer.has("return"), answer::toString);
  }

  void awaitMigration(String status) {
    CommandProcess.await(() -> migration().equals(status), "a migration that is " + status);
  }

  /** What it printed. */
  String said() {
    return said(log);
  }

  private static String said(Path log) {
    try {
      return Files.readString(log);
    } catch (IOException notYet) {
      return "";
    }
  }

  long descriptors() throws IOException {
    return entries("fd");
  }

  long threads() throws IOException {
    return entries("task");
  }

  private long entries(String of) throws IOException {
    try (Stream<Path> each = Files.list(Path.of("/proc/" + process.pid() + "/" + of))) {
      return each.count();
    }
  }

  /** The most memory that it ever had. */
  private long peakMib() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
      if (line.startsWith("VmHWM:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) >> 10;
      }
    }
    throw new IOException("this kernel does not tell");
  }

  void requireLittleMemory() throws IOException {
    long peak = peakMib();
    System.err.println("peak of a host with " + RAM_MIB + " MiB of RAM: " + peak + " MiB");
    assertTrue(peak <= RAM_MIB + MORE_MIB_MAX, peak + " MiB");
  }

  /** Ends it. */
  @Override
  public void close() throws IOException {
    say.close();
    process.destroyForcibly().onExit().join();
  }
}
