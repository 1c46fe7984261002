package landfall.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The map of ARCHITECTURE.md, as rules that stop the build. */
@AnalyzeClasses(packages = "landfall", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String[] ENGINE = {
    "landfall.machine..",
    "landfall.precopy..",
    "landfall.wire..",
    "landfall.host..",
    "landfall.trace.."
  };

  @ArchTest
  static final ArchRule packagesFormNoCycle =
      slices().matching("landfall.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule theEngineKnowsNothingOfThoseWhoTestIt =
      noClasses()
          .that()
          .resideInAnyPackage(ENGINE)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "landfall.specs..",
              "landfall.tlc..",
              "landfall.tracecheck..",
              "landfall.explorer..",
              "landfall.evidence..",
              "landfall.report..",
              "landfall.nemesis..",
              "landfall.implementation..",
              "landfall.workload..",
              "landfall.history..",
              "landfall.linearizability..",
              "landfall.judge..",
              "landfall.campaign..",
              "landfall.cli..");

  @ArchTest
  static final ArchRule theProtocolCoreIsPure =
      classes()
          .that()
          .resideInAPackage("landfall.precopy..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage("landfall.precopy..", "java.lang..", "java.util..");

  @ArchTest
  static final ArchRule theProtocolCoreHasNoThreads =
      noClasses()
          .that()
          .resideInAPackage("landfall.precopy..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("java.util.concurrent..", "java.lang.invoke..")
          .andShould()
          .dependOnClassesThat()
          .areAssignableTo(Thread.class);

  @ArchTest
  static final ArchRule theProxyDecodesWithoutTheCodecOfTheEngine =
      noClasses()
          .that()
          .resideInAPackage("landfall.nemesis..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(ENGINE);

  @ArchTest
  static final ArchRule nothingDependsOnTheCommandLine =
      noClasses()
          .that()
          .resideOutsideOfPackage("landfall.cli..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("landfall.cli..");
}
