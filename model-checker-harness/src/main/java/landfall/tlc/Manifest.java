package landfall.tlc;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.stream.Collectors;
import landfall.specs.SpecFiles;

/**
 * The models of one protocol. Its folder has the {@code .cfg} of the main model. {@code
 * manifest.json} lists the main model and its variants; each variant is based on a model listed
 * before it, and says only what differs. {@code pins.json} has the numbers that were counted.
 */
final class Manifest {
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();

  static final String FILE = "manifest.json";
  static final String PINS = "pins.json";

  private Manifest() {}

  private record All(List<Entry> models) {}

  /**
   * A model as the manifest lists it.
   *
   * @param base the model of which it is a variant; null if it has a {@code .cfg} of its name
   * @param module null for that of its base, or its own name if it has no base
   * @param tier null for one that is only the base of others, or is run by another command
   * @param constants those that differ; null removes one
   * @param constraints instead of those of its base; or, each with {@code +} or {@code -} before
   *     it, to add to them and to take from them. So are the next two
   * @param violatesInvariant the invariant that must be violated; it is checked, and nothing else
   * @param violatesProperty the same, of a property of behaviours
   */
  private record Entry(
      String name,
      String base,
      String module,
      Model.Tier tier,
      String about,
      String bounds,
      String specification,
      Map<String, String> constants,
      List<String> constraints,
      List<String> invariants,
      List<String> properties,
      String symmetry,
      String view,
      String violatesInvariant,
      String violatesProperty,
      String actionsOf) {

    String violates() {
      return violatesInvariant == null ? violatesProperty : violatesInvariant;
    }
  }

  /** What was counted in a model, see {@link Model}. */
  record Pin(Long distinctStates, Integer depth, SortedSet<String> actions) {}

  /** The models in a folder, in the order of its manifest; none if it has no manifest. */
  static List<Model> of(String folder) {
    String file = folder + "/" + FILE;
    return SpecFiles.find(file)
        .map(text -> of(folder, text, SpecFiles.find(folder + "/" + PINS).orElse("{}")))
        .orElse(List.of());
  }

  /** The models that these texts list. */
  static List<Model> of(String folder, String manifest, String pinned) {
    String file = folder + "/" + FILE;
    Map<String, Pin> pins = new TreeMap<>(pins(folder + "/" + PINS, pinned));
    Map<String, Model> models = new LinkedHashMap<>();
    Map<String, Configuration> configurations = new LinkedHashMap<>();
    for (Entry entry : parse(file, manifest, All.class).models()) {
      try {
        Configuration configuration = configuration(entry, configurations);
        Pin pin = pins.remove(entry.name());
        Model model = model(folder, entry, models.get(entry.base()), configuration, pin);
        if (models.put(entry.name(), model) != null) {
          throw new IllegalArgumentException("is listed twice");
        }
        configurations.put(entry.name(), configuration);
      } catch (IllegalArgumentException wrong) {
        throw new IllegalArgumentException(
            file + ": model " + entry.name() + ": " + wrong.getMessage(), wrong);
      }
    }
    if (!pins.isEmpty()) {
      throw new IllegalArgumentException(
          "%s/%s pins %s, which %s does not list".formatted(folder, PINS, pins.keySet(), file));
    }
    return List.copyOf(models.values());
  }

  private static Configuration configuration(Entry entry, Map<String, Configuration> known) {
    if (entry.name() == null) {
      throw new IllegalArgumentException("it needs a name");
    }
    if (entry.base() == null) {
      String file = entry.name() + ".cfg";
      return with(entry, Configuration.parse(file, SpecFiles.read(file)));
    }
    Configuration base = known.get(entry.base());
    if (base == null) {
      throw new IllegalArgumentException(
          "its base is to be listed before it, and is not: " + entry.base());
    }
    if (entry.about() == null || entry.bounds() == null) {
      throw new IllegalArgumentException("a variant says what it is about, and its bounds");
    }
    return with(entry, base);
  }

