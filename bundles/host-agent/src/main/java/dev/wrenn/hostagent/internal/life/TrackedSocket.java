package dev.wrenn.hostagent.internal.life;

import dev.wrenn.host.HostedCapsule.State;
import dev.wrenn.port.GuestSocket;
import dev.wrenn.process.GuestException;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.network.NetworkAttachment;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A connection into a capsule. Bytes that flow count as use. The end of a capsule is no end of data: hypervisors with a network of their own
 * close its connections politely when they die, so there an end is believed only of a capsule that still answers.
 */
final class TrackedSocket implements GuestSocket {
  private static final Duration STILL_THERE = Duration.ofSeconds(2);

  private final GuestSocket socket;
  private final CapsuleLife life;
  private final Runnable closed;
  private final AtomicBoolean open = new AtomicBoolean(true);
  private final InputStream input;
  private final OutputStream output;

  /** @param closed is run once, when this is closed */
  TrackedSocket(GuestSocket socket, CapsuleLife life, Runnable closed) {
    this.socket = socket;
    this.life = life;
    this.closed = closed;
    input = new Input();
    output = new Output();
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
    socket.endOutput();
  }

  @Override
  public void close() throws IOException {
    if (open.compareAndSet(true, false)) {
      closed.run();
      socket.close();
    }
  }

  private void believeEnd() throws IOException {
    if (life.state() != State.RUNNING) {
      throw new IOException(Reach.ended(life));
    }
    boolean own = life.parts().network.object().filter(network -> network.attachment() instanceof NetworkAttachment.UserMode).isPresent();
    if (own && life.agent().isPresent()) {
      try {
        life.agent().get().health(Deadline.after(STILL_THERE));
      } catch (GuestException e) {
        if (e.code() != GuestException.Code.TIMEOUT) {
          throw new IOException("The connection into capsule " + life.id().capsule() + " broke: " + e.getMessage(), e);
        }
      }
    }
  }

  private final class Input extends TrackedInput {
    Input() {
      super(socket.input(), life.activity());
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      int count = super.read(into, offset, length);
      if (count < 0) {
        believeEnd();
      }
      return count;
    }

    @Override
    public void close() throws IOException {
      TrackedSocket.this.close();
    }
  }

  private final class Output extends FilterOutputStream {
    Output() {
      super(socket.output());
    }

    @Override
    public void write(int value) throws IOException {
      write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
      life.activity().mark();
    }
  }
}
