package landfall.explorer;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toSet;

import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import landfall.protocol.Defect;
import landfall.protocol.Host;

/** A protocol that has both a module and a pure core. */
public enum ExploredProtocol {
  /** {@code landfall.precopy} and module {@code PreCopy}. */
  PRE_COPY("PreCopy", "precopy") {
    @Override
    public List<Integer> defects() {
      return numbers(landfall.precopy.Mutant.values(), landfall.precopy.Mutant::defect);
    }

    // A mistake in what the pages contain, and two in how the storage keeps its record.
    @Override
    boolean hasInModel(int defect) {
      return !BELOW_PRE_COPY.contains(landfall.precopy.Mutant.ofDefect(defect));
    }

    // Without an arbiter there is no lock.
    @Override
    boolean changesAnything(int defect, Bounds bounds) {
      return defect != landfall.precopy.Mutant.LOCK_RELEASED_TO_ANYBODY.defect()
          || bounds.arbiter();
    }

    @Override
    Map<String, String> constants() {
      return Map.of("FewEnough", Integer.toString(PreCopySteps.FEW_ENOUGH));
    }

    // In the graph model each quantifier is over a constant.
    @Override
    Map<String, Set<String>> unnamedSteps() {
      return Map.of();
    }

    @Override
    Map<String, String> constants(Bounds bounds) {
      var constants = new HashMap<>(ofAttempts(bounds));
      constants.put("Hosts", PreCopySteps.names(bounds.hosts()));
      constants.put("MaxCuts", Integer.toString(bounds.failures()));
      constants.put("MaxCrashes", Integer.toString(bounds.failures()));
      return constants;
    }

    @Override
    CoreInWorld<?> coreWith(Set<Integer> defects, int pages, String config) {
      var mutants =
          chosen(defects, landfall.precopy.Mutant.values(), landfall.precopy.Mutant::defect);
      return new PreCopyCore(
          new landfall.precopy.Protocol(pages, WITH_ARBITER.matcher(config).find(), mutants),
          hosts(config).size());
    }
  },

  /** {@code landfall.postcopy} and module {@code PostCopy}. */
  POST_COPY("PostCopy", "postcopy") {
    @Override
    public List<Integer> defects() {
      return numbers(landfall.postcopy.Mutant.values(), landfall.postcopy.Mutant::defect);
    }

    // Without an arbiter there is no lock to ask.
    @Override
    boolean changesAnything(int defect, Bounds bounds) {
      return defect != landfall.postcopy.Mutant.HANDOVER_UNASKED.defect() || bounds.arbiter();
    }

    @Override
    Map<String, String> constants() {
      return Map.of("MaxRounds", Integer.toString(Bounds.ROUNDS_MAX));
    }

    @Override
    Map<String, String> constants(Bounds bounds) {
      return ofAttempts(bounds);
    }

    @Override
    CoreInWorld<?> coreWith(Set<Integer> defects, int pages, String config) {
      var mutants =
          chosen(defects, landfall.postcopy.Mutant.values(), landfall.postcopy.Mutant::defect);
      return new PostCopyCore(
          new landfall.postcopy.Protocol(pages, WITH_ARBITER.matcher(config).find(), mutants),
          WITH_URGENT_PAGES.matcher(config).find());
    }
  },

  /** {@code landfall.checkpoint} and module {@code ReverseCheckpoint}. */
  CHECKPOINT("ReverseCheckpoint", "checkpoint") {
    @Override
    public List<Integer> defects() {
      return numbers(landfall.checkpoint.Mutant.values(), landfall.checkpoint.Mutant::defect);
    }

    // Without an arbiter there is no lock to ask.
    @Override
    boolean changesAnything(int defect, Bounds bounds) {
      var mutant = Defect.numbered(defect, landfall.checkpoint.Mutant.values());
      return bounds.arbiter() || !mutant.needsLock();
    }

    @Override
    Map<String, String> constants(Bounds bounds) {
      return Map.of(
          "Pages", pages(bounds),
          "Arbiter", bounds.arbiter() ? "TRUE" : "FALSE",
          "MaxSteps", Integer.toString(bounds.steps()),
          // Which pages the guest writes to the disk is the guest's; the last is one, and no other.
          "DiskPages", set(Set.of(bounds.pages() - 1)),
          "MaxMessages", Integer.toString(bounds.messages()));
    }

    @Override
    CoreInWorld<?> coreWith(Set<Integer> defects, int pages, String config) {
      var mutants =
          chosen(defects, landfall.checkpoint.Mutant.values(), landfall.checkpoint.Mutant::defect);
      return new CheckpointCore(
          new landfall.checkpoint.Protocol(pages, WITH_ARBITER.matcher(config).find(), mutants),
          members("DiskPages", config));
    }
  },

