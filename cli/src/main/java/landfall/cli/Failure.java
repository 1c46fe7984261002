package landfall.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine;

/**
 * How the command ends when something is wrong: one line that says what, the right exit status, and
 * never a stack trace on the terminal.
 */
final class Failure {
  static final int USAGE = 255;
  static final int BROKEN = 254;
  static final int INTERRUPTED = 130;
  private static final int SUGGESTIONS = 3;
  private static final int MIB_SHIFT = 20;

  private Failure() {}

  static int usage(CommandLine.ParameterException wrong, String[] args) {
    String name = wrong.getCommandLine().getCommandSpec().qualifiedName();
    String suggestions = "";
    if (wrong instanceof CommandLine.UnmatchedArgumentException unmatched) {
      List<String> nearest = unmatched.getSuggestions();
      suggestions =
          nearest.isEmpty()
              ? ""
              : "; the nearest are "
                  + String.join(", ", nearest.subList(0, Math.min(SUGGESTIONS, nearest.size())));
    }
    wrong
        .getCommandLine()
        .getErr()
        .println(
            "landfall: "
                + oneLine(wrong.getMessage())
                + suggestions
                + " (see '"
                + name
                + " --help')");
    return USAGE;
  }

  static int during(Exception failure, CommandLine command, CommandLine.ParseResult parsed) {
    return of(failure, command.getErr());
  }

  /** Says what went wrong, whatever it is; gives the exit status. */
  static int of(Throwable failure, PrintWriter err) {
    Throwable cause = causeOf(failure);
    if (cause instanceof InterruptedException || isEnding()) {
      err.println("landfall: interrupted");
      return INTERRUPTED;
    }
    if (cause instanceof OutOfMemoryError) {
      err.printf(
          "landfall: the memory of this program, %d MiB, is not enough for this; LANDFALL_JAVA_OPTS=-Xmx4g"
              + " gives it 4 GiB%n",
          Runtime.getRuntime().maxMemory() >> MIB_SHIFT);
      return BROKEN;
    }
    if (cause instanceof StackOverflowError) {
      err.println(
          "landfall: the input is nested too deeply for the stack of this program;"
              + " LANDFALL_JAVA_OPTS=-Xss64m gives it more");
      return BROKEN;
    }
    if (cause instanceof IllegalArgumentException || cause instanceof IOException) {
      err.println("landfall: " + sentence(cause));
      return USAGE;
    }
    err.println("landfall: a fault of Landfall itself: " + sentence(cause) + details(cause));
    return BROKEN;
  }

  /** What it is about, below what only carries it from one thread or method to another. */
  private static Throwable causeOf(Throwable failure) {
    for (Throwable each = failure; each != null; each = each.getCause()) {
      if (each instanceof Error || each instanceof InterruptedException) {
        return each;
      }
    }
    return failure instanceof UncheckedIOException unchecked ? unchecked.getCause() : failure;
  }

  /** Whether a signal is ending this process: what fails then fails because of it. */
  private static boolean isEnding() {
    try {
      var nothing = new Thread(() -> {});
      Runtime.getRuntime().addShutdownHook(nothing);
      Runtime.getRuntime().removeShutdownHook(nothing);
      return false;
    } catch (IllegalStateException ending) {
      return true;
    }
  }

  private static String sentence(Throwable failure) {
    String message = oneLine(failure.getMessage());
    if (failure instanceof NoSuchFileException) {
      return message.contains(" ") ? message : "there is no file or folder " + message;
    }
    if (failure instanceof AccessDeniedException) {
      return "not allowed to read or write " + message;
    }
    if (failure instanceof NotDirectoryException) {
      return message + " is no folder";
    }
    if (failure instanceof FileAlreadyExistsException) {
      return message + " is there already, and is no folder";
    }
    if (failure instanceof InvalidPathException path) {
      return "the path '"
          + path.getInput()
          + "' cannot be used ("
          + path.getReason()
          + "); for other letters than ASCII set LC_ALL=C.UTF-8";
    }
    return message.isEmpty() ? failure.getClass().getSimpleName() : message;
  }

  private static String oneLine(String message) {
    return message == null ? "" : message.strip().replaceAll("\\s*\\R\\s*", " ");
  }

  private static String details(Throwable failure) {
    try {
      Path details = Files.createTempFile("landfall-fault-", ".txt");
      try (var out = new PrintWriter(Files.newBufferedWriter(details))) {
        failure.printStackTrace(out);
      }
      return "; details for a bug report are in " + details;
    } catch (IOException unwritable) {
      return "; the details could not be written: " + unwritable.getMessage();
    }
  }

  /**
   * The exit status, once more: an answer that could not be written is none.
   *
   * @param status what the command would end with
   */
  static int unlessUnwritten(int status, PrintStream out, PrintStream err) {
    if (out.checkError() && status != 1 && status != USAGE) {
      err.println("landfall: the answer could not be written: standard output is full or closed");
      return BROKEN;
    }
    return status;
  }
}
