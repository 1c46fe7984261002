package landfall.implementation;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import landfall.evidence.ImplementationVersion;

/** QEMU under emulation, as found on the PATH. */
final class QemuImplementation implements Implementation {
  private static final Pattern VERSION = Pattern.compile("version ([^\\s]+( \\([^)]*\\))?)");

  /** A machine model on which the witness guest runs. */
  enum Board {
    RISCV64("qemu-riscv64", "qemu-system-riscv64", "qemu-system-misc", "virt", 0x8000_0000L),
    // Below 1 MiB a PC has devices and ROM between its RAM.
    X86("qemu-x86", "qemu-system-x86_64", "qemu-system-x86", "pc", 0x10_0000L);

    private final String implementation;
    private final String program;
    private final String debianPackage;
    private final String machine;
    private final long ramAddress;

    Board(
        String implementation,
        String program,
        String debianPackage,
        String machine,
        long ramAddress) {
      this.implementation = implementation;
      this.program = program;
      this.debianPackage = debianPackage;
      this.machine = machine;
      this.ramAddress = ramAddress;
    }
  }

  /** Connections that carry pages, besides the first one. */
  private static final int CHANNELS = 2;

  private static final String CREDENTIALS = "credentials";

  private final Board board;
  private final int ramMib;
  private final Channel channel;

  QemuImplementation(Board board, int ramMib, Channel channel) {
    this.ramMib = ramMib;
    this.board = board;
    this.channel = channel;
  }

  @Override
  public String name() {
    return board.implementation + channel.suffix();
  }

  @Override
  public Channel channel() {
    return channel;
  }

  @Override
  public List<String> capabilities() {
    return channel == Channel.SEVERAL ? List.of("multifd") : List.of();
  }

  @Override
  public Map<String, Object> parameters(boolean hasGuest) {
    return switch (channel) {
      case PLAIN -> Map.of();
      case SEVERAL -> Map.of("multifd-channels", CHANNELS);
      case ENCRYPTED ->
          hasGuest
              ? Map.of("tls-creds", CREDENTIALS, "tls-hostname", TrialCertificates.SERVER)
              : Map.of("tls-creds", CREDENTIALS);
    };
  }

  @Override
  public Path putGuest(Path folder) throws IOException {
    if (channel == Channel.ENCRYPTED) {
      TrialCertificates.write(folder);
    }
    return Implementation.super.putGuest(folder);
  }

  // With multifd, its listener must know by then how many connections come.
  @Override
  public boolean listensWhenTold() {
    return true;
  }

  // Post-copy with multifd is refused by 7.2; over TLS a broken link is not told from a fault of
  // ours, since nobody can read what passed.
  @Override
  public boolean splits() {
    return channel == Channel.PLAIN;
  }

  @Override
  public ImplementationVersion version() throws IOException {
    try {
      Process asked = new ProcessBuilder(board.program, "--version").start();
      String text = new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      asked.waitFor(5, TimeUnit.SECONDS);
      Matcher found = VERSION.matcher(text);
      if (!found.find()) {
        throw new IOException(board.program + " does not tell its version, but: " + text.strip());
      }
      return new ImplementationVersion(name(), found.group(1));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (IOException missing) {
      throw new IOException(
          board.program
              + " cannot be run ("
              + missing.getMessage()
              + "); on Debian: apt-get install "
              + board.debianPackage,
          missing);
    }
  }

  @Override
  public String guest() {
    return board == Board.RISCV64 ? "witness-riscv64.elf" : "witness-x86.elf";
  }

  @Override
  public long ramAddress() {
    return board.ramAddress;
  }

  @Override
  public long ramBytes() {
    return ((long) ramMib << 20) - (board == Board.X86 ? board.ramAddress : 0);
  }

  @Override
  public List<String> command(HostPlace place, Path kernel) {
    List<String> command =
        new ArrayList<>(
            List.of(
                board.program,
                "-M",
                board.machine,
                "-accel",
                "tcg",
                "-m",
                Integer.toString(ramMib),
                "-nodefaults",
                "-no-user-config",
                "-display",
                "none",
                "-kernel",
                kernel.toString(),
                "-serial",
                "unix:" + place.serial() + ",server=on,wait=off",
                "-qmp",
                "unix:" + place.qmp() + ",server=on,wait=off"));
    if (board == Board.RISCV64) {
      command.addAll(List.of("-bios", "none"));
      // Its lock on the image would decide who may run the guest, and hide what is looked for.
      disk(place.sockets())
          .filter(Files::isRegularFile)
          .ifPresent(
              image ->
                  command.addAll(
                      List.of(
                          "-global",
                          "virtio-mmio.force-legacy=false",
                          "-drive",
                          "file=" + image + ",if=none,id=d0,format=raw,file.locking=off",
                          "-device",
                          "virtio-blk-device,drive=d0")));
    }
    if (!place.hasGuest()) {
      command.addAll(List.of("-incoming", "defer"));
      if (place.paused()) {
        command.add("-S");
      }
    }
    if (channel == Channel.ENCRYPTED) {
      command.addAll(
          List.of(
              "-object",
              "tls-creds-x509,id="
                  + CREDENTIALS
                  + ",dir="
                  + kernel.getParent()
                  + ",endpoint="
                  + (place.hasGuest() ? "client" : "server")
                  + ",verify-peer=on"));
    }
    return command;
  }

  @Override
  public Optional<Path> disk(Path sockets) {
    return board == Board.RISCV64 ? Optional.of(sockets.resolve("disk.raw")) : Optional.empty();
  }

  @Override
  public boolean traces() {
    return false;
  }

  @Override
  public boolean destinationSurvivesFailure() {
    return false;
  }
}
