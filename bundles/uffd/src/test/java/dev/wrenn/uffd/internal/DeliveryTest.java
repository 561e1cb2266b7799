package dev.wrenn.uffd.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.snapshot.HotSet;
import dev.wrenn.snapshot.LayerHeader;
import dev.wrenn.snapshot.PageMap;
import dev.wrenn.snapshot.Snapshots;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.PlanId;
import dev.wrenn.uffd.PagedMemory;
import dev.wrenn.uffd.PagedMemory.Kind;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Memory of real processes, delivered by a real pager. */
class DeliveryTest {
  private static final int PAGES = 8192;
  private static final long SEED = 7;
  @TempDir
  Path directory;
  private Bench bench;

  @BeforeEach
  void begin() throws Exception {
    bench = new Bench(directory);
  }

  @AfterEach
  void end() throws Exception {
    bench.close();
  }

  static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(120));
  }

  private PagedMemory open(HostPageServer server, Optional<HotSet> hot) throws Exception {
    return server.open(new PlanId("cl-1", 1), bench.memory(PAGES, SEED), hot, soon());
  }

  private Guest guest(PagedMemory memory) throws Exception {
    return new Guest(memory.source().socket(), memory.source().bytes(), SEED);
  }

  static PagedMemory.End end(PagedMemory memory) throws Exception {
    return memory.end().toCompletableFuture().get(120, TimeUnit.SECONDS);
  }

  @Test
  void whatIsTouchedIsAsItWasStored() throws Exception {
    PagedMemory memory = open(bench.server(Map.of("deliverAll", false)), Optional.empty());
    try (Guest guest = guest(memory)) {
      assertEquals("right", guest.ask("check 0 300"));
      assertEquals("right", guest.ask("random 5000 1"));
      assertEquals("right", guest.ask("check 0 " + PAGES));
      PagedMemory.Stats stats = memory.stats(soon());
      assertTrue(stats.faults() > 0 && stats.faults() < PAGES, stats.toString());
      assertEquals(0, stats.prefetched());
      assertEquals(new PagedMemory.End(Kind.COMPLETE, "all of its memory is delivered"), end(memory));
      assertEquals("right", guest.ask("random 5000 2"));
      assertTrue(memory.zeros(soon()).whole());
    }
  }

  @Test
  void allIsDeliveredThoughNobodyAsks() throws Exception {
    PagedMemory memory = open(bench.server(Map.of()), Optional.empty());
    try (Guest guest = guest(memory)) {
      assertEquals(Kind.COMPLETE, end(memory).kind());
      assertTrue(memory.stats(soon()).prefetched() > PAGES / 2);
      assertEquals("right", guest.ask("check 0 " + PAGES));
    }
  }

  @Test
  void threadsThatAskForTheSamePagesAllGetThem() throws Exception {
    PagedMemory memory = open(bench.server(Map.of("faultAroundKib", 4)), Optional.empty());
    try (Guest guest = guest(memory)) {
      assertEquals("right", guest.ask("parallel 6 2048"));
      assertEquals(Kind.COMPLETE, end(memory).kind());
    }
  }

  @Test
  void aStormOfPagesThatAreGivenBackStopsNobody() throws Exception {
    PagedMemory memory = open(bench.server(Map.of("deliverAll", false)), Optional.empty());
    try (Guest guest = guest(memory)) {
      for (int round = 0; round < 28; round++) {
        assertEquals("right", guest.ask("remove 0 " + (PAGES - 64) + " 1"));
      }
      assertTrue(memory.stats(soon()).removed() > 220_000);
      PagedMemory.Zeros zeros = memory.zeros(soon());
      assertEquals(PAGES - 64, zeros.removed().nextClearBit(0));
      assertEquals("right", guest.ask("check 0 " + PAGES));
      assertEquals(Kind.COMPLETE, end(memory).kind());
    }
  }

  @Test
  void whatIsHotComesFirst() throws Exception {
    HotSet hot = new HotSet((long) PAGES * Bench.PAGE, List.of(new HotSet.Range(4000L * Bench.PAGE, 400L * Bench.PAGE), new HotSet.Range(0, 40L * Bench.PAGE)));
    PagedMemory memory = open(bench.server(Map.of("deliverAll", false)), Optional.of(hot));
    try (Guest guest = guest(memory)) {
      assertEquals("right", guest.ask("check 7000 7001"));
      assertEquals("right", guest.ask("check 4000 4400"));
      PagedMemory.Stats stats = memory.stats(soon());
      assertTrue(stats.prefetched() > 200, stats.toString());
      HotSet touched = memory.touched(soon());
      assertEquals(hot.ranges(), touched.ranges().subList(0, 2));
      assertTrue(touched.ranges().stream().anyMatch(range -> range.offset() <= 7000L * Bench.PAGE && range.offset() + range.length() > 7000L * Bench.PAGE));
    }
  }

  /** Nobody asks for its memory here: so it is read before. */
  @Test
  void whatIsHotIsCheckedBeforeTheHypervisorComes() throws Exception {
    Snapshots.Stored stored = bench.memory(PAGES, SEED);
    for (PageMap.Layer layer : PageMap.decode(ByteBuffer.wrap(Files.readAllBytes(stored.map()))).layers()) {
      try (FileChannel file = FileChannel.open(stored.layers().resolve(layer.name().hex()), StandardOpenOption.WRITE)) {
        file.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), LayerHeader.BYTES + layer.bytes() / 2);
      }
    }
    HotSet hot = new HotSet((long) PAGES * Bench.PAGE, List.of(new HotSet.Range(0, (long) PAGES * Bench.PAGE)));
    PagedMemory.End end = end(bench.server(Map.of()).open(new PlanId("cl-1", 1), stored, Optional.of(hot), soon()));
    assertEquals(Kind.LOST, end.kind());
    assertTrue(end.reason().contains("is damaged in the MiB from"), end.reason());
  }

  @Test
  void aGuestThatIsKilledIsNoticed() throws Exception {
    PagedMemory memory = open(bench.server(Map.of("deliverAll", false)), Optional.empty());
    try (Guest guest = guest(memory)) {
      assertEquals("right", guest.ask("check 0 10"));
      guest.kill();
      assertEquals(new PagedMemory.End(Kind.LEFT, "its hypervisor has ended"), end(memory));
    }
    memory.close(soon());
    memory.close(soon());
  }

  @Test
  void nobodyWhoComesIsALoss() throws Exception {
    PagedMemory memory = open(bench.server(Map.of("acceptSeconds", 1)), Optional.empty());
    assertEquals(new PagedMemory.End(Kind.LOST, "no hypervisor has asked for its memory within 1000 ms"), end(memory));
  }
}
