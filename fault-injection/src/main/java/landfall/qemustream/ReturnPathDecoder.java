package landfall.qemustream;

import landfall.qemustream.StreamEntry.What;

/** What a destination sends back: messages of a type, a length, and so many bytes. */
final class ReturnPathDecoder extends Decoder {
  private static final int HEAD_BYTES = 4;
  private static final int SHUT = 1;
  private static final int PONG = 2;
  private static final int SWITCHOVER_ACK = 7;

  private int type;

  ReturnPathDecoder(Sink sink) {
    super(sink, HEAD_BYTES);
  }

  @Override
  void piece(Piece piece) {
    if (type != 0) {
      entry(piece.offset() - HEAD_BYTES, type == SHUT ? What.SHUT : What.PONG, "", piece.i32(0));
      type = 0;
      next(HEAD_BYTES);
      return;
    }
    int found = piece.u16(0);
    int length = piece.u16(2);
    if ((found == SHUT || found == PONG) && length == 4) {
      type = found;
      next(length);
    } else if (found == SWITCHOVER_ACK && length == 0) {
      next(HEAD_BYTES);
    } else {
      unreadable(
          piece.offset(),
          "message " + found + " of " + length + " bytes",
          "1 (shut) or 2 (pong) of 4 bytes, or 7 (switchover may begin) of 0; pre-copy has no other"
              + " on its return path");
    }
  }
}
