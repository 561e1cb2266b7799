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
 * place only after the last one: a connection that ends before has changed nothing. Its end is noticed while the content is waited for,
 * too.
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
      Listening listening = new Listening(connection);
      long sent = length.isPresent() ? measured(content, connection, listening, length.getAsLong()) : chunked(content, connection, listening);
      return acknowledged(last(connection, listening), sent, true);
    }
  }

  private long measured(InputStream content, Connection connection, Listening listening, long all) throws GuestException, IOException {
    byte[] piece = new byte[(int) Math.clamp(all, 1, PIECE)];
    for (long sent = 0; sent < all; ) {
      int count = next(content, piece, (int) Math.min(piece.length, all - sent), connection, listening);
      if (count < 0) {
        throw new EOFException(what + " was broken off: the content ended after " + sent + " of " + all + " bytes");
      }
      write(connection, listening, ByteBuffer.wrap(piece, 0, count));
      sent += count;
    }
    return all;
  }

  private long chunked(InputStream content, Connection connection, Listening listening) throws GuestException, IOException {
    byte[] piece = new byte[PIECE];
    ByteBuffer chunk = ByteBuffer.allocate(PIECE + FRAME);
    long sent = 0;
    for (int count = 0; count >= 0; count = next(content, piece, PIECE, connection, listening)) {
      if (count > 0) {
        chunk.clear().put(Integer.toHexString(count).getBytes(StandardCharsets.US_ASCII)).put(LINE_END).put(piece, 0, count).put(LINE_END);
        write(connection, listening, chunk.flip());
        sent += count;
      }
    }
    write(connection, listening, ByteBuffer.wrap(new byte[] {'0', '\r', '\n', '\r', '\n'}));
    return sent;
  }

  private int next(InputStream content, byte[] piece, int most, Connection connection, Listening listening) throws GuestException, IOException {
    int count = listening.read(content, piece, most);
    if (listening.over()) {
      throw lastWords(connection, listening, new IOException("the agent ended it"));
    }
    return count;
  }

  /** An agent that takes no more has mostly said why before it closed the connection. */
  private void write(Connection connection, Listening listening, ByteBuffer bytes) throws GuestException {
    try {
      connection.write(bytes, Deadline.after(agent.limits().silence()));
    } catch (IOException e) {
      throw lastWords(connection, listening, e);
    }
  }

  private GuestException lastWords(Connection connection, Listening listening, IOException failure) {
    if (!agent.closed()) {
      try {
        return refusal(answer(connection, listening, Deadline.after(LAST_WORDS)));
      } catch (IOException e) {
        failure.addSuppressed(e);
      }
    }
    return agent.failure(what, failure);
  }

  private Response last(Connection connection, Listening listening) throws GuestException {
    try {
      return answer(connection, listening, Deadline.after(agent.limits().tree()));
    } catch (IOException e) {
      throw agent.failure(what, e);
    }
  }

  private static Response answer(Connection connection, Listening listening, Deadline within) throws IOException {
    listening.ended(within);
    connection.deadline(within);
    return Response.read(connection);
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
