package dev.wrenn.rest.internal;

import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/** Deadlines and pings. Every task runs on a virtual thread of its own, so that one which blocks delays no other. Thread-safe. */
@Component(service = Timers.class)
public final class Timers {
  private final ScheduledThreadPoolExecutor clock;

  @Activate
  public Timers() {
    clock = new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().daemon().name("wrenn-rest-timers").factory());
    clock.setRemoveOnCancelPolicy(true);
  }

  @Deactivate
  public void close() {
    clock.shutdownNow();
  }

  public ScheduledFuture<?> after(Duration delay, Runnable task) {
    return clock.schedule(() -> Thread.startVirtualThread(task), delay.toMillis(), TimeUnit.MILLISECONDS);
  }

  public ScheduledFuture<?> every(Duration interval, Runnable task) {
    return clock.scheduleAtFixedRate(() -> Thread.startVirtualThread(task), interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
  }
}
