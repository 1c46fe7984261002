package landfall.host;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import landfall.forwardcheckpoint.Mutant;

/**
 * What a store is started with.
 *
 * @param listen where hosts ask
 * @param folder where it keeps what it must not forget when it dies
 * @param memoryMib so much of the pages of all guests is kept, in MiB; a guest that does not fit is
 *     refused
 * @param deadlineMillis within which a connection has to say whose it is, and after which one that
 *     takes no bytes is given up
 * @param trace the file for the trace, if one is wanted
 * @param tracked pages whose way is traced
 * @param mutants deliberate defects of a store
 */
public record StoreOptions(
    HostAddress listen,
    Path folder,
    int memoryMib,
    int deadlineMillis,
    Optional<Path> trace,
    List<Integer> tracked,
    Set<Mutant> mutants) {

  public StoreOptions {
    long most = memoryMibMax();
    if (memoryMib < 1 || memoryMib > most) {
      throw new IllegalArgumentException(
          "memory of "
              + memoryMib
              + " MiB for guests: 1 to "
              + most
              + " are accepted, three quarters of what Java may have (-Xmx)");
    }
    if (deadlineMillis < 1) {
      throw new IllegalArgumentException(
          "a deadline of " + deadlineMillis + " ms: 1 or more are accepted");
    }
    for (int page : tracked) {
      if (page < 0) {
        throw new IllegalArgumentException("tracked page " + page + ": 0 or more is accepted");
      }
    }
    for (Mutant mutant : mutants) {
      if (mutant != Mutant.NOT_SEALED) {
        throw new IllegalArgumentException(
            "defect "
                + mutant.defect()
                + " is one of hosts: a store can have "
                + Mutant.NOT_SEALED.defect());
      }
    }
    tracked = List.copyOf(tracked);
    mutants = Set.copyOf(mutants);
  }

  /** Most memory for guests that is accepted, in MiB. */
  public static long memoryMibMax() {
    return Math.min(Integer.MAX_VALUE, Runtime.getRuntime().maxMemory() / 4 * 3 >> 20);
  }
}
