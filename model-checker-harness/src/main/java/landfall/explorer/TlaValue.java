package landfall.explorer;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A value of TLA+ in one canonical form: a function over 1..n is a tuple, the empty function is the
 * empty tuple, a record is a function over strings. Equal values have equal text.
 */
sealed interface TlaValue {

  /** A number. */
  record Number(int value) implements TlaValue {
    @Override
    public String toString() {
      return Integer.toString(value);
    }
  }

  /** A string. */
  record Text(String value) implements TlaValue {
    @Override
    public String toString() {
      return '"' + value + '"';
    }
  }

  /** TRUE, FALSE or a model value. */
  record Name(String value) implements TlaValue {
    @Override
    public String toString() {
      return value;
    }
  }

  /** A finite set; its members are in the order of their text, each once. */
  record Members(List<TlaValue> sorted) implements TlaValue {
    @Override
    public String toString() {
      return sorted.stream().map(TlaValue::toString).collect(Collectors.joining(", ", "{", "}"));
    }
  }

  /** A sequence. */
  record Tuple(List<TlaValue> items) implements TlaValue {
    public Tuple {
      items = List.copyOf(items);
    }

    @Override
    public String toString() {
      return items.stream().map(TlaValue::toString).collect(Collectors.joining(", ", "<<", ">>"));
    }
  }

  /** A function that is no sequence; its arguments are in the order of their text. */
  record Function(Map<TlaValue, TlaValue> sorted) implements TlaValue {
    @Override
    public String toString() {
      boolean record = sorted.keySet().stream().allMatch(Text.class::isInstance);
      var entries =
          sorted.entrySet().stream()
              .map(
                  entry ->
                      record && entry.getKey() instanceof Text field
                          ? field.value() + " |-> " + entry.getValue()
                          : entry.getKey() + " :> " + entry.getValue())
              .toList();
      return record
          ? "[" + String.join(", ", entries) + "]"
          : "(" + String.join(" @@ ", entries) + ")";
    }
  }

  static TlaValue number(int value) {
    return new Number(value);
  }

  static TlaValue bool(boolean value) {
    return new Name(value ? "TRUE" : "FALSE");
  }

  static TlaValue numbers(Collection<Integer> members) {
    return set(members.stream().map(TlaValue::number).toList());
  }

  static TlaValue text(String value) {
    return new Text(value);
  }

  static TlaValue set(Collection<? extends TlaValue> members) {
    var byText = new TreeMap<String, TlaValue>();
    members.forEach(member -> byText.put(member.toString(), member));
    return new Members(List.copyOf(byText.values()));
  }

  static TlaValue tuple(List<? extends TlaValue> items) {
    return new Tuple(List.copyOf(items));
  }

  /** A function, given by its graph. */
  static TlaValue function(Map<? extends TlaValue, ? extends TlaValue> graph) {
    var items = new ArrayList<TlaValue>(graph.size());
    for (int i = 1; i <= graph.size() && graph.containsKey(new Number(i)); i++) {
      items.add(graph.get(new Number(i)));
    }
    if (items.size() == graph.size()) {
      return new Tuple(items);
    }
    var sorted = new LinkedHashMap<TlaValue, TlaValue>();
    graph.entrySet().stream()
        .sorted(Comparator.comparing(entry -> entry.getKey().toString()))
        .forEach(entry -> sorted.put(entry.getKey(), entry.getValue()));
    return new Function(sorted);
  }
}
