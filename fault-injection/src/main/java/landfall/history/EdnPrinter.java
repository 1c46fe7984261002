package landfall.history;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Prints EDN values on one line, so that they read back equal. */
final class EdnPrinter {

  private EdnPrinter() {}

  static String print(Object value) {
    var out = new StringBuilder();
    print(value, out);
    return out.toString();
  }

  static void print(Object value, StringBuilder out) {
    if (value == null) {
      out.append("nil");
    } else if (value instanceof Number number) {
      printNumber(number, out);
    } else if (value instanceof Boolean || value instanceof Keyword || value instanceof Symbol) {
      out.append(value);
    } else if (value instanceof String string) {
      printString(string, out);
    } else if (value instanceof Character character) {
      printCharacter(character, out);
    } else if (value instanceof Tagged tagged) {
      out.append('#').append(tagged.tag()).append(' ');
      print(tagged.value(), out);
    } else if (value instanceof Map<?, ?> map) {
      printMap(map, out);
    } else if (value instanceof Set<?> set) {
      printAll(set, "#{", "}", out);
    } else if (value instanceof List<?> list) {
      printAll(list, "[", "]", out);
    } else {
      throw new IllegalArgumentException(
          "EDN has no form for a "
              + value.getClass().getName()
              + "; use nil, booleans, numbers, strings, characters, keywords, lists, sets or maps");
    }
  }

  private static void printNumber(Number number, StringBuilder out) {
    if (number instanceof Double d && !Double.isFinite(d)) {
      out.append(d.isNaN() ? "##NaN" : d > 0 ? "##Inf" : "##-Inf");
    } else if (number instanceof BigInteger) {
      out.append(number).append('N');
    } else if (number instanceof BigDecimal) {
      out.append(number).append('M');
    } else {
      out.append(number);
    }
  }

  private static void printString(String string, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < string.length(); i++) {
      char c = string.charAt(i);
      switch (c) {
        case '"', '\\' -> out.append('\\').append(c);
        case '\n' -> out.append("\\n");
        case '\t' -> out.append("\\t");
        case '\r' -> out.append("\\r");
        default -> {
          if (c < ' ' || Character.isSurrogate(c)) {
            out.append(String.format("\\u%04x", (int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }

  private static void printCharacter(char c, StringBuilder out) {
    switch (c) {
      case '\n' -> out.append("\\newline");
      case '\r' -> out.append("\\return");
      case ' ' -> out.append("\\space");
      case '\t' -> out.append("\\tab");
      default -> {
        if (c > ' ' && c < 127) {
          out.append('\\').append(c);
        } else {
          out.append(String.format("\\u%04x", (int) c));
        }
      }
    }
  }

  private static void printMap(Map<?, ?> map, StringBuilder out) {
    out.append('{');
    String separator = "";
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      out.append(separator);
      print(entry.getKey(), out);
      out.append(' ');
      print(entry.getValue(), out);
      separator = ", ";
    }
    out.append('}');
  }

  private static void printAll(Collection<?> values, String open, String close, StringBuilder out) {
    out.append(open);
    for (Iterator<?> i = values.iterator(); i.hasNext(); ) {
      print(i.next(), out);
      if (i.hasNext()) {
        out.append(' ');
      }
    }
    out.append(close);
  }
}
