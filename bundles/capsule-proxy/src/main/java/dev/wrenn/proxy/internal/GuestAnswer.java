package dev.wrenn.proxy.internal;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpParser;
import org.eclipse.jetty.http.HttpVersion;

/** Reads the answer of a server in a capsule piece by piece; holds no more of it than one read. Not thread-safe. */
final class GuestAnswer {
  private static final int BUFFER = 32 << 10;

  private final InputStream input;
  private final boolean toHead;
  private final HttpParser parser;
  private final byte[] bytes = new byte[BUFFER];
  private final ByteBuffer unparsed = ByteBuffer.wrap(bytes).limit(0);
  private final Events events = new Events();

  /** @param toHead whether the request was HEAD, whose answer has no body whatever its head says */
  GuestAnswer(InputStream input, boolean toHead, int maxHeaderBytes) {
    this.input = input;
    this.toHead = toHead;
    // One connection carries one answer: nobody can be misled about where the next one begins, so old servers may be as loose as they are.
    this.parser = new HttpParser(events, maxHeaderBytes, HttpCompliance.LEGACY);
    parser.setHeadResponse(toHead);
  }

  /** @param fields as they were sent, with those of the connection */
  record Head(int status, HttpFields fields) {
    boolean interim() {
      return status < 200 && status != 101;
    }

    boolean chunked() {
      return fields.contains(HttpHeader.TRANSFER_ENCODING, HttpHeaderValue.CHUNKED.asString());
    }
  }

  /** The next head: any number of interim ones, then the final one. */
  Head head() throws IOException {
    if (events.headed) {
      parser.reset();
      parser.setHeadResponse(toHead);
      events.clear();
    }
    while (!events.headed) {
      advance();
    }
    return new Head(events.status, events.fields.asImmutable());
  }

  /** The next piece of the body, good until the next call; null at its end. */
  ByteBuffer content() throws IOException {
    while (!events.complete) {
      events.piece = null;
      advance();
      if (events.piece != null && events.piece.hasRemaining()) {
        return events.piece;
      }
    }
    return null;
  }

  /** Whether more can be had of the body, or its end be seen, without waiting for the guest. */
  boolean ready() throws IOException {
    if (!events.complete && !unparsed.hasRemaining()) {
      parse();
    }
    return events.complete || unparsed.hasRemaining();
  }

  boolean complete() {
    return events.complete;
  }

  HttpFields trailers() {
    return events.trailers;
  }

  /** What came behind the head; for a connection that goes on as something else. */
  ByteBuffer rest() {
    return unparsed.slice();
  }

  private void advance() throws IOException {
    if (!unparsed.hasRemaining() && !parse()) {
      int read = input.read(bytes, 0, bytes.length);
      if (read < 0) {
        if (parser.isAtEOF()) {
          throw new EOFException("the guest ended the connection within its answer");
        }
        parser.atEOF();
      } else {
        unparsed.position(0).limit(read);
      }
    }
    parse();
  }

  private boolean parse() throws IOException {
    boolean event = parser.parseNext(unparsed);
    if (events.failure != null) {
      throw events.failure;
    }
    return event;
  }

  /** The parser stops wherever one of these answers with true. */
  private static final class Events implements HttpParser.ResponseHandler {
    private int status;
    private HttpFields.Mutable fields = HttpFields.build();
    private final HttpFields.Mutable trailers = HttpFields.build();
    private boolean headed;
    private boolean complete;
    private ByteBuffer piece;
    private IOException failure;

    private void clear() {
      fields = HttpFields.build();
      headed = false;
      complete = false;
    }

    @Override
    public void startResponse(HttpVersion version, int code, String reason) {
      status = code;
    }

    @Override
    public void parsedHeader(HttpField field) {
      fields.add(field);
    }

    @Override
    public boolean headerComplete() {
      headed = true;
      return true;
    }

    @Override
    public boolean content(ByteBuffer content) {
      piece = content;
      return true;
    }

    @Override
    public boolean contentComplete() {
      return false;
    }

    @Override
    public void parsedTrailer(HttpField field) {
      trailers.add(field);
    }

    @Override
    public boolean messageComplete() {
      complete = true;
      return true;
    }

    @Override
    public void earlyEOF() {
      failure = new EOFException(headed ? "the guest ended the connection within its answer" : "the guest ended the connection without an answer");
    }

    @Override
    public void badMessage(HttpException wrong) {
      failure = new ProtocolException("the guest's answer is no HTTP: " + wrong.getReason());
    }
  }
}
