package landfall.linearizability;

import static java.util.stream.Collectors.toSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import landfall.evidence.Verdict;
import landfall.history.Edn;
import landfall.history.History;
import landfall.history.HistoryWriter;
import landfall.history.Keys;
import landfall.history.Operation;
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

class WglCheckerTest {

  private static final Budget BUDGET = Budget.of(Duration.ofSeconds(30));

  private static WglChecker checker(Model model) {
    return new WglChecker(model, BUDGET);
  }

  @Test
  void listsAreJudgedByWhatReadsReturn() throws Exception {
    String text =
        """
        {:process 0, :type :invoke, :f :append, :value 1}
        {:process 1, :type :invoke, :f :append, :value 2}
        {:process 1, :type :info, :f :append, :value 2}
        {:process 0, :type :ok, :f :append, :value 1}
        {:process 2, :type :invoke, :f :read, :value nil}
        {:process 2, :type :ok, :f :read, :value [1]}
        {:process 2, :type :invoke, :f :read, :value nil}
        {:process 2, :type :ok, :f :read, :value [1 2]}
        {:process 2, :type :invoke, :f :read, :value nil}
        {:process 2, :type :ok, :f :read, :value LAST}
        """;
    assertInstanceOf(
        Verdict.Holds.class,
        checker(Model.APPEND).check(History.parse("h", text.replace("LAST", "[1 2]"))));
    assertInstanceOf(
        Verdict.Violated.class,
        checker(Model.APPEND).check(History.parse("h", text.replace("LAST", "[2 1]"))));
  }

  private static Stream<Path> histories(String kind) throws Exception {
    try (var files = Files.list(Path.of(WglCheckerTest.class.getResource(kind).toURI()))) {
      return files.sorted().toList().stream();
    }
  }

  static Stream<Path> good() throws Exception {
    return histories("good");
  }

  static Stream<Path> bad() throws Exception {
    return histories("bad");
  }

  /** The model that the name of a file begins with. */
  static Model modelOf(Path file) {
    return Model.names().stream()
        .filter(name -> file.getFileName().toString().startsWith(name + "-"))
        .findFirst()
        .map(Model::named)
        .orElse(Model.CAS_REGISTER);
  }

  private static Verdict check(Path file, Model model) throws Exception {
    return HistoryCheck.check(file, model, Keys.AUTO, List.of("wgl"), Duration.ofSeconds(60));
  }

  @Test
  void everyModelHasAKnownGoodAndAKnownBadHistory() throws Exception {
    for (String kind : List.of("good", "bad")) {
      Set<String> seen = histories(kind).map(file -> modelOf(file).name()).collect(toSet());
      assertEquals(Set.copyOf(Model.names()), seen, kind);
    }
  }

  @ParameterizedTest
  @MethodSource("good")
  void knownGoodHistoriesHold(Path file) throws Exception {
    assertInstanceOf(Verdict.Holds.class, check(file, modelOf(file)));
  }

  @ParameterizedTest
  @MethodSource("bad")
  void knownBadHistoriesAreViolatedForTheReasonTheirFirstLineGives(Path file) throws Exception {
    var violated = assertInstanceOf(Verdict.Violated.class, check(file, modelOf(file)));
    String expected = Files.readAllLines(file).get(0).replace("; ", "");
    assertTrue(violated.evidence().contains(expected), violated.evidence());
  }

  private static Path miscase(String name) throws Exception {
    return Path.of(History.class.getResource(name + ".edn").toURI());
  }

  @Test
  void historiesThatWereOnceMisjudgedAreJudgedRight() throws Exception {
    var holds = new Verdict.Holds(4);
    assertEquals(holds, check(miscase("hexadecimal"), Model.REGISTER));
    assertEquals(holds, check(miscase("object-in-nemesis-line"), Model.REGISTER));
    assertEquals(holds, check(miscase("initial-zero"), Model.CAS_REGISTER.startingAt("0")));
    assertInstanceOf(Verdict.Violated.class, check(miscase("initial-zero"), Model.CAS_REGISTER));
    var lock = assertInstanceOf(Verdict.Violated.class, check(miscase("lock"), Model.MUTEX));
    assertTrue(lock.evidence().startsWith("the lock was acquired while it was held"));
    assertTrue(lock.evidence().contains("these 2 operations"), lock.evidence());
  }

