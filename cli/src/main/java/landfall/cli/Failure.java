package landfall.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import picocli.CommandLine;

/**
 * How the command ends when something is wrong: one line that says what, the right exit status, and
 * never a stack trace on the terminal.
 */
final class Failure {
  static final int USAGE = 255;
  static final int BROKEN = 254;

  private Failure() {}

  static int usage(CommandLine.ParameterException wrong, String[] args) {
    PrintWriter err = wrong.getCommandLine().getErr();
    err.println("landfall: " + wrong.getMessage());
    String name = wrong.getCommandLine().getCommandSpec().qualifiedName();
    err.println("landfall: '" + name + " --help' tells what is accepted.");
    return USAGE;
  }

  static int during(Exception failure, CommandLine command, CommandLine.ParseResult parsed) {
    PrintWriter err = command.getErr();
    if (failure instanceof IllegalArgumentException || failure instanceof IOException) {
      err.println("landfall: " + sentence(failure));
      return USAGE;
    }
    return ofOurs(failure, err);
  }

  /** A fault of Landfall itself, also one that picocli does not catch, such as a full heap. */
  static int ofOurs(Throwable failure, PrintWriter err) {
    err.println("landfall: a fault of Landfall itself: " + sentence(failure));
    writeDetails(failure, err);
    return BROKEN;
  }

  private static String sentence(Throwable failure) {
    String message = failure.getMessage() == null ? "" : failure.getMessage();
    if (failure instanceof NoSuchFileException) {
      return message.contains(" ") ? message : "there is no file or folder " + message;
    }
    if (failure instanceof AccessDeniedException) {
      return "not allowed to read or write " + message;
    }
    return message.isEmpty() ? failure.getClass().getSimpleName() : message;
  }

  private static void writeDetails(Throwable failure, PrintWriter err) {
    try {
      Path details = Files.createTempFile("landfall-fault-", ".txt");
      try (var out = new PrintWriter(Files.newBufferedWriter(details))) {
        failure.printStackTrace(out);
      }
      err.println("landfall: details for a bug report are in " + details);
    } catch (IOException unwritable) {
      err.println("landfall: and the details could not be written: " + unwritable.getMessage());
    }
  }
}
