package landfall.explorer;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** A protocol that has both a module and a pure core. */
public enum ExploredProtocol {
  /** {@code landfall.precopy} and module {@code PreCopy}. */
  PRE_COPY("PreCopy"),
  /** {@code landfall.postcopy} and module {@code PostCopy}. */
  POST_COPY("PostCopy");

  private final String module;

  ExploredProtocol(String module) {
    this.module = module;
  }

  /** Name of its module. */
  public String module() {
    return module;
  }

  /** Numbers of the defects that its core has as mutants, in ascending order. */
  public List<Integer> defects() {
    return switch (this) {
      case PRE_COPY ->
          Arrays.stream(landfall.precopy.Mutant.values())
              .map(landfall.precopy.Mutant::defect)
              .sorted()
              .toList();
      case POST_COPY ->
          Arrays.stream(landfall.postcopy.Mutant.values())
              .map(landfall.postcopy.Mutant::defect)
              .sorted()
              .toList();
    };
  }

  /**
   * False for a mistake below the model, which no exploration can show: the modules have versions
   * of pages, and neither their contents nor their encodings. {@code IllegalArgumentException} if
   * the core has no such mutant.
   */
  public boolean isInModel(int defect) {
    return switch (this) {
      case PRE_COPY ->
          switch (landfall.precopy.Mutant.ofDefect(defect)) {
            case RESUME_UNACKNOWLEDGED,
                IGNORE_LOST_HANDOVER,
                RETRY_SENDS_DIRTY_ONLY,
                MISS_PAGES_AT_START,
                ACCEPT_STALE_FRAMES ->
                true;
            case KEEP_CONTENT_OF_ZERO_PAGES -> false;
          };
      case POST_COPY ->
          switch (landfall.postcopy.Mutant.ofDefect(defect)) {
            case RESUME_UNACKNOWLEDGED,
                PAGE_LIST_NOT_SENT,
                DISCARD_LIST_NOT_SENT,
                STALE_PAGE_OVER_NEWER ->
                true;
          };
    };
  }

  /** The model whose graph is the module's, within bounds. */
  String graphModel() {
    return "MC" + module + "Graph";
  }

  /** Constants of the graph model beyond those of {@link Bounds}, as the explorer has them. */
  Map<String, String> constants() {
    return switch (this) {
      case PRE_COPY -> Map.of("FewEnough", Integer.toString(PreCopySteps.FEW_ENOUGH));
      case POST_COPY -> Map.of("MaxRounds", Integer.toString(Bounds.ROUNDS_MAX));
    };
  }

  /**
   * The core.
   *
   * @param defects deliberate mistakes, none for the core as it is
   * @throws IllegalArgumentException if it has no such mutant; the message names those it has
   */
  CoreInWorld<?, ?> core(int pages, boolean arbiter, Set<Integer> defects) {
    return switch (this) {
      case PRE_COPY ->
          new PreCopyCore(
              new landfall.precopy.Protocol(
                  pages,
                  arbiter,
                  defects.stream()
                      .map(landfall.precopy.Mutant::ofDefect)
                      .collect(Collectors.toSet())));
      case POST_COPY ->
          new PostCopyCore(
              new landfall.postcopy.Protocol(
                  pages,
                  arbiter,
                  defects.stream()
                      .map(landfall.postcopy.Mutant::ofDefect)
                      .collect(Collectors.toSet())));
    };
  }
}
