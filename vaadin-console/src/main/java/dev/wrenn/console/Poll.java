package dev.wrenn.console;

import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.UIDetachedException;
import com.vaadin.flow.server.communication.PushConnection;
import dev.wrenn.platform.PlatformException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.osgi.framework.BundleContext;

/** Asks again and again on one virtual thread, and brings each answer to the page; the next question waits until the page took the last. */
final class Poll<R> implements AutoCloseable {
  private static final long UNWATCHED_MILLIS = 1000;
  private final BundleContext context = Platform.context();
  private final UI ui;
  private final String token;
  private final Supplier<Duration> pause;
  private final Work.Task<R> task;
  private final Semaphore now = new Semaphore(0);
  private volatile boolean closed;

  private Poll(UI ui, String token, Supplier<Duration> pause, Work.Task<R> task) {
    this.ui = ui;
    this.token = token;
    this.pause = pause;
    this.task = task;
  }

  /** @param task is called on the poll's own thread; the consumers are called with the page's lock */
  static <R> Poll<R> start(UI ui, Supplier<Duration> pause, Work.Task<R> task, Consumer<R> done, Consumer<Problem> failed)
      throws PlatformException {
    Poll<R> poll = new Poll<>(ui, Visitor.token(), pause, task);
    Thread.ofVirtual().name("console-poll").start(() -> poll.run(done, failed));
    return poll;
  }

  /** Asks at once. */
  void nudge() {
    now.release();
  }

  @Override
  public void close() {
    closed = true;
    now.release();
  }

  private void run(Consumer<R> done, Consumer<Problem> failed) {
    try {
      while (!closed && context == Platform.context()) {
        if (!watched()) {
          now.tryAcquire(UNWATCHED_MILLIS, TimeUnit.MILLISECONDS);
          continue;
        }
        Runnable news = ask(done, failed);
        Semaphore taken = new Semaphore(0);
        ui.access(() -> {
          try {
            if (!closed) {
              news.run();
            }
          } finally {
            taken.release();
          }
        });
        // A page whose session ended may never take it.
        taken.tryAcquire(30, TimeUnit.SECONDS);
        now.tryAcquire(pause.get().toMillis(), TimeUnit.MILLISECONDS);
        now.drainPermits();
      }
    } catch (UIDetachedException gone) {
      closed = true;
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  /** A browser that is gone without a word asks for nothing until it is back: asking would keep capsules awake. */
  private boolean watched() {
    PushConnection browser = ui.getInternals().getPushConnection();
    return browser == null || browser.isConnected();
  }

  private Runnable ask(Consumer<R> done, Consumer<Problem> failed) {
    try {
      R answer = task.with(Visitor.caller(token));
      return () -> done.accept(answer);
    } catch (Exception error) {
      Problem problem = Problem.of(error);
      return () -> failed.accept(problem);
    }
  }
}
