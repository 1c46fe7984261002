package landfall.tlc;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import landfall.evidence.ModelResult;
import landfall.processes.ScratchFolder;

/**
 * A test says what a model shows: {@code assertHolds("MCPreCopy")}. It fails with an {@link
 * AssertionError} that carries the difference to the manifest and, if there is one, the
 * counterexample.
 */
public final class ModelAssertions {
  private ModelAssertions() {}

  /** The model holds, with the states and actions that the manifest pins. */
  public static void assertHolds(String model) {
    check(model, Model::holds, "must fail, says the manifest");
  }

  /** The model has the counterexample that the manifest pins. */
  public static void assertFails(String model, String property) {
    check(
        model,
        known -> property.equals(known.property()),
        "is not expected to violate " + property + ", says the manifest");
  }

  private static void check(String name, Predicate<Model> claim, String otherwise) {
    List<Model> models = Models.named(List.of(name));
    if (!claim.test(models.get(0))) {
      throw new AssertionError("model " + name + " " + otherwise);
    }
    try {
      Path folder = ScratchFolder.create("model");
      try {
        ModelResult result = new ModelRun(folder, 1).run(models, ignored -> {}).get(0);
        if (!result.ok()) {
          String counterexample =
              result.counterexample() == null
                  ? ""
                  : "\n" + Files.readString(folder.resolve(result.counterexample()));
          throw new AssertionError(
              "model "
                  + name
                  + ": expected "
                  + result.expected()
                  + ", found "
                  + result.found()
                  + counterexample);
        }
      } finally {
        ScratchFolder.delete(folder);
      }
    } catch (IOException unwritable) {
      throw new AssertionError("model " + name + " could not be checked", unwritable);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new AssertionError("model " + name + " was interrupted", interrupted);
    }
  }
}
