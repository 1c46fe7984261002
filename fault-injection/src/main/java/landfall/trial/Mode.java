package landfall.trial;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import landfall.implementation.Implementation;
import landfall.nemesis.StreamPhase;
import landfall.tracecheck.TracedProtocol;

/** How the guest is moved: a new mode is one entry. */
public enum Mode {
  /** Rounds of pages while the guest runs at the source; it goes with the last of them. */
  PRECOPY(TracedProtocol.PRE_COPY, null),
  /** The guest goes while the first round is sent; its other pages follow. */
  POSTCOPY(TracedProtocol.POST_COPY, StreamPhase.FIRST_ROUND),
  /** The guest goes after one round or more; what it wrote since follows. */
  HYBRID(TracedProtocol.POST_COPY, StreamPhase.LATER_ROUND),
  /**
   * As post-copy, and checkpoints go back to the source until the guest is whole: if the
   * destination is lost, the guest goes on there.
   */
  CHECKPOINT(TracedProtocol.REVERSE_CHECKPOINT, StreamPhase.FIRST_ROUND),
  /**
   * As post-copy, once each page is at a store; checkpoints go there until the guest is whole.
   * Whichever of source, destination and store is lost, the guest goes on.
   */
  FORWARD(TracedProtocol.FORWARD_CHECKPOINT, StreamPhase.CONNECTED);

  private final TracedProtocol protocol;
  private final StreamPhase switchover;

  Mode(TracedProtocol protocol, StreamPhase switchover) {
    this.protocol = protocol;
    this.switchover = switchover;
  }

  /** The word for it on the command line, in schedules and reports. */
  @JsonValue
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The protocol by which traces of its hosts are judged. */
  public TracedProtocol protocol() {
    return protocol;
  }

  /** Whether the guest is on two hosts for a while, so that the death of either may lose it. */
  public boolean splits() {
    return switchover != null;
  }

  /** When this phase has begun the operator asks for the switchover; only of a mode that splits. */
  StreamPhase switchover() {
    return switchover;
  }

  /** Migration capabilities that both hosts need for it. */
  List<String> capabilities() {
    if (copiesAhead()) {
      return List.of("postcopy-ram", "x-landfall-checkpoints", "x-landfall-copies-ahead");
    }
    if (returns()) {
      return List.of("postcopy-ram", "x-landfall-checkpoints");
    }
    return splits() ? List.of("postcopy-ram") : List.of();
  }

  /** Whether pages that the guest waits for have a connection of their own. */
  public boolean hasUrgentConnection(Implementation implementation) {
    return splits() && !returns() && implementation.hasUrgentConnection();
  }

  /** Whether a guest that was given away goes on at the source if the destination is lost. */
  public boolean returns() {
    return this == CHECKPOINT || copiesAhead();
  }

  /** Whether a guest that was given away goes on at the destination if the source is lost. */
  public boolean copiesAhead() {
    return this == FORWARD;
  }

  /** The modes in which all of these can move a guest. */
  public static List<Mode> of(List<Implementation> implementations) {
    return Arrays.stream(values())
        .filter(mode -> !mode.splits() || implementations.stream().allMatch(Implementation::splits))
        .filter(
            mode ->
                !mode.returns()
                    || mode.copiesAhead()
                    || implementations.stream().allMatch(Implementation::takesCheckpoints))
        .filter(
            mode ->
                implementations.stream()
                    .allMatch(
                        each -> mode.copiesAhead() ? each.copiesAhead() : !each.onlyCopiesAhead()))
        .toList();
  }

  /** This implementation with all that its hosts need beside them in this mode. */
  public Implementation of(Implementation implementation) {
    return copiesAhead() ? implementation.copyingAhead() : implementation;
  }
}
