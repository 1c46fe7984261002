package landfall.tlc;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import landfall.specs.SpecFiles;

/**
 * What a practitioner learns from the models that must fail: three sentences each ({@code
 * lessons.json}), and the counterexample itself, from the run that was just made.
 */
public final class Lessons {
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private Lessons() {}

  private record All(List<Lesson> lessons) {}

  /** What there is to learn; {@code mutant} is null where no core has the mistake. */
  private record Lesson(String model, Integer mutant, String title, String text) {}

  /** The models about which there is a lesson. */
  public static List<String> models() {
    return all().stream().map(Lesson::model).toList();
  }

  /** Number of the mutant of a protocol core that is the mistake of this model, if there is one. */
  public static Optional<Integer> mutant(String model) {
    return all().stream()
        .filter(lesson -> lesson.model().equals(model) && lesson.mutant() != null)
        .map(Lesson::mutant)
        .findFirst();
  }

  /**
   * Writes the page.
   *
   * @param page where to
   * @param outFolder the folder of the run that found the counterexamples
   * @throws IllegalArgumentException if the run did not find one of them
   */
  public static void write(Path page, Path outFolder) throws IOException {
    StringBuilder text =
        new StringBuilder(
            """
            # What goes wrong

            Each of these models leaves one thing out, and must fail. The steps are those that the
            model checker found: there is no shorter way for those that break an invariant. Each
            step shows the variables that it changes. This page is written by
            `landfall check --explain specs/COUNTEREXAMPLES.md`.
            """);
    for (Lesson lesson : all()) {
      Path file = outFolder.resolve("counterexamples").resolve(lesson.model() + ".json");
      if (!Files.isRegularFile(file)) {
        throw new IllegalArgumentException(
            "the run of which " + outFolder + " tells has no counterexample of " + lesson.model());
      }
      append(text, lesson, JSON.readValue(Files.readString(file), Counterexample.class));
    }
    Files.writeString(page, text.toString(), StandardCharsets.UTF_8);
  }

  private static void append(StringBuilder text, Lesson lesson, Counterexample found) {
    text.append("\n## ").append(lesson.title()).append("\n\n");
    text.append(lesson.text()).append("\n\n");
    text.append("Model `").append(lesson.model()).append("` violates `");
    text.append(found.property()).append("` in ").append(found.steps().size());
    text.append(" states.\n\n| | step | what changes |\n|---|---|---|\n");
    for (Counterexample.Step step : found.steps()) {
      String changes =
          step.number() == 1
              ? "the initial state"
              : step.changed().entrySet().stream()
                  .map(change -> "`" + change.getKey() + " = " + cell(change.getValue()) + "`")
                  .collect(Collectors.joining("<br>"));
      text.append("| ").append(step.number()).append(" | ").append(step.action());
      text.append(" | ").append(changes).append(" |\n");
    }
    text.append('\n').append(found.ending()).append('\n');
    if (lesson.mutant() != null) {
      text.append(
          """

          Our core refuses the mistake, and goes this way to its end with the same one:

          ```
          ./landfall check --model %1$s --out found
          ./landfall explore --follow found/counterexamples/%1$s.json
          ./landfall explore --follow found/counterexamples/%1$s.json --mutant %2$d
          ```
          """
              .formatted(lesson.model(), lesson.mutant()));
    }
  }

  private static String cell(String value) {
    return value.replace("|", "\\|");
  }

  private static List<Lesson> all() {
    try {
      return JSON.readValue(SpecFiles.read("lessons.json"), All.class).lessons();
    } catch (JsonProcessingException malformed) {
      throw new IllegalArgumentException(
          "lessons.json: " + malformed.getOriginalMessage(), malformed);
    }
  }
}
