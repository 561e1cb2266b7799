package dev.wrenn.snapshot.internal;

import dev.wrenn.snapshot.Snapshots.Tidied;
import java.io.Closeable;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tidies in the background whenever something has changed. Any number of changes during a round make one round more. */
final class Housekeeper implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(Housekeeper.class);
  private static final Duration LONGEST_END = Duration.ofSeconds(10);
  private final Semaphore changes = new Semaphore(0);
  private Thread thread;

  /** Work that is done in rounds. */
  interface Round {
    Tidied run() throws Exception;
  }

  void changed() {
    changes.release();
  }

  void start(Round round) {
    thread = Thread.ofVirtual().name("snapshot-housekeeper").start(() -> run(round));
  }

  private void run(Round round) {
    try {
      while (true) {
        changes.acquire();
        changes.drainPermits();
        tidy(round);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void tidy(Round round) throws InterruptedException {
    try {
      Tidied tidied = round.run();
      if (tidied.removed() > 0) {
        LOG.info("{} files of {} MiB that nobody needs are gone", tidied.removed(), tidied.bytes() >> 20);
      }
    } catch (Exception e) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      LOG.error("Snapshots can't be tidied; it is tried again after the next change", e);
    }
  }

  /** Breaks a round off: what it has begun is gone, or is removed at the next start. */
  @Override
  public void close() {
    thread.interrupt();
    try {
      if (!thread.join(LONGEST_END)) {
        LOG.warn("Tidying has not ended after {} s; it goes on alone", LONGEST_END.toSeconds());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
