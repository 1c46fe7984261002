package landfall.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** The command as a process of its own, with its output in a file. */
record CommandProcess(Process process, Path log) {
  private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(120);

  /** Starts it with these options of the JVM and these words. */
  static CommandProcess start(Path log, List<String> jvm, String... words) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1"));
    command.addAll(jvm);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(Arrays.asList(words));
    return new CommandProcess(
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start(),
        log);
  }

  String said() {
    try {
      return Files.readString(log);
    } catch (IOException unreadable) {
      return unreadable.toString();
    }
  }

  int awaitEnd() throws InterruptedException {
    assertTrue(process.waitFor(LIMIT_NANOS, TimeUnit.NANOSECONDS), "it does not end: " + said());
    return process.exitValue();
  }

  static void await(BooleanSupplier condition, String what) {
    long giveUp = System.nanoTime() + LIMIT_NANOS;
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < giveUp, "this never came about: " + what);
      LockSupport.parkNanos(1_000_000);
    }
  }
}
