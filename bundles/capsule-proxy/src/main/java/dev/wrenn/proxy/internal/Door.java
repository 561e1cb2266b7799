package dev.wrenn.proxy.internal;

import dev.wrenn.faces.Slot;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.platform.PortService;
import dev.wrenn.port.GuestSocket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Predicate;
import org.eclipse.jetty.http.HttpMethod;

/** Decides what a request may reach, and opens it. */
final class Door {
  private static final String ACCESS_TOKEN = "X-Access-Token";

  private final Slot<PortService> ports;

  Door(Slot<PortService> ports) {
    this.ports = ports;
  }

  /** @param accessToken to be put in for the agent */
  record Line(GuestSocket socket, Optional<String> accessToken) {}

  /** The capsule whose token a signed address was made with. @throws Refusal when there is none */
  Route signed(Predicate<String> test) throws Refusal {
    Route unknown = new Route(Route.Way.SIGNATURE, "", "", Route.AGENT_PORT, true);
    try {
      String capsule = ports.get().byAccessToken(test).orElseThrow(
          () -> new Refusal(401, "unauthorized", "the signature fits no running sandbox: it may have ended, or path, user or expiry were changed", unknown));
      return new Route(Route.Way.SIGNATURE, capsule, capsule, Route.AGENT_PORT, true);
    } catch (PlatformException failed) {
      throw Refusal.of(failed, unknown);
    }
  }

  /** @throws Refusal as the platform says, in the client's words */
  Line open(Visitor visitor, Route route, PortKey key) throws Refusal {
    try {
      return route.toAgent() ? agent(visitor, route) : new Line(ports.get().open(route.capsule(), route.port(), key.token()), Optional.empty());
    } catch (PlatformException refused) {
      throw Refusal.of(refused, route);
    }
  }

  /**
   * The agent decides itself what its clients may do. By a bare host name it is reached only by those that have something to show, so that no
   * page in a browser gets to talk to it by chance.
   */
  private Line agent(Visitor visitor, Route route) throws PlatformException, Refusal {
    if (route.way() == Route.Way.WRENN_HEADERS || route.byHostName() && !shows(visitor, route.e2b())) {
      throw new Refusal(403, "forbidden", "port " + Route.AGENT_PORT + " is the capsule's own agent; use the platform's API", route);
    }
    PortService.AgentLine line = looks(visitor) ? ports.get().openAgent(route.capsule()) : ports.get().openAgent(route.capsule(), key(visitor));
    return new Line(line.socket(), line.token());
  }

  /** Who asks how a capsule is, or whether he might ask, is to find it as it is. */
  private static boolean looks(Visitor visitor) {
    String path = visitor.request().getHttpURI().getPath();
    return visitor.asksForOrigin() || "/health".equals(path) || "/metrics".equals(path);
  }

  /** Whether the visitor has the access token, or an address that was signed with it: so much is asked here before a capsule is woken. */
  private static Predicate<String> key(Visitor visitor) {
    byte[] shown = visitor.headers().contains(ACCESS_TOKEN) ? visitor.headers().get(ACCESS_TOKEN).strip().getBytes(StandardCharsets.UTF_8) : new byte[0];
    Optional<Predicate<String>> signature = Signatures.test(visitor.request())
        .filter(test -> !Signatures.expired(visitor.request().getHttpURI().getQuery(), Instant.now()));
    return token -> MessageDigest.isEqual(shown, token.getBytes(StandardCharsets.UTF_8)) || signature.filter(test -> test.test(token)).isPresent();
  }

  /** @param e2b whether the name is one of E2B's clients, who ask for health and origin with empty hands */
  private static boolean shows(Visitor visitor, boolean e2b) {
    String token = visitor.headers().get(ACCESS_TOKEN);
    String query = visitor.request().getHttpURI().getQuery();
    return token != null && token.strip().length() >= 8 || new RawQuery(query).get("signature").filter(s -> s.startsWith("v1_")).isPresent()
        || e2b && (visitor.asksForOrigin() || visitor.isMethod(HttpMethod.GET) && "/health".equals(visitor.request().getHttpURI().getPath()));
  }
}
