package landfall.host;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import landfall.machine.BlockStorage;
import landfall.machine.ElfFile;
import landfall.machine.ElfFormatException;
import landfall.machine.Halt;
import landfall.machine.Machine;
import landfall.precopy.Protocol;
import landfall.trace.TraceWriter;
import landfall.transport.SelectorLoop;

/** One host of the reference implementation. */
public final class Host {
  private static final int TRACKED_PAGES = 4;
  private static final String WITNESS = "/landfall/guest/witness-riscv64.elf";

  private final CompletableFuture<String> ended = new CompletableFuture<>();
  private final Guest guest;
  private QmpServer qmp;

  private Host(HostOptions options, Optional<BlockStorage> disk) throws IOException {
    var random = new Random(options.seed());
    var machine = machine(options);
    var heldDisk =
        disk.map(image -> new HeldDisk(image, options.disk().map(DiskFence::of).orElse(null)));
    heldDisk.ifPresent(machine::attachDisk);
    int pages = machine.memory().pages();
    List<Integer> tracked =
        options.tracked().isEmpty()
            ? IntStream.generate(() -> random.nextInt(pages))
                .distinct()
                .limit(Math.min(TRACKED_PAGES, pages))
                .boxed()
                .toList()
            : options.tracked();
    var protocol = new Protocol(pages, options.lock().isPresent(), options.mutants());
    var settings = new Settings();
    settings.hasStore = options.store().isPresent();
    Arbiter arbiter = null;
    if (options.lock().isPresent()) {
      arbiter =
          new Arbiter(
              options.lock().get(), new landfall.protocol.Host(options.name()), options.mutants());
      if (!options.destination()) {
        arbiter.claimFirst();
      }
    }
    guest =
        new Guest(
            machine,
            options.paused(),
            options.destination(),
            () -> emit("STOP", Map.of()),
            () -> emit("RESUME", Map.of()));
    heldDisk.ifPresent(guest::writesTo);
    TraceWriter writer =
        options.trace().isPresent()
            ? new TraceWriter(options.trace().get(), options.name())
            : TraceWriter.discarding();
    var trace = new Trace(writer, tracked);
    var loop = SelectorLoop.start("migration", this::failed);
    var network = new Network(options, settings);
    Lease lease = null;
    if (options.lease().isPresent()) {
      lease =
          new Lease(
              loop,
              options.lease().get(),
              new landfall.protocol.Host(options.name()),
              options.leaseMutants(),
              guest);
      guest.needsLease(lease::want);
      lease.start();
    }
    Side side =
        new EngineSide(
            new Engine(
                loop,
                options,
                protocol,
                guest,
                settings,
                network,
                trace,
                this::emit,
                arbiter,
                lease,
                random));
    var serial =
        new SerialServer(
            options.serial().listen(),
            machine.serialPort(),
            guest.output(),
            lease == null ? OutputGate.OPEN : lease);
    var control =
        new Control(side, guest, settings, options.saveFolder(), () -> ended.complete("quit"));
    qmp = new QmpServer(options.qmp().listen(), control);
    if (options.incoming().isPresent()) {
      try {
        side.listen(options.incoming().get());
      } catch (Side.RefusedException impossible) {
        throw new IllegalArgumentException(impossible.getMessage(), impossible);
      }
    }
    serial.start();
    qmp.start();
    guest.start(this::halted);
  }

  /**
   * Moves a small guest within this process so many times, so that the first migration of a host
   * finds its code compiled. A hundred take about a second of a host's start, and some ten seconds
   * under TLS.
   *
   * @param objects the host's credentials; the guests are moved under TLS if there are some
   * @throws IOException if a guest did not arrive, or the credentials cannot be read
   */
  public static void warmUp(int migrations, List<TlsObject> objects) throws IOException {
    WarmUp.perform(migrations, objects);
  }

  /**
   * Starts a host.
   *
   * @throws IOException if a file cannot be read or an address is taken; the message says which
   * @throws IllegalArgumentException if the kernel is not an executable for this machine, or the
   *     disk is no image
   */
  public static Host start(HostOptions options) throws IOException {
    Optional<BlockStorage> disk = Optional.empty();
    if (options.disk().isPresent()) {
      disk = Optional.of(ImageFile.open(options.disk().get()));
    }
    return new Host(options, disk);
  }

  /** Starts a host with a disk of another kind than a file. */
  static Host start(HostOptions options, BlockStorage disk) throws IOException {
    return new Host(options, Optional.of(disk));
  }

  /** Waits for the operator's {@code quit} or the end of the guest; says which. */
  public String awaitEnd() {
    return ended.join();
  }

  private static Machine machine(HostOptions options) throws IOException {
    var machine = new Machine((long) options.ramMib() << 20);
    if (options.destination()) {
      return machine;
    }
    String name = options.kernel().map(Path::toString).orElse("of the witness");
    try {
      machine.load(options.kernel().isPresent() ? given(options.kernel().get()) : witness());
      return machine;
    } catch (ElfFormatException unusable) {
      throw new IllegalArgumentException("kernel " + name + ": " + unusable.getMessage(), unusable);
    }
  }

  private static ElfFile given(Path kernel) throws IOException, ElfFormatException {
    if (!Files.isReadable(kernel)) {
      throw new IOException("kernel " + kernel + ": there is no such file to read");
    }
    return ElfFile.read(kernel);
  }

  private static ElfFile witness() throws IOException, ElfFormatException {
    try (InputStream in = Host.class.getResourceAsStream(WITNESS)) {
      return ElfFile.parse(in.readAllBytes());
    }
  }

  private void emit(String name, Map<String, ?> data) {
    if (qmp != null) {
      qmp.emit(name, data);
    }
  }

  /** An event was half handled: whatever this host does next would be a guess. */
  private void failed(Throwable mistake) {
    ended.completeExceptionally(mistake);
  }

  private void halted(Halt halt) {
    emit("SHUTDOWN", Map.of("guest", true));
    ended.complete("the guest ended: " + halt);
  }
}
