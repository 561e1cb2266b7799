package dev.wrenn.hostagent.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.host.HostAgent;
import dev.wrenn.process.ProcessSpec;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a thousand capsules cost the host itself; the drivers start nothing. */
class ScaleTest {
  private static final int MANY = 1_000;
  private static final int HEAP_KIB_EACH = 50;
  @TempDir Path directory;

  @Test
  void aThousandCapsulesTakeLittle() throws Exception {
    try (Rig rig = new Rig(directory)) {
      HostAgent host = rig.start();
      for (int i = 0; i < 20; i++) {
        host.create(Rig.order("early-" + i), Rig.SOON);
        host.destroy("early-" + i, Rig.SOON);
      }
      long heap = heapKib();
      int threads = ManagementFactory.getThreadMXBean().getThreadCount();
      long began = System.nanoTime();
      all(MANY, i -> host.create(Rig.order("cl-" + i), Rig.SOON.multipliedBy(3)));
      double created = seconds(began);
      long heapEach = (heapKib() - heap) / MANY;
      double threadsEach = (ManagementFactory.getThreadMXBean().getThreadCount() - threads) / (double) MANY;
      assertEquals(MANY, host.list().size());

      began = System.nanoTime();
      all(MANY, i -> Rig.output(host.processes("cl-" + i), ProcessSpec.of("true")));
      double executed = seconds(began);
      began = System.nanoTime();
      rig.restart();
      Rig.until("all are taken over", () -> rig.host.capsules().all().stream().allMatch(life -> life.parts().complete()));
      double adopted = seconds(began);
      began = System.nanoTime();
      all(MANY, i -> rig.api().destroy("cl-" + i, Rig.SOON.multipliedBy(3)));
      System.out.printf("%d simulated capsules: created at %.0f/s, exec at %.0f/s, taken over in %.2f s, destroyed at %.0f/s; each %d KiB heap,"
          + " %.3f threads%n", MANY, MANY / created, MANY / executed, adopted, MANY / seconds(began), heapEach, threadsEach);
      assertEquals(Set.of(), rig.leftovers());
      assertTrue(heapEach <= HEAP_KIB_EACH, heapEach + " KiB of heap each");
      assertTrue(threadsEach <= 0.1, threadsEach + " platform threads each");
    }
  }

  @FunctionalInterface
  private interface Work {
    void of(int number) throws Exception;
  }

  private static void all(int many, Work work) throws Exception {
    AtomicInteger next = new AtomicInteger();
    List<Future<?>> workers = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int worker = 0; worker < 32; worker++) {
        workers.add(threads.submit(() -> {
          for (int i = next.getAndIncrement(); i < many; i = next.getAndIncrement()) {
            work.of(i);
          }
          return null;
        }));
      }
      for (Future<?> worker : workers) {
        worker.get();
      }
    }
  }

  private static long heapKib() {
    Runtime runtime = Runtime.getRuntime();
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      System.gc();
      least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
    }
    return least / 1024;
  }

  private static double seconds(long began) {
    return (System.nanoTime() - began) / 1e9;
  }
}
