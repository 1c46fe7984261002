package landfall.implementation;

/** The two hosts of a migration. */
public enum Role {
  SOURCE("source"),
  DESTINATION("destination");

  private final String word;

  Role(String word) {
    this.word = word;
  }

  /** The name in traces and reports. */
  public String word() {
    return word;
  }

  /** The other host. */
  public Role other() {
    return this == SOURCE ? DESTINATION : SOURCE;
  }
}
