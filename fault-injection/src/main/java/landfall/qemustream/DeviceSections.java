package landfall.qemustream;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import landfall.qemustream.StreamEntry.What;

/**
 * The device sections, the end of the stream, and the description in JSON behind it. A section does
 * not say how long it is; the description does, field by field. So the end is taken for one only
 * where a description follows that parses, and the sections are walked along it.
 */
final class DeviceSections {
  private static final int BYTES_MAX = 8 << 20;
  private static final int DEPTH_MAX = 64;

  /** End of the stream, description, its length in four bytes, and its first two bytes. */
  private static final int MARK_BYTES = 8;

  private static final int TEXT_AT = 6;

  private static final ObjectMapper JSON =
      new ObjectMapper(
          JsonFactory.builder()
              .streamReadConstraints(
                  StreamReadConstraints.builder().maxNestingDepth(2 * DEPTH_MAX).build())
              .build());

  private final Decoder.Sink sink;
  private final long begin;
  private byte[] bytes = new byte[1 << 12];
  private int length;
  private int searchedTo;
  private int end = -1;
  private int descriptionBytes;
  private boolean whole;
  private String wrong;
  private int wrongAt;
  private String expected = "";

  DeviceSections(Decoder.Sink sink, long begin) {
    this.sink = sink;
    this.begin = begin;
    // The type of the first section was read already.
    bytes[length++] = 4;
  }

  /** What was found that should not be; null if nothing was. */
  String wrong() {
    return wrong;
  }

  long wrongOffset() {
    return begin + wrongAt;
  }

  String expected() {
    return expected;
  }

  void take(ByteBuffer chunk) {
    if (length + chunk.remaining() > BYTES_MAX) {
      wrong(0, "a device state of more than " + BYTES_MAX + " bytes", "at most so many");
      return;
    }
    int more = chunk.remaining();
    if (length + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(length + more, 2 * bytes.length));
    }
    chunk.get(bytes, length, more);
    length += more;
    while (wrong == null) {
      if (whole) {
        if (length > end + TEXT_AT + descriptionBytes) {
          wrong(
              end + TEXT_AT + descriptionBytes,
              length - end - TEXT_AT - descriptionBytes + " bytes more",
              "nothing after the description");
        }
        return;
      }
      if (end < 0 && !findMark() || length < end + TEXT_AT + descriptionBytes) {
        return;
      }
      JsonNode description = read();
      if (description == null) {
        // The device state has these bytes by chance.
        searchedTo = end + 1;
        end = -1;
      } else {
        walk(description);
        whole = wrong == null;
      }
    }
  }

  private boolean findMark() {
    for (int at = searchedTo; at + MARK_BYTES <= length; at++) {
      if (bytes[at] == 0
          && bytes[at + 1] == 6
          && bytes[at + 6] == '{'
          && bytes[at + 7] == '"'
          && i32(at + 2) > 2
          && i32(at + 2) < BYTES_MAX) {
        end = at;
        descriptionBytes = i32(at + 2);
        return true;
      }
      searchedTo = at + 1;
    }
    return false;
  }

  private JsonNode read() {
    try {
      JsonNode read = JSON.readTree(bytes, end + TEXT_AT, descriptionBytes);
      return read.path("devices").isArray() ? read : null;
    } catch (IOException noDescription) {
      return null;
    }
  }

  private void walk(JsonNode description) {
    List<String> names = new ArrayList<>();
    List<Integer> lengths = new ArrayList<>();
    int at = 0;
    for (JsonNode device : description.path("devices")) {
      String name = device.path("name").asText();
      int instance = device.path("instance_id").asInt();
      String title = name + "/" + instance;
      int head = 1 + 4 + 1 + name.length() + 4 + 4;
      if (at + head > end || bytes[at] != 4 || !name.equals(text(at + 6, bytes[at + 5] & 0xff))) {
        wrong(at, "no section of " + title, "the devices in the order of the description");
        return;
      }
      if (i32(at + head - 8) != instance || i32(at + head - 4) != device.path("version").asInt()) {
        wrong(at, "another instance or version of " + name, "what the description says");
        return;
      }
      long body = fieldBytes(device) + subsectionBytes(device, 0);
      long footer = at + head + body;
      if (footer < at || footer + 5 > end) {
        wrong(at, "a section " + title + " of " + body + " bytes", "no more than there are");
        return;
      }
      if (bytes[(int) footer] != 0x7e || i32((int) footer + 1) != i32(at + 1)) {
        wrong((int) footer, "no footer of " + title, "0x7e and the number of its section");
        return;
      }
      names.add(title);
      lengths.add((int) (footer + 5 - at));
      at = (int) footer + 5;
    }
    if (at != end) {
      wrong(at, end - at + " bytes more", "the end of the stream, after the last device");
      return;
    }
    int offset = 0;
    for (int i = 0; i < names.size(); i++) {
      sink.entry(begin + offset, What.DEVICE, names.get(i), lengths.get(i), List.of());
      offset += lengths.get(i);
    }
    sink.entry(begin + end, What.END, "", 0, List.of());
  }

  private static long fieldBytes(JsonNode described) {
    long bytes = 0;
    for (JsonNode field : described.path("fields")) {
      long each = Math.max(0, field.path("size").asLong());
      long count = Math.max(0, Math.min(BYTES_MAX, field.path("array_len").asLong(1)));
      bytes += Math.min(each, BYTES_MAX) * count;
    }
    return bytes;
  }

  private static long subsectionBytes(JsonNode described, int depth) {
    long bytes = 0;
    if (depth < DEPTH_MAX) {
      for (JsonNode subsection : described.path("subsections")) {
        bytes += 1 + 1 + subsection.path("vmsd_name").asText().length() + 4;
        bytes += fieldBytes(subsection) + subsectionBytes(subsection, depth + 1);
      }
    }
    return bytes;
  }

  /** No more bytes come: the end passed if a description began behind it. */
  void closed() {
    if (!whole && end >= 0) {
      sink.entry(begin + end, What.END, "the description behind it is cut short", 0, List.of());
    }
  }

  private void wrong(int at, String found, String expectedThere) {
    wrong = found;
    wrongAt = at;
    expected = expectedThere;
  }

  private String text(int at, int count) {
    return at + count > length ? "" : new String(bytes, at, count, StandardCharsets.ISO_8859_1);
  }

  private int i32(int at) {
    return ByteBuffer.wrap(bytes, at, 4).getInt();
  }
}
