package landfall.history;

/**
 * An EDN symbol, such as {@code jepsen/op}.
 *
 * @param name as written
 */
public record Symbol(String name) {
  @Override
  public String toString() {
    return name;
  }
}
