package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The control protocol of a host, as a client with bad manners meets it. */
class QmpServerTest extends HostTest {

  @Test
  void nothingIsDoneBeforeCapabilitiesAreNegotiated() throws Exception {
    RunningHost host = source();
    try (var stranger = stranger(host)) {
      JsonNode answer = stranger.ask("{\"execute\":\"stop\",\"id\":7}");
      assertEquals("CommandNotFound", answer.at("/error/class").textValue());
      assertEquals(
          "Expecting capabilities negotiation with 'qmp_capabilities'",
          answer.at("/error/desc").textValue());
      assertEquals(7, answer.get("id").intValue());
      assertEquals("running", host.operator.runState());
      stranger.execute("qmp_capabilities");
      stranger.execute("stop");
      assertEquals("paused", stranger.runState());
    }
  }

  @Test
  void anAnswerCarriesTheIdOfItsRequestWhateverThatIs() throws Exception {
    RunningHost host = source();
    for (String id : new String[] {"1", "\"a\"", "{\"b\":[1]}", "null"}) {
      JsonNode answer = host.operator.ask("{\"execute\":\"query-status\",\"id\":" + id + "}");
      assertEquals(id, answer.get("id").toString());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "}",
        "{\"execute\":",
        "hello\n",
        "{\"execute\":\"query-status\"]",
        "\u0000",
        "{\"execute\":\"query-status\" \"id\":1}",
        "\"\\ud800\\q\""
      })
  void whatIsNotJsonIsAnsweredWithAnErrorAndTheHostLives(String text) throws Exception {
    RunningHost host = source();
    try (var stranger = stranger(host)) {
      stranger.say(text + "\n}\n");
      JsonNode answer = stranger.answer();
      assertTrue(answer.at("/error/desc").asText().startsWith("not JSON: "), answer::toString);
    }
    assertRunsAt(host);
  }

