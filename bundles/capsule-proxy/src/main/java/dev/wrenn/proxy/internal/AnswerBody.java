package dev.wrenn.proxy.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Blocker;
import org.eclipse.jetty.util.BufferUtil;

/**
 * The body of an answer on its way to the client, each piece as soon as it is there. Where the length is not known, the chunks are made here:
 * the server's own keep back the end of a chunk until the next one comes, and clients that wait for it would see each event late by one.
 */
final class AnswerBody {
  private static final byte[] LINE_END = {'\r', '\n'};

  private final Response response;
  private final EndPoint endPoint;
  private final boolean chunked;

  private AnswerBody(Response response, EndPoint endPoint, boolean chunked) {
    this.response = response;
    this.endPoint = endPoint;
    this.chunked = chunked;
  }

  static AnswerBody of(Visitor visitor, GuestAnswer.Head head, Response response, EndPoint endPoint) {
    boolean empty = head.status() == 204 || head.status() == 304 || visitor.isMethod(HttpMethod.HEAD);
    boolean chunked = !empty && !response.getHeaders().contains(HttpHeader.CONTENT_LENGTH) && visitor.speaks11();
    if (chunked) {
      response.getHeaders().put(HttpHeader.TRANSFER_ENCODING, HttpHeaderValue.CHUNKED.asString());
    }
    return new AnswerBody(response, endPoint, chunked);
  }

  /** Sends the head, if that has not been done. */
  void begin() throws IOException {
    if (!response.isCommitted()) {
      Content.Sink.write(response, false, BufferUtil.EMPTY_BUFFER);
    }
  }

  void write(ByteBuffer piece) throws IOException {
    if (!chunked) {
      Content.Sink.write(response, false, piece);
      return;
    }
    begin();
    byte[] size = (Integer.toHexString(piece.remaining()) + "\r\n").getBytes(StandardCharsets.US_ASCII);
    try (Blocker.Callback written = Blocker.callback()) {
      endPoint.write(written, ByteBuffer.wrap(size), piece, ByteBuffer.wrap(LINE_END));
      written.block();
    }
  }

  void end() throws IOException {
    Content.Sink.write(response, true, BufferUtil.EMPTY_BUFFER);
  }
}
