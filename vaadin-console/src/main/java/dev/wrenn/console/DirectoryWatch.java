package dev.wrenn.console;

import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.UIDetachedException;
import dev.wrenn.files.FileWatch;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.process.GuestException;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says when entries of a directory come or go, at most about once a second however many do. */
final class DirectoryWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DirectoryWatch.class);
  private static final long REST_MILLIS = 800;
  private final UI ui;
  private final Runnable page;
  private final Semaphore news = new Semaphore(0);
  private final Semaphore end = new Semaphore(0);
  private volatile FileWatch source;
  private volatile boolean closed;

  private DirectoryWatch(UI ui, Runnable page) {
    this.ui = ui;
    this.page = page;
  }

  /** @param page is called with the page's lock */
  static DirectoryWatch start(UI ui, String token, String capsule, String path, Runnable page) {
    DirectoryWatch watch = new DirectoryWatch(ui, page);
    Thread.ofVirtual().name("console-watch").start(() -> watch.read(token, capsule, path));
    Thread.ofVirtual().name("console-watch-news").start(watch::tell);
    return watch;
  }

  private void read(String token, String capsule, String path) {
    try (FileWatch changes = Platform.files(Visitor.caller(token), capsule).watch(path, false)) {
      source = changes;
      while (!closed) {
        Optional<FileWatch.Change> change = changes.next();
        if (change.isEmpty()) {
          break;
        }
        switch (change.get().kind()) {
          case CREATE, REMOVE, RENAME -> news.release();
          case WRITE, CHMOD -> { }
        }
      }
    } catch (GuestException | PlatformException over) {
      // The list stays as it is; "Refresh" says what is wrong when somebody asks.
      LOG.debug("{} of {} is watched no longer", path, capsule, over);
    } finally {
      close();
    }
  }

  private void tell() {
    try {
      while (!closed) {
        news.acquire();
        news.drainPermits();
        if (!closed) {
          ui.access(page::run);
        }
        end.tryAcquire(REST_MILLIS, TimeUnit.MILLISECONDS);
      }
    } catch (UIDetachedException gone) {
      close();
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    closed = true;
    news.release();
    end.release();
    FileWatch open = source;
    if (open != null) {
      open.close();
    }
  }
}
