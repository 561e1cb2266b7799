package dev.wrenn.rest.internal.transfer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A multipart/form-data body, read part by part as it comes; never more than one buffer of it is held. Whoever takes the next part skips
 * what is left of the one before. Not thread-safe.
 */
final class Multipart {
  private static final int BUFFER = 1 << 16;
  private static final int LONGEST_HEADERS = 1 << 12;
  private static final int MOST_PARTS = 1_000;
  private static final Pattern BOUNDARY = Pattern.compile("(?i);\\s*boundary=(?:\"((?:[^\"\\\\]|\\\\.){1,200})\"|([^\\s;,\"]{1,200}))");
  private static final Pattern NAME = Pattern.compile("(?i);\\s*name=(?:\"((?:[^\"\\\\]++|\\\\.)*+)\"|([^\\s;\"]*))");

  private final InputStream in;
  private final byte[] delimiter;
  private final int[] skips = new int[256];
  private final byte[] buffer = new byte[BUFFER];
  private int from;
  private int to;
  /** How many bytes from {@link #from} on belong to the part; the delimiter stands behind them when {@link #ended}. */
  private int ready;
  private boolean ended;
  private int parts;

  private Multipart(InputStream in, String boundary) {
    this.in = in;
    this.delimiter = ("\r\n--" + boundary).getBytes(StandardCharsets.ISO_8859_1);
    Arrays.fill(skips, delimiter.length);
    for (int i = 0; i < delimiter.length - 1; i++) {
      skips[delimiter[i] & 0xFF] = delimiter.length - 1 - i;
    }
    // The first delimiter may stand at the very beginning, without a line before it.
    buffer[0] = '\r';
    buffer[1] = '\n';
    to = 2;
  }

  /** @throws FormException {@code INVALID_REQUEST} when it is something else than a form in parts */
  static Multipart of(String contentType, InputStream body) throws FormException {
    Matcher boundary = BOUNDARY.matcher(contentType == null ? "" : contentType);
    if (contentType == null || !contentType.strip().toLowerCase(Locale.ROOT).startsWith("multipart/form-data") || !boundary.find()) {
      throw FormException.malformed("send Content-Type: multipart/form-data with a boundary");
    }
    return new Multipart(body, boundary.group(1) != null ? unquoted(boundary.group(1)) : boundary.group(2));
  }

  /** One part. @param name of its field @param content ends with the part */
  record Part(String name, InputStream content) {}

  /** The next part; empty after the last. @throws FormException when the body is malformed or breaks off */
  Optional<Part> next() throws IOException {
    skip();
    int first = take();
    int second = take();
    if (first == '-' && second == '-') {
      return Optional.empty();
    }
    if (++parts > MOST_PARTS) {
      throw FormException.malformed("more than " + MOST_PARTS + " parts");
    }
    // Spaces may stand behind a delimiter.
    while (first == ' ' || first == '\t') {
      first = second;
      second = take();
    }
    if (first != '\r' || second != '\n') {
      throw FormException.malformed("a delimiter is followed by something else than the end of its line");
    }
    String headers = headers();
    ended = false;
    ready = 0;
    return Optional.of(new Part(name(headers), new Content()));
  }

  private void skip() throws IOException {
    while (more()) {
      from += ready;
      ready = 0;
    }
    from += delimiter.length;
    ended = false;
  }

  private String headers() throws IOException {
    StringBuilder headers = new StringBuilder();
    byte[] line = new byte[LONGEST_HEADERS];
    int length = 0;
    int budget = LONGEST_HEADERS;
    while (true) {
      int next = take();
      if (--budget < 0) {
        throw FormException.malformed("the headers of a part are longer than " + LONGEST_HEADERS + " bytes");
      }
      line[length++] = (byte) next;
      if (length >= 2 && line[length - 2] == '\r' && next == '\n') {
        if (length == 2) {
          return headers.toString();
        }
        headers.append(new String(line, 0, length, StandardCharsets.UTF_8));
        length = 0;
      }
    }
  }

  private static String name(String headers) {
    for (String line : headers.split("\r\n")) {
      if (line.regionMatches(true, 0, "content-disposition:", 0, 20)) {
        Matcher name = NAME.matcher(line);
        if (name.find()) {
          return name.group(1) != null ? unquoted(name.group(1)) : name.group(2);
        }
      }
    }
    return "";
  }

  private static String unquoted(String quoted) {
    return quoted.replaceAll("\\\\(.)", "$1");
  }

  private int take() throws IOException {
    if (from == to && !fill()) {
      throw broken();
    }
    return buffer[from++] & 0xFF;
  }

  /** Makes bytes of the part ready. False at its end. */
  private boolean more() throws IOException {
    while (ready == 0 && !ended) {
      int at = find();
      if (at >= 0) {
        ready = at - from;
        ended = true;
      } else if (to - from >= delimiter.length) {
        ready = to - from - delimiter.length + 1;
      } else if (!fill()) {
        throw broken();
      }
    }
    return ready > 0;
  }

  private boolean fill() throws IOException {
    if (from > 0) {
      System.arraycopy(buffer, from, buffer, 0, to - from);
      to -= from;
      from = 0;
    }
    int count = in.read(buffer, to, buffer.length - to);
    if (count > 0) {
      to += count;
    }
    return count > 0;
  }

  /** Where the delimiter begins in the buffer, or −1. Looks at few bytes only: it jumps by what the last one says. */
  private int find() {
    int last = delimiter.length - 1;
    for (int at = from; at + last < to; at += skips[buffer[at + last] & 0xFF]) {
      int i = last;
      while (i >= 0 && buffer[at + i] == delimiter[i]) {
        i--;
      }
      if (i < 0) {
        return at;
      }
    }
    return -1;
  }

  private static FormException broken() {
    return FormException.malformed("it breaks off");
  }

  private final class Content extends InputStream {
    private final int number = parts;

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (number != parts || !more()) {
        return -1;
      }
      int count = Math.min(length, ready);
      System.arraycopy(buffer, from, target, offset, count);
      from += count;
      ready -= count;
      return count;
    }

    @Override
    public int available() {
      return number == parts ? ready : 0;
    }
  }
}
