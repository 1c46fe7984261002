package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import landfall.checkpoint.Mutant;
import landfall.evidence.Verdict;
import landfall.machine.Machine;
import landfall.machine.Memory;
import landfall.machine.SlowWrites;
import landfall.testing.AtLength;
import landfall.testing.Sampled;
import landfall.tracecheck.TraceCheck;
import landfall.tracecheck.TraceFiles;
import landfall.tracecheck.TracedProtocol;
import landfall.wire.FrameType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What hosts do on real sockets from the switchover on is what {@code ReverseCheckpoint} allows,
 * and before it what {@code PostCopy} does: TLC reads their traces. Of lost messages {@link
 * ChosenLosses} takes a sample every day.
 */
class CheckpointTraceTest extends SplitGuestTest {
  private static final int LAST_OF_WORKING_SET = 399;

  private static final int DEADLINE_MILLIS = 1_500;

  private List<Integer> tracked;
  private Path image;
  private SlowWrites slow;

  /** Pages that the guest writes by itself, one that a client writes, and one that comes late. */
  private void twoHosts(Mutant... mutants) throws Exception {
    twoHosts(builder -> builder, builder -> builder, mutants);
  }

  /** The same with a disk, and with one at the destination whose writes may hang. */
  private void twoHostsWithADisk(Mutant... mutants) throws Exception {
    image = DiskBlocks.image(folder, 200);
    slow = new SlowWrites(ImageFile.open(image));
    twoHosts(
        builder -> builder.disk(image).deadlineMillis(DEADLINE_MILLIS),
        builder -> builder.disk(image).disk(slow).deadlineMillis(DEADLINE_MILLIS),
        mutants);
    assertEquals("ok", source.guest.ask("dw 3 1"));
  }

