package dev.wrenn.proxy.internal;

import dev.wrenn.port.GuestSocket;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.Blocker;
import org.eclipse.jetty.util.BufferUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A connection that goes on as something other than HTTP: bytes both ways, each direction on a thread and with an end of its own. */
final class Tunnel extends AbstractConnection implements Connection.UpgradeTo {
  private static final Logger LOG = LoggerFactory.getLogger(Tunnel.class);
  private static final int BUFFER = 32 << 10;

  private final GuestSocket socket;
  private final ByteBuffer firstOfGuest;
  private final Runnable ended;
  private final Client client;
  private final AtomicInteger open = new AtomicInteger(2);
  private final AtomicBoolean begun = new AtomicBoolean();
  private final AtomicBoolean broken = new AtomicBoolean();
  private ByteBuffer firstOfClient = BufferUtil.EMPTY_BUFFER;

  /**
   * @param firstOfGuest what the guest has sent already
   * @param ended called once, when the connection is over
   */
  Tunnel(EndPoint endPoint, Executor executor, GuestSocket socket, ByteBuffer firstOfGuest, Runnable ended) {
    super(endPoint, executor);
    this.socket = socket;
    this.firstOfGuest = firstOfGuest;
    this.ended = ended;
    this.client = new Client(endPoint);
  }

  @Override
  public void onUpgradeTo(ByteBuffer buffer) {
    firstOfClient = buffer == null ? BufferUtil.EMPTY_BUFFER : buffer;
  }

  @Override
  public void onOpen() {
    super.onOpen();
    if (!begun.compareAndSet(false, true)) {
      getEndPoint().close();
      return;
    }
    client.patient();
    Thread.ofVirtual().name("wrenn-proxy-to-client").start(this::toClient);
    Thread.ofVirtual().name("wrenn-proxy-to-guest").start(this::toGuest);
  }

  /** For one that the client has left before it began. */
  void giveUp() {
    if (begun.compareAndSet(false, true)) {
      close(socket);
      ended.run();
    }
  }

  /** The connection as a whole is broken, so that nobody takes it for a proper end. Idempotent. */
  void breakOff() {
    if (broken.compareAndSet(false, true)) {
      client.reset();
      close(socket);
    }
  }

  private void toClient() {
    try {
      write(firstOfGuest);
      InputStream input = socket.input();
      byte[] bytes = new byte[BUFFER];
      for (int read = input.read(bytes); read >= 0; read = input.read(bytes)) {
        write(ByteBuffer.wrap(bytes, 0, read));
      }
      getEndPoint().shutdownOutput();
    } catch (IOException over) {
      LOG.debug("an upgraded connection", over);
      breakOff();
    } finally {
      over();
    }
  }

  private void toGuest() {
    try {
      send(firstOfClient);
      ByteBuffer buffer = BufferUtil.allocate(BUFFER);
      while (fill(buffer) >= 0) {
        send(buffer);
        BufferUtil.clear(buffer);
      }
      socket.endOutput();
    } catch (IOException over) {
      LOG.debug("an upgraded connection", over);
      // A guest that has said goodbye may not listen any more; what it has still said arrives by the other direction.
      if (!getEndPoint().isOpen() || getEndPoint().isInputShutdown()) {
        breakOff();
      }
    } finally {
      over();
    }
  }

  private void over() {
    if (open.decrementAndGet() == 0) {
      close(socket);
      getEndPoint().close();
      ended.run();
    }
  }

  private void send(ByteBuffer content) throws IOException {
    if (content.hasRemaining()) {
      byte[] bytes = new byte[content.remaining()];
      content.get(bytes);
      socket.output().write(bytes);
      socket.output().flush();
    }
  }

  private void write(ByteBuffer content) throws IOException {
    if (content.hasRemaining()) {
      try (Blocker.Callback written = Blocker.callback()) {
        getEndPoint().write(written, content);
        written.block();
      }
    }
  }

  private int fill(ByteBuffer buffer) throws IOException {
    for (;;) {
      int read = getEndPoint().fill(buffer);
      if (read != 0) {
        return read;
      }
      try (Blocker.Callback readable = Blocker.callback()) {
        getEndPoint().fillInterested(readable);
        readable.block();
      }
    }
  }

  private static void close(GuestSocket socket) {
    try {
      socket.close();
    } catch (IOException gone) {
      LOG.debug("closing a connection into a capsule", gone);
    }
  }

  @Override
  public void onFillable() {
    throw new IllegalStateException("bytes are read by a thread that waits for them");
  }

  @Override
  public void onClose(Throwable cause) {
    super.onClose(cause);
    close(socket);
  }
}
