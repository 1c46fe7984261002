package landfall.history;

import clojure.lang.Ratio;
import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads EDN values one after the other. Integers become {@code Long} (or {@code BigInteger} when
 * they do not fit), floats {@code Double} ({@code BigDecimal} with the suffix M), lists and vectors
 * {@code List}, nil {@code null}, ratios Clojure's {@code Ratio}.
 *
 * <p>Beyond EDN it takes what Clojure prints: hexadecimal, octal and radix numbers, ratios, regular
 * expressions, vars, and maps with a namespace in front. Objects such as {@code #object[Class 0x1f
 * "text"]} and records are tagged values.
 *
 * <p>The text is read piece by piece, so a history may be larger than memory. One value is held as
 * a whole.
 */
final class EdnReader {

  /** Takes the entries of a map in order. */
  interface Entries {
    /**
     * @param at where the key begins, for {@link EdnReader#malformed}
     */
    void entry(Object key, Object value, int at) throws MalformedEdnException;
  }

  /** Deeper nesting is refused, so that hostile input cannot exhaust the stack. */
  private static final int DEPTH_MAX = 500;

  /** Longer values are refused, so that hostile input cannot exhaust the heap. */
  private static final int VALUE_CHARS_MAX = 1 << 24;

  private static final int DIGITS_MAX = 4000;
  private static final int BUFFER_CHARS = 1 << 17;
  private static final int RECENT_NUMBERS = 1 << 14;

  private static final Pattern INTEGER =
      Pattern.compile(
          "([-+]?)(?:0[xX](?<hexadecimal>[0-9a-fA-F]+)|0(?<octal>[0-7]+)"
              + "|(?<radix>[1-9][0-9]?)[rR](?<digits>[0-9a-zA-Z]+)|(?<decimal>0|[1-9][0-9]*))N?");
  private static final Pattern RATIO = Pattern.compile("([-+]?[0-9]+)/([0-9]+)");
  private static final Pattern FLOAT =
      Pattern.compile("[+-]?(0|[1-9][0-9]*)(\\.[0-9]*)?([eE][+-]?[0-9]{1,6})?M?");

  private final String name;
  private final Reader source;
  private boolean exhausted;
  private int depth;

  // The value that is being read begins at `position` or before, and is all in the buffer:
  // 0 <= position <= limit <= buffer.length. Places within it stay the same until `release`.
  private char[] buffer;
  private int limit;
  private int position;

  /** Line ends before the buffer, and characters between the last of them and the buffer. */
  private long linesBefore;

  private long columnsBefore;

  private Keyword[] keywords = new Keyword[64];
  private int keywordCount;

  /** Numbers occur again soon: a value is written, acknowledged, and read. */
  private final Long[] recentNumbers = new Long[RECENT_NUMBERS];

  /**
   * @param name of the source, for messages
   * @param text the whole of it
   */
  EdnReader(String name, String text) throws MalformedEdnException {
    this(name, new StringReader(text), Math.min(text.length() + 1, BUFFER_CHARS));
  }

  /**
   * @param name of the source, for messages
   * @param source read to its end, not closed; its {@code IOException}s come out unchecked
   */
  EdnReader(String name, Reader source) throws MalformedEdnException {
    this(name, source, BUFFER_CHARS);
  }

  private EdnReader(String name, Reader source, int bufferChars) throws MalformedEdnException {
    this.name = name;
    this.source = source;
    this.buffer = new char[bufferChars];
    if (has(1) && buffer[0] == '\uFEFF') {
      position = 1;
    }
  }

  /** Whether at least {@code count} more characters are there. */
  private boolean has(int count) throws MalformedEdnException {
    while (limit - position < count) {
      if (!fill()) {
        return false;
      }
    }
    return true;
  }

