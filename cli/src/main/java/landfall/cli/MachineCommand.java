package landfall.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import landfall.machine.ElfFile;
import landfall.machine.ElfFormatException;
import landfall.machine.ElfRun;
import landfall.machine.Machine;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code landfall machine}: the reference machine by itself. */
@Command(
    name = "machine",
    description = "The reference machine by itself.",
    mixinStandardHelpOptions = true,
    subcommands = MachineCommand.Run.class)
final class MachineCommand implements Runnable {

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Override
  public void run() {
    throw new CommandLine.ParameterException(spec.commandLine(), "a command is needed: run");
  }

  @Command(
      name = "run",
      description = {
        "Runs a RISC-V executable (RV64IMA, machine mode) until it ends itself.",
        "The exit status is the guest's: 0 when tohost becomes 1, else its value >> 1. Console"
            + " output through tohost or the serial port is printed. A guest that asks for anything"
            + " else, runs out of instructions or waits for ever ends the run with status 2."
      },
      mixinStandardHelpOptions = true)
  static final class Run implements Callable<Integer> {
    @Option(
        names = "--instructions",
        defaultValue = "1000000000",
        paramLabel = "N",
        description = "Give up after so many instructions (default: ${DEFAULT-VALUE}).")
    private long instructions;

    @Option(
        names = "--compressed-traps",
        description =
            "Also run a file whose header marks it as compressed (RVC): compressed instructions"
                + " trap, for tests that expect that.")
    private boolean compressedTraps;

    @Parameters(paramLabel = "FILE.elf", description = "The executable.")
    private Path file;

    @Override
    public Integer call() throws IOException {
      ElfRun run = run();
      System.out.flush();
      System.err.printf(
          "landfall: %s after %,d instructions%n",
          run.ending() == ElfRun.Ending.REFUSED
              ? run.halt()
              : run.ending().toString().toLowerCase(java.util.Locale.ROOT).replace('_', ' '),
          run.instructions());
      return run.ending() == ElfRun.Ending.EXITED
          ? (int) Math.min(run.exitStatus(), Failure.BROKEN - 1)
          : 2;
    }

    private ElfRun run() throws IOException {
      try {
        ElfFile elf = ElfFile.read(file);
        return Machine.runElf(
            compressedTraps ? elf.withoutCompressedMark() : elf, instructions, System.out::write);
      } catch (ElfFormatException unusable) {
        throw new IllegalArgumentException(file + ": " + unusable.getMessage(), unusable);
      }
    }
  }
}
