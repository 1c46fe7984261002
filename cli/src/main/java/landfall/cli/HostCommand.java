package landfall.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import landfall.host.Host;
import landfall.host.HostAddress;
import landfall.host.HostOptions;
import landfall.host.TlsObject;
import landfall.precopy.Mutant;
import landfall.protocol.Defect;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code landfall host}: one host of the reference implementation. */
@Command(
    name = "host",
    description = "One host of the reference implementation, controlled over QMP.",
    mixinStandardHelpOptions = true)
final class HostCommand implements Callable<Integer> {
  private static final String DEFER = "defer";

  /** Deliberate defects are refused unless the environment has this variable with this value. */
  private static final String MUTANTS_VARIABLE = "LANDFALL_MUTANTS";

  private static final String MUTANTS_ALLOWED = "allowed";

  @Option(
      names = "--name",
      required = true,
      paramLabel = "NAME",
      description =
          "What this host is called, unlike any other: in traces, to its peers and in the lock.")
  private String name;

  @Option(
      names = "--qmp",
      required = true,
      paramLabel = "ADDRESS",
      description = "Control: unix:PATH or tcp:HOST:PORT.")
  private String qmp;

  @Option(
      names = "--serial",
      required = true,
      paramLabel = "ADDRESS",
      description = "The guest's serial line: unix:PATH or tcp:HOST:PORT.")
  private String serial;

  @Option(
      names = "--ram-mib",
      defaultValue = "16",
      paramLabel = "N",
      description = "RAM of the guest (default: ${DEFAULT-VALUE}).")
  private int ramMib;

  @Option(
      names = "--kernel",
      paramLabel = "FILE.elf",
      description =
          "The guest, an RV64IMA executable (default: the witness, the guest of campaigns; what it"
              + " answers on its serial line is in reference-impl/guest/README.md).")
  private Path kernel;

  @Option(
      names = "--incoming",
      paramLabel = "ADDRESS",
      description = "Wait for a guest there, or, with 'defer', wait for migrate-incoming.")
  private String incoming;

  @Option(names = "--paused", description = "The guest stays paused until 'cont'.")
  private boolean paused;

  @Option(names = "--trace", paramLabel = "FILE", description = "Append the trace (NDJSON).")
  private Path trace;

  @Option(
      names = "--tracked",
      split = ",",
      paramLabel = "PAGE",
      description = "Pages whose way is traced (default: four, chosen by the seed).")
  private List<Integer> tracked = List.of();

  @Option(
      names = "--seed",
      defaultValue = "1",
      paramLabel = "N",
      description = "Source of every random choice (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--lock",
      paramLabel = "FILE",
      description = "Arbiter of the ownership: a file that both hosts reach.")
  private Path lock;

  @Option(
      names = "--lease",
      paramLabel = "ADDRESS",
      description =
          "The grantor ('landfall grantor') that lends the guest: it runs here, and its output"
              + " leaves, only while it is lent to this host.")
  private String lease;

  @Option(
      names = "--store",
      paramLabel = "ADDRESS",
      description =
          "The store ('landfall store') to which pages are copied ahead of post-copy, and which"
              + " decides which host goes on alone. Both hosts are given the same one.")
  private String store;

  @Option(
      names = "--disk",
      paramLabel = "FILE",
      description =
          "The guest's disk: a raw image that both hosts reach, a regular file of whole sectors of"
              + " 512 bytes. Without it the guest has no disk.")
  private Path disk;

  @Option(
      names = "--deadline-millis",
      defaultValue = "3000",
      paramLabel = "N",
      description =
          "Give a connection up after so long without progress (default: ${DEFAULT-VALUE}).")
  private int deadlineMillis;

  @Option(
      names = "--warm-up",
      defaultValue = "0",
      paramLabel = "N",
      description =
          "First move a small guest within this process so many times, under TLS if there are"
              + " credentials, so that the first migration finds its code compiled (default:"
              + " ${DEFAULT-VALUE}).")
  private int warmUpMigrations;

  @Option(
      names = "--object",
      paramLabel = "OBJECT",
      description =
          "Credentials for TLS 1.3: tls-creds-x509,id=ID,dir=FOLDER,endpoint=client|server. The"
              + " parameters tls-creds and tls-hostname of QMP put them in force.")
  private List<String> objects = List.of();

  @Option(
      names = "--save-dir",
      paramLabel = "FOLDER",
      description = "Where pmemsave may write; without it pmemsave is refused.")
  private Path saveFolder;

  @Option(
      names = "--insecure",
      description =
          "Serve QMP and the serial line also to other machines, and move guests to and from them"
              + " without TLS. Whoever reaches them rules the guest, and writes to --save-dir.")
  private boolean insecure;

  @Option(names = "--mutant", paramLabel = "N", hidden = true)
  private List<Integer> mutants = List.of();

