package dev.wrenn.rest.internal;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One line of the log for each request. All of the last moment go there as one message: as a message each, they took a tenth of what a quick
 * call costs. So they are laid out here as the log's other lines are, and its settings add nothing to them. Thread-safe.
 */
@Component(service = RequestLines.class)
public final class RequestLines {
  private static final Logger LOG = LoggerFactory.getLogger("dev.wrenn.rest.requests");
  private static final Duration MOMENT = Duration.ofMillis(50);
  /** While the log can't be written, so many wait. */
  static final int MOST = 20_000;
  private static final int LONGEST = 2000;
  private static final DateTimeFormatter SECOND = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss");

  private final Consumer<Runnable> later;
  private final Consumer<String> log;
  private final Queue<Line> waiting = new ConcurrentLinkedQueue<>();
  private final AtomicInteger count = new AtomicInteger();
  private final AtomicInteger missing = new AtomicInteger();
  private final AtomicBoolean due = new AtomicBoolean();
  private long second = Long.MIN_VALUE;
  private String secondText;

  private record Line(long at, String method, String path, int status, long millis, boolean whole, String id) {}

  @Activate
  public RequestLines(@Reference Timers timers) {
    this(task -> after(timers, task), LOG::info);
  }

  RequestLines(Consumer<Runnable> later, Consumer<String> log) {
    this.later = later;
    this.log = log;
  }

  private static void after(Timers timers, Runnable task) {
    try {
      timers.after(MOMENT, task);
    } catch (RejectedExecutionException ended) {
      // What was under way when this bundle's parts ended has nobody to wait for.
      task.run();
    }
  }

  /**
   * @param path as it stands in the request: what is encoded in it can't forge a line
   * @param whole whether the answer came to its end
   */
  void add(String method, String path, int status, long nanos, boolean whole, String id) {
    if (!LOG.isInfoEnabled()) {
      return;
    }
    if (count.incrementAndGet() > MOST) {
      count.decrementAndGet();
      missing.incrementAndGet();
    } else {
      waiting.add(new Line(System.currentTimeMillis(), method, path, status, nanos / 1_000_000, whole, id));
    }
    if (!due.get() && due.compareAndSet(false, true)) {
      later.accept(this::write);
    }
  }

  /** Writes what waits. */
  @Deactivate
  public synchronized void write() {
    due.set(false);
    StringBuilder text = new StringBuilder(4096);
    for (Line line = waiting.poll(); line != null; line = waiting.poll()) {
      count.decrementAndGet();
      append(text, line);
    }
    int lost = missing.getAndSet(0);
    if (lost > 0) {
      append(text, new Line(System.currentTimeMillis(), "-", lost + " lines are missing: the log could not be written in time;", 0, 0, true, "-"));
    }
    if (!text.isEmpty()) {
      log.accept(text.toString());
    }
  }

  private void append(StringBuilder text, Line line) {
    long now = Math.floorDiv(line.at, 1000L);
    if (now != second) {
      second = now;
      secondText = SECOND.format(Instant.ofEpochSecond(now).atZone(ZoneId.systemDefault()));
    }
    text.append(secondText).append(',');
    int millis = (int) Math.floorMod(line.at, 1000L);
    text.append((char) ('0' + millis / 100)).append((char) ('0' + millis / 10 % 10)).append((char) ('0' + millis % 10));
    text.append(" | INFO  |                  | requests                         | ").append(line.id).append(" | ");
    clean(text, line.method);
    text.append(' ');
    clean(text, line.path);
    text.append(' ').append(line.status).append(' ').append(line.millis).append(" ms");
    if (!line.whole) {
      text.append(" broken off");
    }
    text.append(" id=").append(line.id).append('\n');
  }

  private static void clean(StringBuilder text, String part) {
    int end = Math.min(part.length(), LONGEST);
    for (int i = 0; i < end; i++) {
      char c = part.charAt(i);
      text.append(c < ' ' || c >= 0x7F && c < 0xA0 || c == '\u2028' || c == '\u2029' ? '?' : c);
    }
  }
}
