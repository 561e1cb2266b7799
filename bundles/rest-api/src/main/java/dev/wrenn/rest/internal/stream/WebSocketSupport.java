package dev.wrenn.rest.internal.stream;

import jakarta.websocket.CloseReason;
import jakarta.websocket.OnOpen;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpoint;
import java.io.IOException;
import org.osgi.service.component.annotations.Component;

/**
 * Makes the web container set up WebSockets: Pax Web does so only for a context in which an endpoint is announced, and the streams, whose
 * handshakes are checked in a servlet, announce none. Who connects here is sent away.
 *
 * <p>The context is restarted when this is announced. So the servlets refer to it: they come afterwards, and nothing answers before.
 */
@ServerEndpoint("/v1/websocket-support")
@Component(service = {Object.class, WebSocketSupport.class}, property = "org.ops4j.pax.web.http.whiteboard.websocket:Boolean=true")
public final class WebSocketSupport {
  @OnOpen
  public void open(Session session) throws IOException {
    session.close(new CloseReason(CloseReason.CloseCodes.NORMAL_CLOSURE, "streams are at the capsules"));
  }
}
