package landfall.tlc;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import landfall.specs.SpecFiles;

/**
 * The models of the specifications: those that the {@code manifest.json} of each protocol lists,
 * and those of its {@code mutants.json} and {@code rule-mutants.json}, which put a mistake into a
 * module.
 */
public final class Models {
  /** The prefix of the names of models of a mutated specification. */
  static final String MUTANT = "mutant-";

  private static final Pattern USES =
      Pattern.compile("(?:EXTENDS|INSTANCE)\\s+(\\w+(?:,\\s*\\w+)*)");
  private static final String MUTANTS = "/mutants.json";
  private static final String RULE_MUTANTS = "/rule-mutants.json";

  private Models() {}

  /** What is in the resources never changes while this program runs, so it is read once. */
  private static final class Listed {
    static final Map<String, Model> MODELS = listed();
  }

  private static final class All {
    static final List<Model> MODELS = readAll();
  }

  record Mutants(List<Mutant> mutants) {}

  /** A mistake made by hand, and the model of the manifest that it is checked with. */
  record Mutant(
      String name,
      String why,
      String file,
      String find,
      String replace,
      String model,
      String property) {}

  /** Every model of every tier, those of mutated specifications last. */
  public static List<Model> all() {
    return All.MODELS;
  }

  private static Map<String, Model> listed() {
    Map<String, Model> models = new LinkedHashMap<>();
    for (String folder : SpecFiles.folders()) {
      for (Model model : Manifest.of(folder)) {
        if (models.put(model.name(), model) != null) {
          throw new IllegalStateException("two models are named " + model.name());
        }
      }
    }
    for (Model model : models.values()) {
      if (model.actionsOf() != null && !countsFor(models.get(model.actionsOf()), model)) {
        throw new IllegalStateException(
            "%s takes its actions from %s, which is no model of %s that counts them"
                .formatted(model.name(), model.actionsOf(), model.module()));
      }
    }
    return models;
  }

  private static boolean countsFor(Model counting, Model model) {
    return counting != null
        && counting.actions() != null
        && counting.module().equals(model.module());
  }

  private static List<Model> readAll() {
    List<Model> all = new ArrayList<>();
    Listed.MODELS.values().stream().filter(model -> model.tier() != null).forEach(all::add);
    for (String folder : SpecFiles.folders()) {
      String file = folder + MUTANTS;
      for (Mutant mutant : read(file, Mutants.class, new Mutants(List.of())).mutants()) {
        all.add(
            configured(file, mutant.model())
                .mutated(
                    MUTANT + mutant.name(),
                    mutant.property(),
                    new Model.Mutation(
                        mutant.file(), mutant.find(), mutant.replace(), mutant.why())));
      }
    }
    all.addAll(ruleMade());
    Map<String, Model> names = new HashMap<>();
    for (Model model : all) {
      if (names.put(model.name(), model) != null) {
        throw new IllegalStateException("two models are named " + model.name());
      }
    }
    return List.copyOf(all);
  }

  /**
   * A model as a manifest lists it, also one of no tier, such as {@code MCPreCopyGraph} or {@code
   * TracePreCopy}.
   */
  public static Model configured(String name) {
    return configured("model", name);
  }

  private static Model configured(String who, String name) {
    Model model = Listed.MODELS.get(name);
    if (model == null) {
      throw new IllegalArgumentException(who + ": no manifest lists a model " + name);
    }
    return model;
  }

  /**
   * What is known of the mutants made by rule.
   *
   * @param killed those that a property catches, or that lose an action
   * @param notEvaluable those that are no specification, since TLC cannot evaluate them
   * @param equivalent those that take no other step, as is found each time, each with the reason
   * @param open those that survive without an explanation so far
   */
  record RuleMade(
      List<Killed> killed, List<Open> notEvaluable, List<Explained> equivalent, List<Open> open) {
    record Killed(String name, String model, String property) {}

    record Explained(String name, String model, String reason) {}

    record Open(String name, String model) {}

    RuleMade {
      killed = killed == null ? List.of() : killed;
      notEvaluable = notEvaluable == null ? List.of() : notEvaluable;
      equivalent = equivalent == null ? List.of() : equivalent;
      open = open == null ? List.of() : open;
    }
  }

  static RuleMade ruleMadeList(String folder) {
    return read(
        folder + RULE_MUTANTS,
        RuleMade.class,
        new RuleMade(List.of(), List.of(), List.of(), List.of()));
  }

