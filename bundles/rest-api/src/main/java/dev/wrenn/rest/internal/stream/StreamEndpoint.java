package dev.wrenn.rest.internal.stream;

import jakarta.websocket.CloseReason;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.Session;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The container's view of one stream; public because containers ask for that. */
public final class StreamEndpoint extends Endpoint {
  private static final Logger LOG = LoggerFactory.getLogger(StreamEndpoint.class);

  private final StreamContext context;
  private final Handshake handshake;
  private final Function<Peer, Conversation> conversations;
  private volatile Conversation run;

  StreamEndpoint(StreamContext context, Handshake handshake, Function<Peer, Conversation> conversations) {
    this.context = context;
    this.handshake = handshake;
    this.conversations = conversations;
  }

  @Override
  public void onOpen(Session session, EndpointConfig config) {
    session.setMaxIdleTimeout(context.config().streamDeadPeerSeconds() * 1000L);
    session.setMaxTextMessageBufferSize(context.config().streamMaxMessageBytes());
    session.setMaxBinaryMessageBufferSize(context.config().streamMaxMessageBytes());
    run = conversations.apply(new Peer(session));
    session.addMessageHandler(String.class, run::receive);
    session.addMessageHandler(byte[].class, run::receive);
    Thread.ofVirtual().name("stream-" + handshake.capsule()).start(run);
  }

  @Override
  public void onClose(Session session, CloseReason reason) {
    run.leave();
  }

  @Override
  public void onError(Session session, Throwable cause) {
    LOG.debug("stream to {}: {}", handshake.capsule(), cause.toString());
  }
}
