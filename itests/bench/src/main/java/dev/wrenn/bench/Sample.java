package dev.wrenn.bench;

import java.util.ArrayList;
import java.util.List;

/** Times of one operation, in milliseconds. Not thread-safe. */
final class Sample {
  private final String name;
  private final List<Double> millis = new ArrayList<>();

  Sample(String name) {
    this.name = name;
  }

  interface Work {
    void run() throws Exception;
  }

  void time(Work work) throws Exception {
    long start = System.nanoTime();
    work.run();
    add((System.nanoTime() - start) / 1e6);
  }

  void add(double value) {
    millis.add(value);
  }

  boolean isEmpty() {
    return millis.isEmpty();
  }

  double median() {
    return quantile(0.5);
  }

  double quantile(double q) {
    List<Double> sorted = millis.stream().sorted().toList();
    return sorted.get((int) Math.min(sorted.size() - 1L, Math.round(q * (sorted.size() - 1))));
  }

  @Override
  public String toString() {
    return String.format("  %-40s n=%-5d min %8.2f  median %8.2f  p95 %8.2f  max %8.2f ms", name, millis.size(), quantile(0), median(),
        quantile(0.95), quantile(1));
  }
}