  /** A candidate of {@link MutationRules} that is not listed has no model: a test asks for it. */
  private static List<Model> ruleMade() {
    Map<String, MutationRules.Candidate> candidates = new HashMap<>();
    MutationRules.candidates().forEach(made -> candidates.put(made.name(), made));
    List<Model> models = new ArrayList<>();
    for (String folder : SpecFiles.folders()) {
      RuleMade known = ruleMadeList(folder);
      String file = folder + RULE_MUTANTS;
      known
          .killed()
          .forEach(
              mutant ->
                  models.add(
                      ruleMade(
                          candidates,
                          mutant.name(),
                          configured(file, mutant.model()),
                          mutant.property(),
                          "")));
      known
          .notEvaluable()
          .forEach(
              mutant ->
                  models.add(
                      ruleMade(
                          candidates,
                          mutant.name(),
                          configured(file, mutant.model()),
                          Model.NOT_EVALUABLE,
                          "no specification")));
      known
          .equivalent()
          .forEach(
              mutant ->
                  models.add(
                      ruleMade(
                              candidates,
                              mutant.name(),
                              configured(file, mutant.model()),
                              null,
                              mutant.reason())
                          .comparedWith(configured(file, mutant.model()))));
      known
          .open()
          .forEach(
              mutant ->
                  models.add(
                      ruleMade(
                          candidates,
                          mutant.name(),
                          configured(file, mutant.model()),
                          null,
                          "open")));
    }
    return models;
  }

  private static Model ruleMade(
      Map<String, MutationRules.Candidate> candidates,
      String name,
      Model model,
      String property,
      String why) {
    MutationRules.Candidate made = candidates.get(name);
    if (made == null) {
      throw new IllegalArgumentException(
          model.protocol() + RULE_MUTANTS + " lists what no rule makes any more: " + name);
    }
    String find = SpecFiles.read(made.file()).substring(made.from(), made.to());
    return model.mutated(
        MUTANT + name,
        property,
        new Model.Mutation(
            made.file(),
            find,
            made.replace(),
            why.isEmpty() ? name : name + ": " + why,
            made.from()));
  }

  /** The models of one tier. */
  public static List<Model> of(Model.Tier tier) {
    return all().stream().filter(model -> model.tier() == tier).toList();
  }

  /**
   * The models with these names.
   *
   * @throws IllegalArgumentException if there is no model of that name; the message names the
   *     nearest
   */
  public static List<Model> named(List<String> names) {
    Map<String, Model> byName = new TreeMap<>();
    all().forEach(model -> byName.put(model.name(), model));
    return names.stream().map(name -> named(name, byName)).toList();
  }

  /** The model of this name, also one of no tier. */
  public static Model anyNamed(String name) {
    Map<String, Model> byName = new TreeMap<>(Listed.MODELS);
    all().forEach(model -> byName.put(model.name(), model));
    return named(name, byName);
  }

  private static Model named(String name, Map<String, Model> byName) {
    Model model = byName.containsKey(name) ? byName.get(name) : byName.get(MUTANT + name);
    if (model == null) {
      throw new IllegalArgumentException(
          "there is no model %s; the nearest names are %s"
              .formatted(name, String.join(", ", nearest(name, byName.keySet()))));
    }
    return model;
  }

  /** The three names that differ least, in the number of letters to change. */
  static List<String> nearest(String name, Collection<String> names) {
    return names.stream()
        .map(each -> each.startsWith(MUTANT) ? each.substring(MUTANT.length()) : each)
        .sorted(
            Comparator.comparingInt((String each) -> distance(name, each))
                .thenComparing(Comparator.naturalOrder()))
        .limit(3)
        .toList();
  }

