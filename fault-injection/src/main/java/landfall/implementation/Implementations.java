package landfall.implementation;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The implementations that the suite knows, by name. */
public final class Implementations {
  /** The reference engine whose hosts share a lock: in trials too, ownership has an arbiter. */
  public static final String REFERENCE_WITH_ARBITER = "reference-arbiter";

  static final String MUTANT = "-mutant-";

  private static final Pattern MUTANTS =
      Pattern.compile("(reference|reference-arbiter)" + MUTANT + "([0-9]{1,4})");
  private static final List<String> NAMES =
      List.of("reference", REFERENCE_WITH_ARBITER, "qemu", "qemu-riscv64", "qemu-x86");

  private final List<String> hostLauncher;
  private final String version;
  private final int ramMib;

  /**
   * @param hostLauncher the command that starts a host of the reference engine, without options
   * @param version of the reference engine
   * @param ramMib RAM of a guest in MiB
   */
  public Implementations(List<String> hostLauncher, String version, int ramMib) {
    this.ramMib = ramMib;
    this.hostLauncher = List.copyOf(hostLauncher);
    this.version = version;
  }

  /** Names that users may give. */
  public static List<String> names() {
    return NAMES;
  }

  /** Whether hosts of this implementation speak QEMU's migration stream. */
  public static boolean isQemu(String implementation) {
    return implementation.startsWith("qemu");
  }

  /** The reference engine with one of its deliberate defects, without an arbiter. */
  public Implementation mutant(int defect) {
    return mutant(defect, false);
  }

  /** The same with an arbiter: for defects of the arbiter. */
  public Implementation mutantWithArbiter(int defect) {
    return mutant(defect, true);
  }

  private Implementation mutant(int defect, boolean arbiter) {
    return new ReferenceImplementation(
        hostLauncher, version, ramMib, arbiter, OptionalInt.of(defect));
  }

  /** Whether the hosts of the implementation of this name share an arbiter. */
  public static boolean hasArbiter(String name) {
    return name.equals(REFERENCE_WITH_ARBITER) || name.startsWith(REFERENCE_WITH_ARBITER + MUTANT);
  }

  /**
   * What a campaign on {@code name} is about, in the order in which its trials take turns: {@code
   * qemu} stands for all its boards.
   *
   * @throws IllegalArgumentException naming the accepted names
   */
  public List<Implementation> named(String name) {
    return switch (name) {
      case "reference" -> List.of(reference(false));
      case REFERENCE_WITH_ARBITER -> List.of(reference(true));
      case "qemu" ->
          List.of(
              new QemuImplementation(QemuImplementation.Board.RISCV64, ramMib),
              new QemuImplementation(QemuImplementation.Board.X86, ramMib));
      case "qemu-riscv64" ->
          List.of(new QemuImplementation(QemuImplementation.Board.RISCV64, ramMib));
      case "qemu-x86" -> List.of(new QemuImplementation(QemuImplementation.Board.X86, ramMib));
      default ->
          mutantNamed(name)
              .map(List::of)
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "implementation '"
                              + name
                              + "' is unknown: "
                              + String.join(", ", NAMES)
                              + " are known"));
    };
  }

  private Implementation reference(boolean arbiter) {
    return new ReferenceImplementation(hostLauncher, version, ramMib, arbiter, OptionalInt.empty());
  }

  // So that a trial of a mutant can be replayed by the name in its schedule.
  private Optional<Implementation> mutantNamed(String name) {
    Matcher mutant = MUTANTS.matcher(name);
    return mutant.matches()
        ? Optional.of(mutant(Integer.parseInt(mutant.group(2)), hasArbiter(name)))
        : Optional.empty();
  }
}
