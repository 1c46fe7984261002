package landfall.host;

import landfall.protocol.Host;
import landfall.wire.FrameException;
import landfall.wire.Ready;
import landfall.wire.Token;

/**
 * What a destination made up for one attempt; see {@link Token}.
 *
 * @param token told with Ready, and shown by whoever gives the guest away
 * @param proof shown once the guest runs here
 * @param seal of the proof, told with Ready
 */
record Secrets(Token token, Token proof, byte[] seal) {

  static Secrets of(Token token, Token proof) {
    return new Secrets(token, proof, proof.seal());
  }

  Ready ready(Host self) {
    return new Ready(self.name(), token, seal);
  }

  /**
   * @param frame type of the frame that shows it
   * @throws FrameException if it is another one
   */
  void require(Token shown, String frame) throws FrameException {
    if (!shown.equals(token)) {
      throw new FrameException(
          frame + " frame with a token that this host did not give for this attempt");
    }
  }
}
