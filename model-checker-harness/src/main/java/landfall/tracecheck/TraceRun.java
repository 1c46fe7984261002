package landfall.tracecheck;

import java.io.IOException;
import landfall.tlc.ActionCount;

/**
 * Starts TLC on traces, and writes what {@link TraceOverrides} has noted when TLC has ended. Public
 * because TLC's JVM loads it by its name; nothing else is to use it.
 */
public final class TraceRun {
  private TraceRun() {}

  /** The main class of a JVM that is for these traces alone. */
  public static void main(String[] arguments) throws IOException, ClassNotFoundException {
    run(System.getProperty("user.dir"), arguments);
    // Threads that TLC has left do not keep this JVM alive.
    System.exit(0);
  }

  /** As {@link ActionCount#run}. */
  public static void run(String folder, String[] arguments)
      throws IOException, ClassNotFoundException {
    ActionCount.run(folder, arguments);
    TraceOverrides.write();
  }
}
