package landfall.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import landfall.evidence.EvidenceFolder;
import landfall.testing.AtLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A campaign is killed again and again, at any moment, and started again with the same command: it
 * loses no trial that was finished, and leaves neither a process nor a temporary file.
 *
 * <p>{@code -Dlandfall.kills=100} makes the kills more, {@code -Dlandfall.seed=N} chooses other
 * moments.
 */
@AtLength
class KilledCampaignTest {
  private static final int KILLS = Integer.getInteger("landfall.kills", 9);
  private static final long SEED = Long.getLong("landfall.seed", 1);
  private static final int TRIALS = 3;
  private static final long LATER_MAX_MILLIS = 3_000;
  private static final int UNDECIDED = 2;
  private static final int SIGKILL_STATUS = 137;

  /** Who gets the signal. */
  private enum Victims {
    PARENT,
    GROUP,
    PARENT_AND_CHILDREN
  }

  @TempDir private Path folder;

  private final Random random = new Random(SEED);
  private final Map<Victims, Integer> killed = new EnumMap<>(Victims.class);
  private Path temporary;
  private int started;

  @Test
  void noFinishedTrialIsLostAndNothingIsLeft() throws Exception {
    temporary = Files.createDirectory(folder.resolve("tmp"));
    int kills = 0;
    int kept = 0;
    for (int run = 1; kills < KILLS; run++) {
      Path out = folder.resolve("out-" + run);
      Map<Integer, byte[]> finished = new TreeMap<>();
      // With this many kills at most, a run still comes to an end.
      boolean ended = false;
      for (int i = 0; i < 2 * TRIALS && kills < KILLS && !ended; i++) {
        Victims victims = Victims.values()[kills % Victims.values().length];
        ended = !killedOnce(victims, out, finished);
        if (!ended) {
          kills++;
          killed.merge(victims, 1, Integer::sum);
        }
      }
      kept += finished.size();
      finish(out, finished);
    }
    System.err.printf("kill -9 of a campaign: %s, %d finished trials kept%n", killed, kept);
    assertEquals(KILLS, killed.values().stream().mapToInt(each -> each).sum());
  }

  /** False if the campaign came to its end before. */
  private boolean killedOnce(Victims victims, Path out, Map<Integer, byte[]> finished)
      throws Exception {
    CommandProcess command = start(out);
    Process parent = command.process();
    List<ProcessHandle> left = new ArrayList<>();
    try {
      if (random.nextBoolean()) {
        CommandProcess.await(
            () -> finished(out).size() > finished.size() || !parent.isAlive(), "one more trial");
      }
      long moment =
          System.nanoTime()
              + TimeUnit.MILLISECONDS.toNanos((long) (random.nextDouble() * LATER_MAX_MILLIS));
      CommandProcess.await(
          () -> System.nanoTime() > moment || !parent.isAlive(), "the moment of the kill");
      left.addAll(parent.descendants().toList());
      finished.putAll(finished(out));
      List<String> kill = new ArrayList<>(List.of("kill", "-KILL", "--"));
      switch (victims) {
        case PARENT -> kill.add("" + parent.pid());
        case GROUP -> kill.add("-" + parent.pid());
        case PARENT_AND_CHILDREN -> {
          kill.add("" + parent.pid());
          left.stream().filter(each -> !isGuard(each)).forEach(each -> kill.add("" + each.pid()));
        }
      }
      new ProcessBuilder(kill)
          .redirectError(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor(); // A child may have ended meanwhile.
      int status = command.awaitEnd();
      CommandProcess.await(
          () -> left.stream().noneMatch(ProcessHandle::isAlive), "no child is alive: " + left);
      CommandProcess.await(() -> isEmpty(temporary), "no temporary file is left");
      requireKept(out, finished, command);
      return status == SIGKILL_STATUS;
    } finally {
      parent.destroyForcibly();
      left.forEach(ProcessHandle::destroyForcibly);
    }
  }

  /** The guard outlives all whom it guards: without it nobody clears up. */
  private static boolean isGuard(ProcessHandle process) {
    try {
      return Files.readString(Path.of("/proc/" + process.pid() + "/cmdline"))
          .contains("landfall-guard");
    } catch (IOException gone) {
      return false;
    }
  }

  private CommandProcess start(Path out) throws IOException {
    List<String> command =
        List.of(
            "setsid",
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Djava.io.tmpdir=" + temporary,
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "campaign",
            "reference",
            "--trials",
            "" + TRIALS,
            "--parallel",
            "2",
            "--out",
            out.toString());
    Path log = folder.resolve("log-" + ++started);
    return new CommandProcess(
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start(),
        log);
  }

  /** The same command, to its end. */
  private void finish(Path out, Map<Integer, byte[]> finished) throws Exception {
    CommandProcess command = start(out);
    try {
      // So few trials need not see every fault: undecided is as good here.
      int status = command.awaitEnd();
      boolean endedBefore = command.said().contains("holds this run already, finished");
      assertTrue(status == 0 || status == UNDECIDED || endedBefore, command::said);
    } finally {
      command.process().destroyForcibly();
    }
    requireKept(out, finished, command);
    assertEquals(
        IntStream.rangeClosed(1, TRIALS).boxed().toList(),
        EvidenceFolder.open(out).finishedTrials(),
        command::said);
    try (Stream<Path> all = Files.walk(out)) {
      assertFalse(all.anyMatch(each -> each.toString().endsWith(".landfall-tmp")), "half a file");
    }
    CommandProcess.await(() -> isEmpty(temporary), "no temporary file is left");
  }

  /** The histories of the trials that have a verdict. */
  private static Map<Integer, byte[]> finished(Path out) {
    Map<Integer, byte[]> histories = new TreeMap<>();
    for (int trial = 1; trial <= TRIALS; trial++) {
      Path folder = out.resolve("trials/%04d".formatted(trial));
      try {
        if (Files.exists(folder.resolve("verdict.json"))) {
          histories.put(trial, Files.readAllBytes(folder.resolve("history.edn")));
        }
      } catch (IOException unreadable) {
        throw new IllegalStateException(unreadable);
      }
    }
    return histories;
  }

  /** A history tells times: a trial that was done again would not have the same. */
  private static void requireKept(Path out, Map<Integer, byte[]> finished, CommandProcess command) {
    Map<Integer, byte[]> now = finished(out);
    for (Map.Entry<Integer, byte[]> each : finished.entrySet()) {
      assertArrayEquals(each.getValue(), now.get(each.getKey()), each.getKey() + command.said());
    }
  }

  private static boolean isEmpty(Path directory) {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.findAny().isEmpty();
    } catch (IOException unreadable) {
      throw new IllegalStateException(unreadable);
    }
  }
}
