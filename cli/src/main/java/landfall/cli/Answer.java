package landfall.cli;

import landfall.evidence.Verdict;

/** The one way in which a verdict leaves the command: its sentence, and its exit status. */
final class Answer {
  private Answer() {}

  static int print(Verdict verdict) {
    System.out.println(verdict.sentence());
    return verdict.exitCode();
  }
}
