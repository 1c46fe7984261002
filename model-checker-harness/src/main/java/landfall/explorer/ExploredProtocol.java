package landfall.explorer;

import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import landfall.specs.SpecFiles;

/** A protocol that has both a module and a pure core. */
public enum ExploredProtocol {
  /** {@code landfall.precopy} and module {@code PreCopy}. */
  PRE_COPY("PreCopy", "precopy"),
  /** {@code landfall.postcopy} and module {@code PostCopy}. */
  POST_COPY("PostCopy", "postcopy"),
  /** {@code landfall.checkpoint} and module {@code ReverseCheckpoint}. */
  CHECKPOINT("ReverseCheckpoint", "checkpoint"),
  /** {@code landfall.lease} and module {@code Lease}. */
  LEASE("Lease", "lease");

  private static final Pattern WITH_ARBITER = Pattern.compile("(?m)^ *Arbiter = TRUE");
  private static final Pattern DISK_PAGES = Pattern.compile("(?m)^ *DiskPages = \\{([0-9, ]*)\\}");

  private final String module;
  private final String option;

  ExploredProtocol(String module, String option) {
    this.module = module;
    this.option = option;
  }

  /** Name of its module. */
  public String module() {
    return module;
  }

  /** Its name on the command line. */
  public String option() {
    return option;
  }

  /** Numbers of the defects that its core has as mutants, in ascending order. */
  public List<Integer> defects() {
    return switch (this) {
      case PRE_COPY ->
          Arrays.stream(landfall.precopy.Mutant.values())
              .map(landfall.precopy.Mutant::defect)
              .sorted()
              .toList();
      case POST_COPY ->
          Arrays.stream(landfall.postcopy.Mutant.values())
              .map(landfall.postcopy.Mutant::defect)
              .sorted()
              .toList();
      case CHECKPOINT ->
          Arrays.stream(landfall.checkpoint.Mutant.values())
              .map(landfall.checkpoint.Mutant::defect)
              .sorted()
              .toList();
      case LEASE ->
          Arrays.stream(landfall.lease.Mutant.values())
              .map(landfall.lease.Mutant::defect)
              .sorted()
              .toList();
    };
  }

  /**
   * False for a mistake below the model, which no exploration can show: the modules have versions
   * of pages, and neither their contents nor their encodings. {@code IllegalArgumentException} if
   * the core has no such mutant.
   */
  public boolean isInModel(int defect) {
    return switch (this) {
      case PRE_COPY ->
          switch (landfall.precopy.Mutant.ofDefect(defect)) {
            case RESUME_UNACKNOWLEDGED,
                IGNORE_LOST_HANDOVER,
                RETRY_SENDS_DIRTY_ONLY,
                MISS_PAGES_AT_START,
                ACCEPT_STALE_FRAMES ->
                true;
            case KEEP_CONTENT_OF_ZERO_PAGES -> false;
          };
      case POST_COPY ->
          switch (landfall.postcopy.Mutant.ofDefect(defect)) {
            case RESUME_UNACKNOWLEDGED,
                PAGE_LIST_NOT_SENT,
                DISCARD_LIST_NOT_SENT,
                STALE_PAGE_OVER_NEWER ->
                true;
          };
      case CHECKPOINT ->
          switch (landfall.checkpoint.Mutant.ofDefect(defect)) {
            case OUTPUT_NOT_HELD,
                APPLIED_PAGE_BY_PAGE,
                SOURCE_FREES_PAGES,
                END_NOT_ACKNOWLEDGED,
                DISK_WRITES_NOT_CARRIED,
                NOT_FENCED ->
                true;
          };
      case LEASE ->
          switch (landfall.lease.Mutant.ofDefect(defect)) {
            case ALLOWANCE_TOO_SHORT, COUNTED_FROM_ANSWER, CLOCK_NOT_CHECKED -> true;
          };
    };
  }

  /** The model whose graph is the module's, within bounds. */
  String graphModel() {
    return "MC" + module + "Graph";
  }

