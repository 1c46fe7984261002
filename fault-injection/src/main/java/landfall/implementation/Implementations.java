package landfall.implementation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The implementations that the suite knows, by name. */
public final class Implementations {
  private static final Map<String, Ownership> REFERENCES =
      Arrays.stream(Ownership.values())
          .collect(
              Collectors.toMap(
                  Ownership::implementation,
                  Function.identity(),
                  (one, other) -> one,
                  LinkedHashMap::new));

  static final String MUTANT = "-mutant-";

  private static final Pattern MUTANTS =
      Pattern.compile("(" + String.join("|", REFERENCES.keySet()) + ")" + MUTANT + "([0-9]{1,4})");

  /** The reference engine over several connections, with nothing that decides but its hosts. */
  private static final String SEVERAL = Ownership.NONE.implementation() + Channel.SEVERAL.suffix();

  private static final List<String> NAMES =
      Stream.concat(
              Stream.concat(REFERENCES.keySet().stream(), Stream.of(SEVERAL)),
              Arrays.stream(Channel.values())
                  .map(Channel::suffix)
                  .flatMap(
                      channel ->
                          Stream.of("qemu", "qemu-riscv64", "qemu-x86")
                              .map(each -> each + channel)))
          .toList();

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

  /** The reference engine with one of its deliberate defects. */
  public Implementation mutant(int defect, Ownership ownership) {
    return reference(ownership, OptionalInt.of(defect));
  }

  /** The reference engine with each of these in turn. */
  public List<Implementation> owned(List<Ownership> ownerships) {
    return ownerships.stream()
        .distinct()
        .map(each -> reference(each, OptionalInt.empty()))
        .toList();
  }

  /**
   * What decides between the hosts of the implementation of this name, as its schedules have it.
   */
  public static Ownership ownership(String name) {
    Matcher mutant = MUTANTS.matcher(name);
    return REFERENCES.getOrDefault(mutant.matches() ? mutant.group(1) : name, Ownership.NONE);
  }

  /**
   * What a campaign on {@code name} is about, in the order in which its trials take turns: {@code
   * qemu}, {@code qemu-multifd} and {@code qemu-tls} stand for all boards.
   *
   * @throws IllegalArgumentException naming the accepted names
   */
  public List<Implementation> named(String name) {
    if (REFERENCES.containsKey(name)) {
      return List.of(reference(REFERENCES.get(name), OptionalInt.empty()));
    }
    if (name.equals(SEVERAL)) {
      return List.of(reference(Ownership.NONE, OptionalInt.empty(), Channel.SEVERAL));
    }
    return qemuNamed(name)
        .or(() -> mutantNamed(name).map(List::of))
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "implementation '"
                        + name
                        + "' is unknown: "
                        + String.join(", ", NAMES)
                        + " are known"));
  }

  /** QEMU on both boards, or on the one that is named, with the channel that is named. */
  private Optional<List<Implementation>> qemuNamed(String name) {
    List<Implementation> all = new ArrayList<>();
    for (Channel channel : Channel.values()) {
      for (QemuImplementation.Board board : QemuImplementation.Board.values()) {
        var each = new QemuImplementation(board, ramMib, channel);
        if (name.equals(each.name()) || name.equals("qemu" + channel.suffix())) {
          all.add(each);
        }
      }
    }
    return all.isEmpty() ? Optional.empty() : Optional.of(all);
  }

  private Implementation reference(Ownership ownership, OptionalInt mutant) {
    return reference(ownership, mutant, Channel.PLAIN);
  }

  private Implementation reference(Ownership ownership, OptionalInt mutant, Channel channel) {
    return new ReferenceImplementation(hostLauncher, version, ramMib, ownership, mutant, channel);
  }

  // So that a trial of a mutant can be replayed by the name in its schedule.
  private Optional<Implementation> mutantNamed(String name) {
    Matcher mutant = MUTANTS.matcher(name);
    return mutant.matches()
        ? Optional.of(
            reference(
                REFERENCES.get(mutant.group(1)), OptionalInt.of(Integer.parseInt(mutant.group(2)))))
        : Optional.empty();
  }
}
