package landfall.host;

import java.util.stream.Stream;
import landfall.testing.AtLength;
import landfall.wire.FrameType;

/**
 * Which of some messages are lost in a trial whose trace TLC reads. Every day the first is, {@code
 * -Dlandfall.tests=all} loses each ({@code .ci/run} does).
 */
final class ChosenLosses {
  private static final int EVERYDAY = 1;

  private ChosenLosses() {}

  static Stream<FrameType> of(FrameType... messages) {
    int count = AtLength.ASKED ? messages.length : EVERYDAY;
    System.out.printf(
        "%d of %d lost messages: -Dlandfall.tests=all loses all%n", count, messages.length);
    return Stream.of(messages).limit(count);
  }
}
