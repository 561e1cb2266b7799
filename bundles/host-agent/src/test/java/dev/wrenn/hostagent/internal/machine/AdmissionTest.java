package dev.wrenn.hostagent.internal.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.host.HostException;
import dev.wrenn.hostagent.internal.machine.Admission.Capacity;
import dev.wrenn.hostagent.internal.machine.Admission.Share;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdmissionTest {
  private static final Capacity CAPACITY = new Capacity(4, 1000, 5000, 100, 3);
  @TempDir Path directory;
  private final Admission admission = new Admission();

  @Test
  void whatIsMissingIsSaid() throws Exception {
    admission.reserve("a", new Share(1, 600, 100), CAPACITY);
    HostException full = assertThrows(HostException.class, () -> admission.reserve("b", new Share(1, 500, 100), CAPACITY));
    assertEquals(HostException.Code.NO_CAPACITY, full.code());
    assertEquals("No room for b: memory: needs 500 MiB, free 400 of 1000 MiB", full.getMessage());
    assertTrue(message(new Share(5, 1, 1)).contains("processors: needs 5, free 3 of 4"));
    assertTrue(message(new Share(1, 1, 9999)).contains("disk: needs 9999 MiB, free 4900 of 5000 MiB"));
    HostException disk = assertThrows(HostException.class,
        () -> admission.reserve("b", new Share(1, 1, 1), new Capacity(4, 1000, 5000, 0, 3)));
    assertTrue(disk.getMessage().contains("full"), disk.getMessage());
    admission.release("a");
    admission.release("a");
    admission.reserve("b", new Share(4, 1000, 5000), CAPACITY);
    assertEquals(new Capacity(4, 1000, 5000, 0, 1), admission.used());
  }

  @Test
  void sideBySideNothingIsGivenTwice() throws Exception {
    AtomicInteger admitted = new AtomicInteger();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 200; i++) {
        String id = "c" + i;
        threads.submit(() -> {
          admission.reserve(id, new Share(1, 10, 10), new Capacity(17, 10_000, 10_000, 1, 1000));
          return admitted.incrementAndGet();
        });
      }
    }
    assertEquals(17, admitted.get());
    assertEquals(17, admission.used().cpus());
  }

  @Test
  void theLowestMemoryLimitOfTheControlGroupCounts() throws Exception {
    Path proc = Files.createDirectories(directory.resolve("proc/self")).getParent();
    Path groups = Files.createDirectories(directory.resolve("cgroup/outer/inner")).getParent().getParent();
    Files.writeString(proc.resolve("meminfo"), "MemFree: 1 kB\nMemTotal:       8388608 kB\n");
    Files.writeString(proc.resolve("self/cgroup"), "0::/outer/inner\n");
    Machine machine = new Machine(proc, groups);
    assertEquals(8192, machine.memoryMib());
    Files.writeString(groups.resolve("outer/memory.max"), Long.toString(2L << 30));
    Files.writeString(groups.resolve("outer/inner/memory.max"), "max\n");
    assertEquals(2048, machine.memoryMib());
    Files.writeString(proc.resolve("self/cgroup"), "4:memory:/outer\n0::/\n");
    Files.createDirectories(groups.resolve("memory/outer"));
    Files.writeString(groups.resolve("memory/outer/memory.limit_in_bytes"), Long.toString(1L << 30));
    assertEquals(1024, machine.memoryMib());
  }

  private String message(Share share) {
    return assertThrows(HostException.class, () -> admission.reserve("b", share, CAPACITY)).getMessage();
  }
}
