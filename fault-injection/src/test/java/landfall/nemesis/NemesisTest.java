package landfall.nemesis;

import static landfall.nemesis.Wires.await;
import static landfall.nemesis.Wires.read;
import static landfall.nemesis.Wires.readToEnd;
import static landfall.nemesis.Wires.write;
import static landfall.nemesis.Wires.writeAndEnd;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import landfall.evidence.FaultResult;
import landfall.nemesis.Wires.Ends;
import landfall.wire.FrameType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Every fault falls where it was planned, and is reported as seen only if it took effect. */
@Timeout(30)
class NemesisTest {
  private Wires wires;

  /** The way between the source and a store. */
  private Wires store;

  private Nemesis nemesis;
  private Process source;
  private Process destination;
  private Process companion;
  private boolean sourceTakes = true;
  private final CompletableFuture<ProcessHandle> restarted = new CompletableFuture<>();
  private volatile double clockMillis = 42;
  private static final int BLOCK_BYTES = 4096;
  private final AtomicLong writesRefused = new AtomicLong();
  private final AtomicLong guestStopped = new AtomicLong();
  @TempDir private Path folder;
  private Path storage;
  private Path clock;
  private final List<String> commands = new CopyOnWriteArrayList<>();
  private final List<PlannedFault> begun = new CopyOnWriteArrayList<>();

  @BeforeEach
  void start() throws Exception {
    wires = new Wires();
    store = new Wires();
  }

  @AfterEach
  void end() throws Exception {
    wires.close();
    store.close();
    if (nemesis != null) {
      nemesis.close();
    }
    for (Process process : new Process[] {source, destination, companion}) {
      if (process != null) {
        process.destroyForcibly().waitFor(5, TimeUnit.SECONDS);
      }
    }
  }

  private void plan(FaultKind kind, StreamPhase at, long durationMillis, long amount) {
    plan(new PlannedFault(kind, new Trigger(at, 1, 0, 0), durationMillis, amount));
  }

  private void plan(PlannedFault... faults) {
    nemesis =
        new Nemesis(
            List.of(faults),
            wires.proxy,
            new Nemesis.Targets() {
              @Override
              public ProcessHandle source() {
                return source == null ? null : source.toHandle();
              }

              @Override
              public ProcessHandle destination() {
                return destination == null ? null : destination.toHandle();
              }

              @Override
              public ProcessHandle companion(Place which) {
                return companion == null ? null : companion.toHandle();
              }

              @Override
              public CompletableFuture<Boolean> operate(String command) {
                commands.add(command);
                return CompletableFuture.completedFuture(sourceTakes);
              }

              @Override
              public CompletableFuture<Boolean> operateDestination(String command) {
                commands.add("destination " + command);
                return command.equals("cont") && destination == null
                    ? new CompletableFuture<>()
                    : CompletableFuture.completedFuture(false);
              }

              @Override
              public CompletableFuture<ProcessHandle> restartDestination() {
                commands.add("restart");
                return restarted;
              }

              @Override
              public CompletableFuture<ProcessHandle> restartCompanion(Place which) {
                commands.add("restart " + which.word());
                return restarted;
              }

              @Override
              public Nemesis.Disk disk(Place host) {
                return new Nemesis.Disk() {
                  @Override
                  public long beginsAt() {
                    return BLOCK_BYTES;
                  }

                  @Override
                  public long writesRefused() {
                    return writesRefused.get();
                  }

                  @Override
                  public long guestStopped() {
                    return guestStopped.get();
                  }
                };
              }

              @Override
              public Optional<Path> storage(Place host) {
                return host == Place.SOURCE ? Optional.ofNullable(storage) : Optional.empty();
              }

              @Override
              public Optional<MigrationProxy> storeLink(Place host) {
                return host == Place.SOURCE ? Optional.of(store.proxy) : Optional.empty();
              }

              @Override
              public Optional<Path> clock(Place host) {
                return host == Place.SOURCE ? Optional.ofNullable(clock) : Optional.empty();
              }

              @Override
              public void began(PlannedFault fault) {
                begun.add(fault);
              }
            },
            () -> clockMillis);
  }

  private static Process sleeper() throws IOException {
    return new ProcessBuilder("sleep", "60").start();
  }

  private FaultResult only() {
    nemesis.close();
    assertEquals(1, nemesis.results().size());
    return nemesis.results().get(0);
  }

  private void assertSeen(String evidence) {
    FaultResult result = only();
    assertTrue(result.seen(), result::toString);
    assertTrue(result.evidence().matches(evidence), result::toString);
    assertEquals(42.0, result.atMillis());
    assertEquals(1, begun.size());
  }

  private void assertNotSeen(String evidence) {
    FaultResult result = only();
    assertFalse(result.seen(), result::toString);
    assertTrue(result.evidence().matches(evidence), result::toString);
  }

