package dev.wrenn.snapshot.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.snapshot.Snapshot;
import dev.wrenn.snapshot.SnapshotId;
import dev.wrenn.snapshot.SnapshotId.Kind;
import java.lang.annotation.Annotation;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The component as it is started and stopped, with its housekeeper, on a real file system. */
class HostSnapshotsTest {
  private static final Duration LONGEST = Duration.ofMinutes(2);
  @TempDir Path directory;
  private final Random random = new Random(17);

  private record Config(String directory, int garbagePercent, int chainLength, int reserveMib) implements SnapshotConfig {
    @Override
    public Class<? extends Annotation> annotationType() {
      return SnapshotConfig.class;
    }
  }

  private HostSnapshots start() throws Exception {
    HostSnapshots host = new HostSnapshots(new Config(directory.resolve("snapshots").toString(), 150, 2, 0));
    host.start();
    return host;
  }

  @Test
  void mergesAndCollectsByItself() throws Exception {
    HostSnapshots host = start();
    Machine machine = new Machine(400);
    for (int generation = 1; generation <= 6; generation++) {
      machine.work(random, 6);
      SnapshotId id = new SnapshotId(Kind.PAUSE, "c", generation);
      machine.snapshot(host, id, random);
      host.release("c");
      Snapshot leased = host.lease(id, "c");
      machine = new Machine(machine.memory, leased.manifest().memory().map());
    }
    host.release("c");
    await(() -> host.find(Kind.PAUSE, "c").orElseThrow().manifest().memory().layers().size() <= 2);
    await(() -> host.usage().layers() <= 2);
    byte[] memory = machine.memory;
    assertArrayEquals(memory, Machine.read(host, host.find(Kind.PAUSE, "c").orElseThrow().manifest().memory().map(), random));
    host.stop();
    HostSnapshots again = start();
    assertArrayEquals(memory, Machine.read(again, again.find(Kind.PAUSE, "c").orElseThrow().manifest().memory().map(), random));
    again.remove(new SnapshotId(Kind.PAUSE, "c", 6));
    await(() -> again.usage().layers() == 0);
    assertEquals(0, again.usage().snapshots());
    assertTrue(again.usage().freeBytes() > 0);
    again.stop();
  }

  @Test
  void refusesADirectoryThatDependsOnWhereItWasStarted() {
    assertThrows(IllegalArgumentException.class, () -> new HostSnapshots(new Config("snapshots", 150, 8, 0)));
    assertThrows(IllegalArgumentException.class, () -> new HostSnapshots(new Config(directory.toString(), 100, 8, 0)));
  }

  private static void await(Callable<Boolean> condition) throws Exception {
    long until = System.nanoTime() + LONGEST.toNanos();
    while (!condition.call()) {
      assertTrue(System.nanoTime() < until, "not within " + LONGEST);
      Thread.sleep(5);
    }
  }
}
