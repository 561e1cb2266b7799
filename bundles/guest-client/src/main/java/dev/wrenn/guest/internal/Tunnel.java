package dev.wrenn.guest.internal;

import dev.wrenn.port.GuestSocket;
import dev.wrenn.process.GuestException;
import dev.wrenn.process.GuestException.Code;
import dev.wrenn.spi.Deadline;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/**
 * A TCP connection whose bytes are its user's. When the capsule ends it is reset, so that nobody takes that for the end of the data; when
 * its user closes it, it ends politely.
 */
final class Tunnel implements GuestSocket {
  private static final int ANSWER_BYTES = 1 << 16;
  private static final int NOBODY_LISTENS = 502;

  private final Agent agent;
  private final Connection connection;
  private final InputStream input = new Input();
  private final OutputStream output = new Output();

  private Tunnel(Agent agent, Connection connection) throws IOException {
    this.agent = agent;
    this.connection = connection;
    connection.resetAtClose();
  }

  /** To a port in the guest. */
  static Tunnel through(Agent agent, int port, Deadline within) throws GuestException {
    String what = "a connection to port " + port;
    Exchange exchange = agent.openOwn(Request.tunnel(port, agent.limits().port()), what, within);
    boolean open = false;
    try {
      Response response = exchange.response();
      if (response.status == Response.SWITCHED) {
        Tunnel tunnel = new Tunnel(agent, exchange.connection());
        open = true;
        return tunnel;
      }
      GuestException refusal = Failures.of(response.status, response.bytes(ANSWER_BYTES));
      throw response.status == NOBODY_LISTENS
          ? new GuestException(Code.NOT_FOUND, "Nothing listens on port " + port + " of the capsule.", refusal)
          : refusal;
    } catch (IOException e) {
      throw agent.failure(what, e);
    } finally {
      if (!open) {
        exchange.close();
      }
    }
  }

  /** To the agent itself. */
  static Tunnel plain(Agent agent, Deadline within) throws GuestException {
    try {
      return new Tunnel(agent, agent.plain(within));
    } catch (IOException e) {
      throw agent.failure("a connection", e);
    }
  }

  @Override
  public InputStream input() {
    return input;
  }

  @Override
  public OutputStream output() {
    return output;
  }

  @Override
  public void endOutput() throws IOException {
    connection.endOutput();
  }

  @Override
  public void close() {
    connection.closePolitely();
    agent.drop(connection);
  }

  private final class Input extends InputStream {
    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      return length == 0 ? 0 : connection.await(into, offset, length);
    }

    @Override
    public void close() {
      Tunnel.this.close();
    }
  }

  private final class Output extends OutputStream {
    @Override
    public void write(int value) throws IOException {
      write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      connection.writeFully(ByteBuffer.wrap(bytes, offset, length));
    }

    @Override
    public void close() throws IOException {
      endOutput();
    }
  }
}
