package landfall.linearizability;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import clojure.java.api.Clojure;
import clojure.lang.Var;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import landfall.evidence.Verdict;
import landfall.history.History;
import landfall.history.Keys;
import landfall.history.Operation;
import landfall.testing.AtLength;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Two checkers that share no code say the same; when one is wrong, both are not believed. */
class SecondOpinionTest {

  private static final Duration MINUTE = Duration.ofSeconds(60);

  private static Checker wgl(Model model) {
    return new WglChecker(model, Budget.of(MINUTE));
  }

  private static Checker linear(Model model) {
    return new LinearChecker(model, Budget.of(MINUTE));
  }

  static Stream<Path> known() throws Exception {
    return Stream.concat(WglCheckerTest.good(), WglCheckerTest.bad());
  }

  @ParameterizedTest
  @MethodSource("known")
  void bothAgreeOnEveryKnownHistory(Path file) throws Exception {
    Verdict verdict =
        HistoryCheck.check(
            file, WglCheckerTest.modelOf(file), Keys.AUTO, List.of("linear", "wgl"), MINUTE);
    String kind = file.getParent().getFileName().toString();
    assertEquals(kind.equals("good") ? "holds" : "violated", verdict.word(), verdict.sentence());
  }

  @Provide
  Arbitrary<Model> models() {
    return Arbitraries.of(Model.names().stream().map(Model::named).toList());
  }

  private static History random(Model model, long seed, int operations, boolean unique) {
    var random = new Random(seed);
    int processes = 2 + random.nextInt(4);
    int lies = random.nextInt(30);
    return model.knows("write")
        ? RandomHistory.register(
            random, operations, processes, unique, model.knows("cas"), lies, 15)
        : RandomObject.of(model, random, operations, processes, unique, lies, 15);
  }

  @Property(tries = 3_000)
  void bothAgreeOnRandomHistoriesOfEveryModel(
      @ForAll long seed,
      @ForAll("models") Model model,
      @ForAll @IntRange(min = 4, max = 14) int operations,
      @ForAll boolean unique) {
    agree(seed, model, operations, unique);
  }

  @Property(tries = 500)
  void bothAgreeOnLongerHistoriesOfRegisters(
      @ForAll long seed,
      @ForAll @IntRange(min = 20, max = 60) int operations,
      @ForAll boolean unique) {
    agree(seed, unique ? Model.CAS_REGISTER : Model.REGISTER, operations, unique);
  }

  private static void agree(long seed, Model model, int operations, boolean unique) {
    History history = random(model, seed, operations, unique);
    Verdict first = wgl(model).check(history);
    Verdict second = linear(model).check(history);
    assertEquals(
        first.word(), second.word(), () -> first + "\n" + second + "\n" + history.operations());
  }

  @Test
  @AtLength
  void aHistoryAsLongAsThatOfATrialIsJudgedTwice() {
    for (Model model : List.of(Model.REGISTER, Model.CAS_REGISTER)) {
      boolean cas = model.knows("cas");
      History history = RandomHistory.register(new Random(3), 2_000, 6, true, cas, 0, 1);
      assertInstanceOf(Verdict.Holds.class, linear(model).check(history), model.name());
    }
    History lock = RandomObject.of(Model.MUTEX, new Random(3), 1_000, 6, true, 0, 1);
    assertInstanceOf(Verdict.Holds.class, linear(Model.MUTEX).check(lock));
  }

  @Test
  void evidenceNamesTheFirstAnswerThatFitsNothing() throws Exception {
    Path stale =
        WglCheckerTest.bad()
            .filter(file -> file.getFileName().toString().equals("register-stale-read.edn"))
            .findFirst()
            .orElseThrow();
    Verdict verdict =
        HistoryCheck.check(stale, Model.REGISTER, Keys.AUTO, List.of("linear"), MINUTE);
    assertEquals(
        "Linearizable is violated: process 1's read 1, asked at event 6 and ok at event 7, fits no"
            + " order of all before it; before it could be there: 2",
        verdict.sentence());
  }

  @Test
  void aSpentBudgetIsUndecidedAndSaysSo() {
    History hard = RandomHistory.register(new Random(5), 4_000, 30, false, true, 0, 10);
    var checker = new LinearChecker(Model.CAS_REGISTER, Budget.of(Duration.ofMillis(1)));
    var undecided = assertInstanceOf(Verdict.Undecided.class, checker.check(hard));
    assertTrue(undecided.budgetSpent().contains("were not enough"), undecided.budgetSpent());
  }

  // ---------------------------------------------------------------- planted bugs

  private static History good() throws Exception {
    return known("good/register-concurrent.edn");
  }

