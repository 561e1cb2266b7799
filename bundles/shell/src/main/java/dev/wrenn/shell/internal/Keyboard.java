package dev.wrenn.shell.internal;

import dev.wrenn.process.GuestException;
import dev.wrenn.process.ProcessSelector;
import dev.wrenn.process.Processes;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends what is typed, and new sizes of the screen, to a terminal in a capsule, in order, on a thread of its own. */
final class Keyboard implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Keyboard.class);
  /** How late a new size or the end is noticed when no key is hit. */
  private static final long GLANCE_MILLIS = 100;
  private static final Duration END = Duration.ofSeconds(5);

  private final Processes processes;
  private final ProcessSelector process;
  private final Screen screen;
  private final Runnable giveUp;
  private final AtomicBoolean resized = new AtomicBoolean();
  private final DetachKey detach = new DetachKey();
  private volatile boolean detached;
  private final AtomicReference<GuestException> failure = new AtomicReference<>();
  private volatile boolean over;
  private Thread typist;

  /** @param giveUp ends the output too; called when the keys no longer reach the capsule, or nobody is there to type, or wants to */
  Keyboard(Processes processes, long pid, Screen screen, Runnable giveUp) {
    this.processes = processes;
    this.process = new ProcessSelector.Pid(pid);
    this.screen = screen;
    this.giveUp = giveUp;
  }

  void begin() {
    typist = Thread.ofVirtual().name("capsule keyboard").start(this::type);
  }

  void resized() {
    resized.set(true);
  }

  /** Whether it was left by the detach key. */
  boolean detached() {
    return detached;
  }

  Optional<GuestException> failure() {
    return Optional.ofNullable(failure.get());
  }

  private void type() {
    try {
      while (!over) {
        if (resized.getAndSet(false)) {
          processes.resize(process, screen.size());
        }
        Optional<byte[]> keys = screen.keys(GLANCE_MILLIS);
        if (keys.isEmpty()) {
          giveUp.run();
          return;
        }
        byte[] typed = detach.pass(keys.get(), System.nanoTime());
        if (typed.length > 0) {
          processes.write(process, typed);
        }
        if (detach.complete()) {
          detached = true;
          giveUp.run();
          return;
        }
      }
    } catch (GuestException e) {
      // A program that is just ending takes no keys; its end is on its way.
      if (e.code() != GuestException.Code.NOT_FOUND) {
        failure.set(e);
        giveUp.run();
      }
    } catch (IOException e) {
      if (!over) {
        LOG.debug("The terminal is gone: {}", e.getMessage());
        giveUp.run();
      }
    }
  }

  /** Tells the program that nobody is there any more. */
  void hangUp() {
    try {
      processes.signal(process, Processes.Signal.HUP);
    } catch (GuestException e) {
      LOG.info("Process {} could not be hung up: {}", process, e.getMessage());
    }
  }

  /** Ends the thread, so that the next key is the caller's. */
  @Override
  public void close() {
    over = true;
    if (typist == null) {
      return;
    }
    boolean interrupted = Thread.interrupted();
    try {
      if (!typist.join(END)) {
        typist.interrupt();
      }
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
