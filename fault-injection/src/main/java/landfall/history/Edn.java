package landfall.history;

/** EDN values as text and back. */
public final class Edn {

  private Edn() {}

  /**
   * Reads exactly one value.
   *
   * @throws MalformedEdnException naming line and column
   */
  public static Object read(String text) throws MalformedEdnException {
    var reader = new EdnReader("edn", text);
    Object value = reader.read();
    if (reader.hasNext()) {
      throw reader.malformed(reader.position(), "expected one value, found another");
    }
    return value;
  }

  /**
   * The value on one line.
   *
   * @throws IllegalArgumentException if EDN has no form for it
   */
  public static String print(Object value) {
    return EdnPrinter.print(value);
  }
}
