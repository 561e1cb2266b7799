package dev.wrenn.guest.internal;

import dev.wrenn.files.FileContent;
import dev.wrenn.files.FileRange;
import dev.wrenn.process.GuestException;
import dev.wrenn.process.GuestException.Code;
import dev.wrenn.spi.Deadline;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The content of a file, read from a connection of its own when it is asked for. */
final class Download implements FileContent {
  private static final int ANSWER_BYTES = 1 << 16;
  private static final int WHOLE = 200;
  private static final int PART = 206;
  private static final int NO_SUCH_PART = 416;
  private static final Pattern RANGE = Pattern.compile("bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18})");
  private static final Pattern NUMBER = Pattern.compile("\\d{1,18}");
  private static final Pattern TYPE = Pattern.compile("[\\w!#$&^.+-]+/[\\w!#$&^.+-]+(;[ \\w=.+\"-]*)?");

  private final Agent agent;
  private final Exchange exchange;
  private final String what;
  private final OptionalLong length;
  private final OptionalLong fileSize;
  private final long offset;
  private final InputStream stream = new Pulled();

  private Download(Agent agent, Exchange exchange, String what) throws IOException {
    this.agent = agent;
    this.exchange = exchange;
    this.what = what;
    Response response = exchange.response();
    if (!response.framed()) {
      throw new IOException("the agent does not say where the content ends");
    }
    length = number(response.header("content-length"));
    Matcher range = RANGE.matcher(response.header("content-range"));
    boolean part = response.status == PART;
    if (part && !range.matches()) {
      throw new IOException("the agent does not say which part it sends");
    }
    offset = part ? Long.parseLong(range.group(1)) : 0;
    fileSize = part ? OptionalLong.of(Long.parseLong(range.group(3))) : length;
  }

  /** @param path that has been checked */
  static Download open(Agent agent, String path, Optional<FileRange> range, String what) throws GuestException {
    Request request = Request.get(Download.target(path)).with("Accept-Encoding", "identity");
    range.ifPresent(part -> request.with("Range", "bytes=" + text(part.first()) + "-" + text(part.last())));
    Exchange exchange = agent.openOwn(request, what);
    boolean open = false;
    try {
      Response response = exchange.response();
      if (response.status == NO_SUCH_PART) {
        throw new GuestException(Code.INVALID, what + " failed: the file does not have that part (" + response.header("content-range") + ")");
      }
      if (response.status != WHOLE && response.status != PART) {
        throw Failures.of(response.status, response.bytes(ANSWER_BYTES));
      }
      if (range.isPresent() && response.status != PART) {
        throw new GuestException(Code.INVALID, what + " failed: a file whose size is not known can't be read in parts");
      }
      Download download = new Download(agent, exchange, what);
      open = true;
      return download;
    } catch (IOException e) {
      throw agent.failure(what, e);
    } finally {
      if (!open) {
        exchange.close();
      }
    }
  }

  static String target(String path) {
    return "/files?path=" + URLEncoder.encode(path, StandardCharsets.UTF_8);
  }

  @Override
  public OptionalLong length() {
    return length;
  }

  @Override
  public long offset() {
    return offset;
  }

  @Override
  public OptionalLong fileSize() {
    return fileSize;
  }

  @Override
  public String contentType() {
    String told = exchange.response().header("content-type");
    return TYPE.matcher(told).matches() ? told : "application/octet-stream";
  }

  @Override
  public InputStream stream() {
    return stream;
  }

  @Override
  public void close() {
    exchange.close();
  }

  private static OptionalLong number(String text) {
    return NUMBER.matcher(text).matches() ? OptionalLong.of(Long.parseLong(text)) : OptionalLong.empty();
  }

  private static String text(OptionalLong number) {
    return number.isPresent() ? Long.toString(number.getAsLong()) : "";
  }

  /** Each read waits for the agent alone, so a slow reader breaks nothing. */
  private final class Pulled extends InputStream {
    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      exchange.deadline(Deadline.after(agent.limits().silence()));
      try {
        return exchange.response().body().read(into, offset, length);
      } catch (IOException e) {
        exchange.close();
        throw new IOException(agent.failure(what, e).getMessage(), e);
      }
    }

    @Override
    public void close() {
      Download.this.close();
    }
  }
}
