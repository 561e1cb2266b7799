package dev.wrenn.proxy.internal;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.io.Content;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries the body of a request to the guest, on a thread of its own: an answer may begin before the request ends. A guest that takes no more
 * gets no more; the rest is read all the same, for only so does the client come to read the answer.
 */
final class BodyPump {
  private static final Logger LOG = LoggerFactory.getLogger(BodyPump.class);

  private final Visitor visitor;
  private final OutputStream output;
  private final Runnable sent;
  private final Runnable clientGone;
  private final CountDownLatch done = new CountDownLatch(1);
  private volatile boolean started;
  private volatile boolean whole;
  private volatile boolean discard;
  private volatile boolean writing;
  private volatile long lastSent = System.nanoTime();

  /** One that only reads. */
  BodyPump(Visitor visitor) {
    this(visitor, OutputStream.nullOutputStream(), () -> { }, () -> { });
  }

  /**
   * @param sent called when the guest has all of it
   * @param clientGone called when the client ends before its body does
   */
  BodyPump(Visitor visitor, OutputStream output, Runnable sent, Runnable clientGone) {
    this.visitor = visitor;
    this.output = output;
    this.sent = sent;
    this.clientGone = clientGone;
  }

  /** Once. */
  void start() {
    started = true;
    Thread.ofVirtual().name("wrenn-proxy-body").start(this::run);
  }

  boolean started() {
    return started;
  }

  /** Nothing more goes to the guest. */
  void discard() {
    discard = true;
  }

  /** Whether it is the client that is waited for. */
  boolean atClient() {
    return started && !whole && !writing;
  }

  /** When the guest last took something, as {@link System#nanoTime}. */
  long lastSent() {
    return lastSent;
  }

  /**
   * After the answer: the rest of the request is read for a while; if it is too long, the connection ends. A body that the client has been told
   * not to send is not waited for.
   */
  void finish(long millis) {
    discard = true;
    if (!started && visitor.hasBody() && !visitor.expectsContinue()) {
      start();
    }
    try {
      if (started && !done.await(millis, TimeUnit.MILLISECONDS)) {
        visitor.request().getConnectionMetaData().getConnection().getEndPoint().close();
        done.await(millis, TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      ClientBody body = new ClientBody(visitor.request());
      boolean last = false;
      while (!last) {
        Content.Chunk chunk = body.next();
        try {
          last = chunk.isLast();
          send(chunk.getByteBuffer());
        } finally {
          chunk.release();
        }
      }
      whole = true;
      end();
    } catch (IOException brokenOff) {
      LOG.debug("a request's body", brokenOff);
      clientGone.run();
    } finally {
      done.countDown();
    }
  }

  private void send(ByteBuffer content) {
    if (discard || !content.hasRemaining()) {
      return;
    }
    byte[] start = visitor.chunked() ? bytes(Integer.toHexString(content.remaining()) + "\r\n") : new byte[0];
    byte[] end = visitor.chunked() ? bytes("\r\n") : new byte[0];
    byte[] piece = new byte[start.length + content.remaining() + end.length];
    System.arraycopy(start, 0, piece, 0, start.length);
    System.arraycopy(end, 0, piece, piece.length - end.length, end.length);
    content.get(piece, start.length, piece.length - start.length - end.length);
    write(piece);
  }

  private void end() {
    if (!discard && visitor.chunked()) {
      StringBuilder tail = new StringBuilder("0\r\n");
      HttpFields trailers = visitor.request().getTrailers();
      if (trailers != null) {
        for (HttpField field : trailers) {
          tail.append(field.getName()).append(": ").append(field.getValue()).append("\r\n");
        }
      }
      write(bytes(tail.append("\r\n").toString()));
    }
    if (!discard) {
      sent.run();
    }
  }

  private void write(byte[] piece) {
    try {
      lastSent = System.nanoTime();
      writing = true;
      output.write(piece);
      output.flush();
      lastSent = System.nanoTime();
    } catch (IOException guestTakesNoMore) {
      LOG.debug("a request's body", guestTakesNoMore);
      discard = true;
    } finally {
      writing = false;
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
