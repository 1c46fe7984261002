package landfall.protocol;

/**
 * Identity of a host. Unique among all hosts that may ever hold the guest; never a role, since a
 * host is a source today and a destination tomorrow.
 *
 * @param name 1 to 100 characters, none of them a control character or a blank
 */
public record Host(String name) {
  private static final int LENGTH_MAX = 100;

  public Host {
    if (name.isEmpty()
        || name.length() > LENGTH_MAX
        || name.chars().anyMatch(c -> Character.isISOControl(c) || Character.isWhitespace(c))) {
      throw new IllegalArgumentException(
          "host name '"
              + name
              + "': 1 to "
              + LENGTH_MAX
              + " characters without blanks are accepted");
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
