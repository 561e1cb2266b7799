package dev.wrenn.proxy.internal;

import dev.wrenn.port.GuestSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
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
  private volatile Scheduler.Task late;
  private boolean over;
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

  /** Completes the callback. */
  void run(Optional<String> accessToken) {
    streams.add(breakOff);
    client.patient();
    try {
      answer(accessToken);
    } catch (IOException failed) {
      fail(failed);
    } catch (RuntimeException refused) {
      // What the server does not want to send on, such as a head that is too large for it.
      fail(new IOException(refused.getMessage(), refused));
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
    begin();
    GuestAnswer answer = new GuestAnswer(socket.input(), visitor.isMethod(HttpMethod.HEAD), config.maxHeaderBytes());
    GuestAnswer.Head head = finalHead(answer);
    headed = true;
    cancel(deadline);
    cancel(late);
    if (head.status() == 101) {
      upgrade(head, answer);
    } else {
      pass(head, answer);
    }
  }

  /** A client that asks first gets the guest's word, if it comes soon. */
  private void begin() {
    if (!visitor.hasBody()) {
      watch.start();
    } else if (visitor.expectsContinue()) {
      late = scheduler().schedule(this::startBody, config.continueTimeoutMillis(), TimeUnit.MILLISECONDS);
    } else {
      startBody();
    }
  }

  private synchronized void startBody() {
    if (visitor.hasBody() && !pump.started() && !headed && !over) {
      pump.start();
    }
  }

  private GuestAnswer.Head finalHead(GuestAnswer answer) throws IOException {
    GuestAnswer.Head head = answer.head();
    while (head.interim()) {
      if (head.status() == 100) {
        startBody();
      } else if (visitor.speaks11()) {
        interim(head);
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
    AnswerBody body = AnswerBody.of(visitor, head, response, endPoint);
    // A head without any of its body yet must not wait for it: a stream of events may have no first one for long.
    if (!answer.ready()) {
      body.begin();
    }
    for (ByteBuffer piece = answer.content(); piece != null; piece = answer.content()) {
      body.write(piece);
    }
    body.end();
    stop();
    pump.finish(config.lingerMillis());
    client.asBefore();
    callback.succeeded();
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
    Request.addCompletionListener(visitor.request(), failure -> {
      if (failure != null) {
        tunnel.giveUp();
      }
    });
    callback.succeeded();
  }

  /** Nothing goes to or comes from the guest any more, and nobody looks after the client. */
  private void stop() {
    synchronized (this) {
      over = true;
    }
    watch.stop();
    pump.discard();
    cancel(deadline);
    cancel(late);
    close();
  }

  private void fail(IOException failed) {
    LOG.debug("{} port {}", route.capsule(), route.port(), failed);
    stop();
    if (response.isCommitted() || end.get() == End.CLIENT_GONE || end.get() == End.BROKEN_OFF) {
      client.reset();
      pump.finish(config.lingerMillis());
      // A client that leaves is nothing to warn of.
      callback.failed(new EofException(failed));
    } else {
      response.reset();
      client.asBefore();
      RefusalAnswer.send(reason(failed), visitor, response, pump, config.lingerMillis(), callback);
    }
  }

  private Refusal reason(IOException failed) {
    if (end.get() == End.ANSWER_TIMEOUT) {
      return new Refusal(504, "timeout", "nothing answered on port " + route.port() + " within " + config.answerTimeoutMillis() + " ms", route);
    }
    return route.e2b() && route.toAgent() ? Refusal.gone(route)
        : new Refusal(502, "bad_answer", "the server on port " + route.port() + " of the capsule gave no valid answer: " + failed.getMessage(), route);
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

  private static void cancel(Scheduler.Task task) {
    if (task != null) {
      task.cancel();
    }
  }

  private Scheduler scheduler() {
    return visitor.request().getComponents().getScheduler();
  }

  private static ByteBuffer copy(ByteBuffer bytes) {
    return ByteBuffer.allocate(bytes.remaining()).put(bytes).flip();
  }
}
