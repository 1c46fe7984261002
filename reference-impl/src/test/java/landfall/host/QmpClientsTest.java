package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What management programs send to drive a migration, in the order and form in which they send it.
 * The lines are ours, written after the documentation and the sources of those programs: none of
 * the programs can be installed where this is built.
 */
class QmpClientsTest extends HostTest {

  /** The QEMU project's Python package greets without an id and with empty arguments. */
  @Test
  void theHandshakeOfThePythonPackageIsAnswered() throws Exception {
    RunningHost host = source();
    try (var client = new Operator(host.control)) {
      JsonNode answer = client.ask("{\"execute\": \"qmp_capabilities\", \"arguments\": {}}");
      assertEquals("{\"return\":{}}", answer.toString());
      answer = client.ask("{\"execute\": \"query-status\", \"id\": \"__qmp#00000\"}");
      assertEquals("running", answer.at("/return/status").asText());
      assertEquals("__qmp#00000", answer.path("id").asText());
    }
  }

  /** libvirt asks for the schema first; it numbers requests and always tells detach. */
  @Test
  void libvirtMovesAGuest() throws Exception {
    RunningHost source = source();
    RunningHost destination = deferred();
    returns(source, "{'execute':'query-version','id':'libvirt-2'}");
    JsonNode commands = returns(source, "{'execute':'query-commands','id':'libvirt-3'}");
    assertTrue(commands.toString().contains("\"migrate-set-parameters\""));
    returns(source, "{'execute':'query-qmp-schema','id':'libvirt-4'}");
    JsonNode capabilities =
        returns(source, "{'execute':'query-migrate-capabilities','id':'libvirt-5'}");
    assertEquals(7, capabilities.size());
    assertEquals("events", capabilities.get(0).get("capability").asText());
    assertEquals("postcopy-ram", capabilities.get(1).get("capability").asText());
    for (RunningHost host : List.of(source, destination)) {
      returns(
          host,
          "{'execute':'migrate-set-capabilities','arguments':{'capabilities':["
              + "{'capability':'events','state':true},{'capability':'xbzrle','state':false},"
              + "{'capability':'postcopy-ram','state':false},{'capability':'multifd','state':false},"
              + "{'capability':'return-path','state':false}]},'id':'libvirt-6'}");
      returns(host, "{'execute':'query-migrate-parameters','id':'libvirt-7'}");
      returns(
          host,
          "{'execute':'migrate-set-parameters','arguments':{'tls-creds':'','tls-hostname':'',"
              + "'downtime-limit':300,'cpu-throttle-initial':20,'cpu-throttle-increment':10,"
              + "'max-postcopy-bandwidth':0},'id':'libvirt-8'}");
    }
    Path socket = folder.resolve("libvirt.sock");
    returns(
        destination,
        "{'execute':'migrate-incoming','arguments':{'uri':'unix:"
            + socket
            + "','exit-on-error':false},'id':'libvirt-9'}");
    returns(
        source,
        "{'execute':'migrate-set-parameters','arguments':{'max-bandwidth':9223372036853727232},"
            + "'id':'libvirt-10'}");
    returns(
        source,
        "{'execute':'migrate','arguments':{'detach':true,'resume':false,'uri':'unix:"
            + socket
            + "'},'id':'libvirt-11'}");
    assertEquals("completed", source.operator.outcome());
    assertTrue(
        source.operator.events.stream()
            .anyMatch(event -> event.at("/data/status").asText().equals("completed")));
    returns(destination, "{'execute':'cont','id':'libvirt-12'}");
    assertRunsAt(destination);
    JsonNode parameters = source.operator.execute("query-migrate-parameters");
    assertEquals(300, parameters.get("downtime-limit").asInt());
    assertEquals(
        "[\"cpu-throttle-increment\",\"cpu-throttle-initial\"]",
        parameters.get("x-landfall-ignored").toString());
  }