  /** Sends a whole migration over a connection of its own and gives what arrived. */
  private byte[] migrate() throws Exception {
    try (Ends ends = wires.connect()) {
      writeAndEnd(ends.source(), Frames.wholeMigration());
      return readToEnd(ends.destination());
    }
  }

  // ---------------------------------------------------------------- none

  @ParameterizedTest
  @EnumSource
  void aFaultWhoseTriggerNeverComesIsNotSeenAndSaysWhy(FaultKind kind) throws Exception {
    plan(kind, StreamPhase.RESUMED, 100, 10);
    assertArrayEquals(Frames.wholeMigration(), migrate());
    assertFalse(nemesis.allBegan());
    assertTrue(nemesis.allHealed());
    assertNotSeen("the stream never came to this point");
    assertEquals(List.of(), begun);
  }

  @ParameterizedTest
  @CsvSource({
    "RATE_LIMIT, 0, a rate limit needs an amount in bytes a second",
    "JUMP_CLOCK_SOURCE, 0, a jump of a clock needs an amount in seconds",
    "TINY_CHUNKS, 0, tiny chunks need an amount in bytes",
    "TINY_CHUNKS, 2147483648, tiny chunks need an amount in bytes"
  })
  void aFaultThatCannotBeIsNotPlanned(FaultKind kind, long amount, String why) {
    var refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> new PlannedFault(kind, Trigger.at(StreamPhase.FIRST_ROUND), 100, amount));
    assertEquals(why, refused.getMessage());
  }

  @ParameterizedTest
  @EnumSource
  void aKindSaysOfItselfWhatSchedulesNeed(FaultKind kind) {
    FaultTraits traits = kind.traits();
    Set<Place> beside = EnumSet.complementOf(EnumSet.of(Place.CHANNEL));
    assertTrue(
        Stream.of(StreamPhase.values())
            .anyMatch(
                phase ->
                    traits.fits(new FaultTraits.Moment(phase, false, true, beside))
                        || traits.fits(new FaultTraits.Moment(phase, true, true, beside))));
    assertEquals(kind, FaultKind.of(kind.word()).orElseThrow());
    // What lasts while something else falls must outlast the moment at which that falls.
    if (traits.lasts()) {
      var size = traits.size(FaultTraits.Lots.drawn(new Random(1)));
      assertTrue(size.durationMillis() > 0, size::toString);
    }
    assertFalse(traits.isHarmless() && (traits.endsHost() || traits.resets()), kind::word);
    assertFalse(traits.endsHost() && traits.place() == Place.CHANNEL, kind::word);
  }

  @Test
  void aFaultOfTheSecondConnectionSparesTheFirst() throws Exception {
    plan(new PlannedFault(FaultKind.CANCEL, new Trigger(StreamPhase.LATER_ROUND, 2, 0, 0), 0, 0));
    migrate();
    assertEquals(List.of(), commands);
    migrate();
    migrate();
    assertEquals(List.of("migrate_cancel"), commands);
    assertSeen("the operator asked to cancel");
  }

  @ParameterizedTest
  @CsvSource({
    "PAUSE_GUEST, 10, stop cont",
    "CONTINUE_SOURCE, 0, cont",
    "MIGRATE_AGAIN, 0, migrate",
    "CANCEL, 0, migrate_cancel"
  })
  void theOperatorGivesTheCommandsOfTheFault(FaultKind kind, long durationMillis, String given)
      throws Exception {
    plan(kind, StreamPhase.DEVICE_STATE, durationMillis, 0);
    migrate();
    await("the end of the fault", nemesis::allHealed);
    assertEquals(List.of(given.split(" ")), commands);
    assertSeen("the operator .*");
  }

  @Test
  void aMigrationIsPausedOnlyIfItsSourceTakesTheCommand() throws Exception {
    plan(FaultKind.PAUSE_MIGRATION, StreamPhase.HANDOVER, 0, 0);
    migrate();
    await("the end of the fault", nemesis::allHealed);
    assertEquals(List.of("migrate-pause"), commands);
    assertSeen("the source took the operator's 'migrate-pause'");
  }

  @Test
  void aPauseThatTheSourceRefusesIsNotSeen() throws Exception {
    sourceTakes = false;
    plan(FaultKind.PAUSE_MIGRATION, StreamPhase.FIRST_ROUND, 0, 0);
    migrate();
    await("the end of the fault", nemesis::allHealed);
    assertNotSeen("the source did not take the operator's 'migrate-pause'");
  }

  // ---------------------------------------------------------------- storage

  /** A process that writes one block of an image over and over, and says what came of it. */
  private Process writer(int block) throws IOException {
    Path image = folder.resolve("image");
    return new ProcessBuilder(
            "sh",
            "-c",
            "trap '' XFSZ; while :; do dd if=/dev/zero of="
                + image
                + " bs="
                + BLOCK_BYTES
                + " count=1 conv=notrunc seek="
                + block
                + " 2>/dev/null && echo ok || echo fail; done")
        .start();
  }

  private static boolean says(BufferedReader lines, String word) throws IOException {
    return says(lines, word, 1_000);
  }

  private static boolean says(BufferedReader lines, String word, int most) throws IOException {
    for (int i = 0; i < most; i++) {
      if (word.equals(lines.readLine())) {
        return true;
      }
    }
    return false;
  }

  @Test
  void whatAHostWritesBehindItsLimitFailsUntilTheFaultIsOver() throws Exception {
    source = writer(1);
    plan(FaultKind.FAIL_DISK_SOURCE, StreamPhase.FIRST_ROUND, 60_000, 0);
    try (BufferedReader said = source.inputReader()) {
      assertTrue(says(said, "ok"));
      migrate();
      assertTrue(says(said, "fail"));
      writesRefused.addAndGet(3);
      FaultResult result = only();
      assertTrue(says(said, "ok"));
      assertTrue(result.seen(), result::toString);
      assertTrue(
          result.evidence().endsWith("its guest said of 3 writes that they failed"),
          result::toString);
    }
  }

  /** As QEMU does: the guest hears of nothing, and waits. */
  @Test
  void aHostThatStopsItsGuestForAWriteShowsThatItFailed() throws Exception {
    source = writer(1);
    plan(FaultKind.FAIL_DISK_SOURCE, StreamPhase.FIRST_ROUND, 60_000, 0);
    try (BufferedReader said = source.inputReader()) {
      migrate();
      assertTrue(says(said, "fail"));
      guestStopped.incrementAndGet();
      FaultResult result = only();
      assertTrue(result.seen(), result::toString);
      assertTrue(
          result.evidence().endsWith("and it said that it stopped the guest for one"),
          result::toString);
    }
  }

  @Test
  void whatAHostWritesBeforeItsLimitDoesNotFail() throws Exception {
    source = writer(0);
    plan(FaultKind.FAIL_DISK_SOURCE, StreamPhase.FIRST_ROUND, 60_000, 0);
    migrate();
    try (BufferedReader said = source.inputReader()) {
      assertFalse(says(said, "fail", 100));
    }
    assertNotSeen("process \\d+ could write .*; its guest said of 0 writes that they failed");
  }

  @Test
  void theDiskOfADeadHostCannotFail() throws Exception {
    source = sleeper();
    source.destroyForcibly().waitFor(5, TimeUnit.SECONDS);
    plan(FaultKind.FAIL_DISK_SOURCE, StreamPhase.FIRST_ROUND, 10, 0);
    migrate();
    await("the end of the fault", nemesis::allHealed);
    assertNotSeen("its storage could not be made to fail");
  }

  private void share() throws IOException {
    Path shared = Files.createDirectory(folder.resolve("shared"));
    Files.writeString(shared.resolve("lock"), "owned");
    storage = Files.createSymbolicLink(folder.resolve("A.storage"), shared);
  }

  @Test
  void aHostThatLooksForTheArbiterMeanwhileDoesNotFindIt() throws Exception {
    share();
    plan(FaultKind.LOSE_STORAGE_SOURCE, StreamPhase.FIRST_ROUND, 60_000, 0);
    migrate();
    assertThrows(NoSuchFileException.class, () -> Files.readString(storage.resolve("lock")));
    assertSeen("the host looked for the folder of the arbiter, .*");
    assertEquals("owned", Files.readString(storage.resolve("lock")));
  }

  @Test
  void storageThatNobodyLooksForIsNotSeenToBeLost() throws Exception {
    share();
    plan(FaultKind.LOSE_STORAGE_SOURCE, StreamPhase.FIRST_ROUND, 20, 0);
    migrate();
    await("the end of the fault", nemesis::allHealed);
    assertNotSeen("the host did not look for .*");
    assertEquals("owned", Files.readString(storage.resolve("lock")));
  }

  @Test
  void whereHostsShareNothingNothingIsLost() throws Exception {
    plan(FaultKind.LOSE_STORAGE_DESTINATION, StreamPhase.FIRST_ROUND, 20, 0);
    migrate();
    await("the end of the fault", nemesis::allHealed);
    assertNotSeen("there is no storage that hosts share");
  }

  // ---------------------------------------------------------------- clocks

  @Test
  void aClockIsAheadUntilTheFaultIsOverAndSeenIfItWasAsked() throws Exception {
    clock = Files.writeString(folder.resolve("A.clock"), "+0\n");
    plan(FaultKind.JUMP_CLOCK_SOURCE, StreamPhase.FIRST_ROUND, 60_000, 3_600);
    migrate();
    assertEquals("+3600\n", Files.readString(clock));
    assertSeen("the process asked for the time while its wall clock was 3600 s ahead");
    assertEquals("+0\n", Files.readString(clock));
  }

  @Test
  void aClockThatNobodyAsksIsNotSeenToJump() throws Exception {
    clock = Files.writeString(folder.resolve("A.clock"), "+0\n");
    plan(FaultKind.JUMP_CLOCK_SOURCE, StreamPhase.FIRST_ROUND, 20, 60);
    migrate();
    await("the end of the fault", nemesis::allHealed);
    assertNotSeen("the process did not ask for the time while its wall clock was 60 s ahead");
  }

  @Test
  void aClockThatCannotBeMovedDoesNotJump() throws Exception {
    plan(FaultKind.JUMP_CLOCK_DESTINATION, StreamPhase.FIRST_ROUND, 20, 60);
    migrate();
    await("the end of the fault", nemesis::allHealed);
    assertNotSeen("its clock cannot be moved: .*");
  }

  // ---------------------------------------------------------------- the link

  @ParameterizedTest
  @EnumSource(names = {"CUT_FORWARD", "CUT_BOTH"})
  void aCutFallsBeforeTheFirstByteOfItsPhaseAndHealsInTime(FaultKind kind) throws Exception {
    plan(kind, StreamPhase.DEVICE_STATE, 150, 0);
    long start = System.nanoTime();
    assertArrayEquals(Frames.wholeMigration(), migrate());
    assertTrue(System.nanoTime() - start >= 149_000_000);
    assertTrue(nemesis.allBegan());
    await("the end of the fault", nemesis::allHealed);
    assertSeen("\\d+ bytes (for the destination )?were withheld");
  }

  @Test
  void nothingOfThePhaseIsDeliveredUnderACut() throws Exception {
    plan(FaultKind.CUT_FORWARD, StreamPhase.DEVICE_STATE, 60_000, 0);
    byte[] before =
        new Frames().frame(FrameType.HELLO).pages(1, false, 3).pages(2, true, 1).bytes();
    byte[] all =
        new Frames()
            .frame(FrameType.HELLO)
            .pages(1, false, 3)
            .pages(2, true, 1)
            .frame(FrameType.DEVICE_STATE, 0, new byte[100])
            .bytes();
    try (Ends ends = wires.connect()) {
      write(ends.source(), all);
      await("evidence", () -> ends.through().withheld(Direction.FORWARD) > 0);
      assertEquals(before.length, ends.through().delivered(Direction.FORWARD));
      assertFalse(nemesis.allHealed());
      assertSeen((all.length - before.length) + " bytes for the destination were withheld");
      assertArrayEquals(all, read(ends.destination(), all.length));
    }
  }

  @Test
  void aCutOfALinkThatIsSilentIsNotSeen() throws Exception {
    plan(FaultKind.CUT_BACK, StreamPhase.LATER_ROUND, 50, 0);
    migrate();
    await("the end of the fault", nemesis::allHealed);
    assertNotSeen("0 bytes for the source were withheld");
  }

  @Test
  void aCutBackWithholdsTheAnswer() throws Exception {
    plan(FaultKind.CUT_BACK, StreamPhase.RESUMED, 100, 0);
    byte[] answers = new Frames().frame(FrameType.READY).frame(FrameType.RESUMED).bytes();
    try (Ends ends = wires.connect()) {
      write(ends.destination(), answers);
      assertArrayEquals(answers, read(ends.source(), answers.length));
    }
    assertSeen("24 bytes for the source were withheld");
  }

  @Test
  void aResetFallsBeforeTheAnswerIsDelivered() throws Exception {
    plan(FaultKind.RESET, StreamPhase.RESUMED, 0, 0);
    byte[] answers = new Frames().frame(FrameType.READY).frame(FrameType.RESUMED).bytes();
    try (Ends ends = wires.connect()) {
      write(ends.destination(), answers);
      assertThrows(IOException.class, () -> read(ends.source(), answers.length));
      assertEquals(24, ends.through().delivered(Direction.BACK));
    }
    await("the end of the fault", nemesis::allHealed);
    assertSeen("both ends were reset after 0 bytes");
  }

  @Test
  void aTriggerMayLieInTheMiddleOfARound() throws Exception {
    plan(
        new PlannedFault(
            FaultKind.RESET, new Trigger(StreamPhase.FIRST_ROUND, 1, 100_000, 0), 0, 0));
    try (Ends ends = wires.connect()) {
      writeAndEnd(ends.source(), Frames.wholeMigration());
      assertThrows(IOException.class, () -> readToEnd(ends.destination()));
      assertTrue(ends.through().delivered(Direction.FORWARD) >= 100_000);
    }
    await("the end of the fault", nemesis::allHealed);
    assertSeen("both ends were reset after \\d{6} bytes");
  }

  @Test
  void aHalfOpenConnectionIsGoneForTheDestinationOnly() throws Exception {
    plan(FaultKind.HALF_OPEN, StreamPhase.LATER_ROUND, 60_000, 0);
    try (Ends ends = wires.connect()) {
      write(ends.source(), Frames.wholeMigration());
      assertThrows(IOException.class, () -> readToEnd(ends.destination()));
      await("the rest to vanish", () -> ends.through().swallowed() > 40_000);
      write(ends.source(), new byte[100]);
    }
    assertSeen("the destination's end was reset after \\d+ bytes, the source's stayed open");
  }

  @Test
  void aRateLimitIsSeenByWhatItPutsOff() throws Exception {
    plan(FaultKind.RATE_LIMIT, StreamPhase.LATER_ROUND, 100, 500_000);
    assertArrayEquals(Frames.wholeMigration(), migrate());
    await("the end of the fault", nemesis::allHealed);
    assertSeen("deliveries were put off by \\d+ ms");
  }

  @Test
  void aDelayIsSeenByWhatItPutsOff() throws Exception {
    plan(FaultKind.DELAY, StreamPhase.FIRST_ROUND, 100, 20);
    assertArrayEquals(Frames.wholeMigration(), migrate());
    await("the end of the fault", nemesis::allHealed);
    assertSeen("deliveries were put off by \\d+ ms");
  }

  @Test
  void aDelayThatIsOverAtOnceIsNotSeen() throws Exception {
    plan(FaultKind.DELAY, StreamPhase.FIRST_ROUND, 0, 20);
    migrate();
    assertNotSeen("deliveries were put off by 0 ms");
  }

  @Test
  void whatOneAttemptSentReachesTheDestinationDuringTheNext() throws Exception {
    plan(FaultKind.HOLD_THEN_RELEASE, StreamPhase.LATER_ROUND, 0, 0);
    byte[] round1 = new Frames().frame(FrameType.HELLO).pages(1, false, 5).bytes();
    Frames rest = new Frames();
    rest.frame(FrameType.HELLO).pages(1, false, 5).bytes();
    byte[] held = rest.pages(2, false, 20).pages(3, false, 20).bytes();
    try (Ends first = wires.connect()) {
      write(first.source(), round1);
      assertArrayEquals(round1, read(first.destination(), round1.length));
      write(first.source(), held);
      await("the cancel", () -> commands.equals(List.of("migrate_cancel")));
      await("all to be held", () -> first.through().heldBytes() == held.length);
      first.source().close();
      assertFalse(nemesis.allHealed());

      migrate();
      assertArrayEquals(held, readToEnd(first.destination()));
    }
    assertTrue(nemesis.allHealed());
    assertEquals(List.of("migrate_cancel"), commands);
    assertSeen(
        held.length
            + " bytes were held, and offered to the destination during the next attempt; its"
            + " socket took "
            + held.length);
  }

  @Test
  void whatIsHeldWithoutANextAttemptIsNotSeen() throws Exception {
    plan(FaultKind.HOLD_THEN_RELEASE, StreamPhase.LATER_ROUND, 0, 0);
    try (Ends ends = wires.connect()) {
      write(ends.source(), Frames.wholeMigration());
      await("something to be held", () -> ends.through().heldBytes() > 10_000);
      assertNotSeen("\\d+ bytes were held, .* although no attempt followed; its socket took \\d+");
      assertArrayEquals(
          Frames.wholeMigration(), read(ends.destination(), Frames.wholeMigration().length));
    }
  }

  // ---------------------------------------------------------------- the way to the store

  private static final byte[] QUESTION = new byte[300];
  private static final byte[] ANSWER = new byte[200];

  @ParameterizedTest
  @CsvSource({
    "CUT_STORE_SOURCE, 300, 200",
    "CUT_TO_STORE_SOURCE, 300, 0",
    "CUT_FROM_STORE_SOURCE, 0, 200"
  })
  void aCutOfTheWayToTheStoreSparesTheChannelAndTheOtherDirection(
      FaultKind kind, int withheldToStore, int withheldToHost) throws Exception {
    plan(kind, StreamPhase.FIRST_ROUND, 60_000, 0);
    assertArrayEquals(Frames.wholeMigration(), migrate());
    // Also on a connection that is made meanwhile.
    try (Ends ends = store.connect()) {
      write(ends.source(), QUESTION);
      write(ends.destination(), ANSWER);
      await(
          "both to come to the relay",
          () ->
              ends.through().withheld(Direction.FORWARD) == withheldToStore
                  && ends.through().withheld(Direction.BACK) == withheldToHost
                  && ends.through().delivered(Direction.FORWARD) == 300 - withheldToStore
                  && ends.through().delivered(Direction.BACK) == 200 - withheldToHost);
      assertFalse(nemesis.allHealed());
      assertSeen(
          (withheldToStore + withheldToHost)
              + " bytes between the source and the store were withheld");
      assertArrayEquals(QUESTION, read(ends.destination(), 300));
      assertArrayEquals(ANSWER, read(ends.source(), 200));
    }
  }

  @Test
  void aCutOfAWayToTheStoreOnWhichNobodySpeaksIsNotSeen() throws Exception {
    plan(FaultKind.CUT_STORE_SOURCE, StreamPhase.FIRST_ROUND, 10, 0);
    try (Ends ends = store.connect()) {
      migrate();
      await("the end of the fault", nemesis::allHealed);
      write(ends.source(), QUESTION);
      assertArrayEquals(QUESTION, read(ends.destination(), 300));
      assertNotSeen("0 bytes between the source and the store were withheld");
    }
  }

  @Test
  void whatTheStoreWasAskedArrivesAfterItWasAskedAgain() throws Exception {
    plan(FaultKind.HOLD_TO_STORE_SOURCE, StreamPhase.FIRST_ROUND, 60_000, 0);
    try (Ends first = store.connect()) {
      migrate();
      write(first.source(), QUESTION);
      await("it to be held", () -> first.through().heldBytes() == 300);
      write(first.destination(), ANSWER);
      assertArrayEquals(ANSWER, read(first.source(), 200));
      try (Ends again = store.connect()) {
        write(again.source(), QUESTION);
        assertArrayEquals(QUESTION, read(again.destination(), 300));
      }
      assertEquals(0, first.through().delivered(Direction.FORWARD));
      assertSeen(
          "300 bytes between the source and the store were held, and offered to the store after"
              + " another connection was made; its socket took 300");
      assertArrayEquals(QUESTION, read(first.destination(), 300));
    }
  }

  @Test
  void aHoldOfNothingIsNotSeen() throws Exception {
    plan(FaultKind.HOLD_TO_STORE_SOURCE, StreamPhase.FIRST_ROUND, 10, 0);
    migrate();
    assertNotSeen("0 bytes between the source and the store were held, .*");
  }

  @Test
  void aDelayOfTheWayToTheStoreHoldsForConnectionsThatCome() throws Exception {
    plan(FaultKind.DELAY_STORE_SOURCE, StreamPhase.FIRST_ROUND, 60_000, 20);
    migrate();
    try (Ends ends = store.connect()) {
      write(ends.source(), QUESTION);
      assertArrayEquals(QUESTION, read(ends.destination(), 300));
      assertSeen("deliveries between the source and the store were put off by 20 ms");
    }
  }

  @Test
  void aWayToTheStoreIsResetWhereThereIsAConnection() throws Exception {
    plan(FaultKind.RESET_STORE_SOURCE, StreamPhase.FIRST_ROUND, 0, 0);
    store.connect().close();
    await("its end", () -> !store.proxy.connections().get(0).isOpen());
    try (Ends ends = store.connect()) {
      write(ends.source(), QUESTION);
      assertArrayEquals(QUESTION, read(ends.destination(), 300));
      assertArrayEquals(Frames.wholeMigration(), migrate());
      assertThrows(IOException.class, () -> read(ends.source(), 1));
    }
    assertSeen("the connection between the source and the store was reset after 300 bytes");
  }

  @ParameterizedTest
  @EnumSource(
      names = {"RESET_STORE_DESTINATION", "CUT_STORE_DESTINATION", "DELAY_STORE_DESTINATION"})
  void whereThereIsNoWayToAStoreNothingIsSeen(FaultKind kind) throws Exception {
    plan(kind, StreamPhase.FIRST_ROUND, 0, 10);
    migrate();
    assertNotSeen(".*between the destination and the store.*");
  }

  // ---------------------------------------------------------------- what the stream carries

  @Test
  void oneBitOfWhatComesNextIsFlipped() throws Exception {
    plan(FaultKind.FLIP_BIT, StreamPhase.DEVICE_STATE, 60_000, 83);
    byte[] whole = Frames.wholeMigration();
    byte[] arrived = migrate();
    assertEquals(whole.length, arrived.length);
    int at = -1;
    for (int i = 0; i < whole.length; i++) {
      if (whole[i] != arrived[i]) {
        assertEquals(-1, at, "only one byte differs");
        assertEquals(8, whole[i] ^ arrived[i]);
        at = i;
      }
    }
    assertSeen("a bit of byte " + at + " of the stream was flipped, and delivered");
  }

  @Test
  void anAnswerMayHaveAFlippedBit() throws Exception {
    plan(FaultKind.FLIP_BIT_BACK, StreamPhase.RESUMED, 60_000, 0);
    byte[] answers = new Frames().frame(FrameType.READY).frame(FrameType.RESUMED).bytes();
    try (Ends ends = wires.connect()) {
      write(ends.destination(), answers);
      byte[] arrived = read(ends.source(), answers.length);
      assertEquals(1, answers[24] ^ arrived[24]);
    }
    assertSeen("a bit of byte 24 of the stream was flipped, and delivered");
  }

  @Test
  void aBitOfNothingIsNotFlipped() throws Exception {
    plan(FaultKind.FLIP_BIT, StreamPhase.DEVICE_STATE, 0, 83);
    assertArrayEquals(Frames.wholeMigration(), migrate());
    assertNotSeen("nothing was delivered in which a bit could be flipped");
  }

  @Test
  void aTruncatedStreamEndsInTheMiddleOfAMessage() throws Exception {
    plan(FaultKind.TRUNCATE, StreamPhase.DEVICE_STATE, 0, 0);
    byte[] whole = Frames.wholeMigration();
    byte[] arrived = migrate();
    int state = whole.length - 24 - 324;
    assertTrue(arrived.length > state && arrived.length < whole.length - 24);
    assertArrayEquals(java.util.Arrays.copyOf(whole, arrived.length), arrived);
    try (Ends next = wires.connect()) {
      // The next connection is whole.
      writeAndEnd(next.source(), whole);
      assertArrayEquals(whole, readToEnd(next.destination()));
    }
    assertSeen("the stream ended after " + arrived.length + " bytes; \\d+ that .*not delivered");
  }

  @Test
  void aStreamThatIsOverCannotBeTruncated() throws Exception {
    plan(FaultKind.TRUNCATE, StreamPhase.RESUMED, 0, 0);
    byte[] answers = new Frames().frame(FrameType.READY).frame(FrameType.RESUMED).bytes();
    try (Ends ends = wires.connect()) {
      write(ends.destination(), answers);
      assertArrayEquals(answers, read(ends.source(), answers.length));
    }
    assertNotSeen("nothing came that could be cut off");
  }

  @Test
  void tinyChunksCarryTheSame() throws Exception {
    plan(FaultKind.TINY_CHUNKS, StreamPhase.LATER_ROUND, 60_000, 7);
    assertArrayEquals(Frames.wholeMigration(), migrate());
    assertSeen("\\d{3,} pieces of at most 7 bytes were delivered one by one");
  }

  @Test
  void chunksAsLargeAsTheMessageAreNotSeen() throws Exception {
    plan(FaultKind.TINY_CHUNKS, StreamPhase.LATER_ROUND, 60_000, 1 << 20);
    assertArrayEquals(Frames.wholeMigration(), migrate());
    assertNotSeen("0 pieces .*");
  }

  @Test
  void theEndOfAConnectionIsSeenLater() throws Exception {
    plan(FaultKind.SLOW_CLOSE, StreamPhase.DEVICE_STATE, 150, 0);
    long start = System.nanoTime();
    assertArrayEquals(Frames.wholeMigration(), migrate());
    assertTrue(System.nanoTime() - start >= 149_000_000);
    await("the end of the fault", nemesis::allHealed);
    assertSeen("1 ends of the connection .*");
  }

  @Test
  void aConnectionThatNobodyEndsIsNotClosedSlowly() throws Exception {
    plan(FaultKind.SLOW_CLOSE, StreamPhase.DEVICE_STATE, 10, 0);
    try (Ends ends = wires.connect()) {
      write(ends.source(), Frames.wholeMigration());
      await("the end of the fault", () -> nemesis.allBegan() && nemesis.allHealed());
      assertNotSeen("neither side ended the connection meanwhile");
    }
  }

  // ---------------------------------------------------------------- processes

  @Test
  void aHostThatQuitsLivesUntilItEnds() throws Exception {
    destination = sleeper();
    plan(FaultKind.QUIT_DESTINATION, StreamPhase.FINAL_ROUND, 1, 0);
    migrate();
    assertEquals(List.of("destination quit"), commands);
    assertFalse(nemesis.allHealed());
    clockMillis = 99;
    destination.destroy();
    await("the end of the host", nemesis::allHealed);
    FaultResult result = only();
    assertEquals(99, result.atMillis());
    assertEquals("the operator gave the command 'quit', and the process ended", result.evidence());
  }

  @Test
  void aHostThatDoesNotQuitIsNotSeenTo() throws Exception {
    source = sleeper();
    plan(FaultKind.QUIT_SOURCE, StreamPhase.FINAL_ROUND, 1, 0);
    migrate();
    assertFalse(nemesis.allHealed());
    clockMillis = 5_000;
    await("the end of the fault", nemesis::allHealed);
    assertNotSeen("the operator gave the command 'quit', and the process lived on");
  }

  @Test
  void aDestinationThatDoesNotAnswerIsNotSeenToBeContinued() throws Exception {
    plan(FaultKind.CONTINUE_DESTINATION, StreamPhase.FINAL_ROUND, 0, 0);
    migrate();
    assertNotSeen("the destination did not answer the operator's 'cont'");
  }

  @Test
  void aDestinationHasToDecideWhatContMeans() throws Exception {
    destination = sleeper();
    plan(FaultKind.CONTINUE_DESTINATION, StreamPhase.FINAL_ROUND, 0, 0);
    migrate();
    assertSeen("the destination refused the operator's 'cont'");
  }

  @Test
  void aKilledProcessIsGone() throws Exception {
    destination = sleeper();
    plan(FaultKind.KILL_DESTINATION, StreamPhase.FINAL_ROUND, 0, 0);
    migrate();
    assertFalse(destination.isAlive());
    assertSeen("process " + destination.pid() + " was alive and is gone");
  }

  @Test
  void aHostThatWasKilledIsStartedAgainAndTheFaultIsOverOnceItIsUp() throws Exception {
    destination = sleeper();
    plan(FaultKind.RESTART_DESTINATION, StreamPhase.FINAL_ROUND, 10, 0);
    migrate();
    assertFalse(destination.isAlive());
    await("the restart", () -> commands.equals(List.of("restart")));
    assertFalse(nemesis.allHealed());
    source = sleeper();
    restarted.complete(source.toHandle());
    await("the end of the fault", nemesis::allHealed);
    assertSeen(
        "process %d was alive and is gone, and was started again as process %d"
            .formatted(destination.pid(), source.pid()));
  }

  @Test
  void aHostThatDoesNotComeUpAgainWasKilledAllTheSame() throws Exception {
    destination = sleeper();
    plan(FaultKind.RESTART_DESTINATION, StreamPhase.FINAL_ROUND, 10, 0);
    restarted.completeExceptionally(new IOException("no memory"));
    migrate();
    await("the end of the fault", () -> nemesis.allBegan() && nemesis.allHealed());
    assertSeen(
        "process " + destination.pid() + " was alive and is gone, and did not come up again");
  }

  @ParameterizedTest
  @EnumSource(names = {"RESTART_COMPANION", "RESTART_GRANTOR"})
  void whatAllHostsNeedIsKilledAndStartedAgain(FaultKind kind) throws Exception {
    companion = sleeper();
    plan(kind, StreamPhase.FINAL_ROUND, 10, 0);
    migrate();
    assertFalse(companion.isAlive());
    await("the restart", () -> commands.equals(List.of("restart " + kind.traits().place().word())));
    assertFalse(nemesis.allHealed());
    restarted.complete(ProcessHandle.current());
    await("the end of the fault", nemesis::allHealed);
    assertSeen("process " + companion.pid() + " was alive and is gone, and was started again .*");
  }

  @Test
  void whatAllHostsNeedStopsForAWhile() throws Exception {
    companion = sleeper();
    plan(FaultKind.STOP_COMPANION, StreamPhase.FINAL_ROUND, 50, 0);
    migrate();
    await("the end of the fault", nemesis::allHealed);
    assertSeen("process " + companion.pid() + " was seen stopped .*, and went on");
  }

  @Test
  void whereThereIsNoProcessBesideTheHostsNothingIsSeen() throws Exception {
    plan(FaultKind.RESTART_COMPANION, StreamPhase.FINAL_ROUND, 10, 0);
    migrate();
    assertNotSeen("it was dead before");
    assertEquals(List.of(), commands);
  }

  @Test
  void aHostThatWasDeadIsNotStartedAgain() throws Exception {
    plan(FaultKind.RESTART_DESTINATION, StreamPhase.FINAL_ROUND, 0, 0);
    migrate();
    assertNotSeen("it was dead before");
    assertEquals(List.of(), commands);
  }

  @Test
  void aProcessThatIsDeadAlreadyIsNotKilled() throws Exception {
    source = sleeper();
    source.destroyForcibly().waitFor();
    plan(FaultKind.KILL_SOURCE, StreamPhase.FINAL_ROUND, 0, 0);
    migrate();
    assertNotSeen("it was dead before");
  }

  @Test
  void nobodyIsKilledWhereThereIsNoProcess() throws Exception {
    plan(FaultKind.KILL_SOURCE, StreamPhase.FINAL_ROUND, 0, 0);
    migrate();
    assertNotSeen("it was dead before");
  }

  @Test
  void aStoppedProcessStandsAndGoesOn() throws Exception {
    source = sleeper();
    plan(FaultKind.STOP_SOURCE, StreamPhase.FINAL_ROUND, 60_000, 0);
    migrate();
    assertEquals('T', state(source));
    assertSeen("process " + source.pid() + " was seen stopped \\(state T\\), and went on");
    await("it to go on", () -> state(source) != 'T');
    assertTrue(source.isAlive());
  }

  @Test
  void aProcessThatIsDeadCannotBeStopped() throws Exception {
    destination = sleeper();
    destination.destroyForcibly().waitFor();
    plan(FaultKind.STOP_DESTINATION, StreamPhase.FINAL_ROUND, 10, 0);
    migrate();
    assertNotSeen("it could not be stopped");
  }

  private static char state(Process process) throws IOException {
    String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
    return stat.charAt(stat.lastIndexOf(')') + 2);
  }
}
