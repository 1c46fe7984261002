package landfall.explorer;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Reads the values that TLC writes. Malformed text gives {@link TlaSyntaxException}. */
final class TlaParser {
  // Limits for hostile text: nesting that fits the stack, intervals that fit the heap.
  private static final int DEPTH_MAX = 100;
  private static final int INTERVAL_MAX = 10_000;

  private final String text;
  private int at;
  private int depth;

  private TlaParser(String text) {
    this.text = text;
  }

  /** A variable and its value: {@code /\ x = 1}. */
  static Map.Entry<String, TlaValue> equation(String text) throws TlaSyntaxException {
    var parser = new TlaParser(text);
    parser.expect("/\\");
    String variable = parser.identifier();
    parser.expect("=");
    TlaValue value = parser.value();
    parser.expectEnd();
    return Map.entry(variable, value);
  }

  /** One value. */
  static TlaValue value(String text) throws TlaSyntaxException {
    var parser = new TlaParser(text);
    TlaValue value = parser.value();
    parser.expectEnd();
    return value;
  }

  private TlaValue value() throws TlaSyntaxException {
    if (++depth > DEPTH_MAX) {
      throw wrong("less nesting");
    }
    TlaValue value = valueAtDepth();
    depth--;
    return value;
  }

  private TlaValue valueAtDepth() throws TlaSyntaxException {
    if (skip("<<")) {
      return TlaValue.tuple(list(">>"));
    }
    if (skip("{")) {
      return TlaValue.set(list("}"));
    }
    if (skip("[")) {
      return record();
    }
    if (skip("(")) {
      return function();
    }
    if (skip("\"")) {
      return string();
    }
    char next = peek();
    if (next == '-' || Character.isDigit(next)) {
      return numberOrInterval();
    }
    return new TlaValue.Name(identifier());
  }

  private List<TlaValue> list(String end) throws TlaSyntaxException {
    var items = new ArrayList<TlaValue>();
    if (skip(end)) {
      return items;
    }
    do {
      items.add(value());
    } while (skip(","));
    expect(end);
    return items;
  }

  private TlaValue record() throws TlaSyntaxException {
    var graph = new LinkedHashMap<TlaValue, TlaValue>();
    do {
      TlaValue field = TlaValue.text(identifier());
      expect("|->");
      graph.put(field, value());
    } while (skip(","));
    expect("]");
    return TlaValue.function(graph);
  }

  private TlaValue function() throws TlaSyntaxException {
    var graph = new LinkedHashMap<TlaValue, TlaValue>();
    do {
      TlaValue argument = value();
      expect(":>");
      graph.put(argument, value());
    } while (skip("@@"));
    expect(")");
    return TlaValue.function(graph);
  }

  private TlaValue string() throws TlaSyntaxException {
    int end = text.indexOf('"', at);
    if (end < 0) {
      throw wrong("a closing quote");
    }
    String string = text.substring(at, end);
    at = end + 1;
    return TlaValue.text(string);
  }

  private TlaValue numberOrInterval() throws TlaSyntaxException {
    int low = number();
    if (!skip("..")) {
      return TlaValue.number(low);
    }
    int high = number();
    if ((long) high - low >= INTERVAL_MAX) {
      throw wrong("an interval of at most " + INTERVAL_MAX + " numbers");
    }
    return TlaValue.set(IntStream.rangeClosed(low, high).mapToObj(TlaValue::number).toList());
  }

  private int number() throws TlaSyntaxException {
    int start = at;
    if (peek() == '-') {
      at++;
    }
    while (Character.isDigit(peek())) {
      at++;
    }
    try {
      return Integer.parseInt(text.substring(start, at));
    } catch (NumberFormatException e) {
      throw wrong("a number of 32 bits");
    }
  }

  private String identifier() throws TlaSyntaxException {
    skipSpace();
    int start = at;
    while (Character.isLetterOrDigit(peek()) || peek() == '_') {
      at++;
    }
    if (at == start) {
      throw wrong("a value or a name");
    }
    return text.substring(start, at);
  }

  private void expect(String token) throws TlaSyntaxException {
    if (!skip(token)) {
      throw wrong(token);
    }
  }

  private boolean skip(String token) {
    skipSpace();
    if (text.startsWith(token, at)) {
      at += token.length();
      return true;
    }
    return false;
  }

  private void expectEnd() throws TlaSyntaxException {
    skipSpace();
    if (at != text.length()) {
      throw wrong("the end");
    }
  }

  private void skipSpace() {
    while (Character.isWhitespace(peek())) {
      at++;
    }
  }

  // The end of the text reads as a character that starts nothing.
  private char peek() {
    return at < text.length() ? text.charAt(at) : '\0';
  }

  private TlaSyntaxException wrong(String expected) {
    int from = Math.min(at, text.length());
    return new TlaSyntaxException(
        "expected %s at character %d, found '%s'"
            .formatted(expected, from, text.substring(from, Math.min(from + 20, text.length()))));
  }
}
