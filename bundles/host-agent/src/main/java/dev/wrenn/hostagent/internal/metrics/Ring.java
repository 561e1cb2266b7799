package dev.wrenn.hostagent.internal.metrics;

import java.util.Arrays;
import java.util.function.Consumer;

/**
 * The newest samples of one tier in 34 bytes each; room is made as they come. Memory and disk are kept to the KiB, processor time to a
 * hundredth of a percent. Not thread-safe.
 */
final class Ring {
  private static final int FIRST = 16;
  private static final int HUNDREDTHS = 100;
  private static final int KIB = 10;
  private static final int UNKNOWN = -1;

  private final int most;
  private int[] seconds = {};
  private short[] cpu = {};
  private int[] memory = {};
  private int[] hostMemory = {};
  private int[] disk = {};
  private long[] received = {};
  private long[] sent = {};
  private int next;
  private int size;

  Ring(int most) {
    this.most = most;
  }

  void add(Sample sample) {
    if (size == seconds.length && size < most) {
      grow(Math.clamp(size * 2L, FIRST, most));
    }
    seconds[next] = (int) sample.epochSecond();
    cpu[next] = (short) Math.round(sample.cpuPercent() * HUNDREDTHS);
    memory[next] = kib(sample.memory());
    hostMemory[next] = kib(sample.hostMemory());
    disk[next] = kib(sample.disk());
    received[next] = sample.received();
    sent[next] = sample.sent();
    next = (next + 1) % most;
    size = Math.min(size + 1, most);
  }

  /** Oldest first. */
  void forEach(Consumer<Sample> taker) {
    for (int count = 0; count < size; count++) {
      int at = Math.floorMod(next - size + count, most);
      taker.accept(new Sample(Integer.toUnsignedLong(seconds[at]), (double) cpu[at] / HUNDREDTHS, bytes(memory[at]), bytes(hostMemory[at]),
          bytes(disk[at]), received[at], sent[at]));
    }
  }

  int size() {
    return size;
  }

  /** Only a ring that never went round grows: its samples stand in order from the first place. */
  private void grow(int room) {
    next = size;
    seconds = Arrays.copyOf(seconds, room);
    cpu = Arrays.copyOf(cpu, room);
    memory = Arrays.copyOf(memory, room);
    hostMemory = Arrays.copyOf(hostMemory, room);
    disk = Arrays.copyOf(disk, room);
    received = Arrays.copyOf(received, room);
    sent = Arrays.copyOf(sent, room);
  }

  private static int kib(long bytes) {
    return bytes < 0 ? UNKNOWN : (int) Math.min(bytes >> KIB, 0xffff_fffeL);
  }

  private static long bytes(int kib) {
    return kib == UNKNOWN ? Sample.UNKNOWN : Integer.toUnsignedLong(kib) << KIB;
  }
}
