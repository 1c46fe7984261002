package landfall.history;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads EDN values one after the other. Integers become {@code Long} (or {@code BigInteger} when
 * they do not fit), floats {@code Double} ({@code BigDecimal} with the suffix M), lists and vectors
 * {@code List}, nil {@code null}.
 */
final class EdnReader {

  /** Deeper nesting is refused, so that hostile input cannot exhaust the stack. */
  private static final int DEPTH_MAX = 500;

  private static final int DIGITS_MAX = 4000;

  private final String name;
  private final String text;
  private final Map<String, Keyword> keywords = new HashMap<>();
  private int position;
  private int depth;

  /**
   * @param name of the source, for messages
   * @param text the whole of it
   */
  EdnReader(String name, String text) {
    this.name = name;
    this.text = text;
    // Invariant: 0 <= position <= text.length(), and position only grows.
    this.position = text.startsWith("\uFEFF") ? 1 : 0;
  }

  /** Skips blanks, commas, comments and discarded values; false at the end of the text. */
  boolean hasNext() throws MalformedEdnException {
    while (position < text.length()) {
      char c = text.charAt(position);
      if (isBlank(c)) {
        position++;
      } else if (c == ';') {
        int end = text.indexOf('\n', position);
        position = end < 0 ? text.length() : end + 1;
      } else if (c == '#' && position + 1 < text.length() && text.charAt(position + 1) == '_') {
        int start = position;
        position += 2;
        enter(start);
        if (!hasNext()) {
          throw malformed(start, "expected a value to discard after #_, found the end");
        }
        read();
        depth--;
      } else {
        return true;
      }
    }
    return false;
  }

  /** Where the next value begins; only after {@link #hasNext} was true. */
  int position() {
    return position;
  }

  /** The next character if there is a next value, without consuming it. */
  boolean nextIs(char c) {
    return position < text.length() && text.charAt(position) == c;
  }

  /** Steps over one character, such as the bracket that opens or closes a history. */
  void skip() {
    position++;
  }

  MalformedEdnException malformed(int at, String what) {
    int line = 1;
    int lineStart = 0;
    int end = Math.min(at, text.length());
    for (int i = text.indexOf('\n'); i >= 0 && i < end; i = text.indexOf('\n', i + 1)) {
      line++;
      lineStart = i + 1;
    }
    return new MalformedEdnException(name + ":" + line + ":" + (end - lineStart + 1) + ": " + what);
  }

  Object read() throws MalformedEdnException {
    if (!hasNext()) {
      throw malformed(position, "expected a value, found the end");
    }
    int start = position;
    char c = text.charAt(position);
    switch (c) {
      case '{':
        position++;
        return readMap(start);
      case '[':
        position++;
        return Collections.unmodifiableList(readUntil(']', start));
      case '(':
        position++;
        return Collections.unmodifiableList(readUntil(')', start));
      case '"':
        position++;
        return readString(start);
      case ':':
        return readKeyword(start);
      case '\\':
        return readCharacter(start);
      case '#':
        return readDispatch(start);
      case '}', ']', ')':
        throw malformed(start, "expected a value, found '" + c + "'");
      default:
        return readToken(start);
    }
  }

  private void enter(int start) throws MalformedEdnException {
    depth++;
    if (depth > DEPTH_MAX) {
      throw malformed(start, "expected at most " + DEPTH_MAX + " nested values, found more");
    }
  }

  private List<Object> readUntil(char close, int start) throws MalformedEdnException {
    enter(start);
    var values = new ArrayList<Object>();
    while (true) {
      if (!hasNext()) {
        throw malformed(
            position, "expected '" + close + "' to close " + opening(start) + ", found the end");
      }
      if (text.charAt(position) == close) {
        position++;
        depth--;
        return values;
      }
      values.add(read());
    }
  }

  private String opening(int start) {
    String open = text.startsWith("#{", start) ? "#{" : text.substring(start, start + 1);
    String at = malformed(start, "").getMessage();
    return "the '" + open + "' of " + at.substring(name.length() + 1, at.length() - 2);
  }

