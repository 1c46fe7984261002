package landfall.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code landfall host} as a process of its own. */
class HostCommandTest {
  @TempDir private Path folder;

  private record Ended(int status, String err) {}

  private Process start(String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "landfall.cli.Main",
                "host"));
    command.addAll(Arrays.asList(arguments));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  private Ended run(String... arguments) throws Exception {
    Process process = start(arguments);
    try {
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(process.waitFor(20, TimeUnit.SECONDS), "it does not end");
      return new Ended(process.exitValue(), text);
    } finally {
      process.destroyForcibly();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--name two:words --qmp unix:q --serial unix:s"
            + " | host name 'two:words': 1 to 100 letters, digits",
        "--name source --qmp tcp:0.0.0.0:0 --serial unix:s"
            + " | --qmp tcp:0.0.0.0:0: without --insecure a loopback address or unix:PATH is",
        "--name source --qmp unix:q --serial tcp:0.0.0.0:0"
            + " | --serial tcp:0.0.0.0:0: without --insecure a loopback address or unix:PATH is",
        "--name source --qmp tcp:127.0.0.1:x --serial unix:s"
            + " | address 'tcp:127.0.0.1:x': unix:PATH or tcp:HOST:PORT is accepted",
        "--name source --qmp tcp:no.such.host.invalid:1 --serial unix:s"
            + " | address 'tcp:no.such.host.invalid:1': no address is known for the host name"
            + " no.such.host.invalid",
        "--name source --qmp unix:q --serial unix:s --kernel /dev" + " | /dev",
      })
  void whatMeansNothingIsRefused(String arguments, String reason) throws Exception {
    Ended ended = run(arguments.split(" "));
    assertEquals(Failure.USAGE, ended.status(), ended.err());
    assertTrue(ended.err().contains(reason), ended.err());
    assertFalse(ended.err().contains("\tat "), ended.err());
    assertFalse(ended.err().contains("ready"), ended.err());
  }

  @Test
  void aHostThatRanOutOfDescriptorsServesAgain() throws Exception {
    Path control = folder.resolve("q");
    Process process =
        start("--name", "source", "--qmp", "unix:" + control, "--serial", "unix:" + folder + "/s");
    List<SocketChannel> crowd = new ArrayList<>();
    try (var told =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      awaitLine(told, "ready");
      long open;
      try (Stream<Path> descriptors = Files.list(Path.of("/proc/" + process.pid() + "/fd"))) {
        open = descriptors.count();
      }
      Process limit =
          new ProcessBuilder(
                  "prlimit", "--pid", Long.toString(process.pid()), "--nofile=" + (open + 3))
              .start();
      assertEquals(0, limit.waitFor());
      for (int i = 0; i < 20; i++) {
        SocketChannel one = SocketChannel.open(UnixDomainSocketAddress.of(control));
        crowd.add(one);
        one.write(
            ByteBuffer.wrap(
                "{\"execute\":\"qmp_capabilities\"}{".getBytes(StandardCharsets.US_ASCII)));
      }
      awaitLine(told, "takes no connection for now");
      for (SocketChannel one : crowd) {
        one.close();
      }
      try (SocketChannel late = SocketChannel.open(UnixDomainSocketAddress.of(control))) {
        late.write(
            ByteBuffer.wrap(
                "{\"execute\":\"qmp_capabilities\"}{\"execute\":\"quit\"}"
                    .getBytes(StandardCharsets.US_ASCII)));
        assertTrue(process.waitFor(20, TimeUnit.SECONDS), "it does not serve");
        assertEquals(0, process.exitValue());
      }
    } finally {
      for (SocketChannel one : crowd) {
        one.close();
      }
      process.destroyForcibly();
    }
  }

  private static void awaitLine(BufferedReader told, String part) throws IOException {
    String line = told.readLine();
    while (line != null && !line.contains(part)) {
      line = told.readLine();
    }
    assertTrue(line != null, "the host did not say: " + part);
  }

  @Test
  void aPortThatTheSystemChoseIsTold() throws Exception {
    Process process =
        start("--name", "source", "--qmp", "tcp:127.0.0.1:0", "--serial", "unix:" + folder + "/s");
    try (var told =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      Matcher address =
          told.lines()
              .map(Pattern.compile("landfall host: QMP at tcp:127.0.0.1:(\\d+)")::matcher)
              .filter(Matcher::matches)
              .findFirst()
              .orElseThrow();
      try (var qmp =
              new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(address.group(1)));
          var answers =
              new BufferedReader(
                  new InputStreamReader(qmp.getInputStream(), StandardCharsets.UTF_8))) {
        OutputStream out = qmp.getOutputStream();
        out.write(
            "{\"execute\":\"qmp_capabilities\"}{\"execute\":\"quit\",\"id\":9}\n"
                .getBytes(StandardCharsets.US_ASCII));
        out.flush();
        Stream<String> lines = answers.lines();
        assertTrue(lines.anyMatch(line -> line.contains("\"id\":9")), "no answer to quit");
      }
      assertTrue(process.waitFor(20, TimeUnit.SECONDS), "it does not end");
      assertEquals(0, process.exitValue());
    } finally {
      process.destroyForcibly();
    }
  }
}