  @Test
  void aRegisterOfPairsIsRefusedUntilSomebodySaysWhatThePairsAre() throws Exception {
    Path pairs = miscase("register-of-pairs");
    assertThrows(IllegalArgumentException.class, () -> check(pairs, Model.REGISTER));
    Verdict plain =
        HistoryCheck.check(pairs, Model.REGISTER, Keys.NONE, List.of("wgl"), Duration.ofSeconds(9));
    var violated = assertInstanceOf(Verdict.Violated.class, plain);
    assertTrue(violated.evidence().contains("read [1 10]"), violated.evidence());
    Verdict split =
        HistoryCheck.check(
            pairs, Model.REGISTER, Keys.TUPLE, List.of("wgl"), Duration.ofSeconds(9));
    assertEquals(new Verdict.Holds(4), split);
  }

  @Test
  void historiesInWhichNothingCompletedOrNothingWasSeenAreUndecided() throws Exception {
    for (Model model : Model.names().stream().map(Model::named).toList()) {
      for (String end : List.of("info", "fail", "")) {
        var text = new StringBuilder();
        for (int process = 0; process < 20; process++) {
          String function = List.copyOf(model.functions()).get(process % model.functions().size());
          String value =
              switch (function) {
                case "cas" -> "[1 2]";
                case "txn" -> "[[:w :x 1]]";
                case "write", "add", "append", "enqueue" -> "1" + process;
                default -> "nil";
              };
          text.append(by(process, "invoke", function, value));
          if (!end.isEmpty()) {
            text.append(by(process, end, function, value));
          }
        }
        Verdict judged = checker(model).check(History.parse("h", text.toString()));
        assertInstanceOf(Verdict.Undecided.class, judged, model.name() + " " + end);
      }
    }
    var writes = new StringBuilder();
    for (int process = 0; process < 20; process++) {
      writes.append(by(process, "invoke", "write", "1")).append(by(process, "ok", "write", "1"));
    }
    var blind =
        assertInstanceOf(
            Verdict.Undecided.class,
            checker(Model.REGISTER).check(History.parse("h", writes.toString())));
    assertTrue(blind.budgetSpent().contains("saw anything"), blind.budgetSpent());
  }

  private static String by(int process, String type, String function, String value) {
    return "{:process %d, :type :%s, :f :%s, :value %s}%n"
        .formatted(process, type, function, value);
  }

  @Test
  void everyModelCanStartElsewhere() throws Exception {
    String dequeued =
        """
        {:process 0, :type :invoke, :f :dequeue}
        {:process 0, :type :ok, :f :dequeue, :value 7}
        """;
    String emptied = dequeued.replace("7", "nil");
    Model queue = Model.QUEUE.startingAt("[7]");
    String right = dequeued + emptied + emptied + emptied;
    assertInstanceOf(Verdict.Holds.class, verdict(queue, right));
    assertInstanceOf(Verdict.Violated.class, verdict(Model.QUEUE, right));
    assertInstanceOf(Verdict.Violated.class, verdict(queue, emptied + right));
    String read =
        """
        {:process 0, :type :invoke, :f :read}
        {:process 0, :type :ok, :f :read, :value [1 2]}
        """
            .repeat(4);
    for (Model model : List.of(Model.SET, Model.APPEND)) {
      assertInstanceOf(Verdict.Holds.class, verdict(model.startingAt("[1 2]"), read));
      assertInstanceOf(Verdict.Violated.class, verdict(model, read));
    }
    String txn =
        """
        {:process 0, :type :invoke, :f :txn, :value [[:r :x nil]]}
        {:process 0, :type :ok, :f :txn, :value [[:r :x 1]]}
        """
            .repeat(4);
    assertInstanceOf(Verdict.Holds.class, verdict(Model.MULTI_REGISTER.startingAt("{:x 1}"), txn));
    assertInstanceOf(Verdict.Violated.class, verdict(Model.MULTI_REGISTER, txn));
    for (String[] wrong :
        new String[][] {
          {"mutex", "true"},
          {"set", "1"},
          {"queue", "{}"},
          {"multi-register", "[1]"},
          {"register", "[1"},
          {"register", ""}
        }) {
      assertThrows(
          IllegalArgumentException.class, () -> Model.named(wrong[0]).startingAt(wrong[1]));
    }
  }