  private static History bad() throws Exception {
    return known("bad/register-stale-read.edn");
  }

  private static History known(String name) throws Exception {
    return History.read(
        Path.of(Objects.requireNonNull(SecondOpinionTest.class.getResource(name)).toURI()));
  }

  /** Gives a function of linear.clj another body while something runs. */
  private static <T> T withLinear(String function, String wrong, Supplier<T> run) {
    linear(Model.REGISTER).check(History.of(List.of()));
    var variable = (Var) Clojure.var("landfall.linearizability.linear", function);
    Object right = variable.deref();
    variable.bindRoot(Clojure.var("clojure.core", "eval").invoke(Clojure.read(wrong)));
    try {
      return run.get();
    } finally {
      variable.bindRoot(right);
    }
  }

  private static Verdict judgedInACampaign(History history) {
    return HistoryCheck.check(history, Model.REGISTER, MINUTE);
  }

  @Test
  void withoutABugACampaignGetsTheVerdictOfBoth() throws Exception {
    assertInstanceOf(Verdict.Holds.class, judgedInACampaign(good()));
    assertInstanceOf(Verdict.Violated.class, judgedInACampaign(bad()));
  }

  @Test
  void aBugInLinearIsSeenAsDisagreement() throws Exception {
    History bad = bad();
    Verdict blind =
        withLinear("step", "(fn [model state call] state)", () -> judgedInACampaign(bad));
    var broken = assertInstanceOf(Verdict.Broken.class, blind);
    assertTrue(
        broken.ourFault().contains("linear says that the history holds, wgl says: Linearizable"),
        broken.ourFault());

    String readsNothing = "(fn [model state call] :landfall.linearizability.linear/no)";
    History good = good();
    Verdict strict = withLinear("step", readsNothing, () -> judgedInACampaign(good));
    assertTrue(
        assertInstanceOf(Verdict.Broken.class, strict)
            .ourFault()
            .contains("wgl says that the history holds, linear says"));
  }

  /** Judges right, but loses some operations before. */
  private record Forgetful(Checker right, Predicate<Operation> forgotten) implements Checker {
    @Override
    public String name() {
      return right.name();
    }

    @Override
    public Verdict check(History history) {
      return right.check(
          History.of(history.operations().stream().filter(each -> !forgotten.test(each)).toList()));
    }
  }

  @Test
  void aBugInWglIsSeenAsDisagreement() throws Exception {
    var losesTheLastRead = new Forgetful(wgl(Model.REGISTER), each -> each.invokedAt() >= 6);
    var padded = History.of(Stream.concat(bad().operations().stream(), later()).toList());
    var wrong = new Forgetful(wgl(Model.REGISTER), each -> each.invokedAt() == 6);
    assertInstanceOf(Verdict.Undecided.class, losesTheLastRead.check(bad()));
    var holds = HistoryCheck.secondOpinion(padded, wrong, linear(Model.REGISTER));
    assertTrue(
        assertInstanceOf(Verdict.Broken.class, holds)
            .ourFault()
            .contains("wgl says that the history holds, linear says"));

    var losesWrites = new Forgetful(wgl(Model.REGISTER), each -> each.function().equals("write"));
    var many = History.of(Stream.concat(good().operations().stream(), later()).toList());
    var violated = HistoryCheck.secondOpinion(many, losesWrites, linear(Model.REGISTER));
    assertTrue(
        assertInstanceOf(Verdict.Broken.class, violated)
            .ourFault()
            .contains("linear says that the history holds, wgl says"));
  }

  /** Reads of 2 after all else. */
  private static Stream<Operation> later() {
    return Stream.of(100, 102, 104, 106)
        .map(at -> new Operation(9L, "read", null, 2L, Operation.Outcome.OK, at, at + 1, -1, -1));
  }

  @Test
  void aKeyTooLargeForASecondOpinionKeepsTheFirstWhileSmallOnesAreCompared() throws Exception {
    Stream<Operation> large =
        Stream.iterate(0, i -> i + 1)
            .limit(6_000)
            .map(
                i ->
                    new Operation(
                        8L,
                        i % 2 == 0 ? "write" : "read",
                        "large",
                        (long) (i / 2),
                        Operation.Outcome.OK,
                        1_000 + 2 * i,
                        1_001 + 2 * i,
                        -1,
                        -1));
    Stream<Operation> small = bad().operations().stream();
    var history = History.of(Stream.concat(small, large).toList());
    Checker blind =
        new Checker() {
          @Override
          public String name() {
            return "blind";
          }

          @Override
          public Verdict check(History judged) {
            assertTrue(judged.operations().size() < 100, "only the small key is asked about");
            return new Verdict.Holds(judged.operations().size());
          }
        };
    assertInstanceOf(
        Verdict.Broken.class, HistoryCheck.secondOpinion(history, wgl(Model.REGISTER), blind));
    assertInstanceOf(
        Verdict.Violated.class,
        HistoryCheck.secondOpinion(history, wgl(Model.REGISTER), linear(Model.REGISTER)));
  }

