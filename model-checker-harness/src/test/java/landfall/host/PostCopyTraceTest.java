package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import landfall.evidence.Verdict;
import landfall.machine.Machine;
import landfall.machine.Memory;
import landfall.postcopy.Mutant;
import landfall.testing.AtLength;
import landfall.tracecheck.TraceCheck;
import landfall.tracecheck.TraceFiles;
import landfall.tracecheck.TracedProtocol;
import landfall.wire.FrameType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What hosts do on real sockets is what {@code PostCopy} allows: TLC reads their traces. */
class PostCopyTraceTest extends HostTest {
  private static final int LAST_OF_WORKING_SET = 399;

  private List<Integer> tracked;
  private RunningHost source;
  private RunningHost destination;

  /** Pages that the guest writes by itself, one that a client writes, and one that comes late. */
  @BeforeEach
  void twoHostsThatFollowPagesOfTheirGuest() throws Exception {
    String status = source().guest.ask("status");
    int cell = page(status, "firstcell");
    int working = page(status, "firstpage");
    tracked = List.of(cell + 3, cell + 64, cell + 65, working + 40, working + LAST_OF_WORKING_SET);
    source = started(RunningHost.in(folder).tracked(tracked).source());
    destination = started(RunningHost.in(folder).tracked(tracked).destination());
    for (RunningHost host : List.of(source, destination)) {
      host.operator.execute(
          "migrate-set-capabilities",
          Map.of("capabilities", List.of(Map.of("capability", "postcopy-ram", "state", true))));
    }
    source.load();
    assertEquals("ok", source.guest.ask("w 3 1"));
  }

  private static int page(String status, String name) {
    Matcher field = Pattern.compile(" " + name + "=(\\d+)").matcher(status);
    assertTrue(field.find(), status);
    return (int) ((Long.parseLong(field.group(1)) - Machine.RAM_BASE) / Memory.PAGE_SIZE);
  }

  private void limit(long rounds, long push) throws Exception {
    source.operator.execute(
        "migrate-set-parameters", Map.of("max-bandwidth", rounds, "max-postcopy-bandwidth", push));
  }

  private void awaitStatus(RunningHost host, String status) throws Exception {
    Conditions.await(status, () -> host.operator.migration().equals(status));
  }

  private void migrateHalfARound(String address) throws Exception {
    limit(300_000, 100_000);
    long before = received();
    source.operator.execute("migrate", Map.of("uri", address));
    Conditions.await("some pages", () -> received() > before + 20);
  }

  private long received() throws Exception {
    return destination.operator.execute("x-landfall-status").get("pagesReceived").longValue();
  }

  private void resume(String address) throws Exception {
    awaitStatus(source, "postcopy-paused");
    awaitStatus(destination, "postcopy-paused");
    destination.operator.execute("migrate-recover", Map.of("uri", destination.address()));
    source.operator.execute("migrate", Map.of("uri", address, "resume", true));
  }

  private void assertWhole() throws Exception {
    awaitStatus(source, "completed");
    awaitStatus(destination, "completed");
    assertRunsAt(destination);
    assertStandsAt(source);
  }

  private Verdict judge(Path... files) throws Exception {
    var trace = new TraceFiles("run", List.of(files), tracked, false);
    return TraceCheck.check(List.of(trace), TracedProtocol.POST_COPY).get("run");
  }

  private void assertExplained(String... actions) throws Exception {
    var holds = assertInstanceOf(Verdict.Holds.class, judge(source.trace, destination.trace));
    TreeSet<String> told = new TreeSet<>();
    for (JsonNode event : events()) {
      told.add(event.get("action").textValue());
      told.add(event.get("action").textValue() + " at the " + event.get("host").textValue());
    }
    assertEquals(events().size(), holds.examined());
    for (String action : actions) {
      assertTrue(told.contains(action), () -> action + " is not among " + told);
    }
  }

  private List<JsonNode> events() throws Exception {
    List<JsonNode> events = new ArrayList<>();
    for (Path file : List.of(source.trace, destination.trace)) {
      for (String line : Files.readAllLines(file)) {
        events.add(new ObjectMapper().readTree(line));
      }
    }
    return events;
  }

