package landfall.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import landfall.history.Keys;
import landfall.linearizability.HistoryCheck;
import landfall.linearizability.Model;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code landfall history}: histories of clients, ours or of any Jepsen test. */
@Command(
    name = "history",
    description = "Histories of clients.",
    mixinStandardHelpOptions = true,
    subcommands = HistoryCommand.Check.class)
final class HistoryCommand implements Runnable {

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Override
  public void run() {
    throw new CommandLine.ParameterException(spec.commandLine(), "a command is needed: check");
  }

  @Command(
      name = "check",
      description = "Says whether a history (Jepsen EDN) is linearizable.",
      mixinStandardHelpOptions = true)
  static final class Check implements java.util.concurrent.Callable<Integer> {
    @Option(
        names = "--model",
        required = true,
        paramLabel = "MODEL",
        description = {
          "What the operations mean:",
          "register (read, write), cas-register (and cas), multi-register (txn), mutex (acquire,"
              + " release), set (add, read), queue (enqueue, dequeue; first in, first out), append"
              + " (append, read)."
        })
    private String model;

    @Option(
        names = "--initial",
        paramLabel = "VALUE",
        description =
            "What was there at first, in EDN, such as 0 (default: nil, or empty, or free).")
    private String initial;

    @Option(
        names = "--keys",
        defaultValue = "auto",
        paramLabel = "WHERE",
        description = {
          "tuple: values are [key value]; none: a pair is a value; auto: as the history shows, and"
              + " refused if it does not (default: ${DEFAULT-VALUE}). A field :key is always one."
        })
    private String keys;

    @Option(
        names = "--checker",
        defaultValue = "wgl",
        split = ",",
        paramLabel = "CHECKER",
        description = {
          "Who judges: wgl, linear (a second opinion, in Clojure), knossos (if its jars are in"
              + " LANDFALL_CLASSPATH), or several of them with commas between; the verdict is"
              + " broken if they disagree (default: ${DEFAULT-VALUE})."
        })
    private List<String> checkers;

    @Option(
        names = "--budget-seconds",
        defaultValue = "60",
        paramLabel = "N",
        description = "After this long the answer is undecided (default: ${DEFAULT-VALUE}).")
    private int budgetSeconds;

    @Parameters(paramLabel = "FILE.edn", description = "The history.")
    private Path file;

    @Override
    public Integer call() throws IOException {
      Model wanted = Model.named(model);
      if (initial != null) {
        wanted = wanted.startingAt(initial);
      }
      if (budgetSeconds < 1) {
        throw new IllegalArgumentException(
            "--budget-seconds must be at least 1, was " + budgetSeconds);
      }
      try {
        return Answer.print(
            HistoryCheck.check(
                file, wanted, whereKeysAre(), checkers, Duration.ofSeconds(budgetSeconds)));
      } catch (OutOfMemoryError tooLarge) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "%s needs more memory than the %,d MiB that Java has; give it more with"
                    + " LANDFALL_JAVA_OPTS=-Xmx8g or the like",
                file,
                Runtime.getRuntime().maxMemory() >> 20),
            tooLarge);
      }
    }

    private Keys whereKeysAre() {
      return switch (keys) {
        case "auto" -> Keys.AUTO;
        case "tuple" -> Keys.TUPLE;
        case "none" -> Keys.NONE;
        default ->
            throw new IllegalArgumentException("--keys must be tuple, none or auto, was " + keys);
      };
    }
  }
}
