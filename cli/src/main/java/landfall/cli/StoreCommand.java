package landfall.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import landfall.forwardcheckpoint.Mutant;
import landfall.host.ForwardStore;
import landfall.host.HostAddress;
import landfall.host.StoreOptions;
import landfall.protocol.Defect;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code landfall store}: the third place, where pages are copied ahead of post-copy. */
@Command(
    name = "store",
    description = {
      "Keeps copies of the pages of guests that move by post-copy, and gives one of their hosts the"
          + " claim to go on alone.",
      "Pages are kept in memory, claims on disk. A store that is started again has lost the pages of"
          + " the guests that it knew, and gives no claim for them that it did not give before."
    },
    mixinStandardHelpOptions = true)
final class StoreCommand implements Callable<Integer> {
  @Option(
      names = "--listen",
      required = true,
      paramLabel = "ADDRESS",
      description = "Where hosts ask: unix:PATH or tcp:HOST:PORT. Port 0 is any that is free.")
  private String listen;

  @Option(
      names = "--dir",
      required = true,
      paramLabel = "DIR",
      description =
          "Where claims are kept; made if it does not exist. A store that is started again is given"
              + " the same one.")
  private Path folder;

  @Option(
      names = "--memory-mib",
      paramLabel = "N",
      description =
          "Memory for the pages of all guests: once the RAM of each, twice if its checkpoints go to"
              + " the store. A guest that does not fit is refused (default: as much as Java may have,"
              + " but for a quarter).")
  private Integer memoryMib;

  @Option(
      names = "--deadline-millis",
      defaultValue = "3000",
      paramLabel = "N",
      description =
          "Close a connection that does not say whose it is, or takes no bytes, after so long"
              + " (default: ${DEFAULT-VALUE}).")
  private int deadlineMillis;

  @Option(names = "--trace", paramLabel = "FILE", description = "Write the trace (NDJSON).")
  private Path trace;

  @Option(
      names = "--tracked",
      split = ",",
      paramLabel = "PAGE",
      description = "Pages whose way is traced: those that the hosts are given.")
  private List<Integer> tracked = List.of();

  @Option(
      names = "--insecure",
      description = "Listen for other machines, too. Whoever reaches the store can be any host.")
  private boolean insecure;

  @Option(names = "--mutant", paramLabel = "N", hidden = true)
  private List<Integer> mutants = List.of();

  @Override
  public Integer call() throws IOException {
    HostAddress address = HostAddress.parse(listen);
    if (!insecure && !address.isLocal()) {
      throw new IllegalArgumentException(
          "--listen "
              + listen
              + ": without --insecure a loopback address or unix:PATH is accepted, because anybody"
              + " who reaches it can be any host");
    }
    Set<Mutant> chosen = new TreeSet<>();
    mutants.forEach(number -> chosen.add(Defect.numbered(number, Mutant.values())));
    if (!mutants.isEmpty()) {
      HostCommand.requireMutantsAllowed("a store");
    }
    ForwardStore store =
        ForwardStore.start(
            new StoreOptions(
                address,
                folder,
                memoryMib == null ? (int) StoreOptions.memoryMibMax() : memoryMib,
                deadlineMillis,
                Optional.ofNullable(trace),
                tracked,
                chosen));
    System.err.println("landfall store: ready");
    store.await();
    return 0;
  }
}
