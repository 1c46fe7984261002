package landfall.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import landfall.linearizability.HistoryCheck;
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
        description = "What the operations mean: register, cas-register or append.")
    private String model;

    @Option(
        names = "--checker",
        defaultValue = "wgl",
        paramLabel = "CHECKER",
        description = "Who judges: ${DEFAULT-VALUE}.")
    private String checker;

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
      return Answer.print(
          HistoryCheck.check(file, model, checker, Duration.ofSeconds(budgetSeconds)));
    }
  }
}
