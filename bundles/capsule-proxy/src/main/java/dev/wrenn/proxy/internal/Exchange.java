package dev.wrenn.proxy.internal;

import dev.wrenn.port.GuestSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request and its answer. Runs on a virtual thread that reads the answer; the body of the request has another one. Each waits for its own
 * peer only, so whoever is slow slows nobody else.
 */
final class Exchange {
  private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);

  private enum End { ANSWER_TIMEOUT, CLIENT_GONE, BROKEN_OFF }

  private final ProxyConfig config;
  private final Streams streams;
  private final Visitor visitor;
  private final Route route;
  private final GuestSocket socket;
  private final Response response;
  private final Callback callback;
  private final EndPoint endPoint;
  private final Client client;
  private final BodyPump pump;
  private final ClientWatch watch;
  private final AtomicReference<End> end = new AtomicReference<>();
  private final Runnable breakOff = () -> end(End.BROKEN_OFF);
  private volatile Scheduler.Task deadline;
  private volatile boolean headed;
  private volatile Tunnel tunnel;

  Exchange(ProxyConfig config, Streams streams, Visitor visitor, Route route, GuestSocket socket, Response response, Callback callback) {
    this.config = config;
    this.streams = streams;
    this.visitor = visitor;
    this.route = route;
    this.socket = socket;
    this.response = response;
    this.callback = callback;
    var connection = visitor.request().getConnectionMetaData().getConnection();
    this.endPoint = connection.getEndPoint();
    this.client = new Client(endPoint);
    this.watch = new ClientWatch(endPoint, connection, this::clientGone);
    this.pump = new BodyPump(visitor, socket.output(), watch::start, this::clientGone);
  }

  /** Completes the callback, unless it throws. @throws Refusal while nothing has been answered yet */
  void run(Optional<String> accessToken) throws Refusal {
    streams.add(breakOff);
    client.patient();
    try {
      answer(accessToken);
    } catch (IOException failed) {
      stop();
      refuse(failed);
    } finally {
      if (tunnel == null) {
        streams.remove(breakOff);
      }
    }
  }

  private void answer(Optional<String> accessToken) throws IOException {
    socket.output().write(RequestHead.of(visitor, route, accessToken, config.passHost()));
    socket.output().flush();
    schedule(config.answerTimeoutMillis());
    Scheduler.Task late = begin();
    GuestAnswer answer = new GuestAnswer(socket.input(), visitor.isMethod(HttpMethod.HEAD), config.maxHeaderBytes());
    GuestAnswer.Head head = finalHead(answer);
    headed = true;
    deadline.cancel();
    if (late != null) {
      late.cancel();
    }
    if (head.status() == 101) {
      upgrade(head, answer);
    } else {
      pass(head, answer);
    }
  }

  /** A client that asks first gets the guest's word, if it comes soon. */
  private Scheduler.Task begin() {
    if (!visitor.hasBody()) {
      watch.start();
      return null;
    }
    if (!visitor.expectsContinue()) {
      pump.start();
      return null;
    }
    return scheduler().schedule(this::startBody, config.continueTimeoutMillis(), TimeUnit.MILLISECONDS);
  }

  private synchronized void startBody() {
    if (!pump.started() && !headed) {
      pump.start();
    }
  }

  private GuestAnswer.Head finalHead(GuestAnswer answer) throws IOException {
    GuestAnswer.Head head = answer.head();
    while (head.interim()) {
      if (head.status() != 100) {
        interim(head);
      } else if (visitor.hasBody()) {
        startBody();
      }
      head = answer.head();
    }
    return head;
  }

  private void interim(GuestAnswer.Head head) throws IOException {
    try {
      response.writeInterim(head.status(), head.fields()).join();
    } catch (CompletionException failed) {
      throw new IOException("the client is gone", failed.getCause());
    }
  }

  private void pass(GuestAnswer.Head head, GuestAnswer answer) throws IOException {
    AnswerHead.copy(head, response, visitor, route);
    if (head.chunked() && head.fields().contains(HttpHeader.TRAILER)) {
      response.setTrailersSupplier(answer::trailers);
    }
    // A head without any of its body yet must not wait for it: a stream of events may have no first one for long.
    if (!answer.ready()) {
      Content.Sink.write(response, false, BufferUtil.EMPTY_BUFFER);
    }
    for (ByteBuffer piece = answer.content(); piece != null; piece = answer.content()) {
      Content.Sink.write(response, false, piece);
    }
    Content.Sink.write(response, true, BufferUtil.EMPTY_BUFFER);
    stop();
    complete();
  }

  private void upgrade(GuestAnswer.Head head, GuestAnswer answer) throws IOException {
    watch.stop();
    if (!visitor.wantsUpgrade()) {
      throw new IOException("the guest changed the protocol without being asked to");
    }
    AnswerHead.copy(head, response, visitor, route);
    response.getHeaders().put(HttpHeader.CONNECTION, "Upgrade");
    head.fields().getValuesList(HttpHeader.UPGRADE).forEach(protocol -> response.getHeaders().add(HttpHeader.UPGRADE, protocol));
    tunnel = new Tunnel(endPoint, visitor.request().getComponents().getExecutor(), socket, copy(answer.rest()), () -> streams.remove(breakOff));
    visitor.request().setAttribute(HttpStream.UPGRADE_CONNECTION_ATTRIBUTE, tunnel);
    callback.succeeded();
  }

  /** Nothing goes to or comes from the guest any more, and nobody looks after the client. */
  private void stop() {
    watch.stop();
    pump.discard();
    if (deadline != null) {
      deadline.cancel();
    }
    close();
  }

  /** The rest of the request is read for a while, then the connection is given back, or ended if too much is left. */
  private void complete() {
    try {
      if (pump.started() && !pump.await(config.lingerMillis())) {
        endPoint.close();
        pump.await(config.lingerMillis());
      }
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      endPoint.close();
    }
    client.asBefore();
    callback.succeeded();
  }

  private void refuse(IOException failed) throws Refusal {
    LOG.debug("{} port {}", route.capsule(), route.port(), failed);
    if (response.isCommitted() || end.get() == End.CLIENT_GONE || end.get() == End.BROKEN_OFF) {
      client.reset();
      callback.failed(failed);
      return;
    }
    response.reset();
    if (end.get() == End.ANSWER_TIMEOUT) {
      throw new Refusal(504, "timeout", "nothing answered on port " + route.port() + " within " + config.answerTimeoutMillis() + " ms", route);
    }
    if (route.e2b() && route.toAgent()) {
      throw Refusal.gone(route);
    }
    throw new Refusal(502, "bad_answer", "the server on port " + route.port() + " of the capsule gave no valid answer: " + failed.getMessage(), route);
  }

  /** Looks after that time whether the guest has had all it needs for so long, and still says nothing. */
  private void schedule(long millis) {
    deadline = scheduler().schedule(() -> {
      long waited = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - pump.lastSent());
      if (headed) {
        return;
      }
      if (pump.atClient() || waited < config.answerTimeoutMillis()) {
        schedule(pump.atClient() ? config.answerTimeoutMillis() : config.answerTimeoutMillis() - waited);
      } else {
        Thread.ofVirtual().name("wrenn-proxy-late").start(() -> end(End.ANSWER_TIMEOUT));
      }
    }, millis, TimeUnit.MILLISECONDS);
  }

  private void clientGone() {
    end(End.CLIENT_GONE);
  }

  private void end(End why) {
    if (why == End.ANSWER_TIMEOUT && headed) {
      return;
    }
    end.compareAndSet(null, why);
    Tunnel upgraded = tunnel;
    if (upgraded != null) {
      upgraded.breakOff();
    }
    close();
  }

  private void close() {
    try {
      socket.close();
    } catch (IOException gone) {
      LOG.debug("closing a connection into a capsule", gone);
    }
  }

  private Scheduler scheduler() {
    return visitor.request().getComponents().getScheduler();
  }

  private static ByteBuffer copy(ByteBuffer bytes) {
    return ByteBuffer.allocate(bytes.remaining()).put(bytes).flip();
  }

  /** Answers in the guest's stead, and reads what is left of the request so that the client gets to read the answer. */
  static void refuse(Refusal refusal, Visitor visitor, Response response, Callback callback, long lingerMillis) {
    try {
      boolean html = visitor.wantsHtml() && refusal.route().filter(Route::toAgent).isEmpty();
      byte[] body = (html ? RefusalPage.html(refusal) : RefusalPage.json(refusal)).getBytes(StandardCharsets.UTF_8);
      response.setStatus(refusal.status());
      response.getHeaders().put(HttpHeader.CONTENT_TYPE, html ? "text/html;charset=utf-8" : "application/json");
      response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
      response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
      if (refusal.e2b()) {
        response.getHeaders().put("Access-Control-Allow-Origin", "*");
      }
      if (refusal.status() == 429 || refusal.status() == 503) {
        response.getHeaders().put(HttpHeader.RETRY_AFTER, "1");
      }
      Content.Sink.write(response, true, visitor.isMethod(HttpMethod.HEAD) ? BufferUtil.EMPTY_BUFFER : ByteBuffer.wrap(body));
      drain(visitor, lingerMillis);
      callback.succeeded();
    } catch (IOException clientGone) {
      callback.failed(clientGone);
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      callback.failed(stopping);
    }
  }

  private static void drain(Visitor visitor, long millis) throws InterruptedException {
    if (visitor.hasBody() && !visitor.expectsContinue()) {
      BodyPump rest = new BodyPump(visitor, java.io.OutputStream.nullOutputStream(), () -> { }, () -> { });
      rest.discard();
      rest.start();
      if (!rest.await(millis)) {
        visitor.request().getConnectionMetaData().getConnection().getEndPoint().close();
        rest.await(millis);
      }
    }
  }
}
