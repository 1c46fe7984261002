package landfall.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import landfall.evidence.Verdict;
import landfall.tracecheck.TraceCheck;
import landfall.tracecheck.TraceFiles;
import landfall.tracecheck.TracedProtocol;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code landfall trace}: traces of hosts. */
@Command(
    name = "trace",
    description = "Traces of hosts.",
    mixinStandardHelpOptions = true,
    subcommands = TraceCommand.Check.class)
final class TraceCommand implements Runnable {

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Override
  public void run() {
    throw new CommandLine.ParameterException(spec.commandLine(), "a command is needed: check");
  }

  @Command(
      name = "check",
      description = "Says whether a trace is a behaviour of the specification.",
      mixinStandardHelpOptions = true)
  static final class Check implements Callable<Integer> {
    @Option(
        names = "--tracked",
        split = ",",
        paramLabel = "PAGE",
        description = "The pages that the hosts followed (default: those that occur).")
    private List<Integer> tracked = List.of();

    @Option(names = "--arbiter", description = "Ownership was a lock on shared storage.")
    private boolean arbiter;

    @Option(
        names = "--killed",
        description = "A host was killed, so that an attempt may have no end in the trace.")
    private boolean killed;

    @Option(
        names = "--spec",
        paramLabel = "NAME",
        description =
            "The protocol of the hosts: PreCopy, PostCopy, ReverseCheckpoint or ForwardCheckpoint"
                + " (default: PreCopy).")
    private String specification;

    @Option(
        names = "--observed",
        description = "The files tell what an outsider saw, not what the hosts did.")
    private boolean observed;

    @Parameters(
        arity = "1..*",
        paramLabel = "FILE|DIR",
        description =
            "The files of one trace; or folders, each with the files (*.ndjson) of a trace.")
    private List<Path> paths;

    @Override
    public Integer call() throws IOException, InterruptedException {
      if (observed && specification != null) {
        throw new IllegalArgumentException(
            "--spec "
                + specification
                + " is for traces of hosts; what was --observed is held against LiveMigration");
      }
      TracedProtocol protocol =
          specification == null ? TracedProtocol.PRE_COPY : TracedProtocol.named(specification);
      List<TraceFiles> traces = traces();
      Map<String, Verdict> verdicts =
          Alive.during(
              "TLC checks the traces",
              () ->
                  observed
                      ? TraceCheck.checkWellFormedObserved(traces)
                      : TraceCheck.checkWellFormed(traces, protocol));
      verdicts.forEach((name, verdict) -> System.out.println(name + ": " + verdict.sentence()));
      return Verdict.worst(verdicts.values()).exitCode();
    }

    private List<TraceFiles> traces() throws IOException {
      List<TraceFiles> traces = new ArrayList<>();
      List<Path> files = new ArrayList<>();
      for (Path path : paths) {
        if (!Files.isDirectory(path)) {
          files.add(Inputs.regular(path));
          continue;
        }
        try (Stream<Path> listing = Files.list(path)) {
          List<Path> inFolder =
              listing.filter(file -> file.toString().endsWith(".ndjson")).sorted().toList();
          if (inFolder.isEmpty()) {
            throw new IllegalArgumentException(path + " has no file that ends in .ndjson");
          }
          for (Path file : inFolder) {
            Inputs.regular(file);
          }
          traces.add(new TraceFiles(path.toString(), inFolder, tracked, arbiter, killed));
        }
      }
      if (!files.isEmpty()) {
        String name = String.join(" + ", files.stream().map(Path::toString).toList());
        traces.add(new TraceFiles(name, files, tracked, arbiter, killed));
      }
      return traces;
    }
  }
}