  private static int distance(String from, String to) {
    String one = from.toLowerCase(Locale.ROOT);
    String other = to.toLowerCase(Locale.ROOT);
    int[] row = IntStream.rangeClosed(0, other.length()).toArray();
    for (int i = 1; i <= one.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= other.length(); j++) {
        int changed = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(changed, 1 + Math.min(row[j - 1], diagonal));
      }
    }
    return row[other.length()];
  }

  /**
   * Writes a model for other tools: its configuration, {@code NAME.cfg}, its module and those that
   * the module needs. A mistake that belongs to the model is in them.
   *
   * @param folder made if it does not exist
   * @return the names of the files
   * @throws IllegalArgumentException if it cannot be written there without changing a file
   */
  public static List<String> export(Model model, Path folder) throws IOException {
    Map<String, String> files = new LinkedHashMap<>();
    files.put(model.fileName() + ".cfg", model.config());
    Collection<String> needed = neededBy(model.module());
    if (UnchangedSteps.isAskedOf(model)) {
      files.putAll(UnchangedSteps.files(model, needed));
    }
    for (String module : needed) {
      String file = module + ".tla";
      boolean wrong = model.mutation() != null && model.mutation().file().equals(file);
      String text = SpecFiles.read(file);
      files.put(file, wrong ? ModelRun.mutated(model.mutation(), text) : text);
    }
    if (Files.exists(folder) && !Files.isDirectory(folder)) {
      throw new IllegalArgumentException(
          "--export takes a folder, and %s is a file".formatted(folder));
    }
    try {
      Files.createDirectories(folder);
    } catch (IOException impossible) {
      throw new IllegalArgumentException(
          "--export takes a folder, and %s cannot be made".formatted(folder), impossible);
    }
    for (var file : files.entrySet()) {
      Path target = folder.resolve(file.getKey());
      if (Files.exists(target) && !Files.readString(target).equals(file.getValue())) {
        throw new IllegalArgumentException(
            "--export takes a folder without other files of the same names, and %s has another %s"
                .formatted(folder, file.getKey()));
      }
    }
    if (!Files.isWritable(folder)) {
      throw new IllegalArgumentException(
          "--export takes a folder that can be written, not " + folder);
    }
    for (var file : files.entrySet()) {
      Files.writeString(folder.resolve(file.getKey()), file.getValue(), StandardCharsets.UTF_8);
    }
    return List.copyOf(files.keySet());
  }

  static Collection<String> neededBy(String module) {
    Set<String> known = Set.copyOf(SpecFiles.modules());
    Set<String> needed = new LinkedHashSet<>();
    Deque<String> due = new ArrayDeque<>(List.of(module));
    while (!due.isEmpty()) {
      String next = due.pop();
      if (known.contains(next) && needed.add(next)) {
        Matcher uses = USES.matcher(SpecFiles.read(next + ".tla"));
        while (uses.find()) {
          due.addAll(List.of(uses.group(1).split("[\\s,]+")));
        }
      }
    }
    return needed;
  }

  /**
   * Rewrites the pinned numbers with what was found. What a model is expected to show is in another
   * file, and stays.
   *
   * @param specs the folder of the folders of the protocols, in the sources
   * @param found models as they were found, by name; others stay as they are
   */
  public static void pin(Path specs, Map<String, Model> found) throws IOException {
    for (String protocol : found.values().stream().map(Model::protocol).distinct().toList()) {
      Files.writeString(
          specs.resolve(protocol).resolve(Manifest.PINS),
          pinned(specs, protocol, found),
          StandardCharsets.UTF_8);
    }
  }

  /**
   * Refuses what {@link #pin} could not write for these models, before they are checked.
   *
   * @throws IllegalArgumentException with the file that is wrong or missing
   */
  public static void requirePinnable(Path specs, List<Model> models) throws IOException {
    for (String protocol : models.stream().map(Model::protocol).distinct().toList()) {
      pinned(specs, protocol, Map.of());
      Path pins = specs.resolve(protocol).resolve(Manifest.PINS);
      if (!Files.isWritable(Files.exists(pins) ? pins : pins.getParent())) {
        throw new IllegalArgumentException("--pin cannot write " + pins);
      }
    }
  }

  private static String pinned(Path specs, String protocol, Map<String, Model> found)
      throws IOException {
    Path manifest = specs.resolve(protocol).resolve(Manifest.FILE);
    Path pins = specs.resolve(protocol).resolve(Manifest.PINS);
    if (!Files.isRegularFile(manifest)) {
      throw new IllegalArgumentException(
          specs
              + " has no "
              + protocol
              + "/manifest.json; --pin takes the folder landfall/specs in the sources of module"
              + " specs");
    }
    if (Files.exists(pins) && !Files.isRegularFile(pins)) {
      throw new IllegalArgumentException(pins + " is no regular file");
    }
    String before = Files.exists(pins) ? Files.readString(pins) : "{}";
    return Manifest.pinned(protocol, Files.readString(manifest), before, found);
  }

  private static <T> T read(String file, Class<T> type, T otherwise) {
    return SpecFiles.find(file).map(text -> Manifest.parse(file, text, type)).orElse(otherwise);
  }
}