  @Test
  void deepNestingHarmsNobody() throws Exception {
    RunningHost host = source();
    try (var stranger = stranger(host)) {
      stranger.say("[".repeat(100_000));
      assertTrue(stranger.answer().has("error"));
    }
    assertRunsAt(host);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "1",
        "null",
        "\"query-status\"",
        "{}",
        "{\"execute\":1}",
        "{\"execute\":null}",
        "{\"exec\":\"query-status\"}",
        "{\"execute\":\"query-status\",\"arguments\":[]}",
        "{\"execute\":\"query-status\",\"arguments\":\"x\"}",
        "{\"execute\":\"query-status\",\"arguments\":null}"
      })
  void aRequestOfAnotherFormIsRefusedAndTheNextIsServed(String request) throws Exception {
    RunningHost host = source();
    String refusal = host.operator.refusal(request);
    assertTrue(
        refusal.equals("a command needs the member 'execute', a string")
            || refusal.equals("'arguments' must be an object"),
        refusal);
    assertEquals("running", host.operator.runState());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "nonsense | {} | The command nonsense has not been found",
        "migrate | {} | exactly one of 'uri' and 'channels' is needed, given is neither",
        "migrate | {\"uri\":1} | Parameter 'uri' must be a string",
        "migrate | {\"uri\":\"x\"} | address 'x': unix:PATH or tcp:HOST:PORT is accepted",
        "migrate | {\"uri\":\"tcp:127.0.0.1:99999\"} | address 'tcp:127.0.0.1:99999': unix:PATH or"
            + " tcp:HOST:PORT is accepted",
        "migrate | {\"uri\":\"unix:\"} | address 'unix:': unix:PATH or tcp:HOST:PORT is accepted",
        "migrate | {\"url\":\"x\"} | Parameter 'url' is unexpected: accepted are uri, channels,"
            + " detach, resume, blk, inc",
        "migrate-set-parameters | {\"max-bandwidth\":\"1\"} | Parameter 'max-bandwidth' must be a"
            + " whole number from 0",
        "migrate-set-parameters | {\"max-bandwidth\":-1} | Parameter 'max-bandwidth' must be a"
            + " whole number from 0",
        "migrate-set-parameters | {\"downtime-limit\":1.5} | Parameter 'downtime-limit' must be a"
            + " whole number from 0",
        "migrate-set-parameters | {\"max-bandwidth\":99999999999999999999} | Parameter"
            + " 'max-bandwidth' must be a whole number from 0",
        "migrate-set-parameters | {\"downtime-limit\":2000001} | Parameter 'downtime-limit' of"
            + " 2000001 ms: 0 to 2000000 are accepted",
        "migrate-set-parameters | {\"tls-creds\":\"tls0\"} | Parameter 'tls-creds': no TLS"
            + " credentials with id 'tls0', there are []",
        "migrate-set-parameters | {\"mode\":\"cpr-reboot\"} | Parameter 'mode' does not accept value"
            + " 'cpr-reboot': accepted is normal",
        "migrate-set-parameters | {\"xbzrle-cache-size\":\"1\"} | Parameter 'xbzrle-cache-size' must"
            + " be a whole number from 0",
        "migrate-set-capabilities | {\"capabilities\":[{\"capability\":\"xbzrle\",\"state\":true}]}"
            + " | capability 'xbzrle' is not there: 'events', 'postcopy-ram', 'postcopy-blocktime',"
            + " 'x-landfall-checkpoints', 'x-landfall-copies-ahead', 'multifd' and"
            + " 'postcopy-preempt' can be set to true",
        "migrate-set-parameters | {\"multifd-channels\":0} | Parameter 'multifd-channels' of 0: 1 to"
            + " 16 are accepted",
        "migrate-set-parameters | {\"multifd-channels\":17} | Parameter 'multifd-channels' of 17: 1"
            + " to 16 are accepted",
        "migrate-set-parameters | {\"multifd-channels\":4294967298} | Parameter 'multifd-channels'"
            + " of 4294967298: 1 to 16 are accepted",
        "migrate-set-parameters | {\"multifd-channels\":\"x\"} | Parameter 'multifd-channels' must"
            + " be a whole number from 0",
        "migrate-set-parameters | {\"multifd-channels\":-1} | Parameter 'multifd-channels' must be a"
            + " whole number from 0",
        "migrate-set-capabilities | {\"capabilities\":[{\"capability\":\"multifd\"}]} | Parameter"
            + " 'capabilities[0].state' is missing",
        "migrate-set-capabilities | {\"capabilities\":{}} | Parameter 'capabilities' must be an array",
        "migrate-set-capabilities | {} | Parameter 'capabilities' is missing",
        "migrate-set-capabilities | {\"capabilities\":[{\"capability\":\"flying\",\"state\":false}]}"
            + " | Parameter 'capabilities[0].capability' does not accept value 'flying': accepted is"
            + " events or postcopy-ram or postcopy-blocktime or x-landfall-checkpoints or"
            + " x-landfall-copies-ahead or multifd or postcopy-preempt",
        "migrate-set-parameters | {\"x-checkpoint-delay\":1000001} | Parameter 'x-checkpoint-delay'"
            + " of 1000001 ms: 0 to 1000000 are accepted",
        "migrate-set-parameters | {\"x-landfall-checkpoint-delay-micros\":1000000001} | Parameter"
            + " 'x-landfall-checkpoint-delay-micros' of 1000000001 microseconds: 0 to 1000000000 are"
            + " accepted",
        "migrate-set-parameters | {\"x-checkpoint-delay\":1,"
            + "\"x-landfall-checkpoint-delay-micros\":100} | parameters 'x-checkpoint-delay' and"
            + " 'x-landfall-checkpoint-delay-micros' are the same in milliseconds and in microseconds:"
            + " one of them is accepted",
        "query-status | {\"full\":true} | Parameter 'full' is unexpected: none is accepted",
        "migrate | {\"uri\":\"tcp:127.0.0.1:1\",\"blk\":true} | Parameter 'blk': block migration was"
            + " removed, as in QEMU 9.1; accepted is false",
        "migrate | {\"uri\":\"tcp:127.0.0.1:1\",\"resume\":true} | resume is possible in"
            + " postcopy-paused; this migration is none",
        "migrate | {\"uri\":\"tcp:127.0.0.1:1\",\"channels\":[]} | exactly one of 'uri' and 'channels'"
            + " is needed, given are both",
        "migrate | {\"channels\":[]} | Parameter 'channels' has 0 channels: one is accepted",
        "migrate | {\"channels\":[{\"channel-type\":\"cpr\"}]} | Parameter 'channels[0].channel-type'"
            + " does not accept value 'cpr': accepted is main",
        "migrate | {\"channels\":[{\"channel-type\":\"main\",\"addr\":{\"transport\":\"exec\","
            + "\"args\":[]}}]} | Parameter 'channels[0].addr.transport' does not accept value 'exec':"
            + " accepted is socket",
        "migrate | {\"channels\":[{\"channel-type\":\"main\",\"addr\":{\"transport\":\"socket\","
            + "\"type\":\"fd\",\"str\":\"migration\"}}]} | Parameter 'channels[0].addr.type' does not"
            + " accept value 'fd': accepted is inet or unix",
        "migrate | {\"channels\":[{\"channel-type\":\"main\",\"addr\":{\"transport\":\"socket\","
            + "\"type\":\"inet\",\"host\":\"127.0.0.1\"}}]} | Parameter 'channels[0].addr.port' is"
            + " missing",
        "migrate | {\"channels\":[{\"channel-type\":\"main\",\"addr\":{\"transport\":\"socket\","
            + "\"type\":\"unix\",\"path\":\"p\",\"host\":\"h\"}}]} | Parameter"
            + " 'channels[0].addr.host' is unexpected: accepted are transport, type, path",
        "pmemsave | {\"val\":0,\"size\":4096,\"filename\":\"/tmp/x\"} | pmemsave of 0x1000 bytes at"
            + " 0x0: whole pages of RAM, 0x80000000 to 0x803fffff, are accepted",
        "pmemsave | {\"val\":2147483648,\"size\":\"all\",\"filename\":\"/tmp/x\"} | Parameter 'size'"
            + " must be a whole number from 0"
      })
  void whatCannotBeDoneIsRefusedByName(String command, String arguments, String refusal)
      throws Exception {
    RunningHost host = source();
    assertEquals(
        refusal,
        host.operator.refusal("{\"execute\":\"" + command + "\",\"arguments\":" + arguments + "}"));
    assertRunsAt(host);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"val\":2147483648,\"size\":9223372036854775807,\"filename\":\"/tmp/landfall-none\"}",
        "{\"val\":9223372036854771712,\"size\":4096,\"filename\":\"/tmp/landfall-none\"}",
        "{\"val\":2147483648,\"size\":9223372036854771712,\"filename\":\"/tmp/landfall-none\"}",
        "{\"val\":2147487744,\"size\":9223372036854771712,\"filename\":\"/tmp/landfall-none\"}",
        "{\"val\":2147483648,\"size\":4198400,\"filename\":\"/tmp/landfall-none\"}",
        "{\"val\":2147483648,\"size\":0,\"filename\":\"/tmp/landfall-none\"}",
        "{\"val\":2147483648,\"size\":4096,\"filename\":\"a\\u0000b\"}",
        "{\"val\":2147483648,\"size\":4096,\"filename\":\"\"}",
        "{\"val\":2147483648,\"size\":4096,\"filename\":\"/no/such/folder/x\"}"
      })
  void memoryThatCannotBeSavedIsRefused(String arguments) throws Exception {
    RunningHost host = source();
    String refusal =
        host.operator.refusal("{\"execute\":\"pmemsave\",\"arguments\":" + arguments + "}");
    assertTrue(!refusal.isBlank());
    assertTrue(Files.notExists(Path.of("/tmp/landfall-none")));
    assertRunsAt(host);
  }

  @Test
  void memoryIsSavedAsTheGuestHasIt() throws Exception {
    RunningHost host = source();
    Path file = folder.resolve("ram");
    host.operator.execute("stop");
    host.operator.execute(
        "pmemsave", Map.of("val", 0x8000_0000L, "size", 4 << 20, "filename", file.toString()));
    assertEquals(4 << 20, Files.size(file));
    byte[] first = Files.readAllBytes(file);
    host.operator.execute(
        "pmemsave", Map.of("val", 0x8000_1000L, "size", 8192, "filename", file.toString()));
    assertEquals(
        java.nio.ByteBuffer.wrap(first, 4096, 8192),
        java.nio.ByteBuffer.wrap(Files.readAllBytes(file)));
  }

  @Test
  void memoryIsNotSavedToWhatIsNoRegularFile() throws Exception {
    RunningHost host = source();
    Path pipe = folder.resolve("pipe");
    assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
    Path link = Files.createSymbolicLink(folder.resolve("link"), pipe);
    Path dangling = Files.createSymbolicLink(folder.resolve("dangling"), folder.resolve("none"));
    Path within = Files.createDirectory(folder.resolve("within"));
    for (Path target : new Path[] {pipe, link, dangling, within}) {
      String refusal =
          host.operator.refusal(
              "{\"execute\":\"pmemsave\",\"arguments\":{\"val\":2147483648,\"size\":4096,"
                  + "\"filename\":\""
                  + target
                  + "\"}}");
      assertEquals(
          "pmemsave to "
              + target
              + ": a regular file or a new one is accepted, and this is neither",
          refusal);
    }
    assertRunsAt(host);
  }

  @Test
  void memoryIsSavedInTheFolderForItAndNowhereElse(@TempDir Path elsewhere) throws Exception {
    RunningHost host = source();
    Path out = Files.createSymbolicLink(folder.resolve("out"), elsewhere);
    Path regular = Files.writeString(elsewhere.resolve("regular"), "mine");
    Path link = Files.createSymbolicLink(folder.resolve("to-regular"), regular);
    for (String name :
        List.of(
            elsewhere + "/new",
            "../new",
            out + "/new",
            folder + "/../" + elsewhere.getFileName() + "/new",
            "no-such-folder/new",
            "/dev/null",
            regular.toString(),
            link.toString())) {
      String refusal =
          host.operator.refusal(
              "{\"execute\":\"pmemsave\",\"arguments\":{\"val\":2147483648,\"size\":4096,"
                  + "\"filename\":\""
                  + name
                  + "\"}}");
      assertTrue(
          refusal.equals(
                  "pmemsave to " + name + ": files in " + folder + " are accepted, by --save-dir")
              || refusal.endsWith("a regular file or a new one is accepted, and this is neither"),
          refusal);
    }
    assertEquals("mine", Files.readString(regular));
    assertEquals(1, elsewhere.toFile().list().length);
    host.operator.execute(
        "pmemsave", Map.of("val", 0x8000_0000L, "size", 4096, "filename", "here"));
    assertEquals(4096, Files.size(folder.resolve("here")));
  }

  @Test
  void aClientThatLeavesInTheMiddleOfARequestHarmsNobody() throws Exception {
    RunningHost host = source();
    try (var stranger = stranger(host)) {
      stranger.execute("qmp_capabilities");
      stranger.say("{\"execute\":\"sto");
    }
    assertRunsAt(host);
  }

  @Test
  void aRequestMayComeInPiecesAndTwoAtOnce() throws Exception {
    RunningHost host = source();
    host.operator.say("{\"execute\":\"query-");
    host.operator.say("status\"}{\"execute\":\"query-version\"}\n");
    assertEquals("running", host.operator.answer().at("/return/status").textValue());
    assertEquals("landfall reference", host.operator.answer().at("/return/package").textValue());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "}",
        "hello",
        "{'execute':\"query-status'}",
        "{\"execute\":\"query-status\"]",
        "{\"execute\":\"query-status\"",
        "{\"execute\":\"query-status\",\"execute\":\"stop\"}",
        "{\"execute\":\"query-status\" \"id\":1} {\"execute\":\"stop\"}",
        "\u0000\u0001",
        "nul",
      })
  void aLineThatIsNoJsonIsRefusedAndTheNextIsServed(String line) throws Exception {
    RunningHost host = source();
    host.operator.say(line + "\n{\"execute\":\"query-version\",\"id\":\"next\"}\n");
    String refusal = host.operator.answer().at("/error/desc").asText();
    assertTrue(refusal.startsWith("not JSON: "), refusal);
    assertEquals("next", host.operator.answer().path("id").asText());
    assertEquals("running", host.operator.runState());
  }

  @Test
  void singleQuotesAreTakenForDoubleOnes() throws Exception {
    RunningHost host = source();
    JsonNode answer = host.operator.ask("{'execute':'query-status','id':'a\"b'}");
    assertEquals("running", answer.at("/return/status").textValue());
    assertEquals("a\"b", answer.get("id").textValue());
  }

  @Test
  void capabilitiesAreNegotiatedOnceAndOnlyThoseThatWereOffered() throws Exception {
    RunningHost host = source();
    assertEquals(
        "Capabilities negotiation is already complete, command ignored",
        host.operator.refusal("{\"execute\":\"qmp_capabilities\"}"));
    try (var stranger = stranger(host)) {
      assertEquals(
          "capability 'oob' is not in the greeting",
          stranger.refusal(
              "{\"execute\":\"qmp_capabilities\",\"arguments\":{\"enable\":[\"oob\"]}}"));
      stranger.execute("qmp_capabilities", Map.of("enable", java.util.List.of()));
    }
  }

  @Test
  void aMemberThatNoRequestHasIsRefusedByName() throws Exception {
    RunningHost host = source();
    assertEquals(
        "QMP input member 'exec-oob' is unexpected",
        host.operator.refusal("{\"execute\":\"query-status\",\"exec-oob\":\"stop\"}"));
  }

  @Test
  void aDestinationRefusesToExitOnError() throws Exception {
    RunningHost host = destination();
    assertEquals(
        "Parameter 'exit-on-error': this host waits for the next attempt after a failure; accepted"
            + " is false",
        host.operator.refusal(
            "{\"execute\":\"migrate-incoming\",\"arguments\":{\"uri\":\"tcp:127.0.0.1:0\","
                + "\"exit-on-error\":true}}"));
  }

  private static Operator stranger(RunningHost host) throws Exception {
    return new Operator(host.control);
  }
}
