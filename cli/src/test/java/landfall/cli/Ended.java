package landfall.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** A command that has ended: its status, and what it said. */
record Ended(int status, String out, String err) {

  /** Runs a command as a user gives it. */
  static Ended run(String... args) {
    PrintStream out = System.out;
    PrintStream err = System.err;
    var captured = new ByteArrayOutputStream();
    var complaints = new ByteArrayOutputStream();
    try {
      System.setOut(new PrintStream(captured, true, StandardCharsets.UTF_8));
      System.setErr(new PrintStream(complaints, true, StandardCharsets.UTF_8));
      int status = Main.execute(args);
      return new Ended(
          status,
          captured.toString(StandardCharsets.UTF_8),
          complaints.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
  }
}
