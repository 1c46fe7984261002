package landfall.cli;

import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Entry point of the {@code landfall} command. */
@Command(
    name = "landfall",
    description = "The verification suite for live migration of virtual machines.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    footerHeading = "%nExit status:%n",
    footer = {
      "    0  what was claimed holds",
      "    1  a claim is violated",
      "    2  undecided: too little evidence, or a budget was spent",
      "  130  interrupted; the evidence gathered so far is valid",
      "  254  broken: a fault of Landfall itself",
      "  255  wrong usage or bad input"
    })
public final class Main implements Runnable {
  /** In the order in which the help has them. */
  private static final List<Class<?>> SUBCOMMANDS =
      List.of(
          VerifyCommand.class,
          CheckCommand.class,
          CampaignCommand.class,
          MutantsCommand.class,
          ReplayCommand.class,
          JudgeCommand.class,
          ReportCommand.class,
          CompareCommand.class,
          ExploreCommand.class,
          SimulateCommand.class,
          HistoryCommand.class,
          TraceCommand.class,
          GrantorCommand.class,
          StoreCommand.class,
          HostCommand.class,
          MachineCommand.class,
          BenchCommand.class,
          RehearsalCommand.class);

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Override
  public void run() {
    throw new CommandLine.ParameterException(
        spec.commandLine(),
        "a command is needed: one of "
            + spec.subcommands().entrySet().stream()
                .filter(each -> !each.getValue().getCommandSpec().usageMessage().hidden())
                .map(Map.Entry::getKey)
                .toList());
  }

  /** Runs the command line and ends the process with its exit status. */
  public static void main(String[] args) {
    System.exit(Failure.unlessUnwritten(execute(args), System.out, System.err));
  }

  static int execute(String... args) {
    return execute(new Main(), args);
  }

  /**
   * The one that is asked for, if the first word names one. Picocli takes longer over the options
   * of all than a host takes for the rest of its start.
   */
  private static List<Class<?>> subcommands(String... args) {
    List<Class<?>> asked =
        SUBCOMMANDS.stream()
            .filter(
                each -> args.length > 0 && each.getAnnotation(Command.class).name().equals(args[0]))
            .toList();
    return asked.isEmpty() ? SUBCOMMANDS : asked;
  }

  /** Picocli handles exceptions; what else is thrown is handled here. */
  static int execute(Object command, String... args) {
    var line = new CommandLine(command);
    if (command instanceof Main) {
      subcommands(args).forEach(line::addSubcommand);
    }
    try {
      return line.setCaseInsensitiveEnumValuesAllowed(true)
          .setParameterExceptionHandler(Failure::usage)
          .setExecutionExceptionHandler(Failure::during)
          .execute(args);
    } catch (Throwable thrown) {
      return Failure.of(thrown, line.getErr());
    }
  }
}
