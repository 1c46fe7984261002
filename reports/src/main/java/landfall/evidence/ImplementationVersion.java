package landfall.evidence;

/**
 * The implementation under test.
 *
 * @param name such as {@code reference} or {@code qemu-riscv64}
 * @param version as the implementation itself tells it
 */
public record ImplementationVersion(String name, String version) {
  public ImplementationVersion {
    Require.text("implementation name", name);
    Require.text("implementation version", version);
  }
}
