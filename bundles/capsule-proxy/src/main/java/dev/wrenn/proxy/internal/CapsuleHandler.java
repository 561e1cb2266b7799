package dev.wrenn.proxy.internal;

import dev.wrenn.faces.Slot;
import dev.wrenn.platform.PortService;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import org.eclipse.jetty.http.BadMessageException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpChannel;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Stands before everything else that the server serves, and takes the requests that are for capsules. */
final class CapsuleHandler extends Handler.Abstract {
  private final ProxyConfig config;
  private final Streams streams;
  private final Door door;

  CapsuleHandler(ProxyConfig config, Slot<PortService> ports, Streams streams) {
    this.config = config;
    this.streams = streams;
    this.door = new Door(ports);
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    Optional<Route> route;
    Optional<Predicate<String>> signature = Optional.empty();
    try {
      route = Routes.of(request.getHttpURI().getHost() == null ? Request.getServerName(request) : request.getHttpURI().getHost(), request.getHeaders());
      if (route.isEmpty()) {
        if (preflight(request, response, callback)) {
          return true;
        }
        signature = Signatures.test(request);
        if (signature.isEmpty()) {
          check(request);
          if (NotThereYet.concerns(request.getHttpURI().getPath())) {
            request.addHttpStreamWrapper(NotThereYet::new);
          }
          return false;
        }
      }
    } catch (Refusal refusal) {
      refuse(refusal, request, response, callback);
      return true;
    }
    Optional<Predicate<String>> test = signature;
    onVirtualThread(() -> serve(route, test, new Visitor(request), response, callback));
    return true;
  }

  private void refuse(Refusal refusal, Request request, Response response, Callback callback) {
    onVirtualThread(() -> answer(refusal, new Visitor(request), response, callback));
  }

  private void answer(Refusal refusal, Visitor visitor, Response response, Callback callback) {
    RefusalAnswer.send(refusal, visitor, response, new BodyPump(visitor), config.lingerMillis(), callback);
  }

  private static void onVirtualThread(Runnable work) {
    if (Thread.currentThread().isVirtual()) {
      work.run();
    } else {
      Thread.ofVirtual().name("wrenn-proxy").start(work);
    }
  }

  private void serve(Optional<Route> named, Optional<Predicate<String>> signature, Visitor visitor, Response response, Callback callback) {
    try {
      Route route = named.isPresent() ? named.get() : door.signed(signature.orElseThrow());
      if (visitor.isMethod(HttpMethod.CONNECT)) {
        throw Refusal.badRequest("CONNECT is not for ports of capsules: ask for a path, or for an upgrade", route);
      }
      PortKey key = PortKey.of(visitor.headers(), visitor.request().getHttpURI());
      Door.Line line = door.open(visitor, route, key);
      if (key.inQuery() && route.byHostName() && !route.toAgent() && isNavigation(visitor)) {
        line.socket().close();
        keep(key, visitor, response);
        callback.succeeded();
        return;
      }
      new Exchange(config, streams, visitor, route, line.socket(), response, callback).run(line.accessToken());
    } catch (Refusal refusal) {
      answer(refusal, visitor, response, callback);
    } catch (IOException | RuntimeException failed) {
      callback.failed(failed);
    }
  }

  /** Requests that would not survive being asked again elsewhere keep going, with their token taken out. */
  private static boolean isNavigation(Visitor visitor) {
    return (visitor.isMethod(HttpMethod.GET) || visitor.isMethod(HttpMethod.HEAD)) && !visitor.wantsUpgrade() && !visitor.hasBody();
  }

  /** The token, which was right, goes from the address into a cookie of this host name. */
  private static void keep(PortKey key, Visitor visitor, Response response) {
    HttpURI uri = visitor.request().getHttpURI();
    boolean secure = "https".equals(visitor.scheme());
    String token = key.token().filter(t -> t.matches("[!#-+\\--:<-\\[\\]-~]*")).orElse("");
    response.setStatus(HttpStatus.SEE_OTHER_303);
    response.getHeaders().put(HttpHeader.LOCATION,
        visitor.scheme() + "://" + visitor.host() + (uri.getPath() == null ? "/" : uri.getPath()) + new RawQuery(uri.getQuery()).without(PortKey.QUERY));
    response.getHeaders().put(HttpHeader.SET_COOKIE,
        Cookies.TOKEN + "=" + token + "; Path=/; HttpOnly; SameSite=Lax" + (secure ? "; Secure" : ""));
    response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
    response.getHeaders().put("Referrer-Policy", "no-referrer");
  }

  /**
   * A browser asks before a page of another origin sends routing headers, and can't send them along with the question. The answer is what the
   * agents give: whoever knows a capsule's id may ask it.
   */
  private static boolean preflight(Request request, Response response, Callback callback) {
    if (!HttpMethod.OPTIONS.is(request.getMethod()) || !request.getHeaders().contains("Access-Control-Request-Method")) {
      return false;
    }
    String wanted = request.getHeaders().get("Access-Control-Request-Headers");
    if (wanted == null || !wanted.toLowerCase(Locale.ROOT).contains(Routes.E2B_ID.toLowerCase(Locale.ROOT))) {
      return false;
    }
    response.setStatus(HttpStatus.NO_CONTENT_204);
    response.getHeaders().put("Access-Control-Allow-Origin", "*");
    response.getHeaders().put("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    response.getHeaders().put("Access-Control-Allow-Headers", wanted);
    response.getHeaders().put("Access-Control-Max-Age", "7200");
    callback.succeeded();
    return true;
  }

  /** Servers in capsules take any path; the platform's own pages only those that mean one thing. The listener lets all pass, so it is here. */
  private static void check(Request request) {
    HttpURI uri = request.getHttpURI();
    if (uri.hasViolations()) {
      String wrong = UriCompliance.checkUriCompliance(UriCompliance.DEFAULT, uri, HttpChannel.from(request).getComplianceViolationListener());
      if (wrong != null) {
        throw new BadMessageException(wrong);
      }
    }
  }
}
