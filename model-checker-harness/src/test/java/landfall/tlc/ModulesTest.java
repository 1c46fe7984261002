package landfall.tlc;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import landfall.specs.SpecFiles;
import org.junit.jupiter.api.Test;
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

  @Test
  void eachModuleHasItsPage() throws Exception {
    Path specs = Path.of("..", "specs");
    String pages = Files.readString(specs.resolve("README.md"));
    int modules = 0;
    try (var files =
        Files.newDirectoryStream(specs.resolve("src/main/resources/landfall/specs"), "*.tla")) {
      for (Path file : files) {
        String module = file.getFileName().toString().replace(".tla", "");
        if (module.matches("MC.*|TraceEvents|.*(Conduct|Induction)")) {
          continue; // told of on the page of its protocol
        }
        modules++;
        var page =
            Pattern.compile("\n## %s\n(.*?)(?=\n## )".formatted(module), Pattern.DOTALL)
                .matcher(pages);
        assertTrue(page.find(), module + " has no page in specs/README.md");
        for (String part : List.of("Modelled", "Left out", "What the bounds hide", "Code")) {
          assertTrue(page.group(1).contains("**" + part + ".**"), module + ": " + part);
        }
      }
    }
    assertTrue(modules > 10, modules + " modules");
  }
}
