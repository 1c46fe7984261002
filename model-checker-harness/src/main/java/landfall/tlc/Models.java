package landfall.tlc;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import landfall.specs.SpecFiles;

/**
 * The models of the specifications: those that the {@code manifest.json} of each protocol lists,
 * and those of its {@code mutants.json} and {@code rule-mutants.json}, which put a mistake into a
 * module.
 */
public final class Models {
  /** The prefix of the names of models of a mutated specification. */
  static final String MUTANT = "mutant-";

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
   * @param equivalent those that change nothing that matters, each with the reason
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
                          mutant.reason())));
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
   * @throws IllegalArgumentException if there is no model of that name; the message lists them, the
   *     mutants only by where they are
   */
  public static List<Model> named(List<String> names) {
    Map<String, Model> byName = new TreeMap<>();
    all().forEach(model -> byName.put(model.name(), model));
    List<Model> found = new ArrayList<>();
    for (String name : names) {
      Model model = byName.containsKey(name) ? byName.get(name) : byName.get(MUTANT + name);
      if (model == null) {
        throw new IllegalArgumentException(
            "there is no model "
                + name
                + "; there are "
                + byName.values().stream()
                    .filter(each -> each.tier() != Model.Tier.MUTANTS)
                    .map(Model::name)
                    .collect(Collectors.joining(", "))
                + ", and the mutants of mutants.json and rule-mutants.json");
      }
      found.add(model);
    }
    return found;
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
      String before = Files.exists(pins) ? Files.readString(pins) : "{}";
      String text = Manifest.pinned(protocol, Files.readString(manifest), before, found);
      Files.writeString(pins, text, StandardCharsets.UTF_8);
    }
  }

  private static <T> T read(String file, Class<T> type, T otherwise) {
    return SpecFiles.find(file).map(text -> Manifest.parse(file, text, type)).orElse(otherwise);
  }
}
