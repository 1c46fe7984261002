package landfall.cli;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.BaseStream;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import landfall.campaign.planted.NamesAFault;
import landfall.host.planted.AsksACore;
import landfall.machine.planted.KnowsATester;
import landfall.nemesis.FaultKind;
import landfall.nemesis.planted.UsesTheEngine;
import landfall.plantedfirst.First;
import landfall.plantedsecond.Second;
import landfall.precopy.planted.Impure;
import landfall.protocol.Core;
import landfall.report.planted.UsesTheCommandLine;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The map of ARCHITECTURE.md, as rules that stop the build. Each rule has planted violations, which
 * it must catch: a rule that cannot fail says nothing.
 */
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .withImportOption(location -> !location.contains("-tests.jar"))
          .importPackages("landfall");

  private static final String[] CORES = {
    "landfall.precopy..",
    "landfall.postcopy..",
    "landfall.checkpoint..",
    "landfall.forwardcheckpoint..",
    "landfall.lease..",
    "landfall.sharedlock..",
    "landfall.protocol..",
    "landfall.engine.."
  };

  private static final String[] ENGINE =
      Stream.concat(
              Stream.of(CORES),
              Stream.of(
                  "landfall.machine..",
                  "landfall.wire..",
                  "landfall.transport..",
                  "landfall.host..",
                  "landfall.trace.."))
          .toArray(String[]::new);

  private static final ArchRule NO_CYCLE =
      slices().matching("landfall.(*)..").should().beFreeOfCycles();

  private static final ArchRule ENGINE_KNOWS_NO_TESTER =
      noClasses()
          .that()
          .resideInAnyPackage(ENGINE)
          .should()
          .dependOnClassesThat(resideInAPackage("landfall..").and(not(resideInAnyPackage(ENGINE))));

  private static final ArchRule PROXY_DECODES_BY_ITSELF =
      noClasses()
          .that()
          .resideInAnyPackage("landfall.nemesis..", "landfall.qemustream..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(ENGINE);

  private static final ArchRule NOTHING_DEPENDS_ON_THE_COMMAND_LINE =
      noClasses()
          .that()
          .resideOutsideOfPackage("landfall.cli..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("landfall.cli..");

  private static final ArchRule ONLY_THE_DRIVER_ASKS_A_CORE =
      noClasses()
          .that()
          .resideOutsideOfPackages(CORES)
          .should()
          .callMethodWhere(
              DescribedPredicate.describe(
                  "Core.on",
                  call ->
                      call.getTarget().getName().equals("on")
                          && call.getTargetOwner().isAssignableTo(Core.class)));

  /** Stories tell of known faults; everybody else asks a kind of fault what it is. */
  private static final ArchRule FAULTS_ARE_NAMED_IN_THE_REGISTRY_AND_IN_STORIES =
      noClasses()
          .that()
          .doNotHaveFullyQualifiedName(FaultKind.class.getName())
          .and()
          .doNotHaveFullyQualifiedName("landfall.campaign.Stories")
          .and()
          .doNotHaveFullyQualifiedName("landfall.campaign.Itineraries")
          .should()
          .accessFieldWhere(
              DescribedPredicate.describe(
                  "a kind of fault",
                  access ->
                      access.getTargetOwner().isEquivalentTo(FaultKind.class)
                          && access.getTarget().getRawType().isEquivalentTo(FaultKind.class)))
          .orShould()
          .callMethod(FaultKind.class, "valueOf", String.class);

  /** No I/O, no thread and no other library: what is not named here is not used. */
  private static final ArchRule CORES_DEPEND_ON_PLAIN_JAVA =
      classes()
          .that()
          .resideInAnyPackage(CORES)
          .should()
          .onlyDependOnClassesThat(
              resideInAnyPackage(CORES)
                  .or(
                      resideInAnyPackage(
                              "java.lang", "java.util", "java.util.function", "java.util.regex")
                          .or(resideInAPackage("java.util.stream"))));

  /** In the packages that are allowed, these have a clock, threads, chance or the world outside. */
  private static final ArchRule CORES_USE_NO_CLOCK_THREAD_CHANCE_OR_WORLD =
      noClasses()
          .that()
          .resideInAnyPackage(CORES)
          .should()
          .dependOnClassesThat(
              assignableTo(Thread.class)
                  .or(assignableTo(ThreadLocal.class))
                  .or(assignableTo(ThreadGroup.class))
                  .or(assignableTo(Process.class))
                  .or(
                      belongToAnyOf(
                          ProcessBuilder.class,
                          ProcessHandle.class,
                          Runtime.class,
                          ClassLoader.class,
                          java.util.Calendar.class,
                          java.util.Date.class,
                          java.util.Formatter.class,
                          java.util.Random.class,
                          java.util.Scanner.class,
                          java.util.ServiceLoader.class,
                          java.util.SplittableRandom.class,
                          java.util.Timer.class,
                          java.util.TimerTask.class,
                          java.util.TimeZone.class)))
          .orShould()
          .accessTargetWhere(forbiddenAccess());

  private static final ArchRule CORES_SYNCHRONIZE_NOTHING =
      noMethods()
          .that()
          .areDeclaredInClassesThat()
          .resideInAnyPackage(CORES)
          .should()
          .haveModifier(JavaModifier.SYNCHRONIZED);

  /** Of {@code System} only the copying of arrays is plain computation. */
  private static DescribedPredicate<JavaAccess<?>> forbiddenAccess() {
    return DescribedPredicate.describe(
        "a clock, a thread, chance or the world outside",
        access -> {
          String method = access.getTarget().getName();
          JavaClass of = access.getTargetOwner();
          return of.isEquivalentTo(System.class) && !method.equals("arraycopy")
              || of.isEquivalentTo(Math.class) && method.equals("random")
              || of.isEquivalentTo(StrictMath.class) && method.equals("random")
              || of.isEquivalentTo(UUID.class) && method.equals("randomUUID")
              || of.isEquivalentTo(Collections.class) && method.equals("shuffle")
              || of.isAssignableTo(Collection.class) && method.equals("parallelStream")
              || of.isAssignableTo(BaseStream.class) && method.equals("parallel")
              || Set.of("wait", "notify", "notifyAll").contains(method);
        });
  }

  private static final Map<ArchRule, Collection<Class<?>>> PLANTED =
      Map.of(
          NO_CYCLE, List.of(First.class, Second.class),
          ENGINE_KNOWS_NO_TESTER, List.of(KnowsATester.class),
          ONLY_THE_DRIVER_ASKS_A_CORE, List.of(AsksACore.class),
          PROXY_DECODES_BY_ITSELF, List.of(UsesTheEngine.class),
          FAULTS_ARE_NAMED_IN_THE_REGISTRY_AND_IN_STORIES,
              List.of(NamesAFault.class.getDeclaredClasses()),
          NOTHING_DEPENDS_ON_THE_COMMAND_LINE, List.of(UsesTheCommandLine.class));

  private static final List<ArchRule> RULES_FOR_CORES =
      List.of(
          CORES_DEPEND_ON_PLAIN_JAVA,
          CORES_USE_NO_CLOCK_THREAD_CHANCE_OR_WORLD,
          CORES_SYNCHRONIZE_NOTHING);

  @Test
  void thePackagesThatTheRulesNameAreThere() {
    for (String pattern : ENGINE) {
      String name = pattern.replace("..", "");
      assertTrue(CLASSES.containPackage(name), name);
    }
    for (String name :
        List.of("landfall.nemesis", "landfall.cli", "landfall.evidence", "landfall.tlc")) {
      assertTrue(CLASSES.containPackage(name), name);
    }
  }

  @TestFactory
  Stream<DynamicTest> theRulesHold() {
    return Stream.concat(PLANTED.keySet().stream(), RULES_FOR_CORES.stream())
        .map(rule -> dynamicTest(rule.getDescription(), () -> rule.check(CLASSES)));
  }

  @TestFactory
  Stream<DynamicTest> eachRuleCatchesItsPlantedViolation() {
    return PLANTED.entrySet().stream()
        .map(
            each ->
                dynamicTest(
                    each.getKey().getDescription(),
                    () -> assertTrue(violates(each.getKey(), each.getValue()))));
  }

  @TestFactory
  Stream<DynamicTest> whatACoreMustNotDoIsCaught() {
    Class<?>[] planted = Impure.class.getDeclaredClasses();
    assertTrue(planted.length > 20, () -> "only " + planted.length + " planted");
    return Stream.of(planted)
        .map(
            each ->
                dynamicTest(
                    each.getSimpleName(),
                    () ->
                        assertTrue(
                            RULES_FOR_CORES.stream()
                                .anyMatch(rule -> violates(rule, List.of(each))))));
  }

  @Test
  void eachRuleForCoresCatchesSomethingThatTheOthersLetPass() {
    Set<String> alone = new TreeSet<>();
    for (Class<?> each : Impure.class.getDeclaredClasses()) {
      JavaClasses planted = new ClassFileImporter().importClasses(each);
      List<ArchRule> catching =
          RULES_FOR_CORES.stream().filter(rule -> violates(rule, planted)).toList();
      if (catching.size() == 1) {
        alone.add(catching.get(0).getDescription());
      }
    }
    assertEquals(RULES_FOR_CORES.size(), alone.size(), alone::toString);
  }

  /** A switch names its kinds in a class of its own, which only the whole package has. */
  @Test
  void aKindOfFaultIsNotComparedNotSwitchedOverAndNotLookedUp() {
    JavaClasses planted =
        new ClassFileImporter().importPackages(NamesAFault.class.getPackageName());
    String caught =
        FAULTS_ARE_NAMED_IN_THE_REGISTRY_AND_IN_STORIES
            .evaluate(planted)
            .getFailureReport()
            .toString();
    for (String how : List.of("Compares", "NamesAFault$1", "Looks")) {
      assertTrue(caught.contains(how), how + " is not in " + caught);
    }
  }

  /** What the classes do not show: the word of a kind, as a string. */
  @Test
  void theWordOfAFaultIsQuotedNowhere() throws IOException {
    Path planted = Path.of("src/test/java/landfall/campaign/planted/NamesAFault.java");
    assertEquals(Set.of("half-open"), faultsQuoted(planted));
    for (String module : List.of("../fault-injection", "../reports", ".")) {
      try (Stream<Path> files = Files.walk(Path.of(module, "src/main/java"))) {
        List<Path> sources = files.filter(file -> file.toString().endsWith(".java")).toList();
        assertTrue(sources.size() > 10, () -> module + " has " + sources.size() + " sources");
        for (Path source : sources) {
          assertEquals(Set.of(), faultsQuoted(source), source::toString);
        }
      }
    }
  }

  private static Set<String> faultsQuoted(Path source) throws IOException {
    String text = Files.readString(source);
    return Stream.of(FaultKind.values())
        .map(FaultKind::word)
        .filter(word -> text.contains('"' + word + '"'))
        .collect(Collectors.toSet());
  }

  private static boolean violates(ArchRule rule, Collection<Class<?>> planted) {
    return violates(rule, new ClassFileImporter().importClasses(planted));
  }

  private static boolean violates(ArchRule rule, JavaClasses planted) {
    return rule.allowEmptyShould(true).evaluate(planted).hasViolation();
  }
}
