package dev.wrenn.rest.internal.stream;

import dev.wrenn.rest.internal.Failure;
import dev.wrenn.rest.internal.Wire;
import jakarta.websocket.CloseReason;
import jakarta.websocket.Session;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The client's end of a stream. Sending waits for the client, which is what slows the process down. Thread-safe. */
final class Peer {
  private static final Logger LOG = LoggerFactory.getLogger(Peer.class);

  private final Session session;
  private final ReentrantLock sending = new ReentrantLock();

  Peer(Session session) {
    this.session = session;
  }

  /** @throws IOException when the client is gone */
  void send(Map<String, ?> message) throws IOException {
    sending.lock();
    try {
      session.getBasicRemote().sendText(Wire.text(message));
    } finally {
      sending.unlock();
    }
  }

  /** Bare bytes. @throws IOException when the client is gone */
  void send(byte[] bytes) throws IOException {
    sending.lock();
    try {
      session.getBasicRemote().sendBinary(ByteBuffer.wrap(bytes));
    } finally {
      sending.unlock();
    }
  }

  /** @param fatal whether nothing follows; only the terminal protocol says so */
  void fail(Failure failure, boolean fatal) throws IOException {
    Map<String, Object> message = new LinkedHashMap<>();
    message.put("type", "error");
    message.put("data", failure.message());
    message.put("code", failure.code());
    if (fatal) {
      message.put("fatal", true);
    }
    send(message);
  }

  /** Pings; a peer that is being written to needs none. */
  void ping(boolean message) {
    if (!sending.tryLock()) {
      return;
    }
    try {
      session.getBasicRemote().sendPing(ByteBuffer.allocate(0));
      if (message) {
        session.getBasicRemote().sendText("{\"type\":\"ping\"}");
      }
    } catch (IOException | IllegalStateException e) {
      LOG.debug("stream {}: no ping, the client is gone: {}", session.getId(), e.toString());
    } finally {
      sending.unlock();
    }
  }

  /** Ends the stream in good order. Idempotent. */
  void close() {
    try {
      session.close(new CloseReason(CloseReason.CloseCodes.NORMAL_CLOSURE, ""));
    } catch (IOException | IllegalStateException e) {
      LOG.debug("stream {}: the client left without a goodbye: {}", session.getId(), e.toString());
    }
  }
}
