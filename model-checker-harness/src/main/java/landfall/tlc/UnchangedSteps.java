package landfall.tlc;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import landfall.specs.SpecFiles;

/**
 * Holds a changed specification against the unchanged one, side by side in one model: every step
 * that the changed one takes must be a step of the unchanged one. If the model also has as many
 * states as the unchanged one, the change makes no difference within its bounds.
 */
final class UnchangedSteps {
  static final String MODULE = "UnchangedSteps";

  private static final String PROPERTY = "StepsAreUnchanged";
  private static final String PREFIX = "Unchanged";

  /** Where a module is named: its head, and whoever extends or instantiates it. */
  private static final Pattern NAMED =
      Pattern.compile("(?m)(?:^-+ MODULE |^EXTENDS |\\bINSTANCE )([\\w, ]+)");

  /** Each step is looked at twice: of a larger model that takes minutes. */
  private static final long STATES_MAX = 6_000;

  private UnchangedSteps() {}

  /** Whether models of this size are compared. */
  static boolean isWorthwhile(Model unchanged) {
    return unchanged.distinctStates() != null && unchanged.distinctStates() <= STATES_MAX;
  }

  /** The same model, of which this is asked and nothing else. */
  static String config(String file, String text) {
    Configuration base = Configuration.parse(file, text);
    return new Configuration(
            base.about(),
            base.bounds(),
            base.specification(),
            base.constants(),
            base.constraints(),
            List.of(),
            List.of(PROPERTY),
            base.symmetry(),
            base.view())
        .text();
  }

  /** Whether this is asked of a model. */
  static boolean isAskedOf(Model model) {
    return model.mutation() != null && model.config().contains("PROPERTIES " + PROPERTY);
  }

  /**
   * What has to stand beside the modules of a model, of which one is changed.
   *
   * @param needed the module of the model, and all modules that it needs
   * @return texts by the name of their file; TLC reads {@link #MODULE}
   */
  static Map<String, String> files(Model model, Collection<String> needed) {
    String specification = Configuration.parse(model.name(), model.config()).specification();
    Map<String, String> files = new LinkedHashMap<>();
    files.put(
        MODULE + ".tla",
        """
        ---- MODULE %s ----
        EXTENDS %s
        Unchanged == INSTANCE %s
        %s == Unchanged!%s
        ====
        """
            .formatted(MODULE, model.module(), PREFIX + model.module(), PROPERTY, specification));
    for (String each : needed) {
      files.put(PREFIX + each + ".tla", renamed(SpecFiles.read(each + ".tla"), needed));
    }
    return files;
  }

  private static String renamed(String text, Collection<String> modules) {
    Matcher named = NAMED.matcher(text);
    var result = new StringBuilder();
    while (named.find()) {
      String line = named.group();
      String names = named.group(1);
      String others = names;
      for (String module : modules) {
        others = others.replaceAll("\\b" + module + "\\b", PREFIX + module);
      }
      String head = line.substring(0, line.length() - names.length());
      named.appendReplacement(result, Matcher.quoteReplacement(head + others));
    }
    return named.appendTail(result).toString();
  }
}
