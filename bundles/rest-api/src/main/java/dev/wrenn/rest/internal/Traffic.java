package dev.wrenn.rest.internal;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.osgi.service.component.annotations.Component;

/** Counts what goes through this API since it started. Thread-safe. */
@Component(service = Traffic.class)
public final class Traffic {
  private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE");

  /** What is told apart; both have few values, whatever clients send. */
  record Kind(String method, int status) {}

  /** How many answers of a kind, and how long they took together. */
  record Answers(LongAdder count, LongAdder nanos) {}

  private final ConcurrentMap<Kind, Answers> answers = new ConcurrentHashMap<>();
  private final AtomicInteger streams = new AtomicInteger();
  private final LongAdder streamsBegun = new LongAdder();
  private final LongAdder bytesIn = new LongAdder();
  private final LongAdder bytesOut = new LongAdder();

  void answered(String method, int status, long nanos) {
    Answers those = answers.computeIfAbsent(new Kind(METHODS.contains(method) ? method : "other", status),
        kind -> new Answers(new LongAdder(), new LongAdder()));
    those.count().increment();
    those.nanos().add(nanos);
  }

  public void streamOpened() {
    streams.incrementAndGet();
    streamsBegun.increment();
  }

  public void streamClosed() {
    streams.decrementAndGet();
  }

  /** Bytes of files that went to clients. */
  public void sent(long bytes) {
    bytesOut.add(bytes);
  }

  /** Counts what is read from a body. */
  public InputStream incoming(InputStream body) {
    return new FilterInputStream(body) {
      @Override
      public int read() throws IOException {
        int one = super.read();
        bytesIn.add(one < 0 ? 0 : 1);
        return one;
      }

      @Override
      public int read(byte[] target, int offset, int length) throws IOException {
        int count = super.read(target, offset, length);
        bytesIn.add(Math.max(0, count));
        return count;
      }
    };
  }

  Map<Kind, Answers> answers() {
    return Map.copyOf(answers);
  }

  int streams() {
    return streams.get();
  }

  long streamsBegun() {
    return streamsBegun.sum();
  }

  long bytesIn() {
    return bytesIn.sum();
  }

  long bytesOut() {
    return bytesOut.sum();
  }
}