  private static Verdict verdict(Model model, String text) throws Exception {
    return checker(model).check(History.parse("h", text));
  }

  @Property(tries = 30_000)
  void zonesSearchAndBruteForceAgreeOnUniqueValues(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 8) int operations, @ForAll boolean cas) {
    agree(seed, operations, true, cas);
  }

  @Property(tries = 10_000)
  void searchAndBruteForceAgreeOnRepeatedValues(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 8) int operations) {
    agree(seed, operations, false, false);
  }

  @Property(tries = 10_000)
  void searchAndBruteForceAgreeOnCasOfRepeatedValues(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 8) int operations) {
    agree(seed, operations, false, true);
  }

  @Property(tries = 8_000)
  void shortcutsSearchAndBruteForceAgreeOnEveryOtherModel(
      @ForAll long seed,
      @ForAll("otherModels") Model model,
      @ForAll @IntRange(min = 1, max = 8) int operations,
      @ForAll boolean unique) {
    var random = new Random(seed);
    boolean unanswered = random.nextInt(3) == 0;
    History history =
        RandomObject.of(
            model,
            random,
            operations,
            2 + random.nextInt(4),
            unique,
            random.nextInt(40),
            unanswered ? 15 : 0);
    boolean decisive = model != Model.MULTI_REGISTER && (model != Model.QUEUE || !unanswered);
    agree(history, model, unique, decisive);
  }

  @Provide
  Arbitrary<Model> otherModels() {
    return Arbitraries.of(Model.MUTEX, Model.SET, Model.QUEUE, Model.APPEND, Model.MULTI_REGISTER);
  }

  private static void agree(long seed, int operations, boolean unique, boolean cas) {
    var random = new Random(seed);
    History history =
        RandomHistory.register(
            random, operations, 2 + random.nextInt(4), unique, cas, random.nextInt(40), 15);
    agree(history, Model.CAS_REGISTER, unique, true);
  }

  /**
   * @param decisive whether there is a shortcut for all histories with unique values
   */
  private static void agree(History history, Model model, boolean unique, boolean decisive) {
    List<Call> everything =
        history.operations().stream()
            .filter(operation -> operation.outcome() != Operation.Outcome.FAIL)
            .map(operation -> Call.of(operation, model))
            .toList();
    boolean linearizable = BruteForce.linearizable(everything, model);
    var fast = checker(model);
    List<Call> calls = fast.callsOf(history);
    assertEquals(linearizable, BruteForce.linearizable(calls, model), "leaving out unseen calls");
    Search.Result searched = Search.run(calls, model, new Spending(BUDGET));
    assertEquals(
        linearizable, searched == Search.Result.LINEARIZABLE, history.operations()::toString);
    Optional<Shortcuts.Decision> decision = Shortcuts.decide(model, calls);
    if (decision.isPresent()) {
      assertEquals(linearizable, decision.get().clash().isEmpty(), history.operations()::toString);
    } else {
      assertFalse(unique && decisive, "unique values are decided without a search");
    }
    assertEquals(!linearizable, fast.check(history) instanceof Verdict.Violated, "the verdict");
    if (!linearizable) {
      List<Call> few = fast.reduced(calls);
      assertFalse(BruteForce.linearizable(few, model), "the evidence stands by itself");
    }
  }

  @Test
  void aHundredThousandUniqueValuesAreReadAndJudged(@TempDir Path folder) throws Exception {
    History history = RandomHistory.register(new Random(1), 100_000, 10, true, false, 0, 1);
    Path file = folder.resolve("history.edn");
    write(history, file);
    Verdict verdict = check(file, Model.CAS_REGISTER);
    assertInstanceOf(Verdict.Holds.class, verdict);
    assertTrue(((Verdict.Holds) verdict).examined() > 90_000);
  }

  @Test
  void longHistoriesWithCasAndUnansweredRequestsAreDecided() {
    Verdict unique =
        checker(Model.CAS_REGISTER)
            .check(RandomHistory.register(new Random(2), 100_000, 20, true, true, 0, 3));
    assertInstanceOf(Verdict.Holds.class, unique);
    Verdict repeated =
        checker(Model.CAS_REGISTER)
            .check(RandomHistory.register(new Random(2), 20_000, 8, false, true, 0, 1));
    assertInstanceOf(Verdict.Holds.class, repeated);
  }

  /** With it, everything that needs a search is undecided. */
  private static final Budget WITHOUT_SEARCH = new Budget(Duration.ofSeconds(60), 1);

  @Test
  void longHistoriesOfUniqueElementsNeedNoSearch() {
    for (Model model : List.of(Model.REGISTER, Model.CAS_REGISTER)) {
      History history =
          RandomHistory.register(new Random(7), 50_000, 10, true, model.knows("cas"), 0, 3);
      assertInstanceOf(
          Verdict.Holds.class, new WglChecker(model, WITHOUT_SEARCH).check(history), model.name());
    }
    for (Model model : List.of(Model.MUTEX, Model.QUEUE, Model.SET, Model.APPEND)) {
      boolean elements = model == Model.SET || model == Model.APPEND;
      int unanswered = model == Model.QUEUE ? 0 : 3;
      History history =
          RandomObject.of(model, new Random(7), elements ? 2_000 : 50_000, 10, true, 0, unanswered);
      assertInstanceOf(
          Verdict.Holds.class, new WglChecker(model, WITHOUT_SEARCH).check(history), model.name());
    }
  }

  @Test
  void aViolationAtTheEndOfALongHistoryIsShownByFewOperations() {
    record Case(Model model, List<String> functions, List<?> values, String why) {}
    for (Case each :
        List.of(
            new Case(
                Model.MUTEX,
                List.of("release", "release"),
                Arrays.asList(null, null),
                "the lock was released while it was free"),
            new Case(
                Model.QUEUE,
                List.of("enqueue", "dequeue", "dequeue"),
                List.of("last", "last", "last"),
                "it was dequeued twice"),
            new Case(
                Model.SET,
                List.of("add", "read"),
                List.of("last", List.of(1L)),
                "was added, but a later read did not see it"))) {
      var operations =
          new ArrayList<>(
              RandomObject.of(each.model(), new Random(7), 1_000, 10, true, 0, 0).operations());
      int end = 2 * operations.size();
      for (int i = 0; i < each.functions().size(); i++) {
        operations.add(
            new Operation(
                77L,
                each.functions().get(i),
                null,
                each.values().get(i),
                Operation.Outcome.OK,
                end + 2 * i,
                end + 2 * i + 1,
                Operation.UNKNOWN,
                Operation.UNKNOWN));
      }
      var violated =
          assertInstanceOf(
              Verdict.Violated.class,
              new WglChecker(each.model(), WITHOUT_SEARCH).check(History.of(operations)));
      assertTrue(violated.evidence().contains(each.why()), violated.evidence());
      assertTrue(violated.evidence().lines().count() < 12, violated.evidence());
    }
  }

  @Test
  void oneStaleReadInALongHistoryIsShownByThreeOperations() {
    var operations = new ArrayList<Operation>();
    for (int i = 0; i < 20_000; i++) {
      boolean write = i % 2 == 0;
      Object value = write ? (Object) (long) i : (Object) (long) (i == 10_001 ? 9_990 : i - 1);
      operations.add(
          new Operation(
              (long) (i % 3),
              write ? "write" : "read",
              null,
              value,
              Operation.Outcome.OK,
              2 * i,
              2 * i + 1,
              i * 1_000_000L,
              i * 1_000_000L + 500));
    }
    var violated =
        assertInstanceOf(
            Verdict.Violated.class, checker(Model.REGISTER).check(History.of(operations)));
    assertTrue(violated.evidence().contains("these 3 operations"), violated.evidence());
    assertTrue(violated.evidence().contains("read 9990"), violated.evidence());
    // The same through search, which knows nothing of zones.
    var searched =
        assertInstanceOf(
            Verdict.Violated.class,
            new WglChecker(Model.REGISTER, BUDGET, false).check(History.of(operations)));
    assertTrue(searched.evidence().contains("these 3 operations"), searched.evidence());
  }

  @Test
  void keysAreJudgedApartAndTheViolatedOneIsNamed() throws Exception {
    var text = new StringBuilder();
    for (int key = 0; key < 3; key++) {
      for (int i = 1; i <= 2; i++) {
        int read = key == 2 && i == 2 ? 1 : i;
        text.append(event("invoke", "write", key, i)).append(event("ok", "write", key, i));
        text.append(event("invoke", "read", key, null)).append(event("ok", "read", key, read));
      }
    }
    var violated =
        assertInstanceOf(
            Verdict.Violated.class,
            checker(Model.REGISTER).check(History.parse("h", text.toString())));
    assertTrue(violated.evidence().startsWith("key 2: "), violated.evidence());
  }

  private static String event(String type, String function, int key, Integer value) {
    return "{:process 0, :type :%s, :f :%s, :key %d, :value %s}%n"
        .formatted(type, function, key, Edn.print(value));
  }

  @Test
  void tooLittleOrTooHardIsUndecidedAndSaysSo() throws Exception {
    var nothing = (Verdict.Undecided) checker(Model.REGISTER).check(History.of(List.of()));
    assertTrue(nothing.budgetSpent().contains("0 completed operations"), nothing.budgetSpent());
    History hard = RandomHistory.register(new Random(5), 400, 30, false, true, 0, 10);
    var spent =
        assertInstanceOf(
            Verdict.Undecided.class,
            new WglChecker(Model.CAS_REGISTER, new Budget(Duration.ofSeconds(9), 50)).check(hard));
    assertTrue(spent.budgetSpent().contains("50 search steps"), spent.budgetSpent());
    assertTrue(spent.budgetSpent().contains("budget 9.0 s"), spent.budgetSpent());
  }

  @Test
  void nilIsTheInitialValueAndNoWildcard() throws Exception {
    String late =
        """
        {:process 0, :type :invoke, :f :write, :value 1}
        {:process 0, :type :ok, :f :write, :value 1}
        {:process 0, :type :invoke, :f :read, :value nil}
        {:process 0, :type :ok, :f :read, :value nil}
        """;
    assertInstanceOf(
        Verdict.Violated.class, checker(Model.REGISTER).check(History.parse("h", late)));
    Model zero = Model.REGISTER.withInitial(0L);
    String first = late.replace(":value nil", ":value 0");
    assertInstanceOf(Verdict.Violated.class, checker(zero).check(History.parse("h", first)));
  }

  @Test
  void unknownModelsCheckersAndFunctionsAreRefusedNamingTheAcceptedOnes() throws Exception {
    Path file = good().findFirst().orElseThrow();
    String model =
        assertThrows(IllegalArgumentException.class, () -> Model.named("stack")).getMessage();
    assertEquals(
        "unknown model stack; accepted are register, cas-register, multi-register, mutex, set,"
            + " queue, append",
        model);
    String checker =
        assertThrows(
                IllegalArgumentException.class,
                () ->
                    HistoryCheck.check(
                        file, Model.REGISTER, Keys.AUTO, List.of("magic"), Duration.ofSeconds(1)))
            .getMessage();
    assertTrue(checker.startsWith("unknown checker magic; accepted are wgl"), checker);
    History enqueue = History.parse("h", "{:process 0, :type :invoke, :f :enqueue, :value 1}");
    String function =
        assertThrows(
                IllegalArgumentException.class, () -> checker(Model.CAS_REGISTER).check(enqueue))
            .getMessage();
    assertTrue(function.contains("cas, read, write") && function.contains(":enqueue"), function);
    History single = History.parse("h", "{:process 0, :type :invoke, :f :cas, :value 1}");
    assertTrue(
        assertThrows(
                IllegalArgumentException.class, () -> checker(Model.CAS_REGISTER).check(single))
            .getMessage()
            .contains("[old new]"));
  }

  private static void write(History history, Path file) throws Exception {
    record Event(int at, Operation operation, HistoryWriter.Type type) {}
    var events = new ArrayList<Event>();
    for (Operation operation : history.operations()) {
      events.add(new Event(operation.invokedAt(), operation, HistoryWriter.Type.INVOKE));
      if (operation.completedAt() != Operation.NEVER) {
        HistoryWriter.Type type =
            operation.outcome() == Operation.Outcome.OK
                ? HistoryWriter.Type.OK
                : HistoryWriter.Type.FAIL;
        events.add(new Event(operation.completedAt(), operation, type));
      }
    }
    events.sort(java.util.Comparator.comparingInt(Event::at));
    try (var writer = HistoryWriter.create(file)) {
      for (Event event : events) {
        Operation operation = event.operation();
        boolean asked =
            event.type() == HistoryWriter.Type.INVOKE && operation.function().equals("read");
        writer.append(
            event.type(),
            operation.process(),
            operation.function(),
            null,
            asked ? null : operation.value(),
            event.at());
      }
    }
  }
}
