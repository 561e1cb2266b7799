package dev.wrenn.guest.internal;

import dev.wrenn.spi.Deadline;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;

/**
 * Listens while a request is still being sent: an agent that answers early, or is gone, ends the wait for what is to be sent next. The
 * reading side of the connection is its own until {@link #ended}. One user; its thread ends with the connection.
 */
final class Listening {
  private final Connection connection;
  private final Thread listener;
  private Thread reader;
  private boolean over;
  private boolean woken;

  Listening(Connection connection) {
    this.connection = connection;
    this.listener = Thread.ofVirtual().name("guest-answer").start(this::listen);
  }

  private void listen() {
    connection.listen();
    synchronized (this) {
      over = true;
      if (reader != null) {
        woken = true;
        reader.interrupt();
      }
    }
  }

  /** Whether something has come, or nothing can come any more. */
  synchronized boolean over() {
    return over;
  }

  /**
   * Reads from the content unless {@link #over}. A wait for it ends when that comes meanwhile; then what was read does not count.
   *
   * @throws IOException of the content
   */
  int read(InputStream content, byte[] into, int length) throws IOException {
    synchronized (this) {
      if (over) {
        return 0;
      }
      reader = Thread.currentThread();
    }
    try {
      return content.read(into, 0, length);
    } catch (IOException e) {
      if (over()) {
        return 0;
      }
      throw e;
    } finally {
      synchronized (this) {
        reader = null;
        if (woken) {
          // It was meant for that read alone.
          Thread.interrupted();
        }
      }
    }
  }

  /** Waits until something has come; from then on the connection may be read again. @throws IOException when nothing came in time */
  void ended(Deadline within) throws IOException {
    try {
      if (!listener.join(within.remaining())) {
        throw new SocketTimeoutException("the time was up");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted while the agent's answer was awaited").initCause(e);
    }
  }
}
