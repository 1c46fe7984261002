package landfall.judge;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import landfall.evidence.FaultResult;
import landfall.nemesis.FaultKind;
import landfall.trial.Observations;
import landfall.trial.Observations.Attempt;
import landfall.trial.Observations.GuestReply;
import landfall.trial.TrialFiles;

/**
 * What an outsider saw, in the vocabulary of {@code TraceLiveMigration} (see {@code
 * landfall.tracecheck}), in the order in which the observer learned of it.
 */
final class ObservedTrace {
  private record Event(double atMillis, String line) {}

  private static final double LAG_MILLIS = 100;

  private ObservedTrace() {}

  /** Writes it to a file, from the files of the trial. */
  static void write(TrialFiles trial, Path file) throws IOException {
    Observations seen = trial.readObservations();
    List<Event> events = new ArrayList<>();
    for (Attempt attempt : seen.attempts()) {
      events.add(new Event(attempt.startMillis(), "{\"action\":\"Migrates\"}"));
      String status = attempt.status().equals("cancelled") ? "failed" : attempt.status();
      if (status.equals("completed") || status.equals("failed")) {
        // Of a guest that has left, too, what it said before may be read a moment later.
        events.add(
            new Event(
                status.equals("completed")
                    ? afterLastWord(seen, "source", attempt.endMillis())
                    : attempt.endMillis(),
                "{\"action\":\"Reports\",\"host\":\"source\",\"status\":\"" + status + "\"}"));
      }
    }
    for (GuestReply reply : seen.replies()) {
      // The history judge says so, and the specification would count up to it step by step.
      if (HistoryJudge.countsTooMuch(seen, reply)) {
        continue;
      }
      events.add(
          new Event(
              reply.atMillis(),
              String.format(
                  Locale.ROOT,
                  "{\"action\":\"Released\",\"host\":\"%s\",\"step\":%d}",
                  reply.host(),
                  reply.step())));
    }
    for (FaultResult fault : seen.faults()) {
      if (fault.seen() && fault.kind().equals(FaultKind.KILL_SOURCE.word())) {
        events.add(crashed(seen, fault, "source"));
      } else if (fault.seen()
          && fault.kind().equals(FaultKind.KILL_DESTINATION.word())
          && !hasSuccessor(seen, fault)) {
        events.add(crashed(seen, fault, "destination"));
      }
    }
    events.sort(Comparator.comparingDouble(Event::atMillis));
    try (var out = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
      for (Event event : events) {
        out.write(event.line());
        out.write('\n');
      }
    }
  }

  // A fresh destination is one more that may take the guest. That the killed one is not said to be
  // dead allows nothing more: it has no guest, or a reply of it is one too many.
  private static boolean hasSuccessor(Observations seen, FaultResult fault) {
    return seen.attempts().stream().anyMatch(each -> each.startMillis() > fault.atMillis());
  }

  // What a host said before it died may be read a moment after, but no later.
  private static Event crashed(Observations seen, FaultResult fault, String host) {
    return new Event(
        afterLastWord(seen, host, fault.atMillis()),
        "{\"action\":\"Crashed\",\"host\":\"" + host + "\"}");
  }

  private static double afterLastWord(Observations seen, String host, double atMillis) {
    double last =
        seen.replies().stream()
            .filter(reply -> reply.host().equals(host))
            .mapToDouble(GuestReply::atMillis)
            .filter(at -> at < atMillis + LAG_MILLIS)
            .max()
            .orElse(0);
    return Math.max(atMillis, last);
  }
}
