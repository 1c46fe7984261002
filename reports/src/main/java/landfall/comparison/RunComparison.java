package landfall.comparison;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Predicate;
import landfall.evidence.RoundResult;
import landfall.evidence.TrialResult;
import landfall.evidence.Verdict;

/**
 * A second run held against a first one.
 *
 * @param rates how often trials were violated and undecided
 * @param figures downtime, total time and throughput of the migrations that completed; without
 *     those of which a run has too few
 * @param sameSchedules trials that both runs have with the same seed and plan
 * @param verdict whether the second run is worse than the first
 */
public record RunComparison(
    List<OfRates> rates, List<OfFigures> figures, int sameSchedules, Verdict verdict) {

  /** Below this p value, corrected for the number of comparisons, a difference is one. */
  public static final double SIGNIFICANT = 0.05;

  /** Of fewer trials, or fewer figures, nothing is said. */
  public static final int ENOUGH = 20;

  /**
   * Two rates.
   *
   * @param what such as {@code trials violated}
   * @param first of the first run
   * @param second of the second run
   * @param p Fisher's exact test, corrected
   */
  public record OfRates(String what, Rate first, Rate second, double p) {
    boolean isWorse() {
      return p < SIGNIFICANT && second.part() > first.part();
    }
  }

  /**
   * Two samples.
   *
   * @param what such as {@code downtime}
   * @param unit such as {@code ms}
   * @param firstSize how many figures the first run has
   * @param secondSize how many the second has
   * @param firstMedian the median of the first run
   * @param secondMedian the median of the second run
   * @param delta Cliff's delta: from -1, the second run's figures are all smaller, to 1, all larger
   * @param p Mann-Whitney, corrected
   * @param smallerIsBetter whether less of it is better
   */
  public record OfFigures(
      String what,
      String unit,
      int firstSize,
      int secondSize,
      double firstMedian,
      double secondMedian,
      double delta,
      double p,
      boolean smallerIsBetter) {
    boolean isWorse() {
      return p < SIGNIFICANT && (smallerIsBetter ? delta > 0 : delta < 0);
    }
  }

  private record Kind(
      String what, String unit, boolean smallerIsBetter, Function<TrialResult, Double> of) {}

  private static final List<Kind> KINDS =
      List.of(
          new Kind("downtime", "ms", true, TrialResult::downtimeMillis),
          new Kind("total time", "ms", true, TrialResult::totalMillis),
          new Kind("throughput", "MB/s", false, RunComparison::throughput));

  /** Compares the trials of two runs. */
  public static RunComparison of(List<TrialResult> first, List<TrialResult> second) {
    List<OfRates> rates = new ArrayList<>();
    rates.add(rates("trials violated", first, second, Verdict.Violated.class::isInstance));
    rates.add(rates("trials undecided", first, second, Verdict.Undecided.class::isInstance));
    List<OfFigures> figures = new ArrayList<>();
    for (Kind kind : KINDS) {
      var mine = new Sample(completed(first, kind.of()));
      var theirs = new Sample(completed(second, kind.of()));
      if (mine.size() >= ENOUGH && theirs.size() >= ENOUGH) {
        figures.add(figures(kind, mine, theirs));
      }
    }
    correct(rates, figures);
    return new RunComparison(
        rates, figures, sameSchedules(first, second), verdict(first, second, rates, figures));
  }

  private static OfRates rates(
      String what, List<TrialResult> first, List<TrialResult> second, Predicate<Verdict> counted) {
    Rate mine = rate(first, counted);
    Rate theirs = rate(second, counted);
    return new OfRates(what, mine, theirs, mine.sameAs(theirs));
  }

  private static Rate rate(List<TrialResult> trials, Predicate<Verdict> counted) {
    long count = trials.stream().filter(trial -> counted.test(trial.verdict())).count();
    return new Rate((int) count, trials.size());
  }

  private static OfFigures figures(Kind kind, Sample first, Sample second) {
    return new OfFigures(
        kind.what(),
        kind.unit(),
        first.size(),
        second.size(),
        first.median(),
        second.median(),
        first.deltaTo(second),
        first.sameAs(second),
        kind.smallerIsBetter());
  }

  /** A failed migration has times, too, but they say how long the fault lasted. */
  private static List<Double> completed(
      List<TrialResult> trials, Function<TrialResult, Double> of) {
    return trials.stream()
        .filter(trial -> trial.outcome().equals("completed"))
        .map(of)
        .filter(Objects::nonNull)
        .toList();
  }

  private static Double throughput(TrialResult trial) {
    double bytes = trial.rounds().stream().mapToDouble(RoundResult::bytes).sum();
    double millis = trial.rounds().stream().mapToDouble(RoundResult::millis).sum();
    return millis > 0 ? bytes / millis / 1e3 : null;
  }

  /**
   * Many comparisons find a difference by chance: the smallest of n p values counts n times, the
   * next one n - 1 times (Holm 1979).
   */
  private static void correct(List<OfRates> rates, List<OfFigures> figures) {
    List<Double> sorted = new ArrayList<>();
    rates.forEach(each -> sorted.add(each.p()));
    figures.forEach(each -> sorted.add(each.p()));
    sorted.sort(Comparator.naturalOrder());
    double[] corrected = new double[sorted.size()];
    double atLeast = 0;
    for (int i = 0; i < corrected.length; i++) {
      atLeast = Math.max(atLeast, Math.min(1, sorted.get(i) * (corrected.length - i)));
      corrected[i] = atLeast;
    }
    rates.replaceAll(
        each ->
            new OfRates(
                each.what(), each.first(), each.second(), corrected[sorted.indexOf(each.p())]));
    figures.replaceAll(
        each ->
            new OfFigures(
                each.what(),
                each.unit(),
                each.firstSize(),
                each.secondSize(),
                each.firstMedian(),
                each.secondMedian(),
                each.delta(),
                corrected[sorted.indexOf(each.p())],
                each.smallerIsBetter()));
  }

  private static int sameSchedules(List<TrialResult> first, List<TrialResult> second) {
    record Key(int id, long seed, String plan) {}
    Function<TrialResult, Key> key = trial -> new Key(trial.id(), trial.seed(), trial.plan());
    List<Key> theirs = second.stream().map(key).toList();
    return (int) first.stream().map(key).filter(theirs::contains).count();
  }

  private static Verdict verdict(
      List<TrialResult> first,
      List<TrialResult> second,
      List<OfRates> rates,
      List<OfFigures> figures) {
    List<String> worse = new ArrayList<>();
    rates.stream()
        .filter(OfRates::isWorse)
        .forEach(
            each ->
                worse.add(
                    "%s: %d of %d, before %d of %d"
                        .formatted(
                            each.what(),
                            each.second().count(),
                            each.second().of(),
                            each.first().count(),
                            each.first().of())));
    figures.stream()
        .filter(OfFigures::isWorse)
        .forEach(
            each ->
                worse.add(
                    "%s: median %.1f %s, before %.1f %s"
                        .formatted(
                            each.what(),
                            each.secondMedian(),
                            each.unit(),
                            each.firstMedian(),
                            each.unit())));
    if (!worse.isEmpty()) {
      return new Verdict.Violated("NoWorseThanBefore", String.join("; ", worse));
    }
    int fewest = Math.min(first.size(), second.size());
    if (fewest < ENOUGH) {
      return new Verdict.Undecided(
          "a run of %d trials is too small to compare, %d are needed".formatted(fewest, ENOUGH));
    }
    return figures.isEmpty()
        ? new Verdict.Undecided(
            "fewer than %d migrations completed in one of the runs".formatted(ENOUGH))
        : new Verdict.Holds(first.size() + (long) second.size());
  }
}