  @Test
  void aGuestThatIsCutOffTwiceFromItsPagesBecomesWholeAsTheSpecificationSays() throws Exception {
    try (var relay = new Relay(destination.incoming, FrameType.DEMAND)) {
      migrateHalfARound(relay.address());
      source.operator.execute("migrate-start-postcopy");
      Conditions.await("the cut", relay::isBroken);
      relay.heal();
      resume(relay.address());
      awaitStatus(source, "postcopy-active");
      assertEquals("ok 1", destination.guest.ask("r 3"));
      limit(0, 800_000);
      source.operator.execute("migrate-pause");
      resume(relay.address());
      // It touches every page: those that have not come are asked for.
      String verified = destination.guest.ask("verify");
      assertTrue(verified.matches("ok \\d+ 0"), verified);
      assertEquals("ok", destination.guest.ask("w 3 2"));
      limit(0, 0);
      assertWhole();
    }
    assertEquals("ok 2", destination.guest.ask("r 3"));
    assertExplained(
        "GuestStep at the source",
        "GuestStep at the destination",
        "SendPage",
        "PauseSource",
        "OfferHandover",
        "ReceiveResumed",
        "DemandPage",
        "AnswerDemand",
        "ReceivePage",
        "GiveUpConnection",
        "Recover",
        "ReceiveRecover",
        "ReceivePageList",
        "SendComplete",
        "ReceiveComplete");
  }

  @Test
  void roundsAndACancelAndARetryAreExplained() throws Exception {
    migrateHalfARound(destination.address());
    source.operator.execute("migrate_cancel");
    awaitStatus(destination, "failed");
    source.operator.execute("migrate-set-parameters", Map.of("downtime-limit", 0));
    limit(1_500_000, 1_000_000);
    source.operator.execute("migrate", Map.of("uri", destination.address()));
    Conditions.await(
        "a second round",
        () -> source.operator.execute("x-landfall-status").get("round").intValue() > 1);
    source.operator.execute("migrate-start-postcopy");
    assertWhole();
    assertExplained("StartRound", "Cancel", "DiscardImage", "PauseSource", "SendComplete");
  }

  @ParameterizedTest
  @EnumSource(names = {"HANDOVER", "RESUMED"})
  void aSourceInDoubtRecoversAndIsExplained(FrameType lost) throws Exception {
    try (var relay = new Relay(destination.incoming, lost)) {
      source.operator.execute("migrate", Map.of("uri", relay.address()));
      Conditions.await("the loss", relay::isBroken);
      relay.heal();
      resume(relay.address());
      assertWhole();
    }
    assertExplained("GiveUpConnection", "Recover", "ReceiveRecover", "ReceivePageList");
    assertTrue(
        events().stream().anyMatch(event -> event.at("/args/handover").asBoolean()),
        "nobody was in doubt");
  }

  /** With the mistake of defect 35: the guest would go on with pages that are stale. */
  @Test
  void aSourceThatDoesNotNameStalePagesIsFoundOut() throws Exception {
    source =
        started(
            RunningHost.in(folder).tracked(tracked).mutant(Mutant.DISCARD_LIST_NOT_SENT).source());
    source.operator.execute(
        "migrate-set-capabilities",
        Map.of("capabilities", List.of(Map.of("capability", "postcopy-ram", "state", true))));
    source.load();
    migrateHalfARound(destination.address());
    source.operator.execute("migrate-start-postcopy");
    limit(0, 0);
    awaitStatus(source, "completed");
    var violated = assertInstanceOf(Verdict.Violated.class, judge(source.trace, destination.trace));
    assertTrue(violated.evidence().contains("OfferHandover"), violated.evidence());
  }

  /** The judge of these traces can say no. */
  @Test
  void aTraceInWhichAPageCameInAnotherVersionIsRejected() throws Exception {
    migrateHalfARound(destination.address());
    source.operator.execute("migrate-start-postcopy");
    limit(0, 0);
    assertWhole();
    assertExplained("ReceivePage");
    List<String> lines = new ArrayList<>(Files.readAllLines(destination.trace));
    for (int i = lines.size() - 1; i >= 0; i--) {
      Matcher version = Pattern.compile("\"version\":(\\d+)").matcher(lines.get(i));
      if (version.find()) {
        int other = Integer.parseInt(version.group(1)) + 1;
        lines.set(i, version.replaceFirst("\"version\":" + other));
        break;
      }
    }
    Path changed = Files.write(folder.resolve("changed.ndjson"), lines);
    assertInstanceOf(Verdict.Violated.class, judge(source.trace, changed));
  }