  private Map<Object, Object> readMap(int start) throws MalformedEdnException {
    enter(start);
    Map<Object, Object> map = new LinkedHashMap<>();
    while (true) {
      if (!hasNext()) {
        throw malformed(position, "expected '}' to close " + opening(start) + ", found the end");
      }
      if (text.charAt(position) == '}') {
        position++;
        depth--;
        return Collections.unmodifiableMap(map);
      }
      int keyStart = position;
      Object key = read();
      if (!hasNext() || text.charAt(position) == '}') {
        throw malformed(
            position, "expected a value for the key " + EdnPrinter.print(key) + ", found none");
      }
      Object value = read();
      if (map.containsKey(key)) {
        throw malformed(
            keyStart, "expected every key once, found " + EdnPrinter.print(key) + " again");
      }
      map.put(key, value);
    }
  }

  private Object readDispatch(int start) throws MalformedEdnException {
    if (position + 1 >= text.length()) {
      throw malformed(start, "expected a set, a tag or a discard after '#', found the end");
    }
    char c = text.charAt(position + 1);
    if (c == '{') {
      position += 2;
      List<Object> values = readUntil('}', start);
      Set<Object> set = new LinkedHashSet<>(values);
      if (set.size() < values.size()) {
        throw malformed(start, "expected every member of a set once, found one again");
      }
      return Collections.unmodifiableSet(set);
    }
    if (c == '#') {
      position += 2;
      String token = token();
      switch (token) {
        case "Inf":
          return Double.POSITIVE_INFINITY;
        case "-Inf":
          return Double.NEGATIVE_INFINITY;
        case "NaN":
          return Double.NaN;
        default:
          throw malformed(start, "expected ##Inf, ##-Inf or ##NaN, found ##" + token);
      }
    }
    if (!Character.isLetter(c)) {
      throw malformed(start, "expected a set, a tag or a discard after '#', found '" + c + "'");
    }
    position++;
    String tag = token();
    enter(start);
    if (!hasNext()) {
      throw malformed(position, "expected a value after the tag #" + tag + ", found the end");
    }
    Object value = read();
    depth--;
    return new Tagged(tag, value);
  }

  private Keyword readKeyword(int start) throws MalformedEdnException {
    position++;
    String word = token();
    if (word.isEmpty() || word.startsWith(":")) {
      throw malformed(start, "expected a name after ':', found none");
    }
    Keyword known = keywords.get(word);
    if (known == null) {
      known = new Keyword(word);
      keywords.put(word, known);
    }
    return known;
  }

  private String readString(int start) throws MalformedEdnException {
    int plainStart = position;
    StringBuilder unescaped = null;
    while (position < text.length()) {
      char c = text.charAt(position);
      if (c == '"') {
        String plain = text.substring(plainStart, position);
        position++;
        return unescaped == null ? plain : unescaped.append(plain).toString();
      }
      if (c == '\\') {
        if (unescaped == null) {
          unescaped = new StringBuilder();
        }
        unescaped.append(text, plainStart, position);
        unescaped.append(readEscape());
        plainStart = position;
      } else {
        position++;
      }
    }
    throw malformed(position, "expected '\"' to close " + opening(start) + ", found the end");
  }

  private char readEscape() throws MalformedEdnException {
    int start = position;
    char c = start + 1 < text.length() ? text.charAt(start + 1) : ' ';
    position = Math.min(start + 2, text.length());
    switch (c) {
      case 'n':
        return '\n';
      case 't':
        return '\t';
      case 'r':
        return '\r';
      case 'b':
        return '\b';
      case 'f':
        return '\f';
      case '\\', '"':
        return c;
      case 'u':
        if (start + 6 <= text.length()) {
          String digits = text.substring(start + 2, start + 6);
          if (digits.matches("[0-9a-fA-F]{4}")) {
            position = start + 6;
            return (char) Integer.parseInt(digits, 16);
          }
        }
        throw malformed(start, "expected four hexadecimal digits after \\u");
      default:
        throw malformed(start, "expected one of \\n \\t \\r \\b \\f \\\\ \\\" \\uXXXX in a string");
    }
  }

