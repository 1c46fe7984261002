package landfall.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import landfall.comparison.Rate;
import landfall.comparison.RunComparison;
import landfall.evidence.EvidenceFolder;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code landfall compare}: is the second run worse than the first? */
@Command(
    name = "compare",
    description = {
      "Compares the trials of two runs: of two versions, two implementations or two machines.",
      "Rates have exact 95 % bounds (Clopper-Pearson) and Fisher's exact test; times of completed"
          + " migrations have medians, Cliff's delta (-1: all smaller in B, 1: all larger) and the"
          + " Mann-Whitney test. The p values are corrected for their number (Holm). Exit status 1"
          + " if B is worse, 2 if there are fewer than "
          + RunComparison.ENOUGH
          + " trials or times to compare. That no difference is found is no proof that there is"
          + " none."
    },
    mixinStandardHelpOptions = true)
final class CompareCommand implements Callable<Integer> {
  private static final double CONFIDENCE = 0.95;

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Parameters(index = "0", paramLabel = "A", description = "The folder of the run before.")
  private Path before;

  @Parameters(index = "1", paramLabel = "B", description = "The folder of the run after.")
  private Path after;

  @Override
  public Integer call() throws IOException {
    RecordedRun first = RecordedRun.of(EvidenceFolder.open(before));
    RecordedRun second = RecordedRun.of(EvidenceFolder.open(after));
    if (Files.isSameFile(before, after)) {
      throw new CommandLine.ParameterException(
          spec.commandLine(),
          before + " and " + after + " are one folder; give the folders of two runs");
    }
    var compared = RunComparison.of(first.trials(), second.trials());
    print("A", first);
    print("B", second);
    System.out.printf(
        "%d trials have the same seed and plan in both%s%n%n",
        compared.sameSchedules(),
        compared.sameSchedules() < Math.max(first.trials().size(), second.trials().size())
            ? "; the others may differ for that alone"
            : "");
    System.out.printf("%-18s %-26s %-26s %7s %9s%n", "", "A", "B", "delta", "p");
    for (RunComparison.OfRates each : compared.rates()) {
      System.out.printf(
          "%-18s %-26s %-26s %7s %9s%n",
          each.what(), words(each.first()), words(each.second()), "", p(each.p()));
    }
    for (RunComparison.OfFigures each : compared.figures()) {
      System.out.printf(
          "%-18s %-26s %-26s %7.2f %9s%n",
          each.what(),
          words(each.firstMedian(), each.unit(), each.firstSize()),
          words(each.secondMedian(), each.unit(), each.secondSize()),
          each.delta(),
          p(each.p()));
    }
    System.out.println();
    return Answer.print(compared.verdict());
  }

  private static void print(String name, RecordedRun run) {
    System.out.printf("%s: %s, %d trials%n", name, run.evidence().run(), run.trials().size());
  }

  private static String words(Rate rate) {
    return String.format(
        Locale.ROOT,
        "%d of %d (%.1f to %.1f %%)",
        rate.count(),
        rate.of(),
        100 * rate.lower(CONFIDENCE),
        100 * rate.upper(CONFIDENCE));
  }

  private static String words(double median, String unit, int of) {
    return String.format(Locale.ROOT, "%.1f %s, median of %d", median, unit, of);
  }

  private static String p(double p) {
    return p < 1e-4 ? "< 0.0001" : String.format(Locale.ROOT, "%.4f", p);
  }
}
