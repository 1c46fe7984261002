package landfall.cli;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import landfall.evidence.Judge;
import landfall.evidence.TrialResult;
import landfall.evidence.Verdict;
import landfall.implementation.Implementation;
import landfall.judge.TraceJudge;
import landfall.judge.TrialJudge;
import landfall.nemesis.FaultKind;
import landfall.nemesis.PlannedFault;
import landfall.nemesis.StreamPhase;
import landfall.nemesis.Trigger;
import landfall.testing.AtLength;
import landfall.testing.Sampled;
import landfall.trial.Mode;
import landfall.trial.Schedule;
import landfall.trial.Trial;
import landfall.trial.TrialFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A kit of bad implementations, each a good one that does one thing wrong: each gets the right
 * verdict, within its time, and none is taken for a fault of Landfall.
 *
 * <p>Every day a good one and another are tried, {@code -Dlandfall.tests=all} tries all ({@code
 * .ci/run} does), and {@code -Dlandfall.misbehaviour=NAME,NAME} those.
 */
@Sampled
class BadImplementationsTest {
  private static final int PARALLEL = 3;
  private static final int ATTEMPTS = 4;

  /** A good one, and one that lies. */
  private static final List<Misbehaviour> EVERYDAY =
      List.of(Misbehaviour.NONE, Misbehaviour.SOURCE_SAYS_COMPLETED);

  /** What is right: one of these words, and if violated, by one of these claims. */
  private record Right(Set<String> words, Set<String> claims) {
    static Right violated(String... claims) {
      return new Right(Set.of("violated"), Set.of(claims));
    }

    static Right undecided() {
      return new Right(Set.of("undecided"), Set.of());
    }

    static Right holds() {
      return new Right(Set.of("holds"), Set.of());
    }

    /** Nothing is known of it, or what is known is a violation. */
    static Right notHolds() {
      return new Right(Set.of("violated", "undecided"), Set.of());
    }
  }

  private static Right rightFor(Misbehaviour wrong) {
    return switch (wrong) {
      case NONE, ANSWERS_300_MS_LATE, CONSOLE_150_MS_LATE, FLOODS_OUTPUT -> Right.holds();
      case RESUMES_SOURCE_FOR_30_MS, RESUMES_SOURCE_FOR_EVER ->
          Right.violated("AtMostOneEffective");
      case DROPS_PAGE_OF_LAST_ROUND, FLIPS_BIT_OF_LAST_ROUND, FLIPS_BIT_OF_FREE_MEMORY ->
          Right.violated("ConsistentImage");
      case FREEZES_AFTER_300_MS, FREEZES_AFTER_2_S -> Right.violated("EventuallyRuns");
      case RUNS_PAUSED_GUEST -> Right.violated("StaysPaused");
      case HANGS_AFTER_COMPLETING, DIES_AFTER_COMPLETING -> Right.violated("EventuallyRuns");
      // On a busy machine the guest may have left before the signal comes: then the report is
      // wrong.
      case HANGS_BEFORE_COMPLETING -> Right.violated("EventuallyRuns", "StatusTruthful");
      case SOURCE_SAYS_COMPLETED,
          DESTINATION_SAYS_COMPLETED,
          ACCEPTS_AND_DOES_NOTHING,
          ANSWERS_WITH_WRONG_TYPES ->
          Right.violated("StatusTruthful");
      case LOSES_WRITES, LOSES_DISK_WRITES -> Right.violated("Linearizable");
      // Among the garbage is an event that nobody has listed.
      case FLOODS_WITH_EVENTS,
          PRINTS_GARBAGE,
          FLOODS_SERIAL_LINE,
          DIES_AT_START,
          ANSWERS_5_S_LATE,
          SAVES_HALF_OF_ITS_MEMORY ->
          Right.undecided();
      case ANSWERS_THE_PREVIOUS_QUESTION, READS_NOTHING -> Right.notHolds();
    };
  }

  @TempDir private Path folder;

