package dev.wrenn.hostagent.internal.metrics;

import java.util.Optional;

/** Gathers the samples of one stretch of time into their mean; of counters it keeps the last. Not thread-safe. */
final class Mean {
  private final int seconds;
  private long stretch = -1;
  private int count;
  private double cpu;
  private final Sum memory = new Sum();
  private final Sum hostMemory = new Sum();
  private final Sum disk = new Sum();
  private long received;
  private long sent;

  Mean(int seconds) {
    this.seconds = seconds;
  }

  /** @return the mean of the stretch before, when this sample begins a new one; it stands at the end of its stretch */
  Optional<Sample> add(Sample sample) {
    long now = sample.epochSecond() / seconds;
    Optional<Sample> done = now != stretch && count > 0 ? Optional.of(take()) : Optional.empty();
    stretch = now;
    count++;
    cpu += sample.cpuPercent();
    memory.add(sample.memory());
    hostMemory.add(sample.hostMemory());
    disk.add(sample.disk());
    received = sample.received();
    sent = sample.sent();
    return done;
  }

  private Sample take() {
    Sample mean = new Sample((stretch + 1) * seconds, cpu / count, memory.take(), hostMemory.take(), disk.take(), received, sent);
    count = 0;
    cpu = 0;
    return mean;
  }

  private static final class Sum {
    private double sum;
    private int count;

    void add(long value) {
      if (value >= 0) {
        sum += value;
        count++;
      }
    }

    long take() {
      long mean = count == 0 ? Sample.UNKNOWN : Math.round(sum / count);
      sum = 0;
      count = 0;
      return mean;
    }
  }
}