  private Character readCharacter(int start) throws MalformedEdnException {
    if (start + 1 >= text.length()) {
      throw malformed(start, "expected a character after '\\', found the end");
    }
    position += 2;
    String word = text.charAt(start + 1) + token();
    switch (word) {
      case "newline":
        return '\n';
      case "return":
        return '\r';
      case "space":
        return ' ';
      case "tab":
        return '\t';
      case "formfeed":
        return '\f';
      case "backspace":
        return '\b';
      default:
        if (word.length() == 1) {
          return word.charAt(0);
        }
        if (word.matches("u[0-9a-fA-F]{4}")) {
          return (char) Integer.parseInt(word.substring(1), 16);
        }
        throw malformed(start, "expected a character, found \\" + word);
    }
  }

  private Object readToken(int start) throws MalformedEdnException {
    char first = text.charAt(start);
    boolean signed =
        (first == '-' || first == '+') && start + 1 < text.length() && isDigit(start + 1);
    if (signed || isDigit(start)) {
      return readNumber(start, signed);
    }
    String word = token();
    if (word.isEmpty()) {
      throw malformed(start, "expected a value, found '" + text.charAt(start) + "'");
    }
    switch (word) {
      case "nil":
        return null;
      case "true":
        return Boolean.TRUE;
      case "false":
        return Boolean.FALSE;
      default:
        if ("^'`~@".indexOf(first) >= 0) {
          throw malformed(start, "expected a value, found '" + first + "'");
        }
        return new Symbol(word);
    }
  }

  private Object readNumber(int start, boolean signed) throws MalformedEdnException {
    int end = signed ? start + 1 : start;
    long small = 0;
    while (end < text.length() && isDigit(end)) {
      small = small * 10 + (text.charAt(end) - '0');
      end++;
    }
    int firstDigit = signed ? start + 1 : start;
    boolean plainEnd = end >= text.length() || ends(text.charAt(end));
    boolean leadingZero = text.charAt(firstDigit) == '0' && end > firstDigit + 1;
    if (plainEnd && end - firstDigit <= 18 && !leadingZero) {
      position = end;
      return text.charAt(start) == '-' ? -small : small;
    }
    String word = token();
    if (word.length() > DIGITS_MAX) {
      throw malformed(start, "expected a number of at most " + DIGITS_MAX + " characters");
    }
    if (word.matches("[+-]?(0|[1-9][0-9]*)N?")) {
      String digits = word.endsWith("N") ? word.substring(0, word.length() - 1) : word;
      var big = new BigInteger(digits);
      return big.bitLength() < Long.SIZE ? (Object) big.longValue() : big;
    }
    if (word.matches("[+-]?(0|[1-9][0-9]*)(\\.[0-9]*)?([eE][+-]?[0-9]{1,6})?M?")) {
      return word.endsWith("M")
          ? (Object) new BigDecimal(word.substring(0, word.length() - 1))
          : (Object) Double.valueOf(word);
    }
    throw malformed(start, "expected a number, found " + word);
  }

  /** The characters up to the next blank or delimiter; consumes them. */
  private String token() {
    int start = position;
    while (position < text.length() && !ends(text.charAt(position))) {
      position++;
    }
    return text.substring(start, position);
  }

  private boolean isDigit(int at) {
    char c = text.charAt(at);
    return c >= '0' && c <= '9';
  }

  private static boolean isBlank(char c) {
    return c == ' '
        || c == ','
        || (c <= '\r' && c >= '\t')
        || (c > 127 && Character.isWhitespace(c));
  }

  private static boolean ends(char c) {
    return isBlank(c) || "{}[]()\";\\".indexOf(c) >= 0;
  }
}