  private void twoHosts(
      UnaryOperator<RunningHost.Builder> atSource,
      UnaryOperator<RunningHost.Builder> atDestination,
      Mutant... mutants)
      throws Exception {
    String status = source().guest.ask("status");
    int cell = page(status, "firstcell");
    int working = page(status, "firstpage");
    tracked = List.of(cell + 3, cell + 64, cell + 65, working + 40, working + LAST_OF_WORKING_SET);
    var ofSource = atSource.apply(RunningHost.in(folder).tracked(tracked));
    var ofDestination = atDestination.apply(RunningHost.in(folder).tracked(tracked));
    for (Mutant mutant : mutants) {
      ofSource.mutant(mutant);
      ofDestination.mutant(mutant);
    }
    source = started(ofSource.source());
    destination = started(ofDestination.destination());
    allowCheckpoints(source);
    allowCheckpoints(destination);
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

  /** The same with pages that come faster, after the guest has done something. */
  private void splitFast(String address) throws Exception {
    limit(300_000, 400_000);
    source.operator.execute("migrate", Map.of("uri", address));
    Conditions.await("some pages", () -> number(destination, "pagesReceived") > 20);
    source.operator.execute("migrate-start-postcopy");
    Conditions.await("the guest", () -> destination.operator.runState().equals("running"));
  }

  private Verdict judge(Path... files) throws Exception {
    var trace = new TraceFiles("run", List.of(files), tracked, false);
    return TraceCheck.check(List.of(trace), TracedProtocol.REVERSE_CHECKPOINT).get("run");
  }

  private void assertExplained(String... actions) throws Exception {
    Verdict verdict = judge(source.trace, destination.trace);
    var holds = assertInstanceOf(Verdict.Holds.class, verdict, verdict::sentence);
    TreeSet<String> told = new TreeSet<>();
    List<JsonNode> events = new ArrayList<>();
    for (Path file : List.of(source.trace, destination.trace)) {
      for (String line : Files.readAllLines(file)) {
        JsonNode event = new ObjectMapper().readTree(line);
        events.add(event);
        told.add(event.get("action").textValue());
        told.add(event.get("action").textValue() + " at the " + event.get("host").textValue());
      }
    }
    assertEquals(events.size(), holds.examined());
    for (String action : actions) {
      assertTrue(told.contains(action), () -> action + " is not among " + told);
    }
  }

  private void assertRejected(String what) throws Exception {
    var violated = assertInstanceOf(Verdict.Violated.class, judge(source.trace, destination.trace));
    assertTrue(violated.evidence().contains(what), violated.evidence());
  }

  @Test
  void aGuestThatSendsCheckpointsAndBecomesTheDestinationsIsExplained() throws Exception {
    twoHosts();
    splitFast(destination.address());
    assertEquals("ok", destination.guest.ask("w 3 2"));
    assertEquals("ok 2", destination.guest.ask("r 3"));
    limit(0, 0);
    awaitStatus(source, "completed");
    awaitStatus(destination, "completed");
    assertRunsAt(destination);
    assertExplained(
        "GuestStep at the source",
        "OfferHandover",
        "ResumeDestination",
        "GuestStep at the destination",
        "SendPage",
        "ReceivePage",
        "TakeCheckpoint",
        "ReceiveCheckpointPage",
        "CommitCheckpoint",
        "ReceiveCheckpointDone",
        "ReleaseOutput",
        "AskOwnership",
        "GrantOwnership",
        "BecomeOwner");
  }

  static Stream<FrameType> messages() {
    return ChosenLosses.of(
        FrameType.CHECKPOINT_DONE,
        FrameType.RESUMED,
        FrameType.HANDOVER,
        FrameType.CHECKPOINT_PAGE,
        FrameType.ASK_OWNERSHIP);
  }

  @ParameterizedTest
  @Sampled
  @MethodSource("messages")
  void aGuestThatReturnsIsExplained(FrameType lost) throws Exception {
    twoHosts();
    try (var relay = Relay.unarmed(destination.incoming, lost, Relay.Loss.RESET)) {
      if (lost == FrameType.HANDOVER || lost == FrameType.RESUMED) {
        relay.arm();
        source.operator.execute("migrate", Map.of("uri", relay.address()));
      } else {
        splitFast(relay.address());
        assertEquals("ok", destination.guest.ask("w 3 2"));
        relay.arm();
        limit(0, 0);
      }
      awaitStatus(source, "failed");
      assertRunsAt(source);
      relay.heal();
      awaitStatus(destination, "failed");
    }
    // Who was never given the guest says nothing, and is told nothing that a trace knows.
    assertExplained(
        lost == FrameType.HANDOVER
            ? new String[] {"StartRecovery", "RecoverSource"}
            : new String[] {
              "StartRecovery",
              "RecoverSource",
              "GuestStep at the source",
              "AnswerSuperseded",
              "ReceiveSuperseded"
            });
  }

  @Test
  void anAnswerThatIsGivenAgainIsExplained() throws Exception {
    twoHosts();
    try (var relay = new Relay(destination.incoming, FrameType.GRANTED)) {
      splitFast(relay.address());
      limit(0, 0);
      Conditions.await("the loss", relay::isBroken);
      relay.heal();
      awaitStatus(source, "completed");
    }
    assertExplained("AnswerGranted", "BecomeOwner");
  }

  // ---------------------------------------------------------------- the disk

  /** Numbers of the last event of this name, whose list has something in it. */
  private static int lastWithBlocks(List<String> lines, String action) {
    for (int i = lines.size() - 1; i >= 0; i--) {
      if (lines.get(i).contains("\"" + action + "\"") && !lines.get(i).contains("\"blocks\":[]")) {
        return i;
      }
    }
    throw new AssertionError("no " + action + " with blocks");
  }

  @Test
  void aGuestWithADiskThatBecomesTheDestinationsIsExplained() throws Exception {
    twoHostsWithADisk();
    assertEquals("ok", source.guest.ask("set drate 100"));
    splitFast(destination.address());
    assertEquals("ok", destination.guest.ask("dw 3 2"));
    assertEquals("ok 2", destination.guest.ask("dr 3"));
    limit(0, 0);
    awaitStatus(source, "completed");
    awaitStatus(destination, "completed");
    assertRunsAt(destination);
    assertExplained("TakeCheckpoint", "CommitCheckpoint", "ReleaseOutput", "BecomeOwner");
    lastWithBlocks(Files.readAllLines(destination.trace), "ReleaseOutput");
  }

  static Stream<FrameType> messagesWithADisk() {
    return ChosenLosses.of(
        FrameType.CHECKPOINT_DISK, FrameType.ASK_OWNERSHIP, FrameType.CHECKPOINT_DONE);
  }

  @ParameterizedTest
  @Sampled
  @MethodSource("messagesWithADisk")
  void aGuestWithADiskThatReturnsIsExplained(FrameType lost) throws Exception {
    twoHostsWithADisk();
    assertEquals("ok", source.guest.ask("set drate 100"));
    try (var relay = Relay.unarmed(destination.incoming, lost, Relay.Loss.RESET)) {
      splitFast(relay.address());
      assertEquals("ok", destination.guest.ask("dw 3 2"));
      relay.arm();
      limit(0, lost == FrameType.ASK_OWNERSHIP ? 0 : 400_000);
      awaitStatus(source, "failed");
      assertEquals("ok", source.guest.ask("dw 3 3"));
      assertRunsAt(source);
      relay.heal();
      awaitStatus(destination, "failed");
    }
    assertExplained(
        "StartRecovery", "RecoverSource", "GuestStep at the source", "ReceiveSuperseded");
    lastWithBlocks(Files.readAllLines(source.trace), "RecoverSource");
  }

  /** It wrote, and was killed before it said so: what the source finds on the disk tells. */
  @Test
  @AtLength
  void aWriteOfWhichTheDestinationCouldNotTellIsExplained() throws Exception {
    twoHostsWithADisk();
    assertEquals("ok", source.guest.ask("set drate 1000"));
    // The pages of a checkpoint fit into one frame: if that is lost, nothing of it came.
    assertEquals("ok", source.guest.ask("set rate 0"));
    try (var relay =
        Relay.unarmed(destination.incoming, FrameType.CHECKPOINT_PAGE, Relay.Loss.RESET)) {
      splitFast(relay.address());
      assertEquals("ok", destination.guest.ask("dw 3 2"));
      relay.arm();
      awaitStatus(source, "failed");
    }
    assertExplained("StartRecovery", "RecoverSource");
    List<String> lines = Files.readAllLines(destination.trace);
    lines = lines.subList(0, lastWithBlocks(lines, "ReleaseOutput"));
    var last = (ObjectNode) new ObjectMapper().readTree(lines.get(lines.size() - 1));
    assertEquals("ReceiveCheckpointDone", last.get("action").textValue());
    long seq = last.get("seq").longValue() + 1;
    last.put("seq", seq).put("action", "CrashDestination").putObject("args");
    ((ObjectNode) last.get("clock")).put("destination", seq);
    lines.add(last.toString());
    Path killed = Files.write(folder.resolve("killed.ndjson"), lines);
    var holds = judge(source.trace, killed);
    assertInstanceOf(Verdict.Holds.class, holds, holds::sentence);

    String told = Files.readString(source.trace);
    Matcher written = Pattern.compile("\"written\":(\\d+)").matcher(told);
    assertTrue(written.find(), told);
    int newer = Integer.parseInt(written.group(1)) + 1;
    Path changed = folder.resolve("changed.ndjson");
    Files.writeString(changed, written.replaceFirst("\"written\":" + newer));
    assertInstanceOf(Verdict.Violated.class, judge(changed, killed));
  }

  // ---------------------------------------------------------------- mistakes that must show

  @Test
  @AtLength
  void diskWritesThatAreNotCarriedAreFoundOut() throws Exception {
    twoHostsWithADisk(Mutant.DISK_WRITES_NOT_CARRIED);
    assertEquals("ok", source.guest.ask("set drate 100"));
    try (var relay =
        Relay.unarmed(destination.incoming, FrameType.CHECKPOINT_DONE, Relay.Loss.RESET)) {
      splitFast(relay.address());
      assertEquals("ok", destination.guest.ask("dw 3 2"));
      relay.arm();
      awaitStatus(source, "failed");
    }
    assertRejected("RecoverSource");
  }

  @Test
  @AtLength
  void aDiskThatIsNotTakenFromTheDestinationIsFoundOut() throws Exception {
    twoHostsWithADisk(Mutant.NOT_FENCED);
    // The destination does not hear that it is superseded.
    try (var relay = new Relay(destination.incoming, FrameType.RECOVER)) {
      splitFast(relay.address());
      slow.hang();
      assertTrue(destination.guest.askOnce("dw 3 5", 200).isEmpty(), "it answers");
      slow.awaitAsked();
      awaitStatus(source, "failed");
      assertEquals("ok", source.guest.ask("dw 3 6"));
      slow.letAnswer();
      Conditions.await("output", () -> heard(destination));
    } finally {
      slow.letAnswer();
    }
    assertRejected("StartRecovery");
  }

  /** It lets output leave that it held: it has told so. */
  private static boolean heard(RunningHost host) throws Exception {
    String last = Files.readString(host.trace);
    return last.lastIndexOf("\"ReleaseOutput\"") > last.lastIndexOf("\"ReceiveCheckpointDone\"");
  }

  @Test
  void outputThatIsNotHeldIsFoundOut() throws Exception {
    twoHosts(Mutant.OUTPUT_NOT_HELD);
    splitFast(destination.address());
    limit(0, 0);
    awaitStatus(source, "completed");
    assertRejected("GuestStep");
  }

  @Test
  @AtLength
  void aCheckpointThatIsAppliedPageByPageIsFoundOut() throws Exception {
    twoHosts(Mutant.APPLIED_PAGE_BY_PAGE);
    splitFast(destination.address());
    assertEquals("ok", destination.guest.ask("w 3 2"));
    limit(0, 0);
    awaitStatus(source, "completed");
    assertRejected("ReceiveCheckpointPage");
  }

  @Test
  @AtLength
  void anOwnerThatNobodyMadeOneIsFoundOut() throws Exception {
    twoHosts(Mutant.END_NOT_ACKNOWLEDGED);
    try (var relay = new Relay(destination.incoming, FrameType.ASK_OWNERSHIP)) {
      splitFast(relay.address());
      limit(0, 0);
      awaitStatus(source, "failed");
    }
    assertRejected("AskOwnership");
  }

  /** The judge of these traces can say no. */
  @Test
  @AtLength
  void aTraceInWhichAPageCameInAnotherVersionIsRejected() throws Exception {
    twoHosts();
    splitFast(destination.address());
    assertEquals("ok", destination.guest.ask("w 3 2"));
    limit(0, 0);
    awaitStatus(source, "completed");
    assertExplained("ReceiveCheckpointPage");
    List<String> lines = new ArrayList<>(Files.readAllLines(source.trace));
    for (int i = lines.size() - 1; i >= 0; i--) {
      Matcher version = Pattern.compile("\"version\":(\\d+)").matcher(lines.get(i));
      if (lines.get(i).contains("ReceiveCheckpointPage") && version.find()) {
        int other = Integer.parseInt(version.group(1)) + 1;
        lines.set(i, version.replaceFirst("\"version\":" + other));
        break;
      }
    }
    Path changed = Files.write(folder.resolve("changed.ndjson"), lines);
    assertInstanceOf(Verdict.Violated.class, judge(changed, destination.trace));
  }
}
