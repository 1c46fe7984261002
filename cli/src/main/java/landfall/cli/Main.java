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
  private static final List<Map.Entry<String, Class<?>>> SUBCOMMANDS =
      List.of(
          Map.entry("verify", VerifyCommand.class),
          Map.entry("check", CheckCommand.class),
          Map.entry("campaign", CampaignCommand.class),
          Map.entry("mutants", MutantsCommand.class),
          Map.entry("replay", ReplayCommand.class),
          Map.entry("judge", JudgeCommand.class),
          Map.entry("report", ReportCommand.class),
          Map.entry("compare", CompareCommand.class),
          Map.entry("explore", ExploreCommand.class),
          Map.entry("simulate", SimulateCommand.class),
          Map.entry("history", HistoryCommand.class),
          Map.entry("trace", TraceCommand.class),
          Map.entry("grantor", GrantorCommand.class),
          Map.entry("store", StoreCommand.class),
          Map.entry("host", HostCommand.class),
          Map.entry("machine", MachineCommand.class),
          Map.entry("bench", BenchCommand.class),
          Map.entry("rehearsal", RehearsalCommand.class));

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
  private static List<Map.Entry<String, Class<?>>> subcommands(String... args) {
    List<Map.Entry<String, Class<?>>> asked =
        SUBCOMMANDS.stream()
            .filter(each -> args.length > 0 && each.getKey().equals(args[0]))
            .toList();
    return asked.isEmpty() ? SUBCOMMANDS : asked;
  }

  /** Picocli handles exceptions; what else is thrown is handled here. */
  static int execute(Object command, String... args) {
    var line = new CommandLine(command);
    if (command instanceof Main) {
      subcommands(args).forEach(each -> line.addSubcommand(each.getKey(), each.getValue()));
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