  private static Schedule schedule(Misbehaviour wrong, int attempt) {
    boolean pauses = wrong == Misbehaviour.RUNS_PAUSED_GUEST;
    PlannedFault fault =
        switch (wrong) {
          case DESTINATION_SAYS_COMPLETED ->
              new PlannedFault(FaultKind.RESET, Trigger.at(StreamPhase.LATER_ROUND), 0, 0);
          case RUNS_PAUSED_GUEST ->
              new PlannedFault(
                  FaultKind.PAUSE_GUEST, Trigger.at(StreamPhase.FIRST_ROUND), 3_000, 0);
          default ->
              new PlannedFault(FaultKind.DELAY, Trigger.at(StreamPhase.LATER_ROUND), 300, 20);
        };
    return new Schedule(
        wrong.ordinal() + 1,
        41 + wrong.ordinal() + 100L * attempt,
        "reference",
        Mode.PRECOPY,
        Schedule.once(List.of(fault)),
        true,
        !pauses,
        new Schedule.GuestLoad(300, 1400, 16, 15),
        8_000_000,
        15,
        List.of());
  }

  @Test
  void eachGetsTheRightVerdict() throws Exception {
    Implementation good = Hosts.implementations().named("reference").get(0);
    Path kernel = good.putGuest(folder);
    Map<Misbehaviour, TrialFiles> files = new ConcurrentHashMap<>();
    ExecutorService pool = Executors.newFixedThreadPool(PARALLEL);
    try {
      Map<Misbehaviour, Future<?>> running = new EnumMap<>(Misbehaviour.class);
      for (Misbehaviour wrong : chosen()) {
        running.put(
            wrong,
            pool.submit(
                () -> {
                  files.put(wrong, misbehaved(wrong, good, kernel));
                  return null;
                }));
      }
      for (Future<?> each : running.values()) {
        each.get();
      }
    } finally {
      pool.shutdownNow();
    }
    Map<TrialFiles, Verdict> traces =
        TraceJudge.judge(List.copyOf(files.values()), TrialFiles::observed);
    List<Runnable> claims = new ArrayList<>();
    for (Map.Entry<Misbehaviour, TrialFiles> each : files.entrySet()) {
      TrialResult result = TrialJudge.judge(each.getValue(), traces.get(each.getValue()));
      System.out.println(each.getKey() + ": " + TrialLine.of(result));
      claims.add(() -> assertRight(each.getKey(), each.getValue(), result));
    }
    assertAll(claims.stream().map(claim -> claim::run));
  }

  /**
   * A trial in which it did its one thing. Some need an occasion, such as a page in the last round,
   * and the next seed gives it; of the verdict nothing is looked at here.
   */
  private TrialFiles misbehaved(Misbehaviour wrong, Implementation good, Path kernel)
      throws Exception {
    TrialFiles files = null;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      files = new TrialFiles(folder.resolve(wrong.name() + "-" + attempt));
      new Trial(schedule(wrong, attempt), new BadImplementation(good, wrong), files, kernel).run();
      if (wrong == Misbehaviour.NONE || Files.exists(BadImplementation.mark(files.logs()))) {
        return files;
      }
    }
    return files;
  }

  private static List<Misbehaviour> chosen() {
    String only = System.getProperty("landfall.misbehaviour", "");
    if (!only.isEmpty()) {
      return Arrays.stream(only.split(",")).map(Misbehaviour::valueOf).toList();
    }
    if (!AtLength.ASKED) {
      System.out.printf(
          "%d of %d misbehaviours: all take some minutes, -Dlandfall.tests=all runs them%n",
          EVERYDAY.size(), Misbehaviour.values().length);
      return EVERYDAY;
    }
    return List.of(Misbehaviour.values());
  }

  private static void assertRight(Misbehaviour wrong, TrialFiles files, TrialResult result) {
    String said = wrong + ": " + TrialLine.of(result);
    assertTrue(
        wrong == Misbehaviour.NONE || Files.exists(BadImplementation.mark(files.logs())),
        () -> "it behaved well: " + said);
    for (Map.Entry<Judge, Verdict> each : result.verdicts().entrySet()) {
      assertTrue(!(each.getValue() instanceof Verdict.Broken), () -> said);
    }
    Right right = rightFor(wrong);
    assertTrue(right.words().contains(result.verdict().word()), () -> said);
    assertTrue(
        right.claims().isEmpty()
            || result.verdicts().values().stream()
                .anyMatch(
                    verdict ->
                        verdict instanceof Verdict.Violated violated
                            && right.claims().contains(violated.claim())),
        () -> said);
  }
}
