package landfall.precopy.planted;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collections;
import java.util.Date;
import java.util.List;
import java.util.Random;
import java.util.Scanner;
import java.util.Timer;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import landfall.machine.Halt;

/** What a protocol core must not do; each of these must be caught. */
public final class Impure {
  private Impure() {}

  static final class ReadsTheClock {
    long now() {
      return System.nanoTime();
    }
  }

  static final class ReadsTheClockThroughAReference {
    LongSupplier clock() {
      return System::currentTimeMillis;
    }
  }

  static final class ReadsTheDate {
    Date now() {
      return new Date();
    }
  }

  static final class ReadsTheInstant {
    Instant now() {
      return Instant.now();
    }
  }

  static final class ExtendsThread extends Thread {}

  static final class StartsAThread {
    void go(Runnable work) {
      new Thread(work).start();
    }
  }

  static final class SetsATimer {
    final Timer timer = new Timer();
  }

  static final class KeepsAThreadLocal {
    final ThreadLocal<Integer> value = new ThreadLocal<>();
  }

  static final class CountsAtomically {
    final AtomicInteger count = new AtomicInteger();
  }

  static final class Synchronizes {
    synchronized int answer() {
      return 42;
    }
  }

  static final class Notifies {
    void wake() {
      notifyAll();
    }
  }

  static final class StreamsInParallel {
    Stream<Integer> all(List<Integer> list) {
      return list.parallelStream();
    }
  }

  static final class TurnsAStreamParallel {
    Stream<Integer> all(Stream<Integer> stream) {
      return stream.parallel();
    }
  }

  static final class DrawsNumbers {
    int draw(Random random) {
      return random.nextInt();
    }
  }

  static final class DrawsANumber {
    double draw() {
      return Math.random();
    }
  }

  static final class DrawsAnIdentity {
    UUID draw() {
      return UUID.randomUUID();
    }
  }

  static final class Shuffles {
    void all(List<Integer> list) {
      Collections.shuffle(list);
    }
  }

  static final class Prints {
    void say(String text) {
      System.out.println(text);
    }
  }

  static final class ReadsAFile {
    byte[] read(Path file) throws IOException {
      return Files.readAllBytes(file);
    }
  }

  static final class Connects {
    Socket connect() {
      return new Socket();
    }
  }

  static final class Scans {
    int read(Scanner scanner) {
      return scanner.nextInt();
    }
  }

  static final class AsksTheEnvironment {
    String home() {
      return System.getenv("HOME");
    }
  }

  static final class StartsAProcess {
    Process start() throws IOException {
      return new ProcessBuilder("true").start();
    }
  }

  static final class CountsProcessors {
    int count() {
      return Runtime.getRuntime().availableProcessors();
    }
  }

  static final class KnowsTheMachine {
    Halt halt;
  }
}
