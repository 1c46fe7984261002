package landfall.host;

import java.util.stream.Stream;
import landfall.wire.FrameType;

/**
 * Which of some messages are lost in a trial whose trace TLC reads. Every day the first two are,
 * {@code -Dlandfall.perturbations=all} loses each ({@code .ci/run} does).
 */
final class ChosenLosses {
  private static final boolean ALL = "all".equals(System.getProperty("landfall.perturbations"));
  private static final int EVERYDAY = 2;

  private ChosenLosses() {}

  static Stream<FrameType> of(FrameType... messages) {
    int count = ALL ? messages.length : EVERYDAY;
    System.out.printf(
        "%d of %d lost messages: -Dlandfall.perturbations=all loses all%n", count, messages.length);
    return Stream.of(messages).limit(count);
  }
}
