package landfall.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import landfall.implementation.HostPlace;
import landfall.implementation.HostProcess;
import landfall.implementation.Implementation;
import landfall.processes.ScratchFolder;
import landfall.workload.Reply;
import landfall.workload.SerialConsole;

/**
 * A guest whose pages are full of noise, on one of two hosts that live as long as this does, and
 * moved from the one to the other and back.
 */
final class BenchPair implements Closeable {

  /** How a guest is moved. */
  enum Way {
    PRE_COPY,
    POST_COPY,
    /** Post-copy with checkpoints back to the source; of the reference engine alone. */
    CHECKPOINTS
  }

  /** A rate of writes that has the guest write as fast as it can. */
  static final int FASTEST = 1_000_000;

  private static final String POST_COPY_CAPABILITY = "postcopy-ram";
  private static final String URGENT_CAPABILITY = "postcopy-preempt";
  private static final String CHECKPOINTS_CAPABILITY = "x-landfall-checkpoints";
  private static final String BANDWIDTH = "max-bandwidth";
  private static final String PUSH_BANDWIDTH = "max-postcopy-bandwidth";
  private static final String SET_PARAMETERS = "migrate-set-parameters";
  private static final String QUERY = "query-migrate";
  private static final String STATUS = "status";

  private static final Pattern PAGES_MAX = Pattern.compile("wsetmax=(\\d+)");
  private static final Pattern WRITTEN = Pattern.compile("written=(\\d+)");
  private static final long UNLIMITED_BYTES_PER_SECOND = 1L << 40;

  /** Of a guest that is to stay on two hosts until it is told otherwise. */
  private static final long SLOW_BYTES_PER_SECOND = 512 << 10;

  // The source measures; to ask it more often only takes the processors away from it.
  private static final long POLL_NANOS = 100_000_000;
  private static final long RETRY_NANOS = 1_000_000;
  private static final int ANSWER_MILLIS = 200;
  private static final long FILL_MILLIS = 120_000;
  private static final long LIMIT_NANOS = 120_000_000_000L;

  private static final String CLIENT = "client";
  private static final String SERVER = "server";

  private final Path folder;
  private final boolean encrypted;
  private final boolean takesCheckpoints;
  private final int portThere;
  private final int portBack;

  /** Numbers of requests; an answer to one of a client before must be no other's. */
  private final AtomicLong requests = new AtomicLong();

  private HostProcess there;

  /** Where the guest is. */
  private HostProcess here;

  private HostProcess other;

  /** The serial line of {@link #here}; null while nobody has asked there. */
  private SerialConsole console;

  /**
   * What a migration took.
   *
   * @param downtimeMillis as the source counts
   */
  record Moved(Figures figures, double downtimeMillis) {}

  /** The same, and the longest time for which a client that asks all the time got no answer. */
  record Asked(Moved moved, double silenceMillis) {}

  private BenchPair(Implementation implementation, Optional<Path> keys) throws IOException {
    folder = ScratchFolder.create("bench");
    encrypted = keys.isPresent();
    takesCheckpoints = implementation.takesCheckpoints();
    portThere = HostPlace.freePort();
    portBack = HostPlace.freePort();
    try {
      Path kernel = implementation.putGuest(folder);
      here = start(implementation, "A", 0, kernel);
      other = start(implementation, "B", portThere, kernel);
      there = other;
      if (encrypted || implementation.listensWhenTold()) {
        listen(other, portThere);
      }
      fill();
    } catch (IOException | RuntimeException failed) {
      close();
      throw failed;
    }
  }

  /**
   * Two hosts of the reference engine; the guest may go there and back.
   *
   * @param keys the folder of {@link #makeKeys} for migrations under TLS 1.3, or nothing
   * @throws IOException if a host fails; the message says how
   */
  static BenchPair of(Implementation reference, Optional<Path> keys) throws IOException {
    var pair = new BenchPair(new BenchImplementation(reference, keys), keys);
    try {
      pair.listen(pair.here, pair.portBack);
    } catch (IOException | RuntimeException failed) {
      pair.close();
      throw failed;
    }
    return pair;
  }

  /** Two hosts of anything; the guest may go there once. */
  static BenchPair oneWay(Implementation implementation) throws IOException {
    return new BenchPair(implementation, Optional.empty());
  }

  private HostProcess start(Implementation implementation, String name, int port, Path kernel)
      throws IOException {
    var place = new HostPlace(name, folder, folder, port, false, 1, List.of(0));
    return HostProcess.start(implementation, place, kernel, event -> {});
  }

  /** Makes the keys and the certificate for migrations and copies under TLS 1.3. */
  static void makeKeys(Path folder) throws IOException {
    BenchKeys.make(folder, List.of("A", "B"));
  }

  @Override
  public void close() throws IOException {
    leaveLine();
    try {
      if (here != null) {
        here.close();
      }
    } finally {
      if (other != null) {
        other.close();
      }
      ScratchFolder.delete(folder);
    }
  }

