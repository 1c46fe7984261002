package landfall.simulation;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import landfall.explorer.ExploredProtocol;
import landfall.explorer.Moment;

/**
 * What surrounds the core in a run.
 *
 * @param hosts how many hosts there are; 2 or 3 in pre-copy and with leases, else 2
 * @param arbiter true if ownership is a lock that all hosts reach; of pre-copy, post-copy and
 *     checkpoints
 * @param staged true if checkpoints go to the store; of copies ahead
 */
record Setting(ExploredProtocol protocol, int hosts, boolean arbiter, boolean staged) {
  static final int PAGES = 2;

  private static final Map<Settled, Moment> FIRST = new ConcurrentHashMap<>();

  private record Settled(Setting setting, Set<Integer> defects) {}

  /**
   * One of those that there are.
   *
   * @param hosts how many hosts, 0 for any number
   */
  static Setting drawn(ExploredProtocol protocol, int hosts, SplittableRandom random) {
    boolean first = random.nextBoolean();
    int any = random.nextInt(2, 4);
    return switch (protocol) {
      case PRE_COPY -> new Setting(protocol, hosts == 0 ? any : hosts, first, false);
      case POST_COPY, CHECKPOINT -> new Setting(protocol, 2, first, false);
      case FORWARD_CHECKPOINT -> new Setting(protocol, 2, false, first);
      case LEASE -> new Setting(protocol, hosts == 0 ? any : hosts, false, false);
      case SHARED_LOCK -> new Setting(protocol, 2, false, false);
    };
  }

  /** The world before anything has happened. */
  Moment first(Set<Integer> defects) {
    return FIRST.computeIfAbsent(
        new Settled(this, defects), key -> Moment.first(protocol, config(), PAGES, defects));
  }

  // As the configuration of a model says it.
  private String config() {
    return switch (protocol) {
      case PRE_COPY -> "Arbiter = %s%nHosts = {%s}%n".formatted(truth(arbiter), quotedHosts());
      case POST_COPY -> "Arbiter = %s%n".formatted(truth(arbiter));
      case CHECKPOINT -> "Arbiter = %s%nDiskPages = {%d}%n".formatted(truth(arbiter), PAGES - 1);
      case FORWARD_CHECKPOINT -> "Keeper = \"%s\"%n".formatted(staged ? "store" : "source");
      case LEASE -> "Hosts = {%s}%nTerm = 4%nDrift = 2%n".formatted(quotedHosts());
      case SHARED_LOCK -> "";
    };
  }

  private static String truth(boolean value) {
    return value ? "TRUE" : "FALSE";
  }

  private String quotedHosts() {
    return hostNames().stream().map(name -> '"' + name + '"').collect(Collectors.joining(", "));
  }

  private List<String> hostNames() {
    return IntStream.range(0, hosts).mapToObj(host -> String.valueOf((char) ('A' + host))).toList();
  }

  /** What a story calls a place. */
  String place(int number) {
    return switch (protocol) {
      case PRE_COPY -> hostNames().get(number);
      case FORWARD_CHECKPOINT -> List.of("the source", "the destination", "the store").get(number);
      case LEASE -> number == hosts ? "the grantor" : hostNames().get(number);
      case POST_COPY, CHECKPOINT, SHARED_LOCK ->
          List.of("the source", "the destination").get(number);
    };
  }

  /** In words. */
  String told() {
    return switch (protocol) {
      case PRE_COPY -> "%d hosts, %s".formatted(hosts, lock());
      case POST_COPY -> "2 hosts, " + lock();
      case FORWARD_CHECKPOINT ->
          "2 hosts and a store; checkpoints go to the " + (staged ? "store" : "source");
      case CHECKPOINT -> "2 hosts; the guest writes its page %d to the disk".formatted(PAGES - 1);
      case LEASE ->
          "%d hosts and a grantor; a term of 4 ticks, clocks 2 apart at most".formatted(hosts);
      case SHARED_LOCK -> "2 hosts and storage";
    };
  }

  private String lock() {
    return arbiter ? "with a lock on shared storage" : "without an arbiter";
  }
}
