package landfall.tlc;

import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ForkJoinWorkerThread;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/**
 * Runs one model after another in this JVM. TLC keeps static state, so each model gets TLC's
 * classes anew, from a class loader of its own: nothing of a model before it is in them. The
 * classes of the JDK stay loaded and compiled.
 *
 * <p>The arguments are the class that starts TLC, and the jars with TLC and with that class. A
 * request is lines on the input, with an empty one as its end: the file for the output, the folder
 * of the modules, and what TLC is told. The answer is {@link #ENDED} or {@link #SPENT}.
 */
final class TlcWorkerMain {
  /** The model has ended, and the next may come. */
  static final String ENDED = "landfall: the model has ended";

  /**
   * The model has ended, and so is this JVM to end: its models have left threads or memory that the
   * next one is not to miss.
   */
  static final String SPENT = ENDED + ", and this JVM with it";

  // Each model may leave about 20 MB that the JDK holds for TLC's remote objects (measured).
  private static final int MODELS_MAX = 10;

  private static final long ENDING_MILLIS_MAX = 500;

  private TlcWorkerMain() {}

  /** The main class of the JVM. */
  public static void main(String[] arguments) throws Exception {
    PrintStream answers = System.out;
    var requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    URL[] urls = new URL[arguments.length - 1];
    for (int i = 0; i < urls.length; i++) {
      urls[i] = Path.of(arguments[i + 1]).toUri().toURL();
    }
    int models = 0;
    for (List<String> lines = request(requests); lines != null; lines = request(requests)) {
      boolean threadsLeft = run(arguments[0], urls, lines);
      boolean spent = threadsLeft || ++models == MODELS_MAX;
      answers.println(spent ? SPENT : ENDED);
      answers.flush();
    }
    // Threads that models have left do not keep this JVM alive.
    Runtime.getRuntime().halt(0);
  }

  private static List<String> request(BufferedReader requests) throws IOException {
    List<String> lines = new ArrayList<>();
    for (String line = requests.readLine(); line != null; line = requests.readLine()) {
      if (line.isEmpty()) {
        return lines;
      }
      lines.add(line);
    }
    return null;
  }

  /** Runs a model to its end, and tells whether threads of it are left. */
  private static boolean run(String starter, URL[] urls, List<String> request) throws Exception {
    PrintStream out = System.out;
    PrintStream err = System.err;
    Properties properties = (Properties) System.getProperties().clone();
    MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
    Set<ObjectName> before = beans.queryNames(null, null);
    var threads = new ThreadGroup("model");
    try (var loader = new URLClassLoader(urls, ClassLoader.getPlatformClassLoader());
        var printed =
            new PrintStream(
                new BufferedOutputStream(Files.newOutputStream(Path.of(request.get(0)))))) {
      System.setOut(printed);
      System.setErr(printed);
      List<String> told = new ArrayList<>(request.subList(2, request.size()));
      told.removeIf(TlcWorkerMain::setsProperty);
      String[] arguments = told.toArray(String[]::new);
      Runnable model = () -> run(starter, loader, request.get(1), arguments, printed);
      var thread = new Thread(threads, model, "main");
      thread.setContextClassLoader(loader);
      thread.start();
      thread.join();
    } finally {
      System.setOut(out);
      System.setErr(err);
      System.setProperties(properties);
      unregister(beans, before);
    }
    return leftIn(threads);
  }

  /** Sets a property for the model, if that is what it is told. */
  private static boolean setsProperty(String argument) {
    int equals = argument.indexOf('=');
    boolean sets = argument.startsWith("-D") && equals > 0;
    if (sets) {
      System.setProperty(argument.substring(2, equals), argument.substring(equals + 1));
    }
    return sets;
  }

  /** Whether threads are left that do not end by themselves, such as those of a pool. */
  private static boolean leftIn(ThreadGroup model) throws InterruptedException {
    Thread[] threads = new Thread[model.activeCount() + 10];
    int count = model.enumerate(threads);
    for (int i = 0; i < count; i++) {
      // Those of the JDK's common pool keep nothing of the model.
      if (!(threads[i] instanceof ForkJoinWorkerThread)) {
        threads[i].join(ENDING_MILLIS_MAX);
        if (threads[i].isAlive()) {
          return true;
        }
      }
    }
    return false;
  }

  private static void run(
      String starter, ClassLoader loader, String folder, String[] arguments, PrintStream printed) {
    try {
      Method run =
          Class.forName(starter, true, loader)
              .getDeclaredMethod("run", String.class, String[].class);
      run.setAccessible(true);
      run.invoke(null, folder, arguments);
    } catch (InvocationTargetException failed) {
      failed.getCause().printStackTrace(printed);
    } catch (ReflectiveOperationException impossible) {
      impossible.printStackTrace(printed);
    }
  }

  /** What TLC has put in for its observers would keep its classes. */
  private static void unregister(MBeanServer beans, Set<ObjectName> before) throws JMException {
    for (ObjectName name : beans.queryNames(null, null)) {
      if (!before.contains(name)) {
        beans.unregisterMBean(name);
      }
    }
  }
}