  /** {@code landfall.forwardcheckpoint} and module {@code ForwardCheckpoint}. */
  FORWARD_CHECKPOINT("ForwardCheckpoint", "forward") {
    @Override
    public List<Integer> defects() {
      return numbers(
          landfall.forwardcheckpoint.Mutant.values(), landfall.forwardcheckpoint.Mutant::defect);
    }

    // Where the source has the checkpoints, the store is given none to take.
    @Override
    boolean changesAnything(int defect, Bounds bounds) {
      return bounds.staged() || defect != landfall.forwardcheckpoint.Mutant.NOT_SEALED.defect();
    }

    @Override
    Map<String, String> constants(Bounds bounds) {
      return Map.of(
          "Pages", pages(bounds),
          "Keeper", bounds.staged() ? "\"store\"" : "\"source\"",
          "MaxSteps", Integer.toString(bounds.steps()),
          "MaxFailures", Integer.toString(bounds.failures()));
    }

    @Override
    CoreInWorld<?> coreWith(Set<Integer> defects, int pages, String config) {
      var mutants =
          chosen(
              defects,
              landfall.forwardcheckpoint.Mutant.values(),
              landfall.forwardcheckpoint.Mutant::defect);
      var keeper =
          landfall.forwardcheckpoint.Place.valueOf(
              constant("Keeper", "\"(source|store)\"", config).toUpperCase(Locale.ROOT));
      return new ForwardCheckpointCore(
          new landfall.forwardcheckpoint.Protocol(pages, keeper, mutants));
    }
  },

  /** {@code landfall.lease} and module {@code Lease}. */
  LEASE("Lease", "lease") {
    @Override
    public List<Integer> defects() {
      return numbers(landfall.lease.Mutant.values(), landfall.lease.Mutant::defect);
    }

    @Override
    CoreInWorld<?> coreWith(Set<Integer> defects, int pages, String config) {
      var mutants = chosen(defects, landfall.lease.Mutant.values(), landfall.lease.Mutant::defect);
      int drift = number("Drift", config);
      return new LeaseCore(
          new landfall.lease.Protocol(number("Term", config), drift, mutants),
          drift,
          hosts(config));
    }
  },

  /** {@code landfall.sharedlock} and module {@code SharedLock}. */
  SHARED_LOCK("SharedLock", "sharedlock") {
    @Override
    public List<Integer> defects() {
      return numbers(landfall.sharedlock.Mutant.values(), landfall.sharedlock.Mutant::defect);
    }

    @Override
    CoreInWorld<?> coreWith(Set<Integer> defects, int pages, String config) {
      var mutants =
          chosen(defects, landfall.sharedlock.Mutant.values(), landfall.sharedlock.Mutant::defect);
      return new SharedLockCore(new landfall.sharedlock.Protocol(mutants));
    }
  };

  private static final Set<landfall.precopy.Mutant> BELOW_PRE_COPY =
      Set.of(
          landfall.precopy.Mutant.KEEP_CONTENT_OF_ZERO_PAGES,
          landfall.precopy.Mutant.LOCK_FILE_TRUNCATED,
          landfall.precopy.Mutant.OWNER_BY_ROLE);
  private static final Pattern WITH_ARBITER = Pattern.compile("(?m)^ *Arbiter = TRUE");
  private static final Pattern WITH_URGENT_PAGES = Pattern.compile("(?m)^ *UrgentPages = TRUE");

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
  public abstract List<Integer> defects();

