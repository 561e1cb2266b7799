package dev.wrenn.hostagent.internal.metrics;

/** What was seen of a capsule at one moment, in bytes; {@code -1} is unknown. */
record Sample(long epochSecond, double cpuPercent, long memory, long hostMemory, long disk, long received, long sent) {
  static final long UNKNOWN = -1;
}