  private void listen(HostProcess host, int port) throws IOException {
    if (encrypted) {
      host.execute(SET_PARAMETERS, Map.of("tls-creds", SERVER));
    }
    host.execute("migrate-incoming", Map.of("uri", "tcp:127.0.0.1:" + port));
  }

  // ---------------------------------------------------------------- the guest

  private SerialConsole line() throws IOException {
    if (console == null) {
      console = PingingClient.console(here.place().serial(), requests);
    }
    return console;
  }

  private void leaveLine() {
    if (console != null) {
      console.close();
      console = null;
    }
  }

  /** Asks the guest until it answers. */
  private Reply ask(String operation) throws IOException {
    long giveUp = System.nanoTime() + LIMIT_NANOS;
    while (System.nanoTime() < giveUp) {
      Optional<Reply> reply = line().send(operation).await(ANSWER_MILLIS);
      if (reply.isPresent()) {
        return reply.get();
      }
    }
    throw new IOException("the guest does not answer '" + operation + "'; " + hostsSay());
  }

  /** Has the guest do something, once, however long that takes. */
  void say(String operation) throws IOException {
    ask("ping");
    if (line().send(operation).await(FILL_MILLIS).filter(Reply::done).isEmpty()) {
      throw new IOException("the guest does not take '" + operation + "'; " + hostsSay());
    }
  }

  /** What became of the hosts, for whoever reads that something went wrong. */
  private String hostsSay() {
    List<String> words = new ArrayList<>();
    for (HostProcess host : List.of(here, other)) {
      String says;
      try {
        says = host.isAlive() ? host.execute(QUERY, Map.of()).toString() : "has ended";
      } catch (IOException silent) {
        says = silent.getMessage();
      }
      words.add("host " + host.place().name() + ": " + says);
    }
    return String.join("; ", words);
  }

  private static long number(Pattern field, Reply status) throws IOException {
    Matcher found = field.matcher(status.result());
    if (!found.find()) {
      throw new IOException("the guest does not tell " + field + ": " + status.result());
    }
    return Long.parseLong(found.group(1));
  }

  private void fill() throws IOException {
    long pages = number(PAGES_MAX, ask(STATUS));
    for (String setting : List.of("rate 0", "wset " + pages, "fill 1")) {
      say("set " + setting);
    }
  }

  /** How fast the guest writes, if nobody asks it anything for so long. */
  double pagesWrittenPerSecond(long nanos) throws IOException {
    Reply first = ask(STATUS);
    LockSupport.parkNanos(nanos);
    Reply last = ask(STATUS);
    double seconds = (last.atNanos() - first.atNanos()) / 1e9;
    return (number(WRITTEN, last) - number(WRITTEN, first)) / seconds;
  }

  /** From a request to its answer, as this process sees it. */
  double answerMillis() throws IOException {
    Reply reply = ask("ping");
    return (reply.atNanos() - reply.sentNanos()) / 1e6;
  }

  // ---------------------------------------------------------------- migrations

  /** So many connections for each migration from now on; of the reference engine alone. */
  void channels(int number) throws IOException {
    for (HostProcess host : List.of(here, other)) {
      host.execute(SET_PARAMETERS, Map.of("multifd-channels", number));
      host.execute(
          "migrate-set-capabilities",
          Map.of("capabilities", List.of(Map.of("capability", "multifd", "state", number > 1))));
    }
  }

  private void prepare(Way way, long bytesPerSecond) throws IOException {
    leaveLine();
    List<Map<String, Object>> capabilities = new ArrayList<>();
    capabilities.add(Map.of("capability", POST_COPY_CAPABILITY, "state", way != Way.PRE_COPY));
    if (takesCheckpoints) {
      capabilities.add(
          Map.of("capability", CHECKPOINTS_CAPABILITY, "state", way == Way.CHECKPOINTS));
      capabilities.add(Map.of("capability", URGENT_CAPABILITY, "state", way == Way.POST_COPY));
    }
    for (HostProcess host : List.of(here, other)) {
      host.execute("migrate-set-capabilities", Map.of("capabilities", capabilities));
    }
    if (encrypted) {
      here.execute(
          SET_PARAMETERS, Map.of("tls-creds", CLIENT, "tls-hostname", other.place().name()));
    }
    here.execute(SET_PARAMETERS, Map.of(BANDWIDTH, bytesPerSecond, PUSH_BANDWIDTH, bytesPerSecond));
  }

  private void begin(Way way) throws IOException {
    int port = other == there ? portThere : portBack;
    here.execute("migrate", Map.of("uri", "tcp:127.0.0.1:" + port));
    if (way != Way.PRE_COPY) {
      here.execute("migrate-start-postcopy", Map.of());
    }
  }

  private void swap() {
    leaveLine();
    HostProcess left = here;
    here = other;
    other = left;
  }