  private static Configuration with(Entry entry, Configuration base) {
    if (entry.violatesInvariant() != null && entry.violatesProperty() != null) {
      throw new IllegalArgumentException("it must violate an invariant or a property, not both");
    }
    Map<String, String> constants = new LinkedHashMap<>(base.constants());
    orEmpty(entry.constants())
        .forEach(
            (name, value) -> {
              if (value != null) {
                constants.put(name, value);
              } else if (constants.remove(name) == null) {
                throw new IllegalArgumentException("its base has no constant " + name);
              }
            });
    boolean fails = entry.violates() != null;
    if (fails && (entry.invariants() != null || entry.properties() != null)) {
      throw new IllegalArgumentException(
          "it checks what it must violate and nothing else, so it lists no invariants or properties");
    }
    List<String> invariants = fails ? violated(entry.violatesInvariant()) : base.invariants();
    List<String> properties = fails ? violated(entry.violatesProperty()) : base.properties();
    return new Configuration(
        entry.about() == null ? base.about() : entry.about(),
        entry.bounds() == null ? base.bounds() : entry.bounds(),
        entry.specification() == null ? base.specification() : entry.specification(),
        constants,
        changed(base.constraints(), entry.constraints()),
        changed(invariants, entry.invariants()),
        changed(properties, entry.properties()),
        entry.symmetry() == null ? base.symmetry() : entry.symmetry(),
        entry.view() == null ? base.view() : entry.view());
  }

  private static List<String> violated(String name) {
    return name == null ? List.of() : List.of(name);
  }

  private static Map<String, String> orEmpty(Map<String, String> map) {
    return map == null ? Map.of() : map;
  }

  /** What becomes of a list: see {@link Entry}. */
  static List<String> changed(List<String> base, List<String> change) {
    if (change == null) {
      return base;
    }
    if (change.stream().noneMatch(name -> name.matches("[+-].*"))) {
      return change;
    }
    List<String> changed = new ArrayList<>(base);
    for (String each : change) {
      String name = each.substring(1);
      boolean has = changed.contains(name);
      if (!each.matches("[+-].*") || has == each.startsWith("+")) {
        throw new IllegalArgumentException(
            "of %s cannot be made %s: a list replaces the one of its base, or each name in it has a"
                    .formatted(base, change)
                + " + for one that is not there yet, or a - for one that is");
      }
      if (has) {
        changed.remove(name);
      } else {
        changed.add(name);
      }
    }
    return changed;
  }

  private static Model model(
      String folder, Entry entry, Model base, Configuration configuration, Pin pin) {
    String module = base == null ? entry.name() : base.module();
    String violates = entry.violates();
    return new Model(
        entry.name(),
        folder,
        entry.module() == null ? module : entry.module(),
        configuration.text(),
        entry.tier(),
        violates,
        pin == null ? null : pin.distinctStates(),
        pin == null ? null : pin.depth(),
        pin == null ? null : pin.actions(),
        entry.actionsOf(),
        null);
  }

  private static Map<String, Pin> pins(String file, String text) {
    try {
      Map<String, Pin> pins = JSON.readerForMapOf(Pin.class).readValue(text);
      if (pins == null || pins.containsValue(null)) {
        throw new IllegalArgumentException(
            file + " must have an object for each model, and has null");
      }
      return pins;
    } catch (JsonProcessingException malformed) {
      throw malformed(file, malformed);
    }
  }

  /**
   * The text of {@code pins.json} with new numbers.
   *
   * @param folder its folder, for messages
   * @param manifest the text of {@code manifest.json}
   * @param pinned the text so far
   * @param found models as they were found, by name; others stay as they are
   */
  static String pinned(String folder, String manifest, String pinned, Map<String, Model> found) {
    Map<String, Pin> pins = new TreeMap<>(pins(folder + "/" + PINS, pinned));
    List<String> listed = of(folder, manifest, pinned).stream().map(Model::name).toList();
    found.values().stream()
        .filter(model -> listed.contains(model.name()))
        .forEach(
            model ->
                pins.put(
                    model.name(), new Pin(model.distinctStates(), model.depth(), model.actions())));
    return listed.stream()
        .filter(pins::containsKey)
        .map(name -> "  \"" + name + "\": " + line(pins.get(name)))
        .collect(Collectors.joining(",\n", "{\n", "\n}\n"));
  }

  private static String line(Pin pin) {
    String actions =
        pin.actions() == null
            ? ""
            : pin.actions().stream()
                .collect(Collectors.joining("\", \"", ", \"actions\": [\"", "\"]"));
    return "{\"distinctStates\": %d, \"depth\": %d%s}"
        .formatted(pin.distinctStates(), pin.depth(), actions);
  }

  static <T> T parse(String file, String text, Class<T> type) {
    try {
      T value = JSON.readValue(text, type);
      if (value == null) {
        throw new IllegalArgumentException(file + " must hold an object, and holds null");
      }
      return value;
    } catch (JsonProcessingException malformed) {
      throw malformed(file, malformed);
    }
  }

  private static IllegalArgumentException malformed(String file, JsonProcessingException cause) {
    return new IllegalArgumentException(
        file
            + ", line "
            + (cause.getLocation() == null ? "?" : cause.getLocation().getLineNr())
            + ": "
            + cause.getOriginalMessage(),
        cause);
  }
}
