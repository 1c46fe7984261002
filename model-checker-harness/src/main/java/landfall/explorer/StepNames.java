package landfall.explorer;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Names of steps that TLC cannot tell apart before it runs: where the quantifier of an action
 * ranges over the attempts so far, TLC calls its steps by the name of the definition around. If
 * only one action of the definition is such, it is that one. If several are, each must be the
 * taking of a message by the destination, and is called by the message's type.
 */
final class StepNames {
  private final Map<String, Set<String>> actions;
  private final Map<String, String> byMessage = new HashMap<>();

  /**
   * Names for the labels of a graph.
   *
   * @param actions per definition, its actions over attempts
   */
  StepNames(Map<String, Set<String>> actions) {
    this.actions = Map.copyOf(actions);
  }

  /** The action of a step with this label, from and to states of these texts. */
  String of(String label, String before, String after) throws TlaSyntaxException {
    Set<String> candidates = actions.getOrDefault(label, Set.of(label));
    if (candidates.size() == 1) {
      return candidates.iterator().next();
    }
    String name = "Receive" + typeOfHead(line(before, "forward"), line(after, "accepted"));
    if (!candidates.contains(name)) {
      throw new TlaSyntaxException("step " + label + " is one of " + candidates + ", not " + name);
    }
    return name;
  }

  private static String line(String state, String variable) throws TlaSyntaxException {
    String prefix = "/\\ " + variable + " = ";
    return state
        .lines()
        .filter(line -> line.startsWith(prefix))
        .findFirst()
        .orElseThrow(() -> new TlaSyntaxException("a state without " + variable));
  }

  // Type of the message that is first on the connection which the destination has taken up.
  private String typeOfHead(String forward, String accepted) throws TlaSyntaxException {
    String key = forward + accepted;
    String known = byMessage.get(key);
    if (known == null) {
      known = parse(forward, accepted);
      byMessage.put(key, known);
    }
    return known;
  }

  private static String parse(String forward, String accepted) throws TlaSyntaxException {
    if (TlaParser.equation(accepted).getValue() instanceof TlaValue.Number number
        && TlaParser.equation(forward).getValue() instanceof TlaValue.Tuple connections
        && number.value() >= 1
        && number.value() <= connections.items().size()
        && connections.items().get(number.value() - 1) instanceof TlaValue.Tuple messages
        && !messages.items().isEmpty()
        && messages.items().get(0) instanceof TlaValue.Function message
        && message.sorted().get(TlaValue.text("type")) instanceof TlaValue.Text type) {
      return type.value();
    }
    throw new TlaSyntaxException("no message is taken by a step with " + forward + accepted);
  }
}
