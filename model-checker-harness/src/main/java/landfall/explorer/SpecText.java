package landfall.explorer;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Pattern;
import landfall.specs.SpecFiles;

/** The text of a specification: which names its definitions are made of. */
final class SpecText {
  private static final Pattern NAME = Pattern.compile("[A-Z][A-Za-z]+");
  private static final Pattern ACTION = Pattern.compile("([A-Z][A-Za-z]+)(?:\\(|\\s*$|\\s)");
  private static final Pattern STRING = Pattern.compile("\"([A-Za-z]+)\"");

  private final String module;
  private final String text;

  private SpecText(String module, String text) {
    this.module = module;
    this.text = text;
  }

  static SpecText ofModule(String module) {
    return new SpecText(module, SpecFiles.read(module + ".tla"));
  }

  /** Actions of a definition that is a disjunction of actions, as {@code Protocol} is. */
  Set<String> disjuncts(String definition) {
    var names = new LinkedHashSet<String>();
    for (String disjunct : body(definition).split("\\\\/")) {
      // What stands before the colon of a quantifier are its bounds.
      var matcher = NAME.matcher(disjunct.substring(disjunct.indexOf(':') + 1));
      if (matcher.find()) {
        names.add(matcher.group());
      }
    }
    return names;
  }

  /** The same where several actions may stand behind one quantifier. */
  Set<String> everyDisjunct(String definition) {
    var names = new LinkedHashSet<String>();
    for (String disjunct : body(definition).split("\\\\/")) {
      var action = ACTION.matcher(disjunct.substring(disjunct.lastIndexOf(':') + 1));
      if (action.find()) {
        names.add(action.group(1));
      }
    }
    return names;
  }

  /** Strings of a definition that is a set of strings, as {@code SourcePhases} is. */
  Set<String> strings(String definition) {
    var strings = new LinkedHashSet<String>();
    var matcher = STRING.matcher(body(definition));
    while (matcher.find()) {
      strings.add(matcher.group(1));
    }
    return strings;
  }

  /**
   * The disjuncts whose quantifier ranges over the attempts so far. TLC cannot tell such actions
   * apart before it runs, and calls their steps by the name of the definition around them.
   */
  Set<String> overAttempts(String definition) {
    var names = new LinkedHashSet<String>();
    var matcher =
        Pattern.compile("\\\\E[^:]*1\\.\\.attempt\\s*:\\s*([A-Za-z]+)").matcher(body(definition));
    while (matcher.find()) {
      names.add(matcher.group(1));
    }
    return names;
  }

  private String body(String definition) {
    var matcher =
        Pattern.compile(
                "^" + definition + "(?:\\([^)]*\\))? ==(.*?)(\\n\\s*\\n|\\n\\S|\\n---)",
                Pattern.MULTILINE | Pattern.DOTALL)
            .matcher(text);
    if (!matcher.find()) {
      throw new IllegalStateException("module " + module + " does not define " + definition);
    }
    return matcher.group(1);
  }
}
