package landfall.trial;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import landfall.implementation.HostException;
import landfall.implementation.HostProcess;
import landfall.implementation.Implementation;
import landfall.trial.Observations.MemoryComparison;

/** The RAM of both hosts, saved by themselves while both hold the guest, byte for byte. */
final class SavedMemory {
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final int PAGE_BYTES = 4096;
  private static final int DIFFERING_SHOWN = 16;

  private SavedMemory() {}

  /**
   * Saves and compares.
   *
   * @param folder for the two files, which are large and do not stay
   * @return also if a host does not save all of its memory; that is said then
   * @throws IOException if our own side cannot read what was saved
   */
  static MemoryComparison compare(
      Implementation implementation, HostProcess source, HostProcess destination, Path folder)
      throws IOException {
    Path here;
    Path there;
    try {
      here = save(implementation, source, folder);
      there = save(implementation, destination, folder);
    } catch (HostException theirs) {
      return MemoryComparison.failed(theirs.getMessage());
    }
    List<Integer> differing = new ArrayList<>();
    int pages = 0;
    try (var left = Files.newInputStream(here);
        var right = Files.newInputStream(there)) {
      byte[] page = left.readNBytes(PAGE_BYTES);
      while (page.length > 0) {
        if (!Arrays.equals(page, right.readNBytes(PAGE_BYTES))
            && differing.size() < DIFFERING_SHOWN) {
          differing.add(pages);
        }
        pages++;
        page = left.readNBytes(PAGE_BYTES);
      }
    }
    return new MemoryComparison(pages, differing, "");
  }

  private static Path save(Implementation implementation, HostProcess host, Path folder)
      throws IOException {
    String name = host.place().name();
    Path file = folder.resolve(name + ".ram");
    host.execute(
        "pmemsave",
        Map.of(
            "val",
            implementation.ramAddress(),
            "size",
            implementation.ramBytes(),
            "filename",
            file.toString()),
        LIMIT);
    // Two files that are equally short would be equal.
    long saved = Files.isRegularFile(file) ? Files.size(file) : 0;
    if (saved != implementation.ramBytes()) {
      throw new HostException(
          "host "
              + name
              + " saved "
              + saved
              + " bytes of its "
              + implementation.ramBytes()
              + " bytes of memory");
    }
    return file;
  }
}
