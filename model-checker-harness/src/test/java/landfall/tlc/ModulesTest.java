package landfall.tlc;

import static org.junit.jupiter.api.Assertions.assertTrue;

import landfall.specs.SpecFiles;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A specification that nobody reads to its end persuades nobody. */
class ModulesTest {
  @ParameterizedTest
  @CsvSource({
    "LiveMigration, 120",
    "Handover, 350",
    "PreCopy, 350",
    "PostCopy, 350",
    "ReverseCheckpoint, 350",
    "ForwardCheckpoint, 350",
    "SharedLock, 350",
    "Lease, 350"
  })
  void aModuleIsShorterThan(String module, int lines) {
    long length = SpecFiles.read(module + ".tla").lines().count();
    assertTrue(length > 50 && length < lines, module + " has " + length + " lines");
  }
}
