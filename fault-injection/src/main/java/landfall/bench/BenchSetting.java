package landfall.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import landfall.implementation.Implementation;

/**
 * How much is measured, and how hosts are started for it.
 *
 * @param ramMib RAM of guests whose whole way is measured
 * @param runs how often two hosts are started
 * @param moves migrations between two hosts of each kind that a bench compares
 * @param hosts how the processes are started
 * @param withoutQemu QEMU is to be left out
 */
public record BenchSetting(int ramMib, int runs, int moves, Hosts hosts, boolean withoutQemu) {

  /** Starts processes; the command knows how it was started itself. */
  public interface Hosts {

    /** Hosts of the reference engine, warmed up, for a guest of so much RAM. */
    Implementation reference(int ramMib, boolean encrypted);

    /** Hosts of QEMU for the same guest. */
    Implementation qemu(int ramMib);

    /** The command of a process that calls {@link SocketCopy#sink}. */
    List<String> sink(int ramMib, boolean encrypted);
  }

  /** Two hosts of the reference engine, and a guest that may go there and back. */
  BenchPair pair(int guestRamMib, Optional<Path> keys) throws IOException {
    return BenchPair.of(hosts.reference(guestRamMib, keys.isPresent()), keys);
  }

  /** QEMU, or nothing and a note why. */
  Optional<Implementation> qemu(BenchLog log) {
    if (withoutQemu) {
      log.note("QEMU is skipped: --without-qemu was given.");
      return Optional.empty();
    }
    Implementation qemu = hosts.qemu(ramMib);
    try {
      log.note("The peer is QEMU " + qemu.version().version() + ", under emulation (TCG).");
      return Optional.of(qemu);
    } catch (IOException missing) {
      log.note("QEMU is skipped: " + missing.getMessage());
      return Optional.empty();
    }
  }
}
