package landfall.history;

/**
 * An EDN keyword, such as {@code :read}.
 *
 * @param name without the colon
 */
public record Keyword(String name) {
  @Override
  public String toString() {
    return ":" + name;
  }
}