  /** Constants of the graph model beyond those of {@link Bounds}, as the explorer has them. */
  Map<String, String> constants() {
    return switch (this) {
      case PRE_COPY -> Map.of("FewEnough", Integer.toString(PreCopySteps.FEW_ENOUGH));
      case POST_COPY -> Map.of("MaxRounds", Integer.toString(Bounds.ROUNDS_MAX));
      case CHECKPOINT -> Map.of("SetsBackDestination", "FALSE");
      case LEASE -> Map.of();
    };
  }

  /** Constants of the graph model that are bounds, with the pages. */
  Map<String, String> constants(Bounds bounds) {
    var constants = new HashMap<String, String>();
    if (this == LEASE) {
      return constants;
    }
    constants.put("Pages", set(IntStream.range(0, bounds.pages()).boxed().toList()));
    constants.put("MaxSteps", Integer.toString(bounds.steps()));
    if (this == CHECKPOINT) {
      constants.put("DiskPages", set(diskPages(bounds.pages())));
      constants.put("MaxMessages", Integer.toString(bounds.messages()));
    } else {
      constants.put("Arbiter", bounds.arbiter() ? "TRUE" : "FALSE");
      constants.put("MaxAttempts", Integer.toString(bounds.attempts()));
    }
    return constants;
  }

  // Which pages the guest writes to the disk is the guest's; the last is one, and no other.
  private static Set<Integer> diskPages(int pages) {
    return Set.of(pages - 1);
  }

  private static String set(Collection<Integer> members) {
    return TlaValue.numbers(members).toString();
  }

  /**
   * The core, as the configuration of a model of the module has the world around it.
   *
   * @param config text of the configuration
   */
  CoreInWorld<?> core(String config, int pages, Set<Integer> defects) {
    if (this == LEASE) {
      return lease(config, defects);
    }
    var disk = DISK_PAGES.matcher(config);
    if (this == CHECKPOINT && disk.find()) {
      var diskPages =
          Arrays.stream(disk.group(1).split("[, ]+"))
              .filter(page -> !page.isEmpty())
              .map(Integer::valueOf)
              .collect(Collectors.toSet());
      return checkpoints(pages, diskPages, defects);
    }
    return core(pages, WITH_ARBITER.matcher(config).find(), defects);
  }

  private static LeaseCore lease(String config, Set<Integer> defects) {
    int drift = number("Drift", config);
    return new LeaseCore(
        new landfall.lease.Protocol(
            number("Term", config),
            drift,
            defects.stream().map(landfall.lease.Mutant::ofDefect).collect(Collectors.toSet())),
        drift);
  }

  private static int number(String constant, String config) {
    var line = Pattern.compile("(?m)^ *" + constant + " = ([0-9]+)").matcher(config);
    if (!line.find()) {
      throw new IllegalStateException("the model does not set " + constant);
    }
    return Integer.parseInt(line.group(1));
  }

  private static CheckpointCore checkpoints(
      int pages, Set<Integer> diskPages, Set<Integer> defects) {
    return new CheckpointCore(
        new landfall.checkpoint.Protocol(
            pages,
            defects.stream().map(landfall.checkpoint.Mutant::ofDefect).collect(Collectors.toSet())),
        diskPages);
  }

  /**
   * The core.
   *
   * @param defects deliberate mistakes, none for the core as it is
   * @throws IllegalArgumentException if it has no such mutant; the message names those it has
   */
  CoreInWorld<?> core(int pages, boolean arbiter, Set<Integer> defects) {
    return switch (this) {
      case PRE_COPY ->
          new PreCopyCore(
              new landfall.precopy.Protocol(
                  pages,
                  arbiter,
                  defects.stream()
                      .map(landfall.precopy.Mutant::ofDefect)
                      .collect(Collectors.toSet())));
      case POST_COPY ->
          new PostCopyCore(
              new landfall.postcopy.Protocol(
                  pages,
                  arbiter,
                  defects.stream()
                      .map(landfall.postcopy.Mutant::ofDefect)
                      .collect(Collectors.toSet())));
      case CHECKPOINT -> checkpoints(pages, diskPages(pages), defects);
      case LEASE -> lease(SpecFiles.read(graphModel() + ".cfg"), defects);
    };
  }
}
