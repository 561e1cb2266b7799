package dev.wrenn.proxy.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.ReentrantLock;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;

/**
 * Notices that a client leaves while its answer is still being made: the server in the capsule is to learn of it at once, and not with its
 * next line of output. Only for connections whose request has been read to its end. A byte that comes early, of a next request, goes back to
 * where it belongs.
 */
final class ClientWatch implements Callback {
  private static final int ENOUGH = 256;

  private final EndPoint endPoint;
  private final Connection connection;
  private final Runnable gone;
  private final ReentrantLock lock = new ReentrantLock();
  private boolean stopped;
  private boolean watching;

  ClientWatch(EndPoint endPoint, Connection connection, Runnable gone) {
    this.endPoint = endPoint;
    this.connection = connection;
    this.gone = gone;
  }

  void start() {
    lock.lock();
    try {
      if (!stopped && endPoint instanceof AbstractEndPoint && connection instanceof Connection.UpgradeTo) {
        watching = endPoint.tryFillInterested(this);
      }
    } finally {
      lock.unlock();
    }
  }

  /** After it returns, the connection is as if nobody had watched. Idempotent. */
  void stop() {
    boolean cancel;
    lock.lock();
    try {
      cancel = watching && !stopped;
      stopped = true;
    } finally {
      lock.unlock();
    }
    // Only what was registered here: it may be the request's body that is waited for.
    if (cancel && endPoint instanceof AbstractEndPoint watched) {
      watched.getFillInterest().onFail(new CancellationException("the answer has ended"));
    }
  }

  @Override
  public void succeeded() {
    lock.lock();
    try {
      if (!stopped) {
        watching = false;
        look();
      }
    } finally {
      lock.unlock();
    }
  }

  private void look() {
    try {
      ByteBuffer early = BufferUtil.allocate(ENOUGH);
      int read = endPoint.fill(early);
      if (read < 0) {
        stopped = true;
        Thread.ofVirtual().name("wrenn-proxy-gone").start(gone);
      } else if (read == 0) {
        watching = endPoint.tryFillInterested(this);
      } else {
        stopped = true;
        ((Connection.UpgradeTo) connection).onUpgradeTo(early);
        if (early.hasRemaining()) {
          throw new IOException("a client sends more requests ahead than there is room for");
        }
      }
    } catch (IOException broken) {
      stopped = true;
      Thread.ofVirtual().name("wrenn-proxy-gone").start(gone);
    }
  }

  @Override
  public void failed(Throwable cause) {
    lock.lock();
    try {
      if (!stopped) {
        stopped = true;
        Thread.ofVirtual().name("wrenn-proxy-gone").start(gone);
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public InvocationType getInvocationType() {
    return InvocationType.NON_BLOCKING;
  }
}
