package landfall.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import landfall.evidence.ModelResult;
import landfall.tlc.Model;

/** What is printed of a run of models: progress while it lasts, then a line for each protocol. */
final class ModelTable implements Consumer<ModelResult>, AutoCloseable {
  private static final int SECONDS_BETWEEN_LINES = 10;

  private final Map<String, String> protocols;
  private final boolean each;
  private final int total;
  private final Progress bar;
  private final ScheduledExecutorService clock;
  private final long start = System.nanoTime();
  private int done;
  private int wrong;

  /**
   * Begins a run.
   *
   * @param models all models of the run, also those that were checked before it was resumed
   * @param total how many are checked now
   * @param each whether to tell of each model
   */
  ModelTable(List<Model> models, int total, boolean each) {
    this.protocols =
        models.stream().collect(Collectors.toMap(Model::name, Model::protocol, (a, b) -> a));
    this.each = each;
    this.total = total;
    boolean plain = System.console() == null;
    this.bar = plain && !each ? null : new Progress(System.err, "model", total);
    this.clock =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "progress");
              thread.setDaemon(true);
              return thread;
            });
    if (plain) {
      clock.scheduleAtFixedRate(
          this::line, SECONDS_BETWEEN_LINES, SECONDS_BETWEEN_LINES, TimeUnit.SECONDS);
    }
  }

  private synchronized void line() {
    System.err.printf(
        "%d of %d models after %d s%s%n",
        done,
        total,
        TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start),
        wrong == 0 ? "" : ", " + wrong + " not as expected");
  }

  @Override
  public synchronized void accept(ModelResult result) {
    done++;
    wrong += result.ok() ? 0 : 1;
    if (bar != null) {
      bar.finished((result.ok() ? "ok     " : "WRONG  ") + result.model());
    } else if (!result.ok()) {
      System.err.println("WRONG  " + result.model() + ": " + result.found());
    }
  }

  @Override
  public void close() {
    clock.shutdownNow();
    if (bar != null) {
      bar.close();
    }
  }

  /** Prints the results: each model if that was asked for, each protocol, and what is wrong. */
  void print(PrintStream out, List<ModelResult> results) {
    if (each) {
      printEach(out, results);
      out.println();
    }
    Map<String, List<ModelResult>> byProtocol = new TreeMap<>();
    for (ModelResult result : results) {
      byProtocol
          .computeIfAbsent(
              protocols.getOrDefault(result.model(), "not in the manifest"),
              any -> new ArrayList<>())
          .add(result);
    }
    int width = byProtocol.keySet().stream().mapToInt(String::length).max().orElse(0);
    String row = "%-" + Math.max(width, "protocol".length()) + "s  %-5s  %6s  %9s  %10s  %6s%n";
    out.printf(row, "protocol", "", "models", "must fail", "states", "s");
    byProtocol.forEach(
        (protocol, of) ->
            out.printf(
                row,
                protocol,
                of.stream().allMatch(ModelResult::ok) ? "ok" : "WRONG",
                of.size(),
                of.stream().filter(one -> one.kind() == ModelResult.Kind.COUNTEREXAMPLE).count(),
                String.format(
                    Locale.ROOT, "%,d", of.stream().mapToLong(ModelResult::distinctStates).sum()),
                String.format(
                    Locale.ROOT, "%.1f", of.stream().mapToLong(ModelResult::millis).sum() / 1e3)));
    for (ModelResult result : results) {
      if (!result.ok()) {
        out.printf(
            "model %s: expected %s, found %s%n", result.model(), result.expected(), result.found());
      }
    }
  }

  private static void printEach(PrintStream out, List<ModelResult> results) {
    int width =
        results.stream().mapToInt(result -> Math.min(60, result.model().length())).max().orElse(5);
    String row = "%-" + Math.max(width, 5) + "s  %-5s  %10s  %5s  %6s  %s%n";
    out.printf(row, "model", "", "states", "depth", "s", "found");
    for (ModelResult result : results) {
      out.printf(
          row,
          result.model(),
          result.ok() ? "ok" : "WRONG",
          String.format(Locale.ROOT, "%,d", result.distinctStates()),
          result.depth(),
          String.format(Locale.ROOT, "%.1f", result.millis() / 1e3),
          result.found());
    }
  }
}
