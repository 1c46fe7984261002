package landfall.simulation;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import landfall.evidence.Verdict;

/**
 * What many runs of one protocol showed.
 *
 * @param mode its name on the command line
 * @param subject what was simulated: the core as it is, or a mutant
 * @param runs how many runs there were
 * @param faulty in how many of them a fault took effect while a migration was under way
 * @param faults in how many runs each fault did, by its name; also cancels and restarts, which make
 *     no run faulty
 * @param unpromised how many runs ended where the specification promises nothing
 * @param unsettled of how many runs it is not known whether something is owed at their end
 * @param processorSeconds what the runs took of one processor
 * @param story how a property was broken, if one was; it ended the runs
 */
public record Simulated(
    String mode,
    String subject,
    long runs,
    long faulty,
    SortedMap<String, Long> faults,
    long unpromised,
    long unsettled,
    double processorSeconds,
    Optional<Story> story) {

  public Simulated {
    faults = new TreeMap<>(faults);
  }

  /** Runs with a fault in a second of one processor. */
  public long faultyPerSecond() {
    return processorSeconds <= 0 ? 0 : Math.round(faulty / processorSeconds);
  }

  /** Holds only if there was a fault, and each run was decided. */
  public Verdict verdict() {
    if (story.isPresent()) {
      return new Verdict.Violated(
          story.get().property(),
          "%s, %s, run %d: after %d steps %s"
              .formatted(
                  mode, subject, story.get().run(), story.get().steps().size(), story.get().end()));
    }
    if (faulty == 0) {
      return new Verdict.Undecided(
          "%s: in none of %,d runs a fault took effect".formatted(mode, runs));
    }
    return unsettled > 0
        ? new Verdict.Undecided(
            "%s: %,d of %,d runs did not come to an end".formatted(mode, unsettled, runs))
        : new Verdict.Holds(faulty);
  }

  /** The faults, as text. */
  public String faultsSeen() {
    var text = new StringBuilder();
    for (Map.Entry<String, Long> each : faults.entrySet()) {
      text.append(text.isEmpty() ? "" : ", ")
          .append("%s %,d".formatted(each.getKey(), each.getValue()));
    }
    return text.toString();
  }

  /** The results of one command, as JSON. */
  public static String json(List<Simulated> results, long seed, long from) throws IOException {
    var mapper = new ObjectMapper();
    var all = mapper.createArrayNode();
    for (Simulated each : results) {
      var one = all.addObject();
      one.put("mode", each.mode).put("subject", each.subject).put("seed", seed).put("from", from);
      one.put("runs", each.runs).put("faulty", each.faulty);
      one.set("faults", mapper.valueToTree(each.faults));
      one.put("unpromised", each.unpromised).put("unsettled", each.unsettled);
      one.put("faultyPerSecond", each.faultyPerSecond());
      one.set("verdict", mapper.valueToTree(each.verdict()));
      each.story.ifPresent(story -> one.set("story", mapper.valueToTree(story)));
    }
    return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(all);
  }
}
