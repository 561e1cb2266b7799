package dev.wrenn.uffd.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.linux.ProcessId;
import dev.wrenn.snapshot.Snapshots;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.PlanId;
import dev.wrenn.uffd.PageServerException;
import dev.wrenn.uffd.PagedMemory;
import dev.wrenn.uffd.PagedMemory.Kind;
import java.io.RandomAccessFile;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pagers and services that end, by themselves or by force. */
@Timeout(600)
class SupervisionTest {
  private static final int PAGES = 4096;
  private static final Map<String, Object> LAZY = Map.of("deliverAll", false);
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

  private List<ProcessId> pagers() throws Exception {
    List<ProcessId> found = new ArrayList<>();
    for (Path each : new Marks(bench.pagers()).directories()) {
      if (Files.exists(each.resolve("pager"))) {
        Properties state = new Properties();
        try (var in = Files.newInputStream(each.resolve("pager"))) {
          state.load(in);
        }
        found.add(new ProcessId(Long.parseLong(state.getProperty("pid")), Long.parseLong(state.getProperty("ticks"))));
      }
    }
    return found;
  }

  private static Guest guest(PagedMemory memory, long seed) throws Exception {
    return new Guest(memory.source().socket(), memory.source().bytes(), seed);
  }

  @Test
  void whenThePagerIsKilledTheIncompleteAreLostAndANewOneComes() throws Exception {
    HostPageServer server = bench.server(LAZY);
    PagedMemory whole = server.open(new PlanId("whole", 1), bench.memory(PAGES, 1), Optional.empty(), DeliveryTest.soon());
    PagedMemory half = server.open(new PlanId("half", 1), bench.memory(PAGES, 2), Optional.empty(), DeliveryTest.soon());
    try (Guest complete = guest(whole, 1); Guest partial = guest(half, 2)) {
      assertEquals("right", complete.ask("check 0 " + PAGES));
      assertEquals("right", partial.ask("check 0 20"));
      assertEquals(Kind.COMPLETE, DeliveryTest.end(whole).kind());
      ProcessId first = pagers().getFirst();
      assertTrue(first.signal(ProcessId.SIGKILL));
      PagedMemory.End end = DeliveryTest.end(half);
      assertEquals(Kind.LOST, end.kind());
      assertTrue(end.reason().contains("has ended"), end.reason());
      assertEquals("right", complete.ask("random 2000 3"));
      PagedMemory next = server.open(new PlanId("next", 1), bench.memory(PAGES, 4), Optional.empty(), DeliveryTest.soon());
      assertNotEquals(first, pagers().getLast());
      try (Guest another = guest(next, 4)) {
        assertEquals("right", another.ask("check 0 " + PAGES));
      }
      HostPageServer later = bench.server(LAZY);
      assertEquals(Kind.COMPLETE, DeliveryTest.end(later.adopt(new PlanId("whole", 1), DeliveryTest.soon())).kind());
      assertEquals(Kind.LOST, DeliveryTest.end(later.adopt(new PlanId("half", 1), DeliveryTest.soon())).kind());
      later.discard(new PlanId("whole", 1), DeliveryTest.soon());
      assertEquals(Kind.LOST, DeliveryTest.end(later.adopt(new PlanId("whole", 1), DeliveryTest.soon())).kind());
    }
  }

  @Test
  void whateverThereIsOfACapsuleIsKnownUntilItIsDiscarded() throws Exception {
    HostPageServer first = bench.server(LAZY);
    PlanId waits = new PlanId("waits-for-ever", 3);
    PlanId served = new PlanId("served", 1);
    PlanId whole = new PlanId("whole", 12);
    first.open(waits, bench.memory(PAGES, 1), Optional.empty(), DeliveryTest.soon());
    PagedMemory half = first.open(served, bench.memory(PAGES, 2), Optional.empty(), DeliveryTest.soon());
    PagedMemory all = first.open(whole, bench.memory(PAGES, 3), Optional.empty(), DeliveryTest.soon());
    try (Guest one = guest(half, 2); Guest two = guest(all, 3)) {
      assertEquals("right", one.ask("check 0 20"));
      assertEquals("right", two.ask("check 0 " + PAGES));
      assertEquals(Kind.COMPLETE, DeliveryTest.end(all).kind());
      first.stop();
      HostPageServer second = bench.server(LAZY);
      assertEquals(Set.of(waits, served, whole), second.known(DeliveryTest.soon()));
      second.discard(waits, DeliveryTest.soon());
      assertEquals(Set.of(served, whole), second.known(DeliveryTest.soon()));
      PagedMemory adopted = second.adopt(served, DeliveryTest.soon());
      assertTrue(pagers().getFirst().signal(ProcessId.SIGKILL));
      assertEquals(Kind.LOST, DeliveryTest.end(adopted).kind());
      second.discard(served, DeliveryTest.soon());
      assertEquals(Set.of(whole), second.known(DeliveryTest.soon()));
      second.discard(whole, DeliveryTest.soon());
      assertEquals(Set.of(), second.known(DeliveryTest.soon()));
      Deadline patience = DeliveryTest.soon();
      while (pagers().size() != 1 || new Marks(bench.pagers()).directories().size() != 1) {
        assertFalse(patience.expired(), "beside the directory of the page server that runs there is another one");
        Thread.sleep(10);
      }
    }
  }

