package landfall.tlc;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import landfall.processes.ChildProcess;

/** One run of TLC in a JVM of its own. */
public final class TlcProcess {
  private final List<String> jvmOptions = new ArrayList<>();
  private final List<String> tlcOptions = new ArrayList<>();
  private final List<Path> classPath = new ArrayList<>();
  private Duration limit = Duration.ofMinutes(10);
  private String mainClass = "tlc2.TLC";

  public TlcProcess() {
    classPath.add(home("tlc2.TLC"));
  }

  /** An option of the JVM, such as {@code -Xmx1g}. */
  public TlcProcess jvm(String... options) {
    jvmOptions.addAll(List.of(options));
    return this;
  }

  /** An option of TLC, such as {@code -coverage 1}. */
  public TlcProcess tlc(String... options) {
    tlcOptions.addAll(List.of(options));
    return this;
  }

  /** Puts the jar or folder in which this class lies on the class path. */
  public TlcProcess with(String className) {
    Path home = home(className);
    if (!classPath.contains(home)) {
      classPath.add(home);
    }
    return this;
  }

  /**
   * Lets the JVM keep the classes that it has loaded when it ends, in a form that others map
   * instead of loading each class anew. Others profit only with the same class path.
   */
  public TlcProcess keepClassesIn(Path archive) {
    return jvm("-XX:ArchiveClassesAtExit=" + archive);
  }

  /** Uses what {@link #keepClassesIn} kept, if it is there and of this JVM. */
  public TlcProcess classesFrom(Path archive) {
    return Files.exists(archive) ? jvm("-XX:SharedArchiveFile=" + archive) : this;
  }

  /** Starts TLC by {@link ActionCount}, which lies in this jar. */
  TlcProcess startedBy(Path actionCountJar) {
    classPath.add(actionCountJar);
    mainClass = ActionCount.class.getName();
    return this;
  }

  /** Starts TLC by this class of the class path, which has a main method as that of TLC. */
  public TlcProcess startedBy(String className) {
    mainClass = className;
    return with(className);
  }

  /** How long TLC may take. */
  public TlcProcess limit(Duration limit) {
    this.limit = limit;
    return this;
  }

  /**
   * Runs TLC to its end. If this thread is interrupted, or the time is over, TLC is ended.
   *
   * @param specFolder folder of the modules
   * @param scratch an existing folder for TLC's own files, used by nobody else
   * @param module the module, without {@code .tla}
   * @param config the configuration file
   * @return the file with all that TLC printed
   * @throws IOException if TLC cannot be started or does not end in time
   */
  public Path run(Path specFolder, Path scratch, String module, String config)
      throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>();
    arguments.add(mainClass);
    arguments.addAll(arguments(tlcOptions, scratch, module, config));
    Path output = scratch.resolve("tlc.out");
    Process process = start(specFolder, scratch.resolve("tmp"), output, arguments);
    try {
      await(process);
      return output;
    } finally {
      process.destroyForcibly();
    }
  }

  /** What TLC is told for one run. */
  static List<String> arguments(List<String> options, Path scratch, String module, String config) {
    List<String> arguments =
        new ArrayList<>(
            List.of("-tool", "-workers", "1", "-fp", "0", "-seed", "1", "-lncheck", "final"));
    arguments.addAll(options);
    arguments.addAll(List.of("-metadir", scratch.resolve("states").toString()));
    arguments.addAll(List.of("-config", config, module + ".tla"));
    return arguments;
  }

  /**
   * Runs TLC distributed over several processes of this machine: a server that knows the states,
   * and workers that find them. They talk over loopback. TLC then checks neither liveness nor
   * coverage, and its counterexamples need not be the shortest.
   *
   * @param workers how many worker processes
   * @return the file with all that the server printed
   * @throws IOException as {@link #run}
   */
  public Path runDistributed(
      Path specFolder, Path scratch, String module, String config, int workers)
      throws IOException, InterruptedException {
    int port;
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = probe.getLocalPort();
    }
    jvm("-Djava.rmi.server.hostname=127.0.0.1");
    jvm("-Dtlc2.tool.distributed.TLCServer.port=" + port);
    jvm("-Dtlc2.tool.distributed.TLCWorker.threadCount=1");
    Path output = scratch.resolve("tlc.out");
    List<Process> processes = new ArrayList<>();
    try {
      Process server =
          start(
              specFolder,
              scratch.resolve("tmp"),
              output,
              List.of(
                  "tlc2.tool.distributed.TLCServer",
                  "-tool",
                  "-fp",
                  "0",
                  "-metadir",
                  scratch.resolve("states").toString(),
                  "-config",
                  config,
                  module));
      processes.add(server);
      for (int i = 1; i <= workers; i++) {
        processes.add(
            start(
                specFolder,
                scratch.resolve("tmp-" + i),
                scratch.resolve("worker-" + i + ".out"),
                List.of("tlc2.tool.distributed.TLCWorker", "127.0.0.1")));
      }
      await(server);
      return output;
    } finally {
      processes.forEach(Process::destroyForcibly);
    }
  }

  private Process start(Path folder, Path temporary, Path output, List<String> arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(java());
    command.addAll(jvmOptions);
    // TLC unpacks its standard modules into the folder of temporary files; two at once must not
    // share it.
    command.add("-Djava.io.tmpdir=" + Files.createDirectories(temporary));
    command.add("-XX:+UseParallelGC");
    command.add("-XX:ParallelGCThreads=2");
    command.add("-cp");
    command.add(
        String.join(java.io.File.pathSeparator, classPath.stream().map(Path::toString).toList()));
    command.addAll(arguments);
    if (Thread.interrupted()) {
      throw new InterruptedException("this run is to end: it starts no further TLC");
    }
    return ChildProcess.start(
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile()));
  }

  private void await(Process process) throws IOException, InterruptedException {
    if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new IOException("TLC did not end within " + limit.toSeconds() + " s");
    }
  }

  static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  /** The jar or folder in which a class lies. */
  static Path home(String className) {
    try {
      Class<?> type = Class.forName(className, false, TlcProcess.class.getClassLoader());
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (ClassNotFoundException | URISyntaxException missing) {
      throw new IllegalStateException(
          "the class " + className + " is not on the class path", missing);
    }
  }
}
