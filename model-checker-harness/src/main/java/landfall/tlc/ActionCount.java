package landfall.tlc;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;

/**
 * Starts TLC so that with {@code -coverage} it counts how often each action is taken, and nothing
 * else. TLC would also count every evaluation of every expression, which takes as long as the rest
 * of its work. Its evaluator decides whether to count when its classes are initialized, so this
 * class initializes them before TLC reads the option. The classes that count actions come later.
 */
final class ActionCount {
  /** The name of the jar that {@link #jarIn} writes. */
  static final String JAR = "action-count.jar";

  private static final String[] EVALUATOR = {
    "tlc2.value.impl.Value",
    "tlc2.tool.impl.ActionItemList",
    "tlc2.tool.impl.Spec",
    "tlc2.tool.impl.Tool"
  };

  private ActionCount() {}

  /** The main class of a JVM that runs TLC. */
  public static void main(String[] arguments) throws Exception {
    for (String name : EVALUATOR) {
      Class.forName(name);
    }
    tlc2.TLC.main(arguments);
  }

  /**
   * Writes a jar with this class alone: a JVM keeps classes for others only if they come from jars,
   * and our own classes may lie in a folder.
   */
  static void jarIn(Path folder) throws IOException {
    String name = ActionCount.class.getName().replace('.', '/') + ".class";
    try (InputStream bytes = ActionCount.class.getResourceAsStream("/" + name);
        JarOutputStream out = new JarOutputStream(Files.newOutputStream(folder.resolve(JAR)))) {
      out.putNextEntry(new JarEntry(name));
      bytes.transferTo(out);
      out.closeEntry();
    }
  }
}