  @Test
  void theNextServiceGoesOnWithThePager() throws Exception {
    HostPageServer first = bench.server(LAZY);
    PagedMemory before = first.open(new PlanId("cl", 1), bench.memory(PAGES, 1), Optional.empty(), DeliveryTest.soon());
    try (Guest guest = guest(before, 1)) {
      assertEquals("right", guest.ask("check 0 20"));
      first.stop();
      assertEquals("right", guest.ask("check 100 200"));
      HostPageServer second = bench.server(LAZY);
      assertEquals(1, pagers().size());
      PagedMemory after = second.adopt(new PlanId("cl", 1), DeliveryTest.soon());
      assertEquals(before.source(), after.source());
      assertFalse(after.end().toCompletableFuture().isDone());
      after.prefetch(true, DeliveryTest.soon());
      assertEquals(Kind.COMPLETE, DeliveryTest.end(after).kind());
      assertFalse(before.end().toCompletableFuture().isDone());
      assertEquals("right", guest.ask("check 0 " + PAGES));
    }
  }

  @Test
  void anotherBuildGetsAPagerOfItsOwnAndTheOlderOneGoesWhenItIsDone() throws Exception {
    HostPageServer older = bench.server(LAZY);
    PagedMemory old = older.open(new PlanId("old", 1), bench.memory(PAGES, 1), Optional.empty(), DeliveryTest.soon());
    older.stop();
    Path state = bench.pagers().resolve("1").resolve("pager");
    Files.writeString(state, Files.readString(state).replaceAll("build=.*", "build=another"));
    HostPageServer newer = bench.server(LAZY);
    PagedMemory fresh = newer.open(new PlanId("new", 1), bench.memory(PAGES, 2), Optional.empty(), DeliveryTest.soon());
    assertEquals(2, pagers().size());
    try (Guest one = guest(old, 1); Guest two = guest(fresh, 2)) {
      assertEquals("right", one.ask("check 0 50"));
      assertEquals("right", two.ask("check 0 50"));
    }
    ProcessId first = pagers().getFirst();
    newer.discard(new PlanId("old", 1), DeliveryTest.soon());
    try (dev.wrenn.linux.ProcessWatch watch = new dev.wrenn.linux.ProcessWatch()) {
      watch.exit(first).toCompletableFuture().get(60, java.util.concurrent.TimeUnit.SECONDS);
    }
    assertEquals(1, pagers().size());
  }

  @Test
  void damagedPagesAreNotDeliveredAndTheOthersGoOn() throws Exception {
    HostPageServer server = bench.server(LAZY);
    Snapshots.Stored stored = bench.memory(PAGES, 1);
    PagedMemory sound = server.open(new PlanId("sound", 1), stored, Optional.empty(), DeliveryTest.soon());
    Snapshots.Stored copy = copied(stored);
    try (DirectoryStream<Path> layers = Files.newDirectoryStream(copy.layers())) {
      for (Path layer : layers) {
        damage(layer);
      }
    }
    PagedMemory damaged = server.open(new PlanId("damaged", 1), copy, Optional.empty(), DeliveryTest.soon());
    try (Guest one = guest(sound, 1); Guest two = guest(damaged, 1)) {
      two.begin("check 0 " + PAGES);
      PagedMemory.End end = DeliveryTest.end(damaged);
      assertEquals(Kind.LOST, end.kind());
      assertTrue(end.reason().contains("is damaged"), end.reason());
      assertEquals("right", one.ask("check 0 " + PAGES));
    }
  }

  private Snapshots.Stored copied(Snapshots.Stored stored) throws Exception {
    Path into = Files.createDirectory(directory.resolve("copy"));
    try (DirectoryStream<Path> layers = Files.newDirectoryStream(stored.layers())) {
      for (Path layer : layers) {
        Files.copy(layer, into.resolve(layer.getFileName()));
      }
    }
    return new Snapshots.Stored(stored.map(), into);
  }

  private static void damage(Path layer) throws Exception {
    Files.setPosixFilePermissions(layer, java.nio.file.attribute.PosixFilePermissions.fromString("rw-------"));
    try (RandomAccessFile file = new RandomAccessFile(layer.toFile(), "rw")) {
      file.seek(file.length() / 2);
      int was = file.read();
      file.seek(file.length() / 2);
      file.write(~was);
    }
  }

  @Test
  void aDamagedMapIsRefusedWithItsReason() throws Exception {
    HostPageServer server = bench.server(LAZY);
    Snapshots.Stored stored = bench.memory(PAGES, 1);
    Path map = Files.copy(stored.map(), directory.resolve(stored.map().getFileName()));
    Files.setPosixFilePermissions(map, java.nio.file.attribute.PosixFilePermissions.fromString("rw-------"));
    damage(map);
    PageServerException refused = assertThrows(PageServerException.class,
        () -> server.open(new PlanId("cl", 1), new Snapshots.Stored(map, stored.layers()), Optional.empty(), DeliveryTest.soon()));
    assertTrue(refused.getMessage().contains("damaged"), refused.getMessage());
  }

  @Test
  void openingIsIdempotentUntilSomebodyHasCome() throws Exception {
    HostPageServer server = bench.server(LAZY);
    Snapshots.Stored stored = bench.memory(PAGES, 1);
    PagedMemory one = server.open(new PlanId("cl", 1), stored, Optional.empty(), DeliveryTest.soon());
    PagedMemory two = server.open(new PlanId("cl", 1), stored, Optional.empty(), DeliveryTest.soon());
    assertEquals(one.source(), two.source());
    try (Guest guest = guest(two, 1)) {
      assertEquals("right", guest.ask("check 0 1"));
      assertThrows(PageServerException.class, () -> server.open(new PlanId("cl", 1), stored, Optional.empty(), DeliveryTest.soon()));
      server.discard(new PlanId("cl", 1), DeliveryTest.soon());
      assertEquals(Kind.LEFT, DeliveryTest.end(two).kind());
      assertFalse(Files.exists(two.source().socket()));
    }
    server.discard(new PlanId("cl", 1), DeliveryTest.soon());
  }
}
