package landfall.tlc;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import landfall.processes.ChildProcess;

/**
 * Runs small models one after the other in one JVM, which {@link TlcWorkerMain} keeps apart. What
 * ends the JVM, such as a time limit, ends one model only: the next gets a new JVM.
 */
public final class TlcWorker implements AutoCloseable {
  private static final String GONE = "";

  private final Path folder;
  private final Path starters;
  private final String starter;
  private final Path classes;
  private int started;
  private Jvm jvm;

  /**
   * No JVM is started yet.
   *
   * @param folder for files of the JVMs, made if it does not exist
   * @param starters what {@link ActionCount#jarIn} has written
   */
  TlcWorker(Path folder, Path starters) {
    this(folder, starters, ActionCount.class.getName(), starters);
  }

  /**
   * No JVM is started yet.
   *
   * @param folder for files of the JVMs, made if it does not exist
   * @param starter a class of this project with a static method {@code run} as that of {@link
   *     ActionCount}; TLC sees all classes that lie where it lies
   * @throws IOException if the folder cannot be written
   */
  public TlcWorker(Path folder, String starter) throws IOException {
    // What the JVM itself had on its class path TLC would take from there, and not find itself.
    this(folder, ActionCount.jarIn(folder), starter, TlcProcess.home(starter));
  }

  private TlcWorker(Path folder, Path starters, String starter, Path classes) {
    this.folder = folder;
    this.starters = starters;
    this.starter = starter;
    this.classes = classes;
  }

  /**
   * Runs a model to its end. If this thread is interrupted, or the time is over, the JVM is ended.
   *
   * @param specFolder folder of the modules
   * @param scratch an existing folder for TLC's own files, used by nobody else
   * @param options what TLC is told beyond the usual; {@code -Dname=value} is a property of the
   *     system for this model
   * @return the file with all that TLC printed
   * @throws IOException if no JVM can be started or TLC does not end in time
   */
  public Path run(
      Path specFolder,
      Path scratch,
      List<String> options,
      String module,
      String config,
      Duration limit)
      throws IOException, InterruptedException {
    Path output = scratch.resolve("tlc.out");
    List<String> request = new ArrayList<>(List.of(output.toString(), specFolder.toString()));
    request.addAll(TlcProcess.arguments(options, scratch, module, config));
    boolean usedBefore = jvm != null;
    if (!answered(request, output, limit) && usedBefore) {
      // It may have ended for what earlier models had left. Only a JVM of its own can tell.
      answered(request, output, limit);
    }
    return output;
  }

  /** Whether the JVM outlived the model. If not, what it said last is in the output. */
  private boolean answered(List<String> request, Path output, Duration limit)
      throws IOException, InterruptedException {
    boolean goesOn = false;
    try {
      if (jvm == null) {
        jvm = start();
      }
      List<String> otherwise = new ArrayList<>();
      long end = System.nanoTime() + limit.toNanos();
      boolean asked = jvm.ask(request);
      String line = asked ? jvm.next(end) : GONE;
      while (line != null && !line.equals(GONE) && !line.startsWith(TlcWorkerMain.ENDED)) {
        otherwise.add(line);
        line = jvm.next(end);
      }
      if (line == null) {
        throw new IOException("TLC did not end within " + limit.toSeconds() + " s");
      }
      goesOn = line.equals(TlcWorkerMain.ENDED);
      if (line.equals(GONE)) {
        Files.write(
            output,
            otherwise,
            StandardCharsets.UTF_8,
            StandardOpenOption.CREATE,
            StandardOpenOption.APPEND);
      }
      return !line.equals(GONE);
    } finally {
      if (!goesOn) {
        close();
      }
    }
  }

  private Jvm start() throws IOException, InterruptedException {
    Path own = Files.createDirectories(folder.resolve("jvm-" + ++started));
    List<String> command = new ArrayList<>();
    command.add(TlcProcess.java());
    // One thread works, on models that are small: these options cost the least (measured). Each
    // model has 1000 MB, and some is for what the models before it leave.
    command.addAll(List.of("-Xmx1200m", "-Xss16m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.add("-Djava.io.tmpdir=" + own);
    command.add("-cp");
    command.add(starters.toString());
    command.add(TlcWorkerMain.class.getName());
    command.add(starter);
    command.add(TlcProcess.home("tlc2.TLC").toString());
    command.add(classes.toString());
    if (Thread.interrupted()) {
      throw new InterruptedException("this run is to end: it starts no further TLC");
    }
    return new Jvm(
        ChildProcess.startWithInput(
            new ProcessBuilder(command).directory(own.toFile()).redirectErrorStream(true)));
  }

  /** Ends the JVM, if there is one, and waits until it is gone. */
  @Override
  public void close() {
    if (jvm != null) {
      jvm.end();
      jvm = null;
    }
  }

  /** The JVM and what it says. */
  private static final class Jvm {
    private final Process process;
    private final BlockingQueue<String> said = new LinkedBlockingQueue<>();

    Jvm(Process process) {
      this.process = process;
      var reader = new Thread(this::read, "answers of TLC");
      reader.setDaemon(true);
      reader.start();
    }

    private void read() {
      try (var lines =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.ISO_8859_1))) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          if (!line.equals(GONE)) {
            said.add(line);
          }
        }
      } catch (IOException ended) {
        // Ended by us, or as good as.
      } finally {
        said.add(GONE);
      }
    }

    /** Whether it could still be told. */
    boolean ask(List<String> request) {
      try {
        process
            .getOutputStream()
            .write((String.join("\n", request) + "\n\n").getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
        return true;
      } catch (IOException ended) {
        return false;
      }
    }

    /** The next line, {@link #GONE} if there will be none, or null if the time is over. */
    String next(long end) throws InterruptedException {
      return said.poll(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
    }

    void end() {
      process.destroyForcibly();
      process.onExit().join();
    }
  }
}