  /** Moves the guest to the other host. */
  Moved migrate(Way way) throws IOException {
    prepare(way, UNLIMITED_BYTES_PER_SECOND);
    Duration before = processorTime(here.handle(), other.handle());
    begin(way);
    JsonNode answer = awaitCompletion(here);
    Duration used = processorTime(here.handle(), other.handle()).minus(before);
    if (!other.isAlive()) {
      throw new IOException("the destination ended although the migration is 'completed'");
    }
    swap();
    return new Moved(
        new Figures(
            answer.path("ram").path("transferred").asLong(),
            answer.path("total-time").asDouble(),
            used.toMillis()),
        answer.path("downtime").asDouble());
  }

  /** The same, while a client asks the guest all the time, wherever it is. */
  Asked migrateAsked(Way way) throws IOException {
    leaveLine();
    try (var client =
        new PingingClient(List.of(here.place().serial(), other.place().serial()), requests)) {
      Moved moved = migrate(way);
      return new Asked(moved, client.longestSilenceMillis());
    }
  }

  /** Has the guest on two hosts until {@link #becomeWhole}: its pages follow slowly. */
  void split(Way way) throws IOException {
    prepare(way, SLOW_BYTES_PER_SECOND);
    begin(way);
    awaitStatus(here, "postcopy-active");
    swap();
    ask("ping");
  }

  /** Lets all pages of a guest on two hosts follow. */
  void becomeWhole() throws IOException {
    other.execute(SET_PARAMETERS, Map.of(PUSH_BANDWIDTH, UNLIMITED_BYTES_PER_SECOND));
    awaitCompletion(other);
  }

  /** From one checkpoint to the next, at both hosts. */
  void checkpointDelayMicros(long micros) throws IOException {
    for (HostProcess host : List.of(here, other)) {
      host.execute(SET_PARAMETERS, Map.of("x-landfall-checkpoint-delay-micros", micros));
    }
  }

  /** Checkpoints that the destination of a guest on two hosts has taken. */
  long checkpointsTaken() throws IOException {
    return status().path("checkpointsTaken").asLong();
  }

  /** The guest has all pages that it works with. */
  void awaitNoPageWaits() throws IOException {
    long before = -1;
    for (long waits = pageWaits(); waits != before; waits = pageWaits()) {
      before = waits;
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  private long pageWaits() throws IOException {
    return status().path("pageWaits").path("count").asLong();
  }

  /** The reference engine's own words about the host where the guest is. */
  JsonNode status() throws IOException {
    return here.execute("x-landfall-status", Map.of());
  }

  /**
   * Kills the host of a guest that sends checkpoints back.
   *
   * @return how long it took from there to the first answer of the guest at the other host, in
   *     milliseconds
   */
  double killHost() throws IOException {
    HostProcess killed = here;
    swap();
    SerialConsole at = line();
    long start = System.nanoTime();
    killed.handle().destroyForcibly();
    while (System.nanoTime() - start < LIMIT_NANOS) {
      Optional<Reply> reply = at.send("ping").await(1);
      if (reply.isPresent()) {
        return (reply.get().atNanos() - start) / 1e6;
      }
    }
    throw new IOException("the guest does not go on at the source");
  }

  /** From when the source took the destination for dead to when the guest went on, as it counts. */
  double recoveryMillis() throws IOException {
    awaitStatus(here, "failed");
    return status().path("recoveryMillis").asDouble();
  }

  private static JsonNode awaitCompletion(HostProcess source) throws IOException {
    long giveUp = System.nanoTime() + LIMIT_NANOS;
    while (System.nanoTime() < giveUp) {
      LockSupport.parkNanos(POLL_NANOS);
      JsonNode answer = source.execute(QUERY, Map.of());
      String state = answer.path(STATUS).asText();
      // For a moment the status can be there before the figures.
      if (state.equals("completed") && answer.path("total-time").asLong() > 0) {
        return answer;
      }
      if (state.equals("failed")) {
        throw new IOException("the migration failed: " + answer.path("error-desc").asText());
      }
    }
    throw new IOException("the migration did not end");
  }

  private static void awaitStatus(HostProcess host, String status) throws IOException {
    long giveUp = System.nanoTime() + LIMIT_NANOS;
    while (!host.execute(QUERY, Map.of()).path(STATUS).asText().equals(status)) {
      if (System.nanoTime() > giveUp) {
        throw new IOException(
            "the migration is "
                + host.execute(QUERY, Map.of())
                + ", and should have been "
                + status);
      }
      LockSupport.parkNanos(RETRY_NANOS);
    }
  }

  /**
   * What both processes have used of the processors so far.
   *
   * @throws IOException if one of them has ended, or this system does not tell
   */
  static Duration processorTime(ProcessHandle one, ProcessHandle other) throws IOException {
    Duration sum = Duration.ZERO;
    for (ProcessHandle each : List.of(one, other)) {
      sum =
          sum.plus(
              each.info()
                  .totalCpuDuration()
                  .orElseThrow(
                      () ->
                          new IOException(
                              "the processor time of process " + each.pid() + " is not known")));
    }
    return sum;
  }
}
