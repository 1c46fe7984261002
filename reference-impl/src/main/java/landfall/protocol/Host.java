package landfall.protocol;

import java.util.regex.Pattern;

/**
 * Identity of a host. Unique among all hosts that may ever hold the guest; never a role, since a
 * host is a source today and a destination tomorrow.
 *
 * @param name 1 to 100 letters, digits, dots, underscores and hyphens
 */
public record Host(String name) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,100}");

  /** {@code IllegalArgumentException} says what is accepted. */
  public Host {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "host name '" + name + "': 1 to 100 letters, digits, '.', '_' and '-' are accepted");
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
