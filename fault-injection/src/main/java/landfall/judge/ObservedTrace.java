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
import landfall.trial.Observations;
import landfall.trial.Observations.Attempt;
import landfall.trial.Observations.GuestReply;
import landfall.trial.Observations.HostEnd;
import landfall.trial.TrialFiles;

/**
 * What an outsider saw, in the vocabulary of {@code TraceLiveMigration} (see {@code
 * landfall.tracecheck}), in the order in which the observer learned of it.
 */
final class ObservedTrace {
  private record Event(double atMillis, String line) {}

  private ObservedTrace() {}

  /** Writes it to a file, from the files of the trial. */
  static void write(TrialFiles trial, Path file) throws IOException {
    Observations seen = trial.readObservations();
    boolean returns = trial.readSchedule().mode().returns();
    List<Event> events = new ArrayList<>();
    for (Attempt attempt : seen.attempts()) {
      events.add(
          new Event(
              attempt.startMillis(),
              String.format(
                  "{\"action\":\"Migrates\",\"host\":\"%s\",\"args\":{\"to\":\"%s\"}}",
                  attempt.from(), attempt.to())));
      if (returns) {
        // It goes there, and it may come back from there, once.
        events.add(
            new Event(
                Math.nextUp(attempt.startMillis()),
                String.format(
                    "{\"action\":\"Migrates\",\"host\":\"%s\",\"args\":{\"to\":\"%s\"}}",
                    attempt.to(), attempt.from())));
      }
      String status = attempt.status().equals("cancelled") ? "failed" : attempt.status();
      if (status.equals("completed") || status.equals("failed")) {
        // Of a guest that has left, too, what it said before may be read a moment later.
        events.add(
            new Event(
                status.equals("completed")
                    ? afterLastWord(seen, attempt.from(), attempt.endMillis())
                    : returns ? afterReturn(seen, attempt) : attempt.endMillis(),
                String.format(
                    "{\"action\":\"Reports\",\"host\":\"%s\",\"args\":{\"to\":\"%s\"},"
                        + "\"status\":\"%s\"}",
                    attempt.from(), attempt.to(), status)));
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
      for (HostEnd host : seen.end() == null ? List.<HostEnd>of() : seen.end().hosts()) {
        if (Fate.killed(fault, host.name()) && !hasSuccessor(seen, fault, host.name())) {
          events.add(crashed(seen, fault, host.name()));
        }
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

  // The source says so as soon as the guest goes on there. It has been heard there when it has
  // answered; what a superseded destination says later has its place among the guest's steps.
  private static double afterReturn(Observations seen, Attempt attempt) {
    double answered =
        seen.replies().stream()
            .filter(reply -> reply.host().equals(attempt.from()))
            .filter(reply -> reply.atMillis() > attempt.endMillis())
            .mapToDouble(GuestReply::atMillis)
            .findFirst()
            .orElse(attempt.endMillis());
    double last =
        seen.replies().stream()
            .filter(reply -> reply.host().equals(attempt.to()))
            .mapToDouble(GuestReply::atMillis)
            .max()
            .orElse(0);
    return Math.nextUp(Math.max(answered, last));
  }

  // Older evidence gives the host that took the place of a killed one its name. That the killed one
  // is not said to be dead allows nothing more: it has no guest, or a reply of it is one too many.
  private static boolean hasSuccessor(Observations seen, FaultResult fault, String host) {
    return seen.attempts().stream()
        .anyMatch(each -> each.startMillis() > fault.atMillis() && each.to().equals(host));
  }

  // What a host was asked before it died it may have answered, and that may be read later.
  private static Event crashed(Observations seen, FaultResult fault, String host) {
    return new Event(
        afterLastWord(seen, host, fault.atMillis()),
        "{\"action\":\"Crashed\",\"host\":\"" + host + "\"}");
  }

  // Once the guest may be back there, it answers again, also what it was asked long before.
  private static double afterLastWord(Observations seen, String host, double atMillis) {
    double back =
        seen.attempts().stream()
            .filter(each -> each.to().equals(host) && each.startMillis() >= atMillis)
            .mapToDouble(Attempt::startMillis)
            .min()
            .orElse(Double.MAX_VALUE);
    double last =
        seen.replies().stream()
            .filter(reply -> reply.host().equals(host) && reply.mayBeFrom(atMillis))
            .filter(reply -> reply.atMillis() < back)
            .mapToDouble(GuestReply::atMillis)
            .max()
            .orElse(0);
    return Math.max(atMillis, Math.nextUp(last));
  }
}
