package landfall.host;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.async.ByteArrayFeeder;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;

/**
 * Cuts what a client sends into requests, byte by byte. A request is one JSON value: several may be
 * on a line, and one may take several lines. As QEMU's reader does, it takes single quotes for
 * double ones.
 *
 * <p>What is no JSON is told once, and reading goes on with the next line. If the wrong byte is a
 * brace at the start of a line, the request before it was left unfinished and this line is the next
 * one.
 */
final class RequestReader {
  /** So deep may a request be nested. The reader's own limit leaves room for the answer's. */
  private static final int DEPTH_MAX = 100;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .enable(JsonReadFeature.ALLOW_SINGLE_QUOTES)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          // Names that a client makes up are not kept.
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(DEPTH_MAX).build())
          .build();
  private static final ObjectMapper JSON = new ObjectMapper(FACTORY);

  /**
   * What came: a value, or why it is none.
   *
   * @param value null if it is none
   * @param wrong empty if it is one
   */
  record Request(JsonNode value, String wrong) {}

  private final int bytesMax;
  private final byte[] one = new byte[1];
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  /** Finds the end of the request, no more: it takes some things for JSON that are none. */
  private JsonParser parser;

  private int depth;
  private boolean skipping;
  private boolean atLineStart = true;
  private boolean onFirstLine;
  private boolean tooLong;

  /**
   * @param bytesMax longer requests are refused
   */
  RequestReader(int bytesMax) {
    this.bytesMax = bytesMax;
  }

  /** True if a request has begun and has not ended. */
  boolean isInside() {
    return bytes.size() > 0;
  }

  /** True if a request was too long: the rest of it must not be read. */
  boolean isTooLong() {
    return tooLong;
  }

  /** Forgets what has begun. */
  void reset() {
    parser = null;
    depth = 0;
    bytes.reset();
  }

  /** Takes the next byte, and tells if it ends a request. */
  Optional<Request> next(byte value) {
    boolean lineStart = atLineStart;
    boolean blank = value == ' ' || value == '\t' || value == '\r' || value == '\n';
    atLineStart = value == '\n' || atLineStart && blank;
    if (skipping) {
      skipping = value != '\n';
      return Optional.empty();
    }
    if (bytes.size() == 0 && blank) {
      return Optional.empty();
    }
    if (bytes.size() == bytesMax) {
      tooLong = true;
      reset();
      return refused("a request is longer than " + bytesMax + " bytes");
    }
    if (bytes.size() == 0) {
      begin();
      onFirstLine = true;
    }
    bytes.write(value);
    try {
      Optional<Request> request = take(value);
      onFirstLine &= value != '\n';
      return request;
    } catch (JsonProcessingException malformed) {
      boolean startsAnew = value == '{' && lineStart && !onFirstLine;
      reset();
      Optional<Request> refusal = refused("not JSON: " + malformed.getOriginalMessage());
      if (startsAnew) {
        next(value);
      } else {
        skipping = value != '\n';
      }
      return refusal;
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  private void begin() {
    try {
      parser = FACTORY.createNonBlockingByteArrayParser();
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  private Optional<Request> take(byte value) throws IOException {
    one[0] = value;
    ((ByteArrayFeeder) parser.getNonBlockingInputFeeder()).feedInput(one, 0, 1);
    JsonToken token = parser.nextToken();
    while (token != JsonToken.NOT_AVAILABLE) {
      if (token.isStructStart()) {
        depth++;
      } else if (token.isStructEnd()) {
        depth--;
      }
      if (depth == 0) {
        JsonNode whole = JSON.readTree(bytes.toByteArray());
        reset();
        return Optional.of(new Request(whole, ""));
      }
      token = parser.nextToken();
    }
    return Optional.empty();
  }

  private static Optional<Request> refused(String why) {
    return Optional.of(new Request(null, why));
  }
}
