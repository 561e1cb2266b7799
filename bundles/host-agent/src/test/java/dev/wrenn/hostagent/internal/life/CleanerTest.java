package dev.wrenn.hostagent.internal.life;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.host.CapsuleOrder;
import dev.wrenn.host.HostedCapsule.State;
import dev.wrenn.hostagent.internal.HostSettings;
import dev.wrenn.hostagent.internal.drivers.Drivers;
import dev.wrenn.hostagent.internal.journal.CapsuleRecord;
import dev.wrenn.hostagent.internal.journal.Journal;
import dev.wrenn.spi.Deadline;
import dev.wrenn.uffd.PageServer;
import dev.wrenn.uffd.PagedMemory;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That what has to be done with a capsule is not forgotten, when it is asked for at any time, and when it can't be written down. */
class CleanerTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  @TempDir Path directory;
  private final AtomicInteger asked = new AtomicInteger();

  /** Counts what it is asked for. */
  private final class Timer extends ScheduledThreadPoolExecutor implements AutoCloseable {
    Timer() {
      super(1);
    }

    @Override
    public <V> ScheduledFuture<V> schedule(Callable<V> work, long delay, TimeUnit unit) {
      asked.incrementAndGet();
      return super.schedule(work, delay, unit);
    }

    @Override
    public void close() {
      shutdownNow();
    }
  }

  @Test
  void whoAsksWhileACapsuleIsCleanedUpIsHeard() throws Exception {
    HostContext host = host(null);
    try (Timer timer = new Timer()) {
      Cleaner cleaner = new Cleaner(host, new Ending(host), timer, life -> { });
      CapsuleLife life = new CapsuleLife(record(), null);
      life.takeTurn(Deadline.after(SOON), "test");
      try {
        cleaner.later(life);
        cleaner.later(life);
        // The first look waits for the turn; what it has not seen is seen by another one.
        long end = System.nanoTime() + SOON.toNanos();
        while (asked.get() < 2 && System.nanoTime() < end) {
          Thread.sleep(5);
          cleaner.later(life);
        }
      } finally {
        life.giveTurn();
      }
      assertTrue(asked.get() >= 2, "asked once only");
    }
  }

  @Test
  void lostMemoryIsShownThoughItCanNotBeWrittenDown() throws Exception {
    CompletableFuture<PagedMemory.End> end = new CompletableFuture<>();
    PagedMemory memory = (PagedMemory) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {PagedMemory.class}, (self, called, with) ->
        called.getName().equals("end") ? end : called.getName().equals("equals") ? self == with[0] : null);
    PageServer server = (PageServer) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {PageServer.class}, (self, called, with) ->
        called.getName().equals("adopt") ? memory : null);
    PageServerGate servers = new PageServerGate();
    servers.set(server);
    HostContext host = host(new Memories(new SnapshotGate(), servers, new HostSettings.Memory("PAGED", SOON)));
    Journal journal = Journal.open(directory.resolve("host"), SOON);
    journal.close();
    try (Timer timer = new Timer(); Events events = new Events()) {
      CapsuleLife life = new CapsuleLife(record(), new Ledger(journal, events));
      MemoryWatch watch = new MemoryWatch(host, new Cleaner(host, new Ending(host), timer, gone -> { }), timer);
      host.memories().adopt(life.id());
      watch.begun(life);
      end.complete(new PagedMemory.End(PagedMemory.Kind.LOST, "the pager is gone"));
      assertEquals(State.ERROR, life.state());
      assertTrue(life.record().failure().orElseThrow().reason().contains("the pager is gone"));
      watch.close();
    }
  }

  private static CapsuleRecord record() {
    CapsuleOrder order = new CapsuleOrder("cl-a", "team", "minimal", 1, 64, 0, Duration.ZERO, "root", Map.of(), false);
    return CapsuleRecord.starting(order, "", 1, Instant.now(), Map.of()).running(Instant.now(), "127.0.0.1:1", List.of(), Map.of("memory", "paged"), Map.of());
  }

  private HostContext host(Memories memories) {
    HostSettings settings = new HostSettings(directory, "host-test", directory, 49_983, new HostSettings.Shares(1, 1, 1, 0, 0, 1, 0, 1, 1, 1, 1),
        new HostSettings.Limits(SOON, SOON, SOON, SOON, SOON, SOON, SOON, Duration.ofMillis(20), Duration.ofMillis(200)),
        new HostSettings.Records(SOON, 1, SOON), 1, 1, SOON, SOON, new HostSettings.Sampling(SOON, SOON, 1, 1), new Drivers.Settings(SOON, SOON, SOON, Map.of()),
        HostSettings.Warm.OFF, new HostSettings.Memory("PAGED", SOON));
    return new HostContext(settings, null, null, null, null, null, null, null, null, null, null, null, new SnapshotGate(), null, null, memories, null);
  }
}