  /** Constants of the graph model beyond those of {@link Bounds}, as the explorer has them. */
  Map<String, String> constants() {
    return Map.of();
  }

  /** Constants of the graph model that are bounds, with the pages. */
  Map<String, String> constants(Bounds bounds) {
    return Map.of();
  }

  /** {@link #core}, where all defects are known to be its own. */
  abstract CoreInWorld<?> coreWith(Set<Integer> defects, int pages, String config);

  boolean hasInModel(int defect) {
    return true;
  }

  boolean changesAnything(int defect, Bounds bounds) {
    return true;
  }

  /**
   * False for a mistake of a part that hosts within these bounds do not have, where no exploration
   * can show it. {@code IllegalArgumentException} if the core has no such mutant.
   */
  public boolean isWithin(int defect, Bounds bounds) {
    requireMutant(defect);
    return changesAnything(defect, bounds);
  }

  /**
   * False for a mistake below the model, which no exploration can show: the modules have versions
   * of pages, and neither their contents nor their encodings. {@code IllegalArgumentException} if
   * the core has no such mutant.
   */
  public boolean isInModel(int defect) {
    requireMutant(defect);
    return hasInModel(defect);
  }

  /** {@code IllegalArgumentException} unless its core has this mutant; it names those it has. */
  public void requireMutant(int defect) {
    if (!defects().contains(defect)) {
      throw new IllegalArgumentException(
          "no mutant %d of %s; known mutants are %s"
              .formatted(
                  defect, module, defects().stream().map(String::valueOf).collect(joining(", "))));
    }
  }

  /** Per definition, its actions whose steps TLC calls by the name of the definition. */
  Map<String, Set<String>> unnamedSteps() {
    var spec = SpecText.ofModule(module);
    return Map.of("Protocol", spec.overAttempts("Protocol"), "Fault", spec.overAttempts("Fault"));
  }

  /** The model whose graph is the module's, within bounds. */
  String graphModel() {
    return "MC" + module + "Graph";
  }

  /**
   * The core, as the configuration of a model of the module has the world around it.
   *
   * @param config text of the configuration
   * @param defects deliberate mistakes, none for the core as it is
   * @throws IllegalArgumentException if it has no such mutant; the message names those it has
   */
  CoreInWorld<?> core(String config, int pages, Set<Integer> defects) {
    defects.forEach(this::requireMutant);
    return coreWith(defects, pages, config);
  }

  private static <M> List<Integer> numbers(M[] mutants, Function<M, Integer> number) {
    return Arrays.stream(mutants).map(number).sorted().toList();
  }

  private static <M> Set<M> chosen(Set<Integer> defects, M[] mutants, Function<M, Integer> number) {
    return Arrays.stream(mutants)
        .filter(mutant -> defects.contains(number.apply(mutant)))
        .collect(toSet());
  }

  private static Map<String, String> ofAttempts(Bounds bounds) {
    return Map.of(
        "Pages", pages(bounds),
        "MaxSteps", Integer.toString(bounds.steps()),
        "Arbiter", bounds.arbiter() ? "TRUE" : "FALSE",
        "MaxAttempts", Integer.toString(bounds.attempts()));
  }

  private static String pages(Bounds bounds) {
    return set(IntStream.range(0, bounds.pages()).boxed().toList());
  }

  private static String set(Collection<Integer> members) {
    return TlaValue.numbers(members).toString();
  }

  private static Set<Integer> members(String constant, String config) {
    return Arrays.stream(constant(constant, "\\{([0-9, ]*)\\}", config).split("[, ]+"))
        .filter(member -> !member.isEmpty())
        .map(Integer::valueOf)
        .collect(toSet());
  }

  private static List<Host> hosts(String config) {
    return Arrays.stream(constant("Hosts", "\\{([^}]*)\\}", config).split(","))
        .map(name -> new Host(name.strip().replace("\"", "")))
        .toList();
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
