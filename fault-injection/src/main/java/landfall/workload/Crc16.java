package landfall.workload;

import java.nio.charset.StandardCharsets;

/** CRC-16/CCITT-FALSE, as the guest computes it: polynomial 0x1021, start 0xffff, not reflected. */
final class Crc16 {
  private static final int POLYNOMIAL = 0x1021;

  private Crc16() {}

  static String hexOf(String text) {
    int crc = 0xffff;
    for (byte each : text.getBytes(StandardCharsets.ISO_8859_1)) {
      crc ^= (each & 0xff) << 8;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 0x8000) != 0 ? crc << 1 ^ POLYNOMIAL : crc << 1;
      }
      crc &= 0xffff;
    }
    return String.format("%04x", crc);
  }
}
