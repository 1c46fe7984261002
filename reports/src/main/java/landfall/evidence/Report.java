package landfall.evidence;

import java.util.ArrayList;
import java.util.List;

/**
 * The whole of a run, as written to {@code report.json}.
 *
 * @param schema always {@link #SCHEMA}
 * @param verdict the run's verdict; never better than that of any model or trial
 * @param implementation what was tested
 * @param seed the run's seed, which decides everything
 * @param counts what the verdict rests on; agrees with {@code trials}
 * @param models results of model checking; may be empty
 * @param trials results of trials; may be empty
 */
public record Report(
    String schema,
    Verdict verdict,
    ImplementationVersion implementation,
    long seed,
    Counts counts,
    List<ModelResult> models,
    List<TrialResult> trials) {

  /** The version of the form of {@code report.json}; the number rises when a reader would break. */
  public static final String SCHEMA = "landfall-report/1";

  public Report {
    if (!SCHEMA.equals(schema)) {
      throw new IllegalArgumentException(
          "report schema is " + schema + ", this version reads and writes " + SCHEMA);
    }
    Require.present("verdict of the report", verdict);
    Require.present("implementation of the report", implementation);
    Require.present("counts of the report", counts);
    models = Require.copy(models);
    trials = Require.copy(trials);
    Counts counted = Counts.of(trials);
    if (!counted.equals(counts)) {
      throw new IllegalArgumentException(
          "counts of the report are " + counts + ", its trials give " + counted);
    }
    Verdict ofParts = worstOf(models, trials, List.of());
    boolean hasParts = !models.isEmpty() || !trials.isEmpty();
    if (hasParts && !verdict.word().equals(Verdict.worst(verdict, ofParts).word())) {
      throw new IllegalArgumentException(
          "the report's verdict is "
              + verdict.word()
              + ", better than "
              + ofParts.word()
              + " of one of its parts");
    }
    if (!hasParts && verdict instanceof Verdict.Holds) {
      throw new IllegalArgumentException("a report without models and trials cannot hold");
    }
  }

  /**
   * The report of these parts; counts and verdict follow from them.
   *
   * @param further verdicts about the run as a whole, such as undecided for unmet coverage
   */
  public static Report of(
      ImplementationVersion implementation,
      long seed,
      List<ModelResult> models,
      List<TrialResult> trials,
      Verdict... further) {
    return new Report(
        SCHEMA,
        worstOf(models, trials, List.of(further)),
        implementation,
        seed,
        Counts.of(trials),
        models,
        trials);
  }

  private static Verdict worstOf(
      List<ModelResult> models, List<TrialResult> trials, List<Verdict> further) {
    var all = new ArrayList<Verdict>();
    trials.forEach(trial -> all.add(trial.verdict()));
    models.forEach(model -> all.add(model.verdict()));
    all.addAll(further);
    return Verdict.worst(all);
  }
}
