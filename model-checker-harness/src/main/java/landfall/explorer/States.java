package landfall.explorer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Small numbers for states and for names of actions, so that graphs are compared as numbers. Graphs
 * that are compared share one of these.
 */
final class States {
  private final Map<String, Integer> numbers = new HashMap<>();
  private final List<String> texts = new ArrayList<>();
  private final Map<String, Integer> actionNumbers = new HashMap<>();
  private final List<String> actions = new ArrayList<>();

  int number(TlaState state) {
    return number(state.toString(), numbers, texts);
  }

  String text(int state) {
    return texts.get(state);
  }

  int action(String name) {
    return number(name, actionNumbers, actions);
  }

  String actionName(int action) {
    return actions.get(action);
  }

  private static int number(String text, Map<String, Integer> numbers, List<String> texts) {
    Integer known = numbers.putIfAbsent(text, texts.size());
    if (known == null) {
      texts.add(text);
      return texts.size() - 1;
    }
    return known;
  }
}