  @Override
  public Integer call() throws IOException {
    HostOptions options = options();
    Host.warmUp(warmUpMigrations, options.objects());
    Host host = Host.start(options);
    System.err.println("landfall host " + name + ": ready");
    System.err.println("landfall host " + name + ": " + host.awaitEnd());
    return 0;
  }

  private HostAddress served(String option, String text) {
    HostAddress address = HostAddress.parse(text);
    if (!insecure && !address.isLocal()) {
      throw new IllegalArgumentException(
          option
              + " "
              + text
              + ": without --insecure a loopback address or unix:PATH is accepted, because anybody"
              + " who reaches it rules this host");
    }
    return address;
  }

  private HostOptions options() {
    if (warmUpMigrations < 0) {
      throw new IllegalArgumentException("--warm-up takes numbers from 0: " + warmUpMigrations);
    }
    var identity = new landfall.protocol.Host(name);
    HostAddress control = served("--qmp", qmp);
    HostAddress line = served("--serial", serial);
    Set<Mutant> chosen = new TreeSet<>();
    Set<landfall.postcopy.Mutant> ofPostCopy = new TreeSet<>();
    Set<landfall.lease.Mutant> ofLeases = new TreeSet<>();
    Set<landfall.checkpoint.Mutant> ofCheckpoints = new TreeSet<>();
    Set<landfall.forwardcheckpoint.Mutant> ofCopies = new TreeSet<>();
    mutants.forEach(
        number -> choose(number, chosen, ofPostCopy, ofLeases, ofCheckpoints, ofCopies));
    if (!mutants.isEmpty()) {
      requireMutantsAllowed("a host");
    }
    return new HostOptions(
        identity.name(),
        control,
        line,
        ramMib,
        Optional.ofNullable(kernel),
        incoming == null || incoming.equals(DEFER)
            ? Optional.empty()
            : Optional.of(HostAddress.parse(incoming)),
        incoming != null,
        paused,
        Optional.ofNullable(trace),
        tracked,
        seed,
        Optional.ofNullable(lock),
        Optional.ofNullable(disk),
        deadlineMillis,
        objects.stream().map(TlsObject::parse).toList(),
        insecure,
        saveFolder(),
        Optional.ofNullable(lease).map(address -> served("--lease", address)),
        Optional.ofNullable(store).map(address -> served("--store", address)),
        ofLeases,
        chosen,
        ofPostCopy,
        ofCheckpoints,
        ofCopies);
  }

  /** {@code IllegalArgumentException} unless the environment allows deliberate defects. */
  static void requireMutantsAllowed(String process) {
    if (!MUTANTS_ALLOWED.equals(System.getenv(MUTANTS_VARIABLE))) {
      throw new IllegalArgumentException(
          process
              + " with a deliberate defect loses guests: --mutant is accepted only if the"
              + " environment says "
              + MUTANTS_VARIABLE
              + "="
              + MUTANTS_ALLOWED);
    }
  }

  private Optional<Path> saveFolder() {
    if (saveFolder != null && !Files.isDirectory(saveFolder)) {
      throw new IllegalArgumentException("--save-dir " + saveFolder + ": a folder is accepted");
    }
    return Optional.ofNullable(saveFolder);
  }

  /** A defect may be one of several protocols. */
  private static void choose(
      int number,
      Set<Mutant> preCopy,
      Set<landfall.postcopy.Mutant> postCopy,
      Set<landfall.lease.Mutant> leases,
      Set<landfall.checkpoint.Mutant> checkpoints,
      Set<landfall.forwardcheckpoint.Mutant> copies) {
    boolean known = choose(number, Mutant.values(), preCopy);
    known |= choose(number, landfall.postcopy.Mutant.values(), postCopy);
    known |= choose(number, landfall.lease.Mutant.values(), leases);
    known |= choose(number, landfall.checkpoint.Mutant.values(), checkpoints);
    known |= choose(number, landfall.forwardcheckpoint.Mutant.values(), copies);
    if (!known) {
      Defect[] all =
          Stream.of(
                  Mutant.values(),
                  landfall.postcopy.Mutant.values(),
                  landfall.lease.Mutant.values(),
                  landfall.checkpoint.Mutant.values(),
                  landfall.forwardcheckpoint.Mutant.values())
              .flatMap(Arrays::<Defect>stream)
              .sorted(Comparator.comparingInt(Defect::defect))
              .toArray(Defect[]::new);
      Defect.numbered(number, all);
    }
  }

  private static <M extends Defect> boolean choose(int number, M[] all, Set<M> chosen) {
    List<M> named = Arrays.stream(all).filter(each -> each.defect() == number).toList();
    chosen.addAll(named);
    return !named.isEmpty();
  }
}
