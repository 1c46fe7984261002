package landfall.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import landfall.evidence.FaultResult;
import landfall.evidence.TrialResult;

/**
 * How often each fault was seen to take effect in each phase of the migrations of one mode. A fault
 * that was aimed but not seen counts for nothing.
 */
public final class Coverage {

  /**
   * What became of a kind of fault in a phase.
   *
   * @param seen how often it was seen to take effect
   * @param aimed how often it was planned
   */
  public record Cell(int seen, int aimed) {
    private Cell and(Cell other) {
      return new Cell(seen + other.seen, aimed + other.aimed);
    }

    /** Such as {@code 3} or {@code 2 of 3}. */
    public String words() {
      return seen == aimed ? Integer.toString(seen) : seen + " of " + aimed;
    }
  }

  /** Where a fault can fall: in a mode, as trials name it, in a phase, a kind of fault. */
  public record Point(String mode, String phase, String kind) {}

  /**
   * How much of what a campaign can draw was reached.
   *
   * @param seen points at which a fault was seen to take effect
   * @param inVain points at which faults were aimed, and none was seen
   * @param all all points, and those at which faults were aimed beside them
   */
  public record Reach(int seen, int inVain, int all) {
    /** One sentence for a terminal. */
    public String words() {
      return String.format(
          "mode x phase x fault: %,d of %,d points were hit with evidence, %,d were aimed at in vain,"
              + " %,d were not drawn",
          seen, all, inVain, all - seen - inVain);
    }
  }

  /** The phases of a stream in the order in which they come. */
  public static final List<String> PHASES =
      List.of(
          "connected",
          "first-round",
          "later-round",
          "final-round",
          "device-state",
          "ready",
          "handover",
          "resumed",
          "recover",
          "push",
          "checkpoint",
          "commit",
          "last-pages",
          "ownership",
          "granted",
          "complete");

  private final String mode;
  private final Map<String, Map<String, Cell>> cells = new TreeMap<>();
  private final Set<String> phases = new LinkedHashSet<>();

  private Coverage(String mode) {
    this.mode = mode;
  }

  /** One for each mode that has a fault, in the order in which they first come. */
  public static List<Coverage> of(List<TrialResult> trials) {
    Map<String, Coverage> modes = new LinkedHashMap<>();
    for (TrialResult trial : trials) {
      for (FaultResult fault : trial.faults()) {
        modes.computeIfAbsent(trial.mode(), Coverage::new).add(fault);
      }
    }
    return List.copyOf(modes.values());
  }

  /** How many of these points the trials have reached. */
  public static Reach reach(List<TrialResult> trials, Set<Point> points) {
    Set<Point> aimed = new HashSet<>();
    Set<Point> seen = new HashSet<>();
    for (TrialResult trial : trials) {
      for (FaultResult fault : trial.faults()) {
        var point = new Point(trial.mode(), fault.phase(), fault.kind());
        aimed.add(point);
        if (fault.seen()) {
          seen.add(point);
        }
      }
    }
    Set<Point> all = new HashSet<>(points);
    all.addAll(aimed);
    return new Reach(seen.size(), aimed.size() - seen.size(), all.size());
  }

  private void add(FaultResult fault) {
    phases.add(fault.phase());
    cells
        .computeIfAbsent(fault.kind(), kind -> new TreeMap<>())
        .merge(fault.phase(), new Cell(fault.seen() ? 1 : 0, 1), Cell::and);
  }

  public String mode() {
    return mode;
  }

  /** The kinds of faults. */
  public List<String> kinds() {
    return List.copyOf(cells.keySet());
  }

  /**
   * The phases in which faults were aimed, in their order; behind them those that are not known.
   */
  public List<String> phases() {
    Comparator<String> known =
        Comparator.comparingInt(
            phase -> PHASES.contains(phase) ? PHASES.indexOf(phase) : PHASES.size());
    return phases.stream().sorted(known).toList();
  }

  /** What became of this kind in this phase; empty if it was never aimed there. */
  public Optional<Cell> cell(String kind, String phase) {
    return Optional.ofNullable(cells.get(kind).get(phase));
  }

  /** As a table for a terminal. */
  public List<String> lines() {
    int first = Math.max(mode.length(), kinds().stream().mapToInt(String::length).max().orElse(0));
    List<String> lines = new ArrayList<>();
    lines.add(
        padded(mode, first)
            + phases().stream()
                .map(phase -> "  " + padded(phase, width(phase)))
                .collect(Collectors.joining())
                .stripTrailing());
    for (String kind : kinds()) {
      lines.add(
          (padded(kind, first)
                  + phases().stream()
                      .map(
                          phase ->
                              "  "
                                  + padded(
                                      cell(kind, phase).map(Cell::words).orElse("."), width(phase)))
                      .collect(Collectors.joining()))
              .stripTrailing());
    }
    return lines;
  }

  private int width(String phase) {
    return kinds().stream()
        .mapToInt(kind -> cell(kind, phase).map(cell -> cell.words().length()).orElse(1))
        .reduce(phase.length(), Math::max);
  }

  private static String padded(String word, int width) {
    return word + " ".repeat(Math.max(0, width - word.length()));
  }
}
