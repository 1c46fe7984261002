package landfall.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Text, numbers and times as they stand in HTML and XML. */
final class Markup {

  private Markup() {}

  /** The beginning of a page, up to and including the begin of its main element. */
  static String head(String title) {
    return """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <title>%s</title>
        <style>
        %s</style>
        </head>
        <body>
        <main>
        """
        .formatted(escape(title), stylesheet());
  }

  private static String stylesheet() {
    try (InputStream css = Markup.class.getResourceAsStream("report.css")) {
      return new String(css.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("report.css belongs to this module", e);
    }
  }

  /** Escaped for element content and for attributes in double quotes, in HTML and XML alike. */
  static String escape(String text) {
    var out = new StringBuilder(text.length() + 16);
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      switch (c) {
        case '&' -> out.append("&amp;");
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '"' -> out.append("&quot;");
        case '\'' -> out.append("&#39;");
        default -> out.appendCodePoint(allowedInXml(c) ? c : 0xFFFD);
      }
    }
    return out.toString();
  }

  private static boolean allowedInXml(int c) {
    return c == '\t'
        || c == '\n'
        || c == '\r'
        || (c >= 0x20 && c <= 0xD7FF)
        || (c >= 0xE000 && c <= 0xFFFD)
        || c >= 0x10000;
  }

  static String number(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  static String counted(long count, String one, String many) {
    return number(count) + " " + (count == 1 ? one : many);
  }

  /** Milliseconds in the unit that reads best; a dash if unknown. */
  static String time(Double millis) {
    if (millis == null) {
      return "–";
    }
    if (millis < 10) {
      return String.format(Locale.ROOT, "%.1f ms", millis);
    }
    return millis < 10_000
        ? String.format(Locale.ROOT, "%,.0f ms", millis)
        : String.format(Locale.ROOT, "%.1f s", millis / 1000);
  }

  static String bytes(long bytes) {
    if (bytes < 1024) {
      return bytes + " B";
    }
    return bytes < 1024 * 1024
        ? String.format(Locale.ROOT, "%.1f KiB", bytes / 1024.0)
        : String.format(Locale.ROOT, "%,.1f MiB", bytes / 1048576.0);
  }

  /** A coordinate in a picture. */
  static String at(double coordinate) {
    return String.format(Locale.ROOT, "%.1f", coordinate);
  }

  static String shortened(String text, int charactersMax) {
    String line = text.strip().replaceAll("\\s+", " ");
    return line.length() <= charactersMax ? line : line.substring(0, charactersMax - 1) + "…";
  }
}