  // ---------------------------------------------------------------- Knossos

  @Test
  void withoutItsJarsKnossosIsRefused() throws Exception {
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> new KnossosChecker(Model.REGISTER, Budget.of(MINUTE)))
            .getMessage();
    assertTrue(message.contains("not on the class path"), message);
    assertTrue(message.contains("LANDFALL_CLASSPATH"), message);
  }

  /**
   * Stands in for Knossos: says what it was asked, and answers as it is told. That the real one
   * agrees is seen by hand.
   */
  private static final String STAND_IN =
      """
      (ns knossos.competition)
      (def asked (atom nil))
      (def answer (atom {:valid? true}))
      (defn analysis [model history options]
        (reset! asked [model history options])
        @answer)
      """;

  @Test
  void knossosIsAskedInItsOwnWords(@TempDir Path folder) throws Exception {
    Path namespace = Files.createDirectories(folder.resolve("knossos"));
    Files.writeString(namespace.resolve("competition.clj"), STAND_IN);
    Files.writeString(
        namespace.resolve("model.clj"),
        "(ns knossos.model) (defn cas-register [value] [:cas-register value])"
            + " (defn fifo-queue [] :fifo-queue)");
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()}, before)) {
      thread.setContextClassLoader(loader);
      Model model = Model.CAS_REGISTER.startingAt("0");
      var knossos = new KnossosChecker(model, Budget.of(Duration.ofSeconds(7)));
      History history =
          History.parse(
              "h",
              """
              {:process 0, :type :invoke, :f :read, :value nil}
              {:process 0, :type :ok, :f :read, :value 0}
              {:process 1, :type :invoke, :f :cas, :value [0 nil]}
              {:process 0, :type :invoke, :f :write, :value :a}
              {:process 1, :type :info, :f :cas, :value [0 nil]}
              {:process 0, :type :ok, :f :write, :value :a}
              """
                  + "{:process 2, :type :invoke, :f :read}\n{:process 2, :type :ok, :f :read, :value :a}\n"
                      .repeat(2));
      assertEquals(new Verdict.Holds(4), knossos.check(history));
      Object asked = Clojure.var("clojure.core", "deref").invoke(deref("asked"));
      assertEquals(
          Clojure.read(
              """
              [[:cas-register 0]
               [{:index 0 :process 0 :type :invoke :f :read :value nil}
                {:index 1 :process 0 :type :ok :f :read :value 0}
                {:index 2 :process 1 :type :invoke :f :cas :value [0 :landfall/nil]}
                {:index 3 :process 0 :type :invoke :f :write :value :a}
                {:index 4 :process 0 :type :ok :f :write :value :a}
                {:index 5 :process 2 :type :invoke :f :read :value nil}
                {:index 6 :process 2 :type :ok :f :read :value :a}
                {:index 7 :process 2 :type :invoke :f :read :value nil}
                {:index 8 :process 2 :type :ok :f :read :value :a}
                {:index 9 :process 1 :type :info :f :cas :value [0 :landfall/nil]}]
               {:time-limit 7000}]
              """),
          asked);
      History empty =
          History.parse(
              "h",
              """
              {:process 0, :type :invoke, :f :dequeue}
              {:process 0, :type :ok, :f :dequeue, :value nil}
              """
                  .repeat(4));
      assertInstanceOf(
          Verdict.Undecided.class, new KnossosChecker(Model.QUEUE, Budget.of(MINUTE)).check(empty));
      answer("{:valid? false :op {:index 8}}");
      var violated = assertInstanceOf(Verdict.Violated.class, knossos.check(history));
      assertTrue(violated.evidence().contains("stops at {:index 8}"), violated.evidence());
      assertInstanceOf(
          Verdict.Broken.class,
          HistoryCheck.check(history, List.of(wgl(model), knossos)),
          "a wrong Knossos is seen as disagreement");
      answer("{:valid? :unknown :cause :timeout}");
      assertInstanceOf(Verdict.Undecided.class, knossos.check(history));
      assertThrows(
          IllegalArgumentException.class,
          () -> new KnossosChecker(Model.APPEND, Budget.of(MINUTE)));
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  private static Object deref(String name) {
    return ((Var) Clojure.var("knossos.competition", name)).deref();
  }

  private static void answer(String edn) {
    Clojure.var("clojure.core", "reset!").invoke(deref("answer"), Clojure.read(edn));
  }
}
