package dev.wrenn.guest.internal;

import dev.wrenn.process.GuestException;
import dev.wrenn.process.GuestException.Code;
import dev.wrenn.spi.Deadline;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.OptionalLong;

/**
 * One file on its way into the guest, on a connection of its own. The agent is asked before the first byte goes, and puts the file in its
 * place only after the last one: a connection that ends before has changed nothing.
 */
final class Upload {
  private static final int PIECE = 128 << 10;
  /** Room for a chunk's length before it and its end behind it. */
  private static final int FRAME = 16;
  private static final int ANSWER_BYTES = 1 << 16;
  private static final int WRITTEN = 200;
  private static final Duration LAST_WORDS = Duration.ofSeconds(2);
  private static final byte[] LINE_END = {'\r', '\n'};

  private final Agent agent;
  private final String path;
  private final OptionalLong length;
  private final String what;

  Upload(Agent agent, String path, OptionalLong length, String what) {
    this.agent = agent;
    this.path = path;
    this.length = length;
    this.what = what;
  }

  /**
   * @return how many bytes were sent and have arrived
   * @throws IOException of the content
   */
  long send(InputStream content) throws GuestException, IOException {
    if (length.isPresent() && length.getAsLong() < 0) {
      throw new GuestException(Code.INVALID, what + " failed: a content can't have " + length.getAsLong() + " bytes");
    }
    try (Exchange exchange = agent.openOwn(Request.upload(Download.target(path), length), what)) {
      Response first = exchange.response();
      if (first.status != Response.CONTINUE) {
        // Without a body there is nothing to agree on first.
        return acknowledged(first, 0, length.equals(OptionalLong.of(0)));
      }
      Connection connection = exchange.connection();
      long sent = length.isPresent() ? measured(content, connection, length.getAsLong()) : chunked(content, connection);
      connection.deadline(Deadline.after(agent.limits().tree()));
      return acknowledged(last(connection), sent, true);
    }
  }

  private long measured(InputStream content, Connection connection, long all) throws GuestException, IOException {
    byte[] piece = new byte[(int) Math.clamp(all, 1, PIECE)];
    for (long sent = 0; sent < all; ) {
      int count = content.read(piece, 0, (int) Math.min(piece.length, all - sent));
      if (count < 0) {
        throw new EOFException(what + " was broken off: the content ended after " + sent + " of " + all + " bytes");
      }
      write(connection, ByteBuffer.wrap(piece, 0, count));
      sent += count;
    }
    return all;
  }

  private long chunked(InputStream content, Connection connection) throws GuestException, IOException {
    byte[] piece = new byte[PIECE];
    ByteBuffer chunk = ByteBuffer.allocate(PIECE + FRAME);
    long sent = 0;
    for (int count = content.read(piece); count >= 0; count = content.read(piece)) {
      if (count > 0) {
        chunk.clear().put(Integer.toHexString(count).getBytes(StandardCharsets.US_ASCII)).put(LINE_END).put(piece, 0, count).put(LINE_END);
        write(connection, chunk.flip());
        sent += count;
      }
    }
    write(connection, ByteBuffer.wrap(new byte[] {'0', '\r', '\n', '\r', '\n'}));
    return sent;
  }

  /** An agent that takes no more has mostly said why before it closed the connection. */
  private void write(Connection connection, ByteBuffer bytes) throws GuestException {
    try {
      connection.write(bytes, Deadline.after(agent.limits().silence()));
    } catch (IOException e) {
      throw lastWords(connection, e);
    }
  }

  private GuestException lastWords(Connection connection, IOException failure) {
    if (!agent.closed()) {
      try {
        connection.deadline(Deadline.after(LAST_WORDS));
        return refusal(Response.read(connection));
      } catch (IOException e) {
        failure.addSuppressed(e);
      }
    }
    return agent.failure(what, failure);
  }

  private Response last(Connection connection) throws GuestException {
    try {
      return Response.read(connection);
    } catch (IOException e) {
      throw agent.failure(what, e);
    }
  }

  private long acknowledged(Response response, long sent, boolean all) throws GuestException {
    try {
      byte[] answer = response.bytes(ANSWER_BYTES);
      if (response.status != WRITTEN) {
        throw Failures.of(response.status, answer);
      }
      if (!all || ProcessJson.JSON.readTree(answer).size() != 1) {
        throw new IOException("the agent does not say that it wrote this file");
      }
      return sent;
    } catch (IOException e) {
      throw agent.failure(what, e);
    }
  }

  private GuestException refusal(Response response) throws IOException {
    return Failures.of(response.status, response.bytes(ANSWER_BYTES));
  }
}
