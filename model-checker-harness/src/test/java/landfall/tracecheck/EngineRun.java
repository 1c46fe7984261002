package landfall.tracecheck;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;

/**
 * Writes the traces that two hosts would write: a simple, correct source and destination, by hand
 * and independent of the engine.
 */
final class EngineRun {
  static final List<Integer> TRACKED = List.of(3, 77, 1024, 4000);

  /** One event; its number is given when it is written, so that a change leaves no hole. */
  record Event(String host, String action, Map<String, Object> args, Map<String, Object> after) {
    Event with(Map<String, Object> newArgs) {
      return new Event(host, action, newArgs, after);
    }
  }

  final List<Event> source = new ArrayList<>();
  final List<Event> destination = new ArrayList<>();
  private final Random random;
  private int attempt;
  private int round;
  private int frame;

  EngineRun(long seed) {
    random = new Random(seed);
  }

  /** An attempt that fails in its second round, and is discarded. */
  EngineRun failedAttempt() {
    start();
    sendAll(TRACKED);
    List<Integer> dirty = someTracked(1);
    round++;
    sourceDid("StartRound", args("dirty", dirty), "PreCopy");
    sendSource(dirty.subList(0, 1));
    sourceDid("AbortAttempt", args("cause", "connection reset"), "Running", 0);
    destinationDid("DiscardImage", args(), "Waiting");
    return this;
  }

  /** An attempt whose destination dies, and is started again with nothing. */
  EngineRun restartedDestination() {
    start();
    sendAll(TRACKED);
    sourceDid("AbortAttempt", args("cause", "connection reset"), "Running", 0);
    destination.add(lastWord("destination", "Crash"));
    destination.add(lastWord("destination", "Restart"));
    return this;
  }

  /** Of a host that was killed, or started again after it. */
  static Event lastWord(String host, String action) {
    return new Event(
        host, action, args(), args("phase", "Waiting", "attempt", 0, "accepted", 0, "round", 0));
  }

  /** An attempt that is cancelled in its first round. */
  EngineRun cancelledAttempt() {
    start();
    sendAll(TRACKED.subList(0, 2));
    sourceDid("Cancel", args(), "Running", 0);
    destinationDid("DiscardImage", args(), "Waiting");
    return this;
  }

  /** An attempt that ends well. */
  EngineRun migration(int rounds, boolean acknowledgementLost) {
    start();
    sendAll(TRACKED);
    for (int i = 0; i < rounds; i++) {
      List<Integer> dirty = someTracked(0);
      round++;
      sourceDid("StartRound", args("dirty", dirty), "PreCopy");
      sendAll(dirty);
    }
    List<Integer> last = someTracked(2);
    sourceDid("PauseSource", args("dirty", last), "Paused");
    round++;
    sourceDid("StartRound", args("dirty", last), "Paused");
    sendAll(last);
    int state = frame++;
    sourceDid("OfferHandover", args("attempt", attempt, "sent", state), "Offered");
    destinationDid(
        "ReceiveDeviceState", args("attempt", attempt, "frame", state, "sent", 0), "Ready");
    int handover = frame++;
    sourceDid("ReceiveReady", args("attempt", attempt, "frame", 0, "sent", handover), "HandedOver");
    if (acknowledgementLost) {
      destinationDid(
          "ResumeDestination", args("attempt", attempt, "frame", handover, "sent", 1), "Running");
      sourceDid("GiveUpConnection", args(), "HandedOver");
      sourceDid("ResendHandover", args("attempt", attempt, "sent", 0), "HandedOver");
      destinationDid(
          "ResumeDestination", args("attempt", attempt, "frame", 0, "sent", 0), "Running");
      sourceDid("ReceiveResumed", args("attempt", attempt, "frame", 0), "Completed", 0);
    } else {
      destinationDid(
          "ResumeDestination", args("attempt", attempt, "frame", handover, "sent", 1), "Running");
      sourceDid("ReceiveResumed", args("attempt", attempt, "frame", 1), "Completed", 0);
    }
    return this;
  }

  /** With an arbiter: an attempt in which the source takes the lock back, and is obeyed. */
  EngineRun reclaimed() {
    int handover = handedOver();
    sourceDid("GiveUpConnection", args(), "HandedOver");
    sourceDid("ReclaimLock", args("taken", true), "Running", 0);
    destinationDid("RefuseHandover", args("attempt", attempt, "frame", handover), "Waiting");
    return this;
  }

