package dev.wrenn.guest.internal;

import dev.wrenn.spi.Deadline;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;

/**
 * One TCP connection to an agent with a small read buffer. One user at a time, but {@link #close} may come from any thread and ends a
 * waiting read or write. Every wait for bytes ends at the deadline that was set last.
 */
final class Connection implements AutoCloseable {
  private static final int BUFFER = 4 << 10;
  /** Fits into any socket's send buffer. */
  private static final int SHORT_REQUEST = 4 << 10;

  private final SocketChannel channel;
  private final byte[] buffer = new byte[BUFFER];
  private int position;
  private int limit;
  private Deadline deadline;
  private long idleFrom;

  private Connection(SocketChannel channel) {
    this.channel = channel;
  }

  static Connection open(InetSocketAddress address, Deadline within) throws IOException {
    SocketChannel channel = SocketChannel.open();
    try {
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.socket().connect(address, millis(within));
      return new Connection(channel);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  void deadline(Deadline within) {
    deadline = within;
  }

  /** Writes all of it. The kernel takes short requests at once; only for long ones a guest that doesn't read must be given up. */
  void write(ByteBuffer bytes, Deadline within) throws IOException {
    if (bytes.remaining() <= SHORT_REQUEST) {
      writeFully(bytes);
      return;
    }
    Thread watch = Thread.ofVirtual().name("guest-write-limit").start(() -> closeAfter(within));
    try {
      writeFully(bytes);
    } catch (ClosedChannelException e) {
      SocketTimeoutException timeout = new SocketTimeoutException("the agent does not take the request");
      timeout.initCause(e);
      throw within.expired() ? timeout : e;
    } finally {
      watch.interrupt();
    }
  }

  private void closeAfter(Deadline within) {
    try {
      Thread.sleep(within.remaining());
      close();
    } catch (InterruptedException e) {
      // The request was taken.
    }
  }

  /** The next byte; an end of the stream is an error. */
  int read() throws IOException {
    if (position == limit && !fill()) {
      throw new EOFException("the agent closed the connection");
    }
    return buffer[position++] & 0xff;
  }

  /** Some bytes, at least one; −1 at the end of the stream. */
  int read(byte[] into, int offset, int length) throws IOException {
    if (position < limit) {
      int count = Math.min(length, limit - position);
      System.arraycopy(buffer, position, into, offset, count);
      position += count;
      return count;
    }
    return receive(into, offset, length);
  }

  /** From now on an end from this side is a reset, until {@link #closePolitely}: whoever is at the other end must not take it for an end of data. */
  void resetAtClose() throws IOException {
    channel.setOption(StandardSocketOptions.SO_LINGER, 0);
  }

  void closePolitely() {
    try {
      channel.setOption(StandardSocketOptions.SO_LINGER, -1);
    } catch (IOException e) {
      // It is closed or broken already.
    }
    close();
  }

  /** As {@link #read(byte[], int, int)}, for as long as it takes. */
  int await(byte[] into, int offset, int length) throws IOException {
    return position < limit ? read(into, offset, length) : channel.read(ByteBuffer.wrap(into, offset, length));
  }

  /** Waits, for as long as it takes, until there is something to read, an end or a failure; which of them, the next read says. */
  void listen() {
    try {
      if (position == limit) {
        position = 0;
        limit = 0;
        limit = Math.max(0, channel.read(ByteBuffer.wrap(buffer)));
      }
    } catch (IOException e) {
      // The next read fails as well.
    }
  }

  /** Writes all of it, for as long as it takes. */
  void writeFully(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** Nothing more is written. */
  void endOutput() throws IOException {
    channel.shutdownOutput();
  }

  /** Whether it can carry another request: nothing has come that was not asked for, and the other side has not closed it. */
  boolean idle() {
    if (position < limit) {
      return false;
    }
    try {
      channel.configureBlocking(false);
      int count = channel.read(ByteBuffer.wrap(buffer));
      channel.configureBlocking(true);
      return count == 0;
    } catch (IOException e) {
      return false;
    }
  }

  void idleFrom(long nanos) {
    idleFrom = nanos;
  }

  /** Since when it waits for its next user, as that user said. */
  long idleFrom() {
    return idleFrom;
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // The descriptor is released all the same.
    }
  }

  private boolean fill() throws IOException {
    position = 0;
    limit = Math.max(0, receive(buffer, 0, buffer.length));
    return limit > 0;
  }

  private int receive(byte[] into, int offset, int length) throws IOException {
    channel.socket().setSoTimeout(millis(deadline));
    return channel.socket().getInputStream().read(into, offset, length);
  }

  private static int millis(Deadline within) throws SocketTimeoutException {
    if (within.expired()) {
      throw new SocketTimeoutException("the time was up");
    }
    return (int) Math.clamp(within.remaining().plusNanos(999_999).toMillis(), 1, Integer.MAX_VALUE);
  }
}
