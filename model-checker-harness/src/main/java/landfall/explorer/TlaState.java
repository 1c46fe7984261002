package landfall.explorer;

import java.util.Map;
import java.util.TreeMap;

/**
 * An assignment of values to the variables of a module. Its text is canonical: two states are equal
 * exactly if their texts are.
 *
 * @param values per variable, the text of its {@link TlaValue}
 */
record TlaState(Map<String, String> values) {

  /** One line per variable, in the order of their names, as TLC writes states. */
  @Override
  public String toString() {
    var text = new StringBuilder(512);
    new TreeMap<>(values)
        .forEach(
            (variable, value) ->
                text.append(text.isEmpty() ? "" : "\n")
                    .append("/\\ ")
                    .append(variable)
                    .append(" = ")
                    .append(value));
    return text.toString();
  }
}
