package landfall.evidence;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.Arrays;
import java.util.Collection;

/**
 * What a judge says. Precedence: violated, then broken, then undecided, then holds. In JSON the
 * field {@code result} names the case: {@code {"result":"holds","examined":1200}}.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "result")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Verdict.Holds.class, name = "holds"),
  @JsonSubTypes.Type(value = Verdict.Violated.class, name = "violated"),
  @JsonSubTypes.Type(value = Verdict.Undecided.class, name = "undecided"),
  @JsonSubTypes.Type(value = Verdict.Broken.class, name = "broken")
})
public sealed interface Verdict {

  /** The exit code for a command line that could not be understood. */
  int EXIT_CODE_USAGE = 255;

  /** The case as one lower-case word, as in JSON: holds, violated, undecided or broken. */
  String word();

  /** Exit code of a run with this verdict: 0 holds, 1 violated, 2 undecided, 254 broken. */
  int exitCode();

  /** One sentence for a person. */
  String sentence();

  /** Position in the precedence; the higher one decides. */
  private int weight() {
    if (this instanceof Violated) {
      return 3;
    }
    if (this instanceof Broken) {
      return 2;
    }
    return this instanceof Undecided ? 1 : 0;
  }

  /**
   * The claim held everywhere it was looked at.
   *
   * @param examined how many things were examined (operations, pages, events, states), at least 1:
   *     nothing passes vacuously
   */
  record Holds(long examined) implements Verdict {
    public Holds {
      if (examined < 1) {
        throw new IllegalArgumentException(
            "a verdict that holds must have examined something; examined = " + examined);
      }
    }

    @Override
    public String word() {
      return "holds";
    }

    @Override
    public int exitCode() {
      return 0;
    }

    @Override
    public String sentence() {
      return "holds, " + examined + " examined";
    }
  }

  /**
   * The claim is false.
   *
   * @param claim the property's name, such as {@code Linearizable} or {@code DirtyNeverDropped}
   * @param evidence the shortest evidence that a person can check by hand; may have several lines
   */
  record Violated(String claim, String evidence) implements Verdict {
    public Violated {
      Require.text("claim of a violated verdict", claim);
      Require.text("evidence of a violated verdict", evidence);
    }

    @Override
    public String word() {
      return "violated";
    }

    @Override
    public int exitCode() {
      return 1;
    }

    @Override
    public String sentence() {
      return claim + " is violated: " + evidence;
    }
  }

  /**
   * Not enough was seen, or not enough time was given, to say.
   *
   * @param budgetSpent what was spent or was missing, such as {@code 30 s, 2,000,000 states}
   */
  record Undecided(String budgetSpent) implements Verdict {
    public Undecided {
      Require.text("budget of an undecided verdict", budgetSpent);
    }

    @Override
    public String word() {
      return "undecided";
    }

    @Override
    public int exitCode() {
      return 2;
    }

    @Override
    public String sentence() {
      return "undecided: " + budgetSpent;
    }
  }

  /**
   * The suite itself went wrong; nothing is said about the implementation.
   *
   * @param ourFault what went wrong on our side
   */
  record Broken(String ourFault) implements Verdict {
    public Broken {
      Require.text("fault of a broken verdict", ourFault);
    }

    @Override
    public String word() {
      return "broken";
    }

    @Override
    public int exitCode() {
      return 254;
    }

    @Override
    public String sentence() {
      return "broken, a fault of the suite: " + ourFault;
    }
  }

  /** {@link #worst(Collection)} of the given verdicts. */
  static Verdict worst(Verdict... verdicts) {
    return worst(Arrays.asList(verdicts));
  }

  /**
   * The verdict of a whole: the first one of the highest precedence. If all hold, the whole holds
   * with the sum of what was examined. Of no verdicts at all the whole is undecided.
   */
  static Verdict worst(Collection<? extends Verdict> verdicts) {
    Verdict worst = null;
    long examined = 0;
    for (Verdict verdict : verdicts) {
      if (worst == null || verdict.weight() > worst.weight()) {
        worst = verdict;
      }
      if (verdict instanceof Holds holds) {
        examined += holds.examined();
      }
    }
    if (worst == null) {
      return new Undecided("nothing was judged");
    }
    return worst instanceof Holds ? new Holds(examined) : worst;
  }
}
