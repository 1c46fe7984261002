package landfall.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The map of ARCHITECTURE.md, as rules that stop the build. */
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("landfall");

  private static final String[] ENGINE = {
    "landfall.machine..",
    "landfall.precopy..",
    "landfall.postcopy..",
    "landfall.checkpoint..",
    "landfall.forwardcheckpoint..",
    "landfall.lease..",
    "landfall.sharedlock..",
    "landfall.wire..",
    "landfall.host..",
    "landfall.trace.."
  };

  private static final String[] CORES = {
    "landfall.precopy..",
    "landfall.postcopy..",
    "landfall.checkpoint..",
    "landfall.forwardcheckpoint..",
    "landfall.lease..",
    "landfall.sharedlock.."
  };

  @Test
  void theRulesSeeAllModules() {
    for (String packageName :
        List.of(
            "landfall.machine",
            "landfall.precopy",
            "landfall.postcopy",
            "landfall.checkpoint",
            "landfall.forwardcheckpoint",
            "landfall.lease",
            "landfall.sharedlock",
            "landfall.tlc",
            "landfall.nemesis",
            "landfall.evidence")) {
      assertTrue(CLASSES.containPackage(packageName), packageName);
    }
  }

  @Test
  void packagesFormNoCycle() {
    slices().matching("landfall.(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void theEngineKnowsNothingOfThoseWhoTestIt() {
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
            "landfall.cli..")
        .check(CLASSES);
  }

  @Test
  void theProtocolCoresArePure() {
    classes()
        .that()
        .resideInAnyPackage(CORES)
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "landfall.precopy..",
            "landfall.postcopy..",
            "landfall.checkpoint..",
            "landfall.forwardcheckpoint..",
            "landfall.lease..",
            "landfall.sharedlock..",
            "java.lang..",
            "java.util..")
        .check(CLASSES);
  }

  @Test
  void theProtocolCoresHaveNoThreads() {
    noClasses()
        .that()
        .resideInAnyPackage(CORES)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("java.util.concurrent..", "java.lang.invoke..")
        .andShould()
        .dependOnClassesThat()
        .areAssignableTo(Thread.class)
        .check(CLASSES);
  }

  @Test
  void theProxyDecodesWithoutTheCodecOfTheEngine() {
    noClasses()
        .that()
        .resideInAPackage("landfall.nemesis..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(ENGINE)
        .check(CLASSES);
  }

  @Test
  void nothingDependsOnTheCommandLine() {
    noClasses()
        .that()
        .resideOutsideOfPackage("landfall.cli..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("landfall.cli..")
        .check(CLASSES);
  }
}
