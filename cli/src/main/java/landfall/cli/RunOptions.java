package landfall.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** What every run that gathers evidence can be told. */
final class RunOptions {
  @Option(
      names = "--seed",
      defaultValue = "1",
      paramLabel = "N",
      description = "Decides every schedule (default: ${DEFAULT-VALUE}).")
  long seed;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Where the evidence goes (default: the next folder below landfall-out).")
  Path out;
}