  /** Reads more behind what is there; false at the end of the text. */
  private boolean fill() throws MalformedEdnException {
    if (exhausted) {
      return false;
    }
    if (limit == buffer.length) {
      if (buffer.length >= VALUE_CHARS_MAX) {
        throw malformed(
            0, "expected a value of at most " + VALUE_CHARS_MAX + " characters, found a longer");
      }
      buffer = Arrays.copyOf(buffer, Math.min(2 * buffer.length, VALUE_CHARS_MAX));
    }
    try {
      int count = source.read(buffer, limit, buffer.length - limit);
      exhausted = count < 0;
      limit += Math.max(count, 0);
    } catch (CharacterCodingException e) {
      throw new MalformedEdnException(name + ": expected UTF-8 text, found other bytes");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return !exhausted;
  }

  /**
   * Forgets everything before the present position, so that places got before are void. To be
   * called between values.
   */
  void release() {
    if (position < buffer.length / 2) {
      return;
    }
    int lineStart = 0;
    boolean ended = false;
    for (int i = 0; i < position; i++) {
      if (buffer[i] == '\n') {
        linesBefore++;
        lineStart = i + 1;
        ended = true;
      }
    }
    columnsBefore = (ended ? 0 : columnsBefore) + position - lineStart;
    System.arraycopy(buffer, position, buffer, 0, limit - position);
    limit -= position;
    position = 0;
  }

  /** Skips blanks, commas, comments and discarded values; false at the end of the text. */
  boolean hasNext() throws MalformedEdnException {
    while (true) {
      if (position == limit) {
        if (depth == 0) {
          release();
        }
        if (!fill()) {
          return false;
        }
      }
      char c = buffer[position];
      if (isBlank(c)) {
        position++;
      } else if (c == ';') {
        skipLine();
      } else if (c == '#' && has(2) && buffer[position + 1] == '_') {
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
  }

  private void skipLine() throws MalformedEdnException {
    while (true) {
      while (position < limit) {
        if (buffer[position++] == '\n') {
          return;
        }
      }
      if (depth == 0) {
        release();
      }
      if (!fill()) {
        return;
      }
    }
  }

  /** Where the next value begins; only after {@link #hasNext} was true. */
  int position() {
    return position;
  }

  /** The next character if there is a next value, without consuming it. */
  boolean nextIs(char c) throws MalformedEdnException {
    return has(1) && buffer[position] == c;
  }

  /** Steps over one character, such as the bracket that opens or closes a history. */
  void skip() {
    position++;
  }

  /** Steps over a tag such as {@code #jepsen.history.Op}; false if there is none. */
  boolean skipTag() throws MalformedEdnException {
    if (!nextIs('#') || !has(2) || !Character.isLetter(buffer[position + 1])) {
      return false;
    }
    int start = position;
    position++;
    String tag = token();
    enter(start);
    if (!hasNext()) {
      throw malformed(position, "expected a value after the tag #" + tag + ", found the end");
    }
    depth--;
    return true;
  }

  MalformedEdnException malformed(int at, String what) {
    long line = linesBefore + 1;
    int end = Math.min(at, limit);
    int lineStart = 0;
    for (int i = 0; i < end; i++) {
      if (buffer[i] == '\n') {
        line++;
        lineStart = i + 1;
      }
    }
    long column = (lineStart == 0 ? columnsBefore : 0) + end - lineStart + 1;
    return new MalformedEdnException(name + ":" + line + ":" + column + ": " + what);
  }

  Object read() throws MalformedEdnException {
    if (!hasNext()) {
      throw malformed(position, "expected a value, found the end");
    }
    int start = position;
    char c = buffer[position];
    switch (c) {
      case '{':
        return readMap();
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
      if (buffer[position] == close) {
        position++;
        depth--;
        return values;
      }
      values.add(read());
    }
  }

  private String opening(int start) {
    boolean set = buffer[start] == '#' && start + 1 < limit && buffer[start + 1] == '{';
    String open = set ? "#{" : String.valueOf(buffer[start]);
    String at = malformed(start, "").getMessage();
    return "the '" + open + "' of " + at.substring(name.length() + 1, at.length() - 2);
  }

  private Map<Object, Object> readMap() throws MalformedEdnException {
    Map<Object, Object> map = new LinkedHashMap<>();
    readEntries(
        (key, value, at) -> {
          if (map.containsKey(key)) {
            throw again(key, at);
          }
          map.put(key, value);
        });
    return Collections.unmodifiableMap(map);
  }

  MalformedEdnException again(Object key, int at) {
    return malformed(at, "expected every key once, found " + EdnPrinter.print(key) + " again");
  }

  /** Reads the map that begins here; {@code entries} must refuse a key that comes twice. */
  void readEntries(Entries entries) throws MalformedEdnException {
    int start = position;
    position++;
    enter(start);
    while (true) {
      if (!hasNext()) {
        throw malformed(position, "expected '}' to close " + opening(start) + ", found the end");
      }
      if (buffer[position] == '}') {
        position++;
        depth--;
        return;
      }
      int keyStart = position;
      Object key = read();
      if (!hasNext() || buffer[position] == '}') {
        throw malformed(
            position, "expected a value for the key " + EdnPrinter.print(key) + ", found none");
      }
      entries.entry(key, read(), keyStart);
    }
  }

  private Object readDispatch(int start) throws MalformedEdnException {
    if (!has(2)) {
      throw malformed(start, "expected a set, a tag or a discard after '#', found the end");
    }
    char c = buffer[position + 1];
    switch (c) {
      case '{':
        position += 2;
        return readSet(start);
      case '#':
        position += 2;
        return readSymbolicNumber(start);
      case '"':
        position += 2;
        return new Tagged("re", readRegularExpression(start));
      case '\'':
        position += 2;
        return readTagged(start, "var");
      case ':':
        position++;
        return readMapWithNamespace(start);
      default:
        if (!Character.isLetter(c)) {
          throw malformed(start, "expected a set, a tag or a discard after '#', found '" + c + "'");
        }
        position++;
        return readTagged(start, token());
    }
  }

  private Set<Object> readSet(int start) throws MalformedEdnException {
    List<Object> values = readUntil('}', start);
    Set<Object> set = new LinkedHashSet<>(values);
    if (set.size() < values.size()) {
      throw malformed(start, "expected every member of a set once, found one again");
    }
    return Collections.unmodifiableSet(set);
  }

  private Double readSymbolicNumber(int start) throws MalformedEdnException {
    String token = token();
    return switch (token) {
      case "Inf" -> Double.POSITIVE_INFINITY;
      case "-Inf" -> Double.NEGATIVE_INFINITY;
      case "NaN" -> Double.NaN;
      default -> throw malformed(start, "expected ##Inf, ##-Inf or ##NaN, found ##" + token);
    };
  }

  private Tagged readTagged(int start, String tag) throws MalformedEdnException {
    enter(start);
    if (!hasNext()) {
      throw malformed(position, "expected a value after the tag #" + tag + ", found the end");
    }
    Object value = read();
    depth--;
    return new Tagged(tag, value);
  }

  /** A map {@code #:ns{:a 1}}, which is {@code {:ns/a 1}}. */
  private Map<Object, Object> readMapWithNamespace(int start) throws MalformedEdnException {
    String namespace = readKeyword(start).name();
    enter(start);
    if (!hasNext() || buffer[position] != '{') {
      throw malformed(position, "expected a map after #:" + namespace + ", found none");
    }
    depth--;
    Map<Object, Object> map = new LinkedHashMap<>();
    for (Map.Entry<Object, Object> entry : readMap().entrySet()) {
      Object key = entry.getKey();
      if (key instanceof Keyword word) {
        String plain = word.name().startsWith("_/") ? word.name().substring(2) : word.name();
        boolean bare = !word.name().contains("/");
        key = new Keyword(bare ? namespace + "/" + plain : plain);
      }
      if (map.containsKey(key)) {
        throw again(key, start);
      }
      map.put(key, entry.getValue());
    }
    return Collections.unmodifiableMap(map);
  }

  private Keyword readKeyword(int start) throws MalformedEdnException {
    position++;
    int from = position;
    skipToken();
    if (position == from || buffer[from] == ':') {
      throw malformed(start, "expected a name after ':', found none");
    }
    return keyword(from, position);
  }

  /** The one keyword of this name, so that keywords of one reader may be compared by identity. */
  Keyword keyword(String word) {
    char[] kept = buffer;
    buffer = word.toCharArray();
    Keyword keyword = keyword(0, buffer.length);
    buffer = kept;
    return keyword;
  }

  private Keyword keyword(int from, int to) {
    int hash = 0;
    for (int i = from; i < to; i++) {
      hash = 31 * hash + buffer[i];
    }
    int at = hash & (keywords.length - 1);
    while (keywords[at] != null) {
      if (isNamed(keywords[at], from, to)) {
        return keywords[at];
      }
      at = (at + 1) & (keywords.length - 1);
    }
    var added = new Keyword(new String(buffer, from, to - from));
    keywords[at] = added;
    keywordCount++;
    if (keywordCount > keywords.length / 2) {
      Keyword[] old = keywords;
      keywords = new Keyword[2 * old.length];
      for (Keyword keyword : old) {
        if (keyword != null) {
          int place = keyword.name().hashCode() & (keywords.length - 1);
          while (keywords[place] != null) {
            place = (place + 1) & (keywords.length - 1);
          }
          keywords[place] = keyword;
        }
      }
    }
    return added;
  }

  private boolean isNamed(Keyword keyword, int from, int to) {
    String word = keyword.name();
    if (word.length() != to - from) {
      return false;
    }
    for (int i = 0; i < word.length(); i++) {
      if (word.charAt(i) != buffer[from + i]) {
        return false;
      }
    }
    return true;
  }

  private String readString(int start) throws MalformedEdnException {
    int plainStart = position;
    StringBuilder unescaped = null;
    while (has(1)) {
      char c = buffer[position];
      if (c == '"') {
        int plainEnd = position++;
        return unescaped == null
            ? new String(buffer, plainStart, plainEnd - plainStart)
            : unescaped.append(buffer, plainStart, plainEnd - plainStart).toString();
      }
      if (c == '\\') {
        if (unescaped == null) {
          unescaped = new StringBuilder();
        }
        unescaped.append(buffer, plainStart, position - plainStart);
        unescaped.append(readEscape());
        plainStart = position;
      } else {
        position++;
      }
    }
    throw malformed(position, "expected '\"' to close " + opening(start) + ", found the end");
  }

  /** The source of a regular expression, in which a backslash only protects what follows it. */
  private String readRegularExpression(int start) throws MalformedEdnException {
    int from = position;
    while (has(1)) {
      char c = buffer[position++];
      if (c == '"') {
        return new String(buffer, from, position - 1 - from);
      }
      if (c == '\\' && has(1)) {
        position++;
      }
    }
    throw malformed(position, "expected '\"' to close " + opening(start) + ", found the end");
  }

  private char readEscape() throws MalformedEdnException {
    int start = position;
    char c = has(2) ? buffer[start + 1] : ' ';
    switch (c) {
      case 'n', 't', 'r', 'b', 'f', '\\', '"':
        position += 2;
        return switch (c) {
          case 'n' -> '\n';
          case 't' -> '\t';
          case 'r' -> '\r';
          case 'b' -> '\b';
          case 'f' -> '\f';
          default -> c;
        };
      case 'u':
        if (has(6)) {
          String digits = new String(buffer, start + 2, 4);
          if (digits.matches("[0-9a-fA-F]{4}")) {
            position += 6;
            return (char) Integer.parseInt(digits, 16);
          }
        }
        throw malformed(start, "expected four hexadecimal digits after \\u");
      default:
        throw malformed(start, "expected one of \\n \\t \\r \\b \\f \\\\ \\\" \\uXXXX in a string");
    }
  }

  private Character readCharacter(int start) throws MalformedEdnException {
    if (!has(2)) {
      throw malformed(start, "expected a character after '\\', found the end");
    }
    position += 2;
    String word = buffer[start + 1] + token();
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
    char first = buffer[start];
    boolean signed = (first == '-' || first == '+') && has(2) && isDigit(buffer[start + 1]);
    if (signed || isDigit(first)) {
      return readNumber(start, signed);
    }
    if (first == 'n' && has(4) && buffer[start + 1] == 'i' && buffer[start + 2] == 'l') {
      if (ends(buffer[start + 3])) {
        position += 3;
        return null;
      }
    }
    String word = token();
    if (word.isEmpty()) {
      throw malformed(start, "expected a value, found '" + first + "'");
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
    int firstDigit = signed ? start + 1 : start;
    position = firstDigit;
    long small = 0;
    while (has(1) && isDigit(buffer[position])) {
      small = small * 10 + (buffer[position] - '0');
      position++;
    }
    boolean leadingZero = buffer[firstDigit] == '0' && position > firstDigit + 1;
    if (position - firstDigit <= 18 && !leadingZero && (!has(1) || ends(buffer[position]))) {
      return number(buffer[start] == '-' ? -small : small);
    }
    skipToken();
    if (position - start > DIGITS_MAX) {
      throw malformed(start, "expected a number of at most " + DIGITS_MAX + " characters");
    }
    String word = new String(buffer, start, position - start);
    Matcher integer = INTEGER.matcher(word);
    Matcher ratio = RATIO.matcher(word);
    if (integer.matches()) {
      return integer(integer, start, word);
    }
    if (ratio.matches() && !isZero(ratio.group(2))) {
      return ratio(new BigInteger(ratio.group(1)), new BigInteger(ratio.group(2)));
    }
    if (FLOAT.matcher(word).matches()) {
      return word.endsWith("M")
          ? (Object) new BigDecimal(word.substring(0, word.length() - 1))
          : (Object) Double.valueOf(word);
    }
    throw malformed(start, "expected a number, found " + word);
  }

  private Object integer(Matcher word, int start, String shown) throws MalformedEdnException {
    int radix = 10;
    String digits = word.group("decimal");
    if (word.group("hexadecimal") != null) {
      radix = 16;
      digits = word.group("hexadecimal");
    } else if (word.group("octal") != null) {
      radix = 8;
      digits = word.group("octal");
    } else if (word.group("radix") != null) {
      radix = Integer.parseInt(word.group("radix"));
      digits = word.group("digits");
    }
    try {
      if (radix <= Character.MAX_RADIX) {
        return whole(new BigInteger(word.group(1) + digits, radix));
      }
    } catch (NumberFormatException e) {
      // A digit too large for the radix, such as the 3 of 2r13.
    }
    throw malformed(start, "expected a number, found " + shown);
  }

  private static boolean isZero(String digits) {
    return digits.chars().allMatch(digit -> digit == '0');
  }

  private Object ratio(BigInteger numerator, BigInteger denominator) {
    BigInteger factor = numerator.gcd(denominator);
    BigInteger lowest = denominator.divide(factor);
    return lowest.equals(BigInteger.ONE)
        ? whole(numerator.divide(factor))
        : new Ratio(numerator.divide(factor), lowest);
  }

  private Object whole(BigInteger number) {
    return number.bitLength() < Long.SIZE ? (Object) number(number.longValue()) : number;
  }

  private Long number(long value) {
    int at = (int) (value ^ (value >>> 32)) & (RECENT_NUMBERS - 1);
    Long recent = recentNumbers[at];
    if (recent == null || recent != value) {
      recent = value;
      recentNumbers[at] = recent;
    }
    return recent;
  }

  /** The characters up to the next blank or delimiter; consumes them. */
  private String token() throws MalformedEdnException {
    int start = position;
    skipToken();
    return new String(buffer, start, position - start);
  }

  private void skipToken() throws MalformedEdnException {
    while (has(1) && !ends(buffer[position])) {
      position++;
    }
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isBlank(char c) {
    return c == ' '
        || c == ','
        || (c <= '\r' && c >= '\t')
        || (c > 127 && Character.isWhitespace(c));
  }

  private static boolean ends(char c) {
    return isBlank(c) || c == '"' || c == ';' || c == '\\' || isBracket(c);
  }

  private static boolean isBracket(char c) {
    return c == '{' || c == '}' || c == '[' || c == ']' || c == '(' || c == ')';
  }
}
