package dev.wrenn.uffd.internal;

import dev.wrenn.spi.Deadline;
import dev.wrenn.uffd.PageServerException;
import dev.wrenn.uffd.pager.Frame;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pagers of this machine: the current one, which runs this bundle's code and takes new capsules, and older ones, which go on with theirs
 * until those are done. One that dies is replaced.
 */
final class Pagers implements AutoCloseable {
  static final Duration ANSWER = Duration.ofSeconds(10);
  private static final Logger LOG = LoggerFactory.getLogger(Pagers.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LAST_PAUSE = Duration.ofSeconds(30);

  private final Marks marks;
  private final PagerStarter starter;
  private final Duration startLimit;
  private final List<Supervised> all = new CopyOnWriteArrayList<>();
  /** Directories of pagers that are no more, with marks that may still be asked for. */
  private final Set<Path> over = new HashSet<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private Supervised current;
  private String trouble = "It is being started; ask again";
  private boolean closed;

  Pagers(Marks marks, PagerStarter starter, int startSeconds) {
    this.marks = marks;
    this.starter = starter;
    this.startLimit = Duration.ofSeconds(startSeconds);
  }

  /** Finds what runs, and has one started beside if none of them is of this build. */
  void start() throws IOException {
    for (Path directory : marks.directories()) {
      try {
        Optional<Pager> found = Pager.find(directory, Deadline.after(ANSWER));
        if (found.isPresent()) {
          LOG.info("The page server with pid {} goes on", found.get().process().pid());
          Supervised known = watch(found.get());
          if (found.get().build().equals(starter.build())) {
            become(known);
          }
        } else {
          tidy(directory);
        }
      } catch (IOException e) {
        LOG.warn("What is in {} is no page server that can be used: {}", directory, e.getMessage());
      }
    }
    if (current == null) {
      startAnother();
    }
  }

  List<Supervised> all() {
    return List.copyOf(all);
  }

  Optional<String> trouble() {
    lock.lock();
    try {
      return current == null ? Optional.of(trouble) : Optional.empty();
    } finally {
      lock.unlock();
    }
  }

  /** The one for new capsules, waiting for it a while. */
  Supervised current(Deadline within) throws PageServerException {
    lock.lock();
    try {
      long left = within.limitedTo(startLimit).remaining().toNanos();
      while (current == null && !closed && left > 0) {
        left = changed.awaitNanos(left);
      }
      if (current == null) {
        throw new PageServerException("There is no page server: " + (closed ? "its bundle is being stopped" : trouble));
      }
      return current;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PageServerException("Waiting for the page server was broken off", e);
    } finally {
      lock.unlock();
    }
  }

  /** Ends older pagers that serve nobody any more. */
  void drain(Deadline within) {
    for (Supervised each : new ArrayList<>(all)) {
      if (each.pager().build().equals(starter.build()) || each.dead()) {
        continue;
      }
      try {
        if (each.pager().ask(Frame.of("exit"), within).text("leaves").equals("true")) {
          LOG.info("The older page server with pid {} has nothing to do any more and ends", each.pager().process().pid());
        }
      } catch (PageServerException e) {
        LOG.warn("The older page server with pid {} could not be asked to go; it does by itself: {}", each.pager().process().pid(), e.getMessage());
      }
    }
  }

  /** Names of the capsules that some pager knows. One of another build that can't tell them is passed over: it ends when it is done with them. */
  List<String> capsules(Deadline within) throws PageServerException {
    List<String> known = new ArrayList<>();
    for (Supervised each : all) {
      try {
        known.addAll(each.capsules(within));
      } catch (PageServerException e) {
        if (each.pager().build().equals(starter.build())) {
          throw e;
        }
        LOG.info("Whom the older page server with pid {} knows can't be told: {}", each.pager().process().pid(), e.getMessage());
      }
    }
    return known;
  }

  /** Removes directories of pagers that are no more, once no mark in them may be asked for. */
  void tidy() {
    lock.lock();
    try {
      for (Path directory : List.copyOf(over)) {
        tidy(directory);
      }
    } finally {
      lock.unlock();
    }
  }

  /** A pager that is started gets the first free name: a directory is removed and struck off in one, so it is never removed under the next one. */
  private void tidy(Path directory) {
    lock.lock();
    try {
      if (Marks.tidy(directory)) {
        over.remove(directory);
      } else {
        over.add(directory);
      }
    } catch (IOException e) {
      over.add(directory);
      LOG.warn("What an ended page server left in {} can't be removed now; it is tried again: {}", directory, e.toString());
    } finally {
      lock.unlock();
    }
  }

  private Supervised watch(Pager pager) {
    Supervised supervised = new Supervised(pager, this::died);
    all.add(supervised);
    supervised.start();
    return supervised;
  }

  private void become(Supervised next) {
    lock.lock();
    try {
      current = next;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void died(Supervised gone) {
    all.remove(gone);
    boolean again;
    lock.lock();
    try {
      again = current == gone && !closed;
      if (again) {
        current = null;
        trouble = "It has ended and is being started again";
      }
    } finally {
      lock.unlock();
    }
    tidy(gone.pager().directory());
    if (again) {
      startAnother();
    }
  }

  private void startAnother() {
    Thread.ofVirtual().name("pager-start").start(() -> {
      for (Duration pause = FIRST_PAUSE; !closed(); pause = longer(pause)) {
        try {
          Pager pager = starter.start(Deadline.after(startLimit));
          LOG.info("The page server runs with pid {}", pager.process().pid());
          become(watch(pager));
          return;
        } catch (IOException | RuntimeException e) {
          LOG.warn("There is no page server; it is tried again: {}", e.getMessage());
          wait(e.getMessage(), pause);
        }
      }
    });
  }

  private static Duration longer(Duration pause) {
    return pause.multipliedBy(4).compareTo(LAST_PAUSE) > 0 ? LAST_PAUSE : pause.multipliedBy(4);
  }

  private void wait(String why, Duration pause) {
    lock.lock();
    try {
      trouble = why;
      long left = pause.toNanos();
      while (!closed && left > 0) {
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  private boolean closed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  /** Stops to watch; pagers go on. One that nobody needs ends by itself. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    all.forEach(Supervised::close);
  }
}
