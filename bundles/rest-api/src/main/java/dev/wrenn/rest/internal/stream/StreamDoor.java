package dev.wrenn.rest.internal.stream;

import dev.wrenn.platform.PlatformException;
import dev.wrenn.rest.internal.ErrorBody;
import dev.wrenn.rest.internal.ErrorMapper;
import dev.wrenn.rest.internal.Guard;
import dev.wrenn.rest.internal.RequestId;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.Extension;
import jakarta.websocket.HandshakeResponse;
import jakarta.websocket.server.HandshakeRequest;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where streams come in: what can be refused with a status is refused here, before the connection becomes a WebSocket. Thread-safe. */
public final class StreamDoor {
  /** Paths below a mount point; the contract test reads them too. */
  public static final List<String> PATHS =
      List.of("/capsules/{id}/exec/stream", "/capsules/{id}/pty", "/capsules/{id}/processes/{selector}/stream",
          "/capsules/{id}/files/watch");

  private static final Pattern PATH = Pattern.compile("/capsules/([^/]+)/(exec/stream|pty|files/watch|processes/([^/]+)/stream)");
  private static final Pattern CAPSULE_ID = Pattern.compile("cl-[0-9a-z]{25}");

  private final StreamContext context;
  private final Origins origins;

  public StreamDoor(StreamContext context) {
    this.context = context;
    this.origins = new Origins(List.of(context.config().allowedOrigins()));
  }

  /** @return false when the request is not for a stream; else it has been answered */
  public boolean serve(HttpServletRequest request, HttpServletResponse response) throws IOException {
    Matcher path = PATH.matcher(request.getPathInfo() == null ? "" : request.getPathInfo());
    if (!request.getMethod().equals("GET") || !path.matches()) {
      return false;
    }
    try {
      upgrade(request, response, path);
    } catch (PlatformException e) {
      ErrorBody.send(ErrorMapper.failure(e), request, response);
    }
    return true;
  }

  private void upgrade(HttpServletRequest request, HttpServletResponse response, Matcher path) throws PlatformException, IOException {
    String capsule = path.group(1);
    if (!CAPSULE_ID.matcher(capsule).matches()) {
      throw new PlatformException(PlatformException.Code.INVALID_REQUEST,
          "a capsule id is cl- and 25 lower-case letters or digits; see GET /v1/capsules");
    }
    if (!"websocket".equalsIgnoreCase(request.getHeader("Upgrade"))) {
      throw new PlatformException(PlatformException.Code.INVALID_REQUEST, "this address speaks WebSocket: send an upgrade request");
    }
    origins.check(request);
    if (!(request.getServletContext().getAttribute(ServerContainer.class.getName()) instanceof ServerContainer container)) {
      throw new PlatformException(PlatformException.Code.UNAVAILABLE, "WebSockets are not ready yet; try again in some seconds");
    }
    Handshake handshake = new Handshake(capsule, request.getHeader(Guard.KEY_HEADER), request.getHeader(Guard.TOKEN_HEADER),
        (String) request.getAttribute(RequestId.KEY));
    StreamEndpoint endpoint = new StreamEndpoint(context, handshake, conversation(path, request, handshake));
    try {
      ServerEndpointConfig config = ServerEndpointConfig.Builder.create(StreamEndpoint.class, request.getRequestURI())
          .configurator(new Given(endpoint)).build();
      container.upgradeHttpToWebSocket(request, response, config, Map.of());
    } catch (DeploymentException e) {
      throw new PlatformException(PlatformException.Code.INTERNAL_ERROR, "the stream could not be opened", e);
    }
  }

  private Function<Peer, Conversation> conversation(Matcher path, HttpServletRequest request, Handshake handshake) {
    return switch (path.group(2)) {
      case "exec/stream" -> peer -> new StreamRun(context, handshake, peer, new ExecScript(peer));
      case "pty" -> peer -> new StreamRun(context, handshake, peer, new PtyScript(peer));
      case "files/watch" -> peer -> new WatchRun(context, handshake, peer);
      default -> {
        String selector = path.group(3);
        boolean replay = !"false".equals(request.getParameter("replay"));
        boolean base64 = "base64".equals(request.getParameter("encoding"));
        yield peer -> new StreamRun(context, handshake, peer, new AttachScript(peer, selector, replay, base64));
      }
    };
  }

  /** Hands the endpoint to the container, which asks nobody else and offers no extensions. */
  private static final class Given extends ServerEndpointConfig.Configurator {
    private final StreamEndpoint endpoint;

    Given(StreamEndpoint endpoint) {
      this.endpoint = endpoint;
    }

    @Override
    public <T> T getEndpointInstance(Class<T> type) {
      return type.cast(endpoint);
    }

    @Override
    public boolean checkOrigin(String origin) {
      return true;
    }

    @Override
    public String getNegotiatedSubprotocol(List<String> supported, List<String> requested) {
      return "";
    }

    @Override
    public List<Extension> getNegotiatedExtensions(List<Extension> installed, List<Extension> requested) {
      return List.of();
    }

    @Override
    public void modifyHandshake(ServerEndpointConfig config, HandshakeRequest request, HandshakeResponse response) {}
  }
}
