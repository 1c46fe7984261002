package landfall.tracecheck;

import java.util.Arrays;
import java.util.stream.Collectors;

/** The protocols whose hosts write traces; what their events say is told in docs/protocol.md. */
public enum TracedProtocol {
  PRE_COPY("PreCopy"),
  POST_COPY("PostCopy"),
  REVERSE_CHECKPOINT("ReverseCheckpoint"),
  FORWARD_CHECKPOINT("ForwardCheckpoint");

  private final String specification;

  TracedProtocol(String specification) {
    this.specification = specification;
  }

  /** The name of the module that specifies it. */
  public String specification() {
    return specification;
  }

  /**
   * The protocol that a module specifies.
   *
   * @throws IllegalArgumentException if there is none; the message says which there are
   */
  public static TracedProtocol named(String specification) {
    return Arrays.stream(values())
        .filter(protocol -> protocol.specification.equals(specification))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there are no traces of a protocol "
                        + specification
                        + ", only of "
                        + Arrays.stream(values())
                            .map(TracedProtocol::specification)
                            .collect(Collectors.joining(", "))));
  }

  /**
   * Whether hosts do it behind the switchover of post-copy, which they tell of in the same files.
   */
  boolean followsPostCopy() {
    return this == REVERSE_CHECKPOINT || this == FORWARD_CHECKPOINT;
  }

  String module() {
    return "Trace" + specification;
  }
}
