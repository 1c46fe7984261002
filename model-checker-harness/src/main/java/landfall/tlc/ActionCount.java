package landfall.tlc;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import tlc2.TLC;
import tlc2.TLCGlobals;
import util.SimpleFilenameToStream;
import util.ToolIO;

/**
 * Starts TLC so that with {@code -coverage} it counts how often each action is taken, and nothing
 * else. TLC would also count every evaluation of every expression, which takes as long as the rest
 * of its work. Its evaluator decides whether to count when its classes are initialized, so this
 * class initializes them before TLC reads the option. The classes that count actions come later.
 */
public final class ActionCount {
  /** The name of the jar that {@link #jarIn} writes. */
  static final String JAR = "tlc-starters.jar";

  private static final String[] EVALUATOR = {
    "tlc2.value.impl.Value",
    "tlc2.tool.impl.ActionItemList",
    "tlc2.tool.impl.Spec",
    "tlc2.tool.impl.Tool"
  };

  private ActionCount() {}

  /** The main class of a JVM that runs TLC. */
  public static void main(String[] arguments) throws Exception {
    initializeEvaluator();
    TLC.main(arguments);
  }

  /**
   * Runs TLC without ending the JVM, as {@link TlcWorker} needs it.
   *
   * @param folder the folder of the modules
   * @param arguments those of TLC
   */
  public static void run(String folder, String[] arguments) throws ClassNotFoundException {
    initializeEvaluator();
    ToolIO.setUserDir(folder);
    TLC tlc = new TLC();
    if (tlc.handleParameters(arguments)) {
      tlc.setResolver(new SimpleFilenameToStream());
      tlc.process();
      // Else the JDK, which knows the set of states as a remote object, would keep all of TLC.
      TLCGlobals.mainChecker = null;
    }
  }

  private static void initializeEvaluator() throws ClassNotFoundException {
    for (String name : EVALUATOR) {
      Class.forName(name);
    }
  }

  /**
   * Writes a jar with what starts TLC, and nothing else of ours: a JVM keeps classes for others
   * only if they come from jars, and TLC would take the operators of trace checks from our class
   * path.
   *
   * @return the jar, in this folder
   */
  static Path jarIn(Path folder) throws IOException {
    Path jar = Files.createDirectories(folder).resolve(JAR);
    try (var out = new JarOutputStream(Files.newOutputStream(jar))) {
      for (Class<?> type : List.of(ActionCount.class, TlcWorkerMain.class)) {
        String name = type.getName().replace('.', '/') + ".class";
        out.putNextEntry(new JarEntry(name));
        try (InputStream bytes = type.getResourceAsStream("/" + name)) {
          bytes.transferTo(out);
        }
        out.closeEntry();
      }
    }
    return jar;
  }
}
