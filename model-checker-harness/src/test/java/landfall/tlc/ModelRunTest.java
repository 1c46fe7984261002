package landfall.tlc;

import static landfall.tlc.ModelAssertions.assertFails;
import static landfall.tlc.ModelAssertions.assertHolds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import landfall.evidence.ModelResult;
import landfall.evidence.Verdict;
import landfall.specs.SpecFiles;
import landfall.testing.AtLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelRunTest {
  @TempDir Path folder;

  private ModelResult run(Model model) throws Exception {
    return new ModelRun(folder, 1).run(List.of(model), ignored -> {}).get(0);
  }

  private static Model known(String name) {
    return Models.named(List.of(name)).get(0);
  }

  private static Model pinning(Model model, String property, Long states, String... actions) {
    return new Model(
        model.name(),
        model.protocol(),
        model.module(),
        model.config(),
        model.tier(),
        property,
        states,
        model.depth(),
        actions.length == 0 ? model.actions() : new TreeSet<>(List.of(actions)),
        model.actionsOf(),
        model.mutation());
  }

  private static Model unpinned(String name, String module, String config) {
    return new Model(
        name, "none", module, config, Model.Tier.QUICK, null, null, null, null, null, null);
  }

  @Test
  void aModelThatHoldsIsSaidToHold() {
    assertHolds("MCLiveMigration");
  }

  @Test
  void resumingUnacknowledgedRunsTheGuestTwice() {
    assertFails("MCPreCopyResumeUnacknowledged", "AtMostOneEffective");
  }

  @Test
  void aModelThatExploresFewerStatesThanItDidIsRed() throws Exception {
    Model model = known("MCLiveMigration");
    ModelResult result = run(pinning(model, null, model.distinctStates() + 1));
    assertFalse(result.ok());
    assertTrue(result.found().contains("the manifest pins " + (model.distinctStates() + 1)));
  }

  @Test
  void aModelThatMustFailAndHoldsIsRed() throws Exception {
    Model model = known("MCLiveMigration");
    ModelResult result = run(pinning(model, "TypeOK", model.distinctStates()));
    assertFalse(result.ok());
    assertEquals("counterexample of TypeOK", result.expected());
    assertTrue(result.verdict() instanceof Verdict.Broken);
  }

  @Test
  void anActionThatIsNotTakenAnyMoreIsRed() throws Exception {
    Model model = known("MCLiveMigration");
    ModelResult result =
        run(pinning(model, null, model.distinctStates(), "GuestStep", "Depart", "Vanish"));
    assertFalse(result.ok());
    assertTrue(result.found().contains("actions not taken any more: Vanish"));
  }

  @Test
  @AtLength
  void actionsAreCountedAsTlcCountsThemWithAllItsExpressions() throws Exception {
    Model model = known("IndHandoverFromInit");
    Path specs = Files.createDirectory(folder.resolve("specs"));
    SpecFiles.copyTo(specs);
    Files.writeString(specs.resolve("all.cfg"), model.config());
    Path scratch = Files.createDirectory(folder.resolve("scratch"));
    Path printed =
        new TlcProcess().tlc("-coverage", "60").run(specs, scratch, model.module(), "all.cfg");
    Map<String, Long> counted = new TreeMap<>(TlcOutput.read(printed, specs).actions());
    assertTrue(counted.values().stream().anyMatch(times -> times > 1));
    assertEquals(counted, new TreeMap<>(run(model).actionsTaken()));
  }

  @Test
  void aCounterexampleIsKeptForPeopleWithItsChangesOnly() throws Exception {
    ModelResult result = run(known("ReachInDoubt"));
    assertTrue(result.ok(), result::found);
    String text = Files.readString(folder.resolve(result.counterexample()));
    assertTrue(text.contains("ReachInDoubt is violated"));
    assertTrue(text.contains("  5  ReceiveHello\n"), text);
    assertTrue(text.contains("  8  ResetConnection\n       broken = {1}\n"), text);
    assertTrue(Files.exists(folder.resolve("counterexamples/ReachInDoubt.json")));
  }

  @Test
  @AtLength
  void aGuestThatNeverComesToRestIsShownAsALoop() throws Exception {
    ModelResult result = run(known("MCPreCopyNeedNotConverge"));
    assertTrue(result.ok(), result::found);
    String text = Files.readString(folder.resolve(result.counterexample()));
    assertTrue(text.contains("goes on from state"), text);
  }

  /** What is said on a connection that still counts as given up is lost. Only liveness minds. */
  @Test
  void aMutantThatTakesAnotherStepIsNotEquivalent() throws Exception {
    ModelResult result = compared("Connections.tla", "broken' = broken \\ {a}", "broken' = broken");
    assertFalse(result.ok());
    assertEquals("counterexample of StepsAreUnchanged", result.found());
  }

  /** All of its steps are steps of the specification, but some are missing. */
  @Test
  void aMutantThatReachesFewerStatesIsNotEquivalent() throws Exception {
    ModelResult result =
        compared("Handover.tla", "phase[h] = \"Receiving\" /\\ DestinationSuspects(h)", "FALSE");
    assertFalse(result.ok());
    assertTrue(result.found().contains("distinct states"), result::found);
  }

  private ModelResult compared(String file, String find, String replace) throws Exception {
    Model model = Models.configured("MutantsHandover");
    var mutation = new Model.Mutation(file, find, replace, "a change that is called equivalent");
    return run(model.mutated("mutant-called-equivalent", null, mutation).comparedWith(model));
  }

  @Test
  void aMutantWhoseTextIsNotFoundIsAnError() throws Exception {
    Model model = known("write-not-logged");
    ModelResult result =
        run(
            model.mutated(
                model.name(),
                model.property(),
                new Model.Mutation("PreCopy.tla", "no such text", "x", "nothing")));
    assertFalse(result.ok());
    assertTrue(result.found().contains("must occur exactly once"), result::found);
  }

  @Test
  void aModelThatTlcCannotReadIsBroken() throws Exception {
    ModelResult result = run(unpinned("wrong", "MCHandover", known("MCLiveMigration").config()));
    assertFalse(result.ok());
    assertTrue(result.found().startsWith("no answer"), result::found);
    assertTrue(result.verdict() instanceof Verdict.Broken);
  }

  @Test
  void anInterruptEndsTheRunAndItsChildren() throws Exception {
    Model large = Models.of(Model.Tier.DEEP).get(0);
    Thread run =
        new Thread(
            () ->
                assertThrows(
                    InterruptedException.class,
                    () -> new ModelRun(folder, 1).run(List.of(large), ignored -> {})));
    run.start();
    while (modelCheckers().isEmpty()) {
      Thread.onSpinWait();
    }
    List<ProcessHandle> children = modelCheckers();
    run.interrupt();
    run.join(20_000);
    assertFalse(run.isAlive());
    for (ProcessHandle child : children) {
      child.onExit().get(20, java.util.concurrent.TimeUnit.SECONDS);
    }
  }

  /** Other children, such as the guard over all of them, live as long as this process. */
  private static List<ProcessHandle> modelCheckers() {
    return ProcessHandle.current()
        .descendants()
        .filter(
            child -> child.info().commandLine().orElse("").contains(ActionCount.class.getName()))
        .toList();
  }

  @Test
  void pinningWritesNumbersAndLeavesWhatIsExpected() throws Exception {
    Path specs = Files.createDirectories(folder.resolve("specs/livemigration")).getParent();
    Path manifest = specs.resolve("livemigration/manifest.json");
    String expected =
        """
        {"models": [{"name": "MCLiveMigration", "tier": "quick"}]}
        """;
    Files.writeString(manifest, expected);
    ModelRun run = new ModelRun(folder, 1);
    run.run(List.of(pinning(known("MCLiveMigration"), null, 1L)), ignored -> {});
    Models.pin(specs, run.found());
    assertEquals(expected, Files.readString(manifest));
    assertEquals(
        landfall.specs.SpecFiles.read("livemigration/pins.json"),
        Files.readString(specs.resolve("livemigration/pins.json")));
  }

  @Test
  void aModelThatDoesNotDoWhatIsExpectedIsNotPinned() throws Exception {
    ModelRun run = new ModelRun(folder, 1);
    run.run(List.of(pinning(known("MCLiveMigration"), "TypeOK", null)), ignored -> {});
    assertTrue(run.found().isEmpty());
  }

  @Test
  @AtLength
  void severalProcessesFindTheStatesThatOneFinds() throws Exception {
    Model model = known("MCLiveMigration");
    ModelResult result = new ModelRun(folder, 1).distributed(model, 2);
    assertTrue(result.ok(), result.found());
    assertEquals(model.distinctStates(), result.distinctStates());
  }

  @Test
  @AtLength
  void severalProcessesDoNotPassWhatIsViolated() throws Exception {
    Model failing = known("MCPreCopyRetryDropsDirty");
    var saidToHold = unpinned(failing.name(), failing.module(), failing.config());
    ModelResult result = new ModelRun(folder, 1).distributed(saidToHold, 1);
    assertFalse(result.ok());
    assertEquals("not found to hold: check it without --distributed to see why", result.found());
  }

  @Test
  void livenessIsNotLeftToSeveralProcessesWhichWouldPassItUnseen() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new ModelRun(folder, 1).distributed(known("MCPreCopyLiveness"), 2));
  }

  @Test
  void aSimulationWithTheSameSeedLooksAtTheSameBehaviours() throws Exception {
    Model model = known("MCLiveMigration");
    ModelResult first = new ModelRun(folder, 1).simulate(model, 20, 10, 7);
    ModelResult second = new ModelRun(folder, 1).simulate(model, 20, 10, 7);
    assertTrue(first.ok(), first::found);
    assertTrue(first.distinctStates() > 20, first::found);
    assertEquals(first.distinctStates(), second.distinctStates());
  }

  @Test
  void aSimulationFindsAStateThatIsEasyToReach() throws Exception {
    ModelResult result =
        new ModelRun(folder, 1).simulate(known("MCReverseCheckpointSourceDies"), 500, 50, 1);
    assertTrue(result.found().startsWith("counterexample of SurvivesAnyCrash"), result::found);
  }

  @Test
  void everyMutantMadeByRuleIsKilledOrExplained() {
    var listed = new TreeSet<String>();
    int killed = 0;
    for (String protocol : landfall.specs.SpecFiles.folders()) {
      Models.RuleMade known = Models.ruleMadeList(protocol);
      known.killed().forEach(mutant -> listed.add(mutant.name()));
      known.notEvaluable().forEach(mutant -> listed.add(mutant.name()));
      known.equivalent().forEach(mutant -> listed.add(mutant.name()));
      known.open().forEach(mutant -> listed.add(mutant.name()));
      killed += known.killed().size();
      known
          .equivalent()
          .forEach(mutant -> assertTrue(mutant.reason().length() > 20, mutant.name()));
    }
    var made = new TreeSet<String>();
    MutationRules.candidates().forEach(candidate -> made.add(candidate.name()));
    assertEquals(made, listed);
    assertTrue(killed >= 60, "only " + killed + " are killed");
  }

  @Test
  void aRuleReplacesExactlyTheTextThatItNames() {
    for (MutationRules.Candidate made : MutationRules.candidates()) {
      String text = landfall.specs.SpecFiles.read(made.file()).substring(made.from(), made.to());
      String flat = text.replaceAll("\\s+", " ");
      assertTrue(made.name().contains(flat) || flat.contains("@") || flat.contains("Tail"), text);
      assertFalse(text.equals(made.replace()), made.name());
    }
  }

  @Test
  void theRulesLeaveOutFaultsAndRepairsAndWhatAnotherModuleSays() {
    // Cancel stands beside the faults, and is none.
    var faults =
        List.of(
            "CutLink",
            "CutOff",
            "ResetConnection",
            "LoseMessage",
            "LoseRequest",
            "LoseAnswer",
            "FailUpgrade",
            "Crash",
            "CrashSource",
            "CrashDestination",
            "SplitCrash",
            "RestartGrantor");
    var repairs = List.of("HealLink", "Rejoin", "Restart", "SplitHealLink", "SplitRestart");
    var mistakesBehindASwitch =
        List.of(
            "ResumeUnacknowledged",
            "ResumeUnasked",
            "OwnUnasked",
            "CompleteUnacknowledged",
            "GiveAwayRunning",
            "GoOnAtSource",
            "EndListening");
    var mutated = new TreeSet<String>();
    MutationRules.candidates().forEach(made -> mutated.add(made.name().split(":")[0]));
    for (String module : MutationRules.MODULES) {
      String text = landfall.specs.SpecFiles.read(module + ".tla");
      if (module.equals("Connections")) {
        // It has parts of steps, and none by itself.
        assertTrue(mutated.containsAll(List.of("Connections!Connect", "Connections!Reconnect")));
        continue;
      }
      String prefix =
          Map.of("DirectPreCopy", "Direct", "DirectPostCopy", "Split").getOrDefault(module, "");
      String steps =
          text.substring(
              text.indexOf("\n" + prefix + "Protocol"), text.indexOf("\n" + prefix + "Spec =="));
      var leftOut = new TreeSet<String>();
      for (String action : steps.split("\\W+")) {
        boolean defined =
            text.contains("\n" + action + " ==") || text.contains("\n" + action + "(");
        boolean another =
            Pattern.compile(
                    "\n%1$s(\\(\\w.*\\))? == H!%1$s(\\(\\w.*\\))? /\\\\ UNCHANGED memoryVars"
                        .formatted(action))
                .matcher(text)
                .find();
        if (!action.isEmpty() && defined && !another && !mutated.contains(module + "!" + action)) {
          leftOut.add(action);
        }
      }
      leftOut.removeAll(
          List.of(
              "Protocol",
              "Fault",
              "Next",
              "DirectProtocol",
              "DirectFault",
              "DirectNext",
              "PreCopyProtocol",
              "PreCopyFault",
              "SplitProtocol",
              "SplitFault",
              "SplitNext",
              "splitVars",
              "Hosts",
              "Attempts",
              "Directions",
              "Places",
              "Links"));
      leftOut.removeAll(faults);
      leftOut.removeAll(repairs);
      leftOut.remove("OvertakePage"); // What the network does without a fault.
      leftOut.removeAll(mistakesBehindASwitch);
      assertEquals(new TreeSet<String>(), leftOut, module);
      boolean cancels = text.contains("\nCancel");
      assertTrue(!cancels || mutated.contains(module + "!Cancel"), module);
    }
  }

  @Test
  void aMutantMadeByRuleIsCaughtByThePropertyThatIsListed() throws Exception {
    ModelResult result =
        run(known("Handover!ReceiveReady: effect dropped: SetPhase(h, \"HandedOver\")"));
    assertTrue(result.ok(), result::found);
  }

  @Test
  void everyConfigurationSaysWhatItsBoundsHide() {
    for (Model model : Models.all()) {
      String about = ModelRun.about(model.config());
      assertTrue(about.matches(".+ Bounds: .+"), model.name() + " says nothing of its bounds");
    }
  }

  @Test
  void everyActionOfEveryProtocolIsTakenInSomeModelOfIt() {
    var missing = new TreeSet<String>();
    for (String module :
        List.of(
            "LiveMigration",
            "Handover",
            "PreCopy",
            "PostCopy",
            "ReverseCheckpoint",
            "ForwardCheckpoint",
            "SharedLock",
            "Lease")) {
      String text = landfall.specs.SpecFiles.read(module + ".tla");
      int from =
          text.indexOf("\nProtocol") < 0 ? text.indexOf("\nNext ==") : text.indexOf("\nProtocol");
      String next = text.substring(from, text.indexOf("\nSpec ==")).replaceAll("\\([^)]*\\)", "");
      var actions = new TreeSet<String>();
      for (String part : next.split("\\\\/|==|\\s:\\s|\\s+")) {
        if (part.matches("[A-Z][A-Za-z]+")
            && !List.of(
                    "Next",
                    "Protocol",
                    "Fault",
                    "Hosts",
                    "Attempts",
                    "Pages",
                    "Directions",
                    "Places",
                    "Links")
                .contains(part)) {
          actions.add(part);
        }
      }
      assertTrue(actions.size() > 4, module + ": " + actions);
      for (Model model : Models.all()) {
        if (model.module().startsWith("MC" + module) && model.actions() != null) {
          actions.removeAll(model.actions());
        }
      }
      actions.forEach(action -> missing.add(module + "!" + action));
    }
    assertEquals(new TreeSet<String>(), missing);
  }

  @Test
  void thePageOfCounterexamplesTellsOfEachModelThatMustFailAsItIsPinned() throws Exception {
    String page = Files.readString(Path.of("..", "specs", "COUNTEREXAMPLES.md"));
    for (String name : Lessons.models()) {
      Model model = known(name);
      String claim =
          "Model `%s` violates `%s` in %d states.".formatted(name, model.property(), model.depth());
      assertTrue(page.contains(claim), () -> "specs/COUNTEREXAMPLES.md does not say: " + claim);
    }
  }
}
