package landfall.processes;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/** A child process that does not outlive this process. */
public final class ChildProcess {
  // The child waits for a line before it becomes the program: by then the guard knows it. If this
  // process is killed in between, the pipe closes and the shell ends.
  // A write beyond a limit on the size of files is to fail, and not to end the program.
  private static final String WHEN_GUARDED = "trap '' XFSZ; read -r go && exec \"$@\"";
  private static final String WITHOUT_INPUT = " </dev/null";

  private ChildProcess() {}

  /**
   * Starts a program. It has no input, and a session of its own: what the terminal sends to its
   * foreground group reaches this process alone, which then decides what becomes of its children.
   *
   * @param builder with the command and where its output goes; its command and input are changed
   * @throws IOException if the shell that starts it cannot be started. If the program itself does
   *     not exist, the child ends with status 127.
   */
  public static Process start(ProcessBuilder builder) throws IOException {
    Process process = start(builder, WHEN_GUARDED + WITHOUT_INPUT);
    process.getOutputStream().close();
    return process;
  }

  /**
   * Starts a program as {@link #start} does, but its input is what this process writes to {@link
   * Process#getOutputStream}. It ends when this process does.
   *
   * @param builder as in {@link #start}
   * @throws IOException as {@link #start}
   */
  public static Process startWithInput(ProcessBuilder builder) throws IOException {
    return start(builder, WHEN_GUARDED);
  }

  private static Process start(ProcessBuilder builder, String script) throws IOException {
    Guard guard = Guard.get();
    List<String> command =
        new ArrayList<>(Guard.inOwnSession("sh", "-c", script, "landfall-child"));
    command.addAll(builder.command());
    Process process = builder.command(command).redirectInput(ProcessBuilder.Redirect.PIPE).start();
    try {
      guard.started(process.pid());
      process.onExit().thenRun(() -> guard.ended(process.pid()));
      OutputStream go = process.getOutputStream();
      go.write('\n');
      go.flush();
      return process;
    } catch (IOException unguarded) {
      process.destroyForcibly();
      throw unguarded;
    }
  }
}