  /** With an arbiter: the destination takes the lock, since nothing comes any more. */
  EngineRun claimed() {
    handedOver();
    destinationDid("ClaimLock", args(), "Running");
    sourceDid("GiveUpConnection", args(), "HandedOver");
    sourceDid("ReclaimLock", args("taken", false), "Completed", 0);
    return this;
  }

  private int handedOver() {
    start();
    sendAll(TRACKED);
    sourceDid("PauseSource", args("dirty", List.of()), "Paused");
    int state = frame++;
    sourceDid("OfferHandover", args("attempt", attempt, "sent", state), "Offered");
    destinationDid(
        "ReceiveDeviceState", args("attempt", attempt, "frame", state, "sent", 0), "Ready");
    int handover = frame++;
    sourceDid("ReceiveReady", args("attempt", attempt, "frame", 0, "sent", handover), "HandedOver");
    return handover;
  }

  private void start() {
    attempt++;
    round = 1;
    frame = 1;
    sourceDid("StartAttempt", args("attempt", attempt, "sent", 0), "PreCopy");
    destinationDid("ReceiveHello", args("attempt", attempt, "frame", 0), "Receiving");
  }

  private void sendAll(List<Integer> pages) {
    int from = 0;
    while (from < pages.size()) {
      int to = from + 1 + random.nextInt(pages.size() - from);
      List<Integer> batch = pages.subList(from, to);
      sendSource(batch);
      for (int page : batch) {
        destinationDid(
            "ReceivePage", args("attempt", attempt, "page", page, "frame", frame - 1), "Receiving");
      }
      from = to;
    }
  }

  private void sendSource(List<Integer> batch) {
    for (int page : batch) {
      sourceDid("SendPage", args("page", page, "frame", frame), sourcePhase());
    }
    frame++;
  }

  private String sourcePhase() {
    return (String) source.get(source.size() - 1).after().get("phase");
  }

  private List<Integer> someTracked(int least) {
    var pages = new TreeSet<Integer>();
    int count = least + random.nextInt(TRACKED.size() - least + 1);
    while (pages.size() < count) {
      pages.add(TRACKED.get(random.nextInt(TRACKED.size())));
    }
    return List.copyOf(pages);
  }

  private void sourceDid(String action, Map<String, Object> args, String phase) {
    sourceDid(action, args, phase, round);
  }

  private void sourceDid(String action, Map<String, Object> args, String phase, int roundAfter) {
    source.add(
        new Event(
            "source",
            action,
            args,
            args("phase", phase, "attempt", attempt, "accepted", 0, "round", roundAfter)));
  }

  private void destinationDid(String action, Map<String, Object> args, String phase) {
    destination.add(
        new Event(
            "destination",
            action,
            args,
            args("phase", phase, "attempt", 0, "accepted", attempt, "round", 0)));
  }

  static Map<String, Object> args(Object... namesAndValues) {
    Map<String, Object> args = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      args.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return args;
  }

  static TraceFiles write(Path folder, String name, List<Event> source, List<Event> destination)
      throws IOException {
    Path own = Files.createDirectories(folder.resolve(name));
    return new TraceFiles(
        name,
        List.of(
            write(own.resolve("source.ndjson"), source),
            write(own.resolve("destination.ndjson"), destination)),
        TRACKED,
        false);
  }

  /** As the other, and what a store writes; nothing if it wrote nothing. */
  static TraceFiles write(
      Path folder, String name, List<Event> source, List<Event> destination, List<Event> store)
      throws IOException {
    List<Path> files = new ArrayList<>(write(folder, name, source, destination).files());
    if (!store.isEmpty()) {
      files.add(write(folder.resolve(name).resolve("store.ndjson"), store));
    }
    return new TraceFiles(name, files, TRACKED, false);
  }

  TraceFiles writeWithArbiter(Path folder, String name) throws IOException {
    return new TraceFiles(name, write(folder, name).files(), TRACKED, true);
  }

  TraceFiles write(Path folder, String name) throws IOException {
    return write(folder, name, source, destination);
  }

  static Path write(Path file, List<Event> events) throws IOException {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < events.size(); i++) {
      Event event = events.get(i);
      Map<String, Object> line =
          args(
              "host",
              event.host(),
              "seq",
              i + 1,
              "clock",
              args(event.host(), i + 1),
              "action",
              event.action(),
              "args",
              event.args(),
              "after",
              event.after());
      text.append(new com.fasterxml.jackson.databind.ObjectMapper().writeValueAsString(line))
          .append('\n');
    }
    return Files.writeString(file, text);
  }
}
