package landfall.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import landfall.evidence.Counts;
import landfall.evidence.EvidenceException;
import landfall.evidence.EvidenceFolder;
import landfall.evidence.ImplementationVersion;
import landfall.evidence.ModelResult;
import landfall.evidence.Report;
import landfall.evidence.RunIdentity;
import landfall.evidence.TrialResult;
import landfall.evidence.Verdict;
import landfall.report.ReportFiles;

/**
 * A run that gathers evidence: its folder, and what happens to it when the user presses Ctrl-C. The
 * one way in which evidence is opened, sealed and reported.
 */
final class Run {
  private static final Path DEFAULT_PARENT = Path.of("landfall-out");
  private static final int NUMBERS = 10_000;
  private static final long SEAL_SECONDS = 60;

  /** What a run does. */
  interface Work {
    /** Does it; the report is written and the folder sealed by {@link #finish}. */
    int in(Run run) throws IOException, InterruptedException;
  }

  private final EvidenceFolder evidence;

  private Run(EvidenceFolder evidence) {
    this.evidence = evidence;
  }

  /**
   * Does work in an evidence folder. If the process is interrupted the work is ended, what there is
   * stays valid evidence, and the same command takes it up again.
   *
   * @param out the folder, or null for the next one below {@code landfall-out}
   */
  static int in(Path out, RunIdentity identity, Work work)
      throws IOException, InterruptedException {
    var run = new Run(open(out, identity));
    Thread worker = Thread.currentThread();
    var over = new CountDownLatch(1);
    boolean[] interrupted = {false};
    var hook =
        new Thread(
            () -> {
              interrupted[0] = true;
              worker.interrupt();
              try {
                over.await(SEAL_SECONDS, TimeUnit.SECONDS);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "interrupted");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      int status = work.in(run);
      forget(hook);
      return status;
    } catch (InterruptedException | RuntimeException | IOException | Error ended) {
      Thread.interrupted();
      run.seal(ended);
      if (interrupted[0]) {
        System.err.println(
            "landfall: interrupted; the evidence so far is in "
                + run.folder()
                + ", the same command takes it up again");
        over.countDown();
        // The process is ending already, with the status of the signal.
        new CountDownLatch(1).await();
      }
      forget(hook);
      throw ended;
    }
  }

  private void seal(Throwable ended) throws IOException {
    try {
      evidence.seal(false);
    } catch (IOException unsealed) {
      // What ended the run matters more.
      ended.addSuppressed(unsealed);
    }
  }

  private static void forget(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException endingAlready) {
      // The run was over just before: there is nothing left to save.
    }
  }

  private static EvidenceFolder open(Path out, RunIdentity identity) throws IOException {
    if (out != null) {
      return EvidenceFolder.openForRun(out, identity);
    }
    String name = identity.command().split(" ")[0];
    EvidenceException last = null;
    for (int number = 1; number < NUMBERS; number++) {
      Path folder = DEFAULT_PARENT.resolve(name + "-" + number);
      try {
        return EvidenceFolder.openForRun(folder, identity);
      } catch (EvidenceException taken) {
        if (!java.nio.file.Files.isDirectory(folder)) {
          throw taken;
        }
        last = taken;
      }
    }
    throw last;
  }

  EvidenceFolder evidence() {
    return evidence;
  }

  Path folder() {
    return evidence.root();
  }

  /** Writes all reports, seals the folder, prints the verdict; gives the exit status. */
  int finish(List<ModelResult> models, List<TrialResult> trials, Verdict... further)
      throws IOException {
    ImplementationVersion implementation = evidence.run().implementation();
    Report report =
        Report.of(
            implementation, evidence.run().seed(), RecordedRun.inOrder(models), trials, further);
    evidence.writeReport(report);
    ReportFiles.write(evidence, report);
    evidence.seal(true);
    Counts counts = report.counts();
    if (!trials.isEmpty()) {
      System.out.printf(
          "%d trials, %d in which every fault was seen to take effect, %,d operations, %,d trace"
              + " events%n",
          counts.trials(), counts.withFaultSeen(), counts.operations(), counts.events());
    }
    System.out.println("report: " + folder().resolve("report.html"));
    return Answer.print(report.verdict());
  }
}
