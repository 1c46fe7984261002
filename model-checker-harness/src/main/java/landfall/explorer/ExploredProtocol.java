package landfall.explorer;

import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

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
      case PRE_COPY -> numbers(landfall.precopy.Mutant.values(), landfall.precopy.Mutant::defect);
      case POST_COPY ->
          numbers(landfall.postcopy.Mutant.values(), landfall.postcopy.Mutant::defect);
      case CHECKPOINT ->
          numbers(landfall.checkpoint.Mutant.values(), landfall.checkpoint.Mutant::defect);
      case LEASE -> numbers(landfall.lease.Mutant.values(), landfall.lease.Mutant::defect);
    };
  }

  private static <M> List<Integer> numbers(M[] mutants, Function<M, Integer> number) {
    return Arrays.stream(mutants).map(number).sorted().toList();
  }

  /**
   * False for a mistake below the model, which no exploration can show: the modules have versions
   * of pages, and neither their contents nor their encodings. {@code IllegalArgumentException} if
   * the core has no such mutant.
   */
  public boolean isInModel(int defect) {
    requireMutant(defect);
    return this != PRE_COPY
        || defect != landfall.precopy.Mutant.KEEP_CONTENT_OF_ZERO_PAGES.defect();
  }

  /** {@code IllegalArgumentException} unless its core has this mutant; it names those it has. */
  public void requireMutant(int defect) {
    if (!defects().contains(defect)) {
      throw new IllegalArgumentException(
          "no mutant %d of %s; known mutants are %s"
              .formatted(
                  defect,
                  module,
                  defects().stream().map(String::valueOf).collect(Collectors.joining(", "))));
    }
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
      // Which pages the guest writes to the disk is the guest's; the last is one, and no other.
      constants.put("DiskPages", set(Set.of(bounds.pages() - 1)));
      constants.put("MaxMessages", Integer.toString(bounds.messages()));
    } else {
      constants.put("Arbiter", bounds.arbiter() ? "TRUE" : "FALSE");
      constants.put("MaxAttempts", Integer.toString(bounds.attempts()));
    }
    return constants;
  }

  private static String set(Collection<Integer> members) {
    return TlaValue.numbers(members).toString();
  }

  /**
   * The core, as the configuration of a model of the module has the world around it.
   *
   * @param config text of the configuration
   * @param defects deliberate mistakes, none for the core as it is
   * @throws IllegalArgumentException if it has no such mutant; the message names those it has
   */
  CoreInWorld<?> core(String config, int pages, Set<Integer> defects) {
    return switch (this) {
      case PRE_COPY ->
          new PreCopyCore(
              new landfall.precopy.Protocol(
                  pages,
                  WITH_ARBITER.matcher(config).find(),
                  chosen(
                      defects, landfall.precopy.Mutant.values(), landfall.precopy.Mutant::defect)));
      case POST_COPY ->
          new PostCopyCore(
              new landfall.postcopy.Protocol(
                  pages,
                  WITH_ARBITER.matcher(config).find(),
                  chosen(
                      defects,
                      landfall.postcopy.Mutant.values(),
                      landfall.postcopy.Mutant::defect)));
      case CHECKPOINT ->
          new CheckpointCore(
              new landfall.checkpoint.Protocol(
                  pages,
                  chosen(
                      defects,
                      landfall.checkpoint.Mutant.values(),
                      landfall.checkpoint.Mutant::defect)),
              diskPages(config));
      case LEASE ->
          new LeaseCore(
              new landfall.lease.Protocol(
                  number("Term", config),
                  number("Drift", config),
                  chosen(defects, landfall.lease.Mutant.values(), landfall.lease.Mutant::defect)),
              number("Drift", config));
    };
  }

  private <M> Set<M> chosen(Set<Integer> defects, M[] mutants, Function<M, Integer> number) {
    defects.forEach(this::requireMutant);
    return Arrays.stream(mutants)
        .filter(mutant -> defects.contains(number.apply(mutant)))
        .collect(Collectors.toSet());
  }

  private static Set<Integer> diskPages(String config) {
    return Arrays.stream(constant("DiskPages", "\\{([0-9, ]*)\\}", config).split("[, ]+"))
        .filter(page -> !page.isEmpty())
        .map(Integer::valueOf)
        .collect(Collectors.toSet());
  }

  private static int number(String constant, String config) {
    return Integer.parseInt(constant(constant, "([0-9]+)", config));
  }

  private static String constant(String name, String form, String config) {
    var line = Pattern.compile("(?m)^ *" + name + " = " + form).matcher(config);
    if (!line.find()) {
      throw new IllegalStateException("the model does not set " + name);
    }
    return line.group(1);
  }
}
