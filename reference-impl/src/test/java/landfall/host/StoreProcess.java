package landfall.host;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A store as a process of its own, that can be killed. */
final class StoreProcess {
  private final Process process;

  private StoreProcess(Process process) {
    this.process = process;
  }

  /** Where it listens, where it keeps claims, and the file for its trace. */
  public static void main(String[] words) throws IOException {
    ForwardStore store =
        ForwardStore.start(
            new StoreOptions(
                HostAddress.parse(words[0]),
                Path.of(words[1]),
                64,
                5000,
                Optional.of(Path.of(words[2])),
                List.of(1, 3),
                Set.of()));
    System.out.println("ready");
    store.await();
  }

  static StoreProcess start(HostAddress at, Path folder, Path trace) throws IOException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                StoreProcess.class.getName(),
                at.text(),
                folder.toString(),
                trace.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    var said =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    if (!"ready".equals(said.readLine())) {
      process.destroyForcibly();
      throw new IOException("the store did not start");
    }
    return new StoreProcess(process);
  }

  /**
   * No file of it can have a byte more from now on, as on a disk that is full; or again as many as
   * it likes.
   */
  void fillDisk(boolean full) throws Exception {
    Process limit =
        new ProcessBuilder(
                "prlimit",
                "--pid",
                Long.toString(process.pid()),
                "--fsize=" + (full ? "0" : "unlimited") + ":unlimited")
            .start();
    if (limit.waitFor() != 0) {
      throw new IOException("prlimit does not work here");
    }
  }

  /** SIGKILL; it is gone when this returns. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
  }
}
