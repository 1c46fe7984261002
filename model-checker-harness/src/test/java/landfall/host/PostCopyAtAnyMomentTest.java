package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import landfall.evidence.Verdict;
import landfall.tracecheck.TraceCheck;
import landfall.tracecheck.TraceFiles;
import landfall.tracecheck.TracedProtocol;
import org.junit.jupiter.api.Test;

/**
 * Cuts and pauses at moments that a seed draws: whatever they meet, the guest becomes whole, and
 * what the hosts did is explained. {@code -Dlandfall.runs=N} makes so many runs, {@code
 * -Dlandfall.seed=N} begins with that seed.
 */
class PostCopyAtAnyMomentTest extends HostTest {
  private static final int RUNS = Integer.getInteger("landfall.runs", 5);
  private static final long SEED = Long.getLong("landfall.seed", 1);
  private static final List<Integer> TRACKED = List.of(20, 81, 82, 127, 300, 486);
  private static final int FAULTS_MAX = 4;

  private final Map<String, Integer> metIn = new HashMap<>();

  /** Forwards bytes until it is cut. */
  private static final class Line implements Closeable {
    private final ServerSocketChannel server = Peer.listen();
    private final InetSocketAddress destination;
    private final List<SocketChannel> channels = new CopyOnWriteArrayList<>();

    Line(InetSocketAddress destination) throws IOException {
      this.destination = destination;
      daemon(this::accept);
    }

    String address() throws IOException {
      return Peer.address(server);
    }

    void cut() {
      for (SocketChannel channel : channels) {
        try {
          channel.setOption(StandardSocketOptions.SO_LINGER, 0);
          channel.close();
        } catch (IOException closed) {
          // As it was to be.
        }
      }
      channels.clear();
    }

    private void accept() {
      while (server.isOpen()) {
        try {
          SocketChannel source = server.accept();
          SocketChannel target = SocketChannel.open(destination);
          channels.addAll(List.of(source, target));
          daemon(() -> forward(source, target));
          daemon(() -> forward(target, source));
        } catch (IOException closed) {
          // The server is closed, or nobody listens there.
        }
      }
    }

    private static void forward(SocketChannel from, SocketChannel to) {
      ByteBuffer bytes = ByteBuffer.allocate(1 << 14);
      try {
        while (from.read(bytes.clear()) >= 0) {
          bytes.flip();
          while (bytes.hasRemaining()) {
            to.write(bytes);
          }
        }
        to.shutdownOutput();
      } catch (IOException cut) {
        try {
          from.close();
          to.close();
        } catch (IOException closed) {
          // As it was to be.
        }
      }
    }

    private static void daemon(Runnable work) {
      var thread = new Thread(work, "line");
      thread.setDaemon(true);
      thread.start();
    }

    @Override
    public void close() throws IOException {
      cut();
      server.close();
    }
  }

  @Test
  void theGuestBecomesWholeAndWhatHappenedIsExplained() throws Exception {
    List<TraceFiles> traces = new ArrayList<>();
    for (int run = 0; run < RUNS; run++) {
      long seed = SEED + run;
      Path own = Files.createDirectories(folder.resolve("run" + seed));
      try (var source = host(own).source();
          var destination = host(own).destination();
          var line = new Line(destination.incoming)) {
        move(new Random(seed), source, destination, line);
        traces.add(
            new TraceFiles(
                "seed " + seed, List.of(source.trace, destination.trace), TRACKED, false));
      } catch (AssertionError failed) {
        throw new AssertionError("with seed " + seed + ": " + failed.getMessage(), failed);
      }
    }
    TraceCheck.check(traces, TracedProtocol.POST_COPY)
        .forEach((name, verdict) -> assertInstanceOf(Verdict.Holds.class, verdict, name));
    assertTrue(metIn.values().stream().mapToInt(Integer::intValue).sum() >= RUNS, metIn::toString);
    System.out.println("phases of the source that faults met: " + metIn);
  }

  private static RunningHost.Builder host(Path own) {
    return RunningHost.in(own).deadlineMillis(1_500).tracked(TRACKED);
  }

  private void move(Random random, RunningHost source, RunningHost destination, Line line)
      throws Exception {
    for (RunningHost host : List.of(source, destination)) {
      host.operator.execute(
          "migrate-set-capabilities",
          Map.of("capabilities", List.of(Map.of("capability", "postcopy-ram", "state", true))));
    }
    source.load();
    assertEquals("ok", source.guest.ask("set rate " + (200 + random.nextInt(1500))));
    assertEquals("ok", source.guest.ask("w 3 " + random.nextInt(1000)));
    final String value = source.guest.ask("r 3");
    limit(source, 2_000_000 + random.nextInt(6_000_000), 500_000 + random.nextInt(3_000_000));
    source.operator.execute("migrate", Map.of("uri", line.address()));
    int faults = 1 + random.nextInt(FAULTS_MAX);
    while (!status(source).equals("completed")) {
      LockSupport.parkNanos(random.nextInt(60) * 1_000_000L);
      if (random.nextBoolean()) {
        source.operator.ask("{\"execute\":\"migrate-start-postcopy\"}");
      }
      if (faults > 0) {
        faults--;
        metIn.merge(phase(source), 1, Integer::sum);
        fault(random.nextInt(3), source, destination, line);
      } else {
        limit(source, 0, 0);
      }
      mend(source, destination, line);
    }
    Conditions.await("the destination", () -> status(destination).equals("completed"));
    assertEquals(value, destination.guest.ask("r 3"));
    assertRunsAt(destination);
    assertStandsAt(source);
  }

  private static void fault(int kind, RunningHost source, RunningHost destination, Line line)
      throws Exception {
    switch (kind) {
      case 0 -> line.cut();
      case 1 -> source.operator.ask("{\"execute\":\"migrate-pause\"}");
      default -> destination.operator.ask("{\"execute\":\"migrate-pause\"}");
    }
  }

  /** What an operator does who looks at both hosts now and then. */
  private static void mend(RunningHost source, RunningHost destination, Line line)
      throws Exception {
    String status = status(source);
    if (status.equals("failed")) {
      source.operator.execute("migrate", Map.of("uri", line.address()));
    } else if (status.equals("postcopy-paused")) {
      // Each side may notice later than the other.
      destination.operator.ask(
          "{\"execute\":\"migrate-recover\",\"arguments\":{\"uri\":\""
              + destination.address()
              + "\"}}");
      JsonNode answer =
          source.operator.ask(
              "{\"execute\":\"migrate\",\"arguments\":{\"resume\":true,\"uri\":\""
                  + line.address()
                  + "\"}}");
      assertTrue(answer.has("return"), answer::toString);
    }
  }

  private static void limit(RunningHost source, long rounds, long push) throws Exception {
    source.operator.execute(
        "migrate-set-parameters", Map.of("max-bandwidth", rounds, "max-postcopy-bandwidth", push));
  }

  private static String status(RunningHost host) throws Exception {
    return host.operator.migration();
  }

  private static String phase(RunningHost host) throws Exception {
    return host.operator.execute("x-landfall-status").get("phase").textValue();
  }
}
