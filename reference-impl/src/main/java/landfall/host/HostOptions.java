package landfall.host;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import landfall.precopy.Mutant;

/**
 * What a host process is started with.
 *
 * @param name what this host is called, unlike any other
 * @param qmp where the control protocol is served
 * @param serial where the guest's serial line is served
 * @param ramMib RAM of the guest in MiB
 * @param kernel the guest's executable; without one it is the witness, the guest of trials
 * @param incoming where a destination listens; empty if it is told later by {@code
 *     migrate-incoming}
 * @param destination true if the host waits for a guest instead of starting one
 * @param paused the guest stays paused, where it starts or where it arrives, until {@code cont}
 * @param trace the file for the trace, if one is wanted
 * @param tracked pages whose way is traced; empty to choose four by the seed
 * @param seed source of every random choice
 * @param lock the file that arbitrates ownership, on storage that both hosts reach; without one
 *     there is no arbiter
 * @param disk the image of the guest's disk, a raw file that both hosts reach; without one the
 *     guest has no disk
 * @param deadlineMillis after so long without progress of the other side the connection is given up
 * @param objects credentials
 * @param insecure whether guests may be moved to and from other machines without TLS
 * @param saveFolder where {@code pmemsave} may write; without one it is refused
 * @param lease where the grantor is that lends the guest; without one it needs no lease
 * @param store where the store is to which pages are copied ahead; without one none are
 * @param leaseMutants deliberate defects of a holder of leases
 * @param mutants deliberate defects of pre-copy and of the lock
 * @param postCopyMutants deliberate defects of post-copy
 * @param checkpointMutants deliberate defects of checkpoints after it
 * @param forwardMutants deliberate defects of copies ahead
 */
public record HostOptions(
    String name,
    HostAddress qmp,
    HostAddress serial,
    int ramMib,
    Optional<Path> kernel,
    Optional<HostAddress> incoming,
    boolean destination,
    boolean paused,
    Optional<Path> trace,
    List<Integer> tracked,
    long seed,
    Optional<Path> lock,
    Optional<Path> disk,
    int deadlineMillis,
    List<TlsObject> objects,
    boolean insecure,
    Optional<Path> saveFolder,
    Optional<HostAddress> lease,
    Optional<HostAddress> store,
    Set<landfall.lease.Mutant> leaseMutants,
    Set<Mutant> mutants,
    Set<landfall.postcopy.Mutant> postCopyMutants,
    Set<landfall.checkpoint.Mutant> checkpointMutants,
    Set<landfall.forwardcheckpoint.Mutant> forwardMutants) {

  public HostOptions {
    if (ramMib < 2 || ramMib > 1 << 20) {
      throw new IllegalArgumentException("RAM of " + ramMib + " MiB: 2 to 1048576 are accepted");
    }
    if (deadlineMillis < 1) {
      throw new IllegalArgumentException(
          "a deadline of " + deadlineMillis + " ms: 1 or more are accepted");
    }
    if (lock.isPresent() && lease.isPresent()) {
      throw new IllegalArgumentException(
          "a lock and a lease: one of them is accepted, since each decides who has the guest");
    }
    tracked = List.copyOf(tracked);
    objects = List.copyOf(objects);
    leaseMutants = Set.copyOf(leaseMutants);
    mutants = Set.copyOf(mutants);
    postCopyMutants = Set.copyOf(postCopyMutants);
    checkpointMutants = Set.copyOf(checkpointMutants);
    forwardMutants = Set.copyOf(forwardMutants);
    int pages = ramMib << 8;
    for (int page : tracked) {
      if (page < 0 || page >= pages) {
        throw new IllegalArgumentException(
            "tracked page " + page + ": the guest has pages 0 to " + (pages - 1));
      }
    }
  }
}
