package landfall.judge;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import landfall.evidence.Verdict;
import landfall.trial.Observations;
import landfall.trial.Observations.WitnessReport;

/**
 * Is the guest's memory what it must be? By the guest's own word, which verifies every page before
 * it writes it again and all pages at the end, and by both RAMs where they were saved.
 */
final class MemoryJudge {
  private static final String CLAIM = "ConsistentImage";
  private static final String IMAGE = "!mismatch image";
  private static final Pattern VERIFIED = Pattern.compile("verify ok (\\d+) (\\d+)");
  private static final Pattern WRITTEN = Pattern.compile("written=(\\d+).* mismatches=(\\d+)");

  private MemoryJudge() {}

  /**
   * @param workingSetPages pages that the guest wrote before anything was done to it; at the end it
   *     must know of them all
   * @param lacksPages whether pages of it were lost with a host: it cannot look at all of its
   *     memory
   */
  static Verdict judge(Observations seen, int workingSetPages, boolean lacksPages) {
    long examined = 0;
    long writtenBefore = 0;
    boolean verifiedAtEnd = false;
    for (WitnessReport report : seen.witness()) {
      Matcher verified = VERIFIED.matcher(report.line());
      Matcher written = WRITTEN.matcher(report.line());
      if (report.line().startsWith("!mismatch")) {
        String who =
            report.line().startsWith(IMAGE) ? "the disk's image has: " : "the guest reports: ";
        return violated(report, who + report.line());
      }
      if (verified.find()) {
        if (!verified.group(2).equals("0")) {
          return violated(
              report,
              "of " + verified.group(1) + " pages, " + verified.group(2) + " are not as written");
        }
        long pages = Long.parseLong(verified.group(1));
        if (pages < workingSetPages) {
          return violated(
              report,
              "the guest wrote " + workingSetPages + " pages, and knows of " + pages + " now");
        }
        examined += pages;
        verifiedAtEnd = true;
      } else if (written.find()) {
        if (!written.group(2).equals("0")) {
          return violated(report, "the guest counts " + written.group(2) + " mismatches");
        }
        writtenBefore = Math.max(writtenBefore, Long.parseLong(written.group(1)));
      }
    }
    if (seen.memory() != null) {
      if (!seen.memory().differing().isEmpty()) {
        return new Verdict.Violated(
            CLAIM,
            "with the guest paused on both hosts these pages of RAM differ (number from the start"
                + " of RAM, first ones shown): "
                + seen.memory().differing());
      }
      examined += seen.memory().pages();
      if (!seen.memory().failure().isEmpty()) {
        return new Verdict.Undecided("both RAMs could not be compared: " + seen.memory().failure());
      }
    }
    if (seen.dropped("reports of the guest")) {
      return new Verdict.Undecided(
          "the guest reported so much that not all of it was kept: " + seen.dropped());
    }
    if (!verifiedAtEnd && !lacksPages && !seen.end().answeredAt().isEmpty()) {
      return new Verdict.Undecided("the guest runs but did not verify its memory at the end");
    }
    // Before a guest was lost it verified each page that it wrote again.
    examined += writtenBefore;
    return examined == 0
        ? new Verdict.Undecided(
            Incidents.because(seen, "the guest reported nothing about its memory"))
        : new Verdict.Holds(examined);
  }

  private static Verdict violated(WitnessReport report, String what) {
    return new Verdict.Violated(
        CLAIM, String.format("at %.1f ms, host %s: %s", report.atMillis(), report.host(), what));
  }
}
