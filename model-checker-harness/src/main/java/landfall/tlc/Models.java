package landfall.tlc;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import landfall.specs.SpecFiles;

/**
 * The models of the specifications, as {@code manifest.json} and {@code mutants.json} list them.
 */
public final class Models {
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(SerializationFeature.INDENT_OUTPUT);

  /** The prefix of the names of models of a mutated specification. */
  static final String MUTANT = "mutant-";

  private Models() {}

  record Manifest(List<Model> models) {}

  record Mutants(List<Mutant> mutants) {}

  record Mutant(
      String name,
      String why,
      String file,
      String find,
      String replace,
      String module,
      String config,
      String property) {
    Model model() {
      return new Model(
          MUTANT + name,
          module,
          config,
          Model.Tier.MUTANTS,
          property,
          new Model.Mutation(file, find, replace, why));
    }
  }

  /** Every model of every tier, those of mutated specifications last. */
  public static List<Model> all() {
    List<Model> all = new ArrayList<>(read("manifest.json", Manifest.class).models());
    read("mutants.json", Mutants.class).mutants().forEach(mutant -> all.add(mutant.model()));
    all.addAll(ruleMade());
    Map<String, Model> names = new HashMap<>();
    for (Model model : all) {
      if (names.put(model.name(), model) != null) {
        throw new IllegalStateException("two models are named " + model.name());
      }
    }
    for (Model model : all) {
      if (model.actionsOf() != null && !countsFor(names.get(model.actionsOf()), model)) {
        throw new IllegalStateException(
            "%s takes its actions from %s, which is no model of %s that counts them"
                .formatted(model.name(), model.actionsOf(), model.module()));
      }
    }
    return List.copyOf(all);
  }

  private static boolean countsFor(Model counting, Model model) {
    return counting != null
        && counting.actions() != null
        && counting.module().equals(model.module());
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
      List<Killed> killed, List<Killed> notEvaluable, List<Explained> equivalent, List<Open> open) {
    record Killed(String name, String module, String config, String property) {}

    record Explained(String name, String module, String config, String reason) {}

    record Open(String name, String module, String config) {}
  }

  static RuleMade ruleMadeList() {
    return read("rule-mutants.json", RuleMade.class);
  }

  /** A candidate of {@link MutationRules} that is not listed has no model: a test asks for it. */
  private static List<Model> ruleMade() {
    Map<String, MutationRules.Candidate> candidates = new HashMap<>();
    MutationRules.candidates().forEach(made -> candidates.put(made.name(), made));
    RuleMade known = ruleMadeList();
    List<Model> models = new ArrayList<>();
    for (RuleMade.Killed mutant : known.killed()) {
      models.add(
          ruleMade(
              candidates, mutant.name(), mutant.module(), mutant.config(), mutant.property(), ""));
    }
    for (RuleMade.Killed mutant : known.notEvaluable()) {
      models.add(
          ruleMade(
              candidates,
              mutant.name(),
              mutant.module(),
              mutant.config(),
              Model.NOT_EVALUABLE,
              "no specification"));
    }
    for (RuleMade.Explained mutant : known.equivalent()) {
      models.add(
          ruleMade(
              candidates, mutant.name(), mutant.module(), mutant.config(), null, mutant.reason()));
    }
    for (RuleMade.Open mutant : known.open()) {
      models.add(
          ruleMade(candidates, mutant.name(), mutant.module(), mutant.config(), null, "open"));
    }
    return models;
  }

  private static Model ruleMade(
      Map<String, MutationRules.Candidate> candidates,
      String name,
      String module,
      String config,
      String property,
      String why) {
    MutationRules.Candidate made = candidates.get(name);
    if (made == null) {
      throw new IllegalArgumentException(
          "rule-mutants.json lists what no rule makes any more: " + name);
    }
    String find = SpecFiles.read(made.file()).substring(made.from(), made.to());
    return new Model(
        MUTANT + name,
        module,
        config,
        Model.Tier.MUTANTS,
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
   * Rewrites a manifest with what was found. What a model is expected to show is never changed,
   * only its numbers and actions are.
   *
   * @param manifest the manifest in the sources
   * @param found models as they were found, by name; others stay as they are
   */
  public static void pin(Path manifest, Map<String, Model> found) throws IOException {
    if (!Files.isRegularFile(manifest)) {
      throw new IllegalArgumentException(
          manifest + " is no file; --pin takes the manifest.json in the sources of module specs");
    }
    List<Model> pinned = new ArrayList<>();
    for (Model model :
        parse(manifest.toString(), Files.readString(manifest), Manifest.class).models()) {
      pinned.add(found.getOrDefault(model.name(), model));
    }
    Files.writeString(
        manifest, JSON.writeValueAsString(new Manifest(pinned)) + "\n", StandardCharsets.UTF_8);
  }

  private static <T> T read(String file, Class<T> type) {
    return parse(file, SpecFiles.read(file), type);
  }

  private static <T> T parse(String file, String text, Class<T> type) {
    try {
      return JSON.readValue(text, type);
    } catch (JsonProcessingException malformed) {
      throw new IllegalArgumentException(file + ": " + malformed.getOriginalMessage(), malformed);
    }
  }
}