  private static void await(RunningHost host, String status) throws Exception {
    Conditions.await(status, () -> host.operator.migration().equals(status));
  }

  private RunningHost named(String name, boolean first) throws Exception {
    var builder = RunningHost.in(folder).named(name).tracked(tracked).deadlineMillis(5_000);
    RunningHost host = started(first ? builder.source() : builder.destination());
    host.operator.execute(
        "migrate-set-capabilities",
        Map.of("capabilities", List.of(Map.of("capability", "postcopy-ram", "state", true))));
    return host;
  }

  /** Half a round, then the guest goes, and it touches every page before these are all there. */
  private static void move(RunningHost from, RunningHost to, String address) throws Exception {
    from.operator.execute(
        "migrate-set-parameters",
        Map.of("max-bandwidth", 600_000, "max-postcopy-bandwidth", 800_000));
    long before = received(to);
    from.operator.execute("migrate", Map.of("uri", address));
    Conditions.await("some pages", () -> received(to) > before + 20);
    from.operator.execute("migrate-start-postcopy");
    Conditions.await("the guest", () -> to.operator.runState().equals("running"));
    String verified = to.guest.ask("verify");
    assertTrue(verified.matches("ok \\d+ 0"), verified);
    await(from, "completed");
    await(to, "completed");
  }

  private static long received(RunningHost host) throws Exception {
    return host.operator.execute("x-landfall-status").get("pagesReceived").longValue();
  }

  @Test
  @AtLength
  void aGuestThatGoesFromHostToHostAndBackIsExplainedMigrationByMigration() throws Exception {
    RunningHost a = named("A", true);
    RunningHost b = named("B", false);
    RunningHost c = named("C", false);
    a.load();
    assertEquals("ok", a.guest.ask("w 3 1"));
    // Cancelled, and to another host; that which was to get it first gets it next.
    a.operator.execute("migrate-set-parameters", Map.of("max-bandwidth", 300_000));
    a.operator.execute("migrate", Map.of("uri", b.address()));
    Conditions.await("some pages", () -> received(b) > 20);
    a.operator.execute("migrate_cancel");
    await(b, "failed");
    assertEquals("ok", a.guest.ask("w 3 2"));
    move(a, c, c.address());
    assertEquals("ok", c.guest.ask("w 3 3"));
    move(c, b, b.address());
    assertEquals("ok", b.guest.ask("w 3 4"));
    String back = "unix:" + folder.resolve("back");
    a.operator.execute("migrate-incoming", Map.of("uri", back));
    move(b, a, back);
    assertEquals("ok 4", a.guest.ask("r 3"));
    assertRunsAt(a);
    assertStandsAt(b);
    assertStandsAt(c);
    var holds = assertInstanceOf(Verdict.Holds.class, judge(a.trace, b.trace, c.trace));
    int told = 0;
    for (RunningHost host : List.of(a, b, c)) {
      told += Files.readAllLines(host.trace).size();
    }
    assertEquals(told, holds.examined());

    // What a host had of a page is what the next migration is held against.
    List<String> lines = new ArrayList<>(Files.readAllLines(b.trace));
    Pattern sent = Pattern.compile("\"action\":\"SendPage\".*\"version\":(\\d+)");
    int changed = -1;
    for (int i = 0; i < lines.size() && changed < 0; i++) {
      Matcher version = sent.matcher(lines.get(i));
      if (version.find() && Integer.parseInt(version.group(1)) > 0) {
        int older = Integer.parseInt(version.group(1)) - 1;
        lines.set(
            i,
            lines.get(i).substring(0, version.start(1))
                + older
                + lines.get(i).substring(version.end(1)));
        changed = i;
      }
    }
    assertTrue(changed >= 0, "B sent no page that was ever written");
    Path stale = Files.write(folder.resolve("stale.ndjson"), lines);
    var violated = assertInstanceOf(Verdict.Violated.class, judge(a.trace, stale, c.trace));
    assertTrue(violated.evidence().startsWith("of the migration from B to A"), violated.evidence());
    assertTrue(
        violated.evidence().contains("stale.ndjson line " + (changed + 1)), violated.evidence());
  }
}