  /** Proxmox VE sets every parameter it knows in one command, and polls from the start. */
  @Test
  void proxmoxMovesAGuest() throws Exception {
    RunningHost source = source();
    RunningHost destination = destination();
    assertEquals("{}", returns(source, "{'execute':'query-migrate','id':'p:1'}").toString());
    returns(source, "{'execute':'query-migrate-capabilities','id':'p:2'}");
    returns(
        source,
        "{'execute':'migrate-set-capabilities','arguments':{'capabilities':["
            + "{'capability':'events','state':false}]},'id':'p:3'}");
    assertEquals(
        "{}",
        returns(
                source,
                "{'execute':'migrate-set-parameters','arguments':{'max-bandwidth':17179869184,"
                    + "'downtime-limit':100,'xbzrle-cache-size':67108864},'id':'p:4'}")
            .toString());
    assertEquals(
        "{\"max-bandwidth\":17179869184,\"downtime-limit\":100,\"max-postcopy-bandwidth\":0,"
            + "\"x-checkpoint-delay\":10,\"x-landfall-checkpoint-delay-micros\":10000,\"multifd-channels\":2,"
            + "\"x-landfall-store-bandwidth\":17179869184,"
            + "\"tls-creds\":\"\",\"tls-hostname\":\"\","
            + "\"x-landfall-ignored\":[\"xbzrle-cache-size\"]}",
        returns(source, "{'execute':'query-migrate-parameters','id':'p:5'}").toString());
    returns(
        source,
        "{'execute':'migrate','arguments':{'uri':'" + destination.address() + "'},'id':'p:6'}");
    assertEquals("completed", source.operator.outcome());
    JsonNode ended = returns(source, "{'execute':'query-migrate','id':'p:7'}");
    assertTrue(ended.at("/ram/transferred").asLong() > 0, ended::toString);
    returns(destination, "{'execute':'query-status','id':'p:8'}");
    assertRunsAt(destination);
  }

  /** Incus gives channels to both sides, numbers requests from 1, and polls the destination. */
  @Test
  void incusMovesAGuest() throws Exception {
    RunningHost source = source();
    RunningHost destination = deferred();
    Path socket = folder.resolve("incus.sock");
    String channels =
        "{'channels':[{'channel-type':'main','addr':{'transport':'socket','type':'unix','path':'"
            + socket
            + "'}}]}";
    returns(destination, "{'execute':'query-status','id':2}");
    returns(destination, "{'execute':'migrate-incoming','arguments':" + channels + ",'id':3}");
    returns(destination, "{'execute':'query-migrate','id':4}");
    returns(source, "{'execute':'migrate','arguments':" + channels + ",'id':2}");
    assertEquals("completed", source.operator.outcome());
    assertEquals("completed", destination.operator.outcome());
    assertRunsAt(destination);
  }

  @Test
  void aGuestIsMovedOverAnInternetChannel() throws Exception {
    RunningHost source = source();
    RunningHost destination = destination();
    returns(
        source,
        "{'execute':'migrate','arguments':{'channels':[{'channel-type':'main','addr':"
            + "{'transport':'socket','type':'inet','host':'127.0.0.1','port':'"
            + destination.incoming.getPort()
            + "'}}]}}");
    assertEquals("completed", source.operator.outcome());
    assertRunsAt(destination);
  }

  /** avocado-vt sends nothing that is not listed, and gives blk and inc until QEMU 9.0. */
  @Test
  void avocadoMigratesToNobody() throws Exception {
    RunningHost source = source();
    assertTrue(
        returns(source, "{'execute':'query-commands','id':'aa1'}")
            .toString()
            .contains("{\"name\":\"migrate\"}"));
    returns(
        source,
        "{'execute':'migrate','arguments':{'uri':'unix:"
            + folder.resolve("nobody.sock")
            + "','blk':false,'inc':false},'id':'aa2'}");
    assertEquals("failed", source.operator.outcome());
    assertRunsAt(source);
  }

  @Test
  void parametersAreSetAllOrNone() throws Exception {
    RunningHost source = source();
    source.operator.refusal(
        "{\"execute\":\"migrate-set-parameters\",\"arguments\":{\"downtime-limit\":7,"
            + "\"xbzrle-cache-size\":1,\"tls-creds\":\"x\"}}");
    JsonNode parameters = source.operator.execute("query-migrate-parameters");
    assertEquals(300, parameters.get("downtime-limit").asInt());
    assertFalse(parameters.has("x-landfall-ignored"), parameters::toString);
  }

  private RunningHost deferred() throws Exception {
    return started(RunningHost.in(folder).deferred());
  }

  private static JsonNode returns(RunningHost host, String request) throws Exception {
    JsonNode answer = host.operator.ask(request.replace('\'', '"'));
    assertTrue(answer.has("return"), () -> request + ": " + answer);
    return answer.get("return");
  }
}
