package landfall.tlc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import landfall.specs.SpecFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A specification that nobody reads to its end persuades nobody. */
class ModulesTest {
  private static final Path SPECS = Path.of("..", "specs/src/main/resources/landfall/specs");

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
    int pages = 0;
    for (String folder : SpecFiles.folders()) {
      Path home = SPECS.resolve(folder);
      String text = Files.readString(home.resolve("README.md"));
      try (var files = Files.newDirectoryStream(home, "*.tla")) {
        for (Path file : files) {
          String module = file.getFileName().toString().replace(".tla", "");
          if (module.matches("MC.*|TraceEvents|.*(Conduct|Induction)")) {
            continue; // described on the page of its protocol
          }
          pages++;
          var page =
              Pattern.compile("(?:^|\n)##? %s\n(.*?)(?=\n## |$)".formatted(module), Pattern.DOTALL)
                  .matcher(text);
          assertTrue(page.find(), module + " has no section in " + home.resolve("README.md"));
          for (String part : List.of("Modelled", "Left out", "What the bounds hide", "Code")) {
            assertTrue(page.group(1).contains("**" + part + ".**"), module + ": " + part);
          }
        }
      }
    }
    assertTrue(pages > 10, pages + " pages");
  }

  @Test
  void everyNameIsUniqueSinceTlcReadsOneFolder(@TempDir Path folder) throws Exception {
    SpecFiles.copyTo(folder);
    try (var files = Files.walk(SPECS);
        var copies = Files.list(folder)) {
      assertEquals(
          files.filter(file -> file.toString().matches(".*\\.(tla|cfg)")).count(), copies.count());
    }
  }
}
