package landfall.simulation;

import java.lang.management.ManagementFactory;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import landfall.explorer.ExploredProtocol;

/** Many runs of one protocol. A run is decided by the seed and its number, and by nothing else. */
public final class Simulation {
  private static final Set<String> NO_FAULTS = Set.of("cancel", "restart");
  private static final double NANOS = 1e9;

  private final ExploredProtocol protocol;
  private final int hosts;
  private final Set<Integer> defects;

  /**
   * Runs of a core.
   *
   * @param hosts how many hosts there are, or 0 for 2 and 3 by turns of chance; only pre-copy has 3
   * @param defects numbers of the core's deliberate mistakes, none for the core as it is
   * @throws IllegalArgumentException if the protocol has no such mutant, if its mistake lies below
   *     the world of the core, or if it knows no such number of hosts
   */
  public Simulation(ExploredProtocol protocol, int hosts, Set<Integer> defects) {
    for (int defect : defects) {
      if (!protocol.isInModel(defect)) {
        throw new IllegalArgumentException(
            "mutant %d is a mistake of encodings or of the storage, which a simulation has not"
                .formatted(defect));
      }
    }
    if (hosts < 0 || hosts == 1 || hosts > 3 || hosts == 3 && !hasThreeHosts(protocol)) {
      throw new IllegalArgumentException(
          hosts == 3
              ? protocol.option() + " has two hosts; 3 are for precopy"
              : "a simulation has 2 or 3 hosts, not " + hosts);
    }
    this.protocol = protocol;
    this.hosts = hosts;
    this.defects = Set.copyOf(defects);
  }

  /** The protocol's name on the command line. */
  public String mode() {
    return protocol.option();
  }

  /** Whether the module of the protocol knows a third host. */
  public static boolean hasThreeHosts(ExploredProtocol protocol) {
    return protocol == ExploredProtocol.PRE_COPY;
  }

  /**
   * Runs until one breaks a property, and tells how.
   *
   * @param first number of the first run
   * @param runs how many runs
   */
  public Simulated runs(long seed, long first, long runs) {
    var threads = ManagementFactory.getThreadMXBean();
    long start = threads.getCurrentThreadCpuTime();
    var faults = new TreeMap<String, Long>();
    long faulty = 0;
    long unpromised = 0;
    long unsettled = 0;
    long done = 0;
    Optional<Story> story = Optional.empty();
    double seconds = 0;
    while (done < runs && story.isEmpty()) {
      long run = first + done++;
      var course = new Course(protocol, hosts, defects, seed, run);
      Course.Outcome outcome = course.outcome();
      outcome.seen().forEach(fault -> faults.merge(fault, 1L, Long::sum));
      faulty += NO_FAULTS.containsAll(outcome.seen()) ? 0 : 1;
      unpromised += outcome.unpromised() ? 1 : 0;
      unsettled += outcome.unsettled() ? 1 : 0;
      if (outcome.violated().isPresent()) {
        seconds = (threads.getCurrentThreadCpuTime() - start) / NANOS;
        story = outcome.violated().map(property -> story(course, run, outcome, property));
      }
    }
    if (story.isEmpty()) {
      seconds = (threads.getCurrentThreadCpuTime() - start) / NANOS;
    }
    return new Simulated(
        protocol.option(),
        defects.isEmpty() ? "as it is" : "mutant " + defects.iterator().next(),
        done,
        faulty,
        faults,
        unpromised,
        unsettled,
        seconds,
        story);
  }

  private Story story(Course course, long run, Course.Outcome outcome, String property) {
    var shortest = new Shrinking(course, defects).shortest(outcome.path(), property);
    return Story.of(course, run, outcome.path().size(), shortest);
  }
}
