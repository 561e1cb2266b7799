package dev.wrenn.hostagent.internal.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.host.CapsuleOrder;
import dev.wrenn.host.HostedCapsule.Failure;
import dev.wrenn.host.HostedCapsule.State;
import dev.wrenn.host.HostedCapsule.Step;
import dev.wrenn.spi.Handle;
import dev.wrenn.spi.PlanId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
  @TempDir Path directory;

  @Test
  void aRecordComesBackAsItWas() throws Exception {
    CapsuleRecord full = full("cl-a", 7);
    CapsuleRecord bare = CapsuleRecord.starting(order("cl-b"), "", 2, Instant.parse("2026-01-02T03:04:05.123456Z"), Map.of());
    try (Journal journal = open()) {
      journal.put(full);
      journal.put(bare);
    }
    try (Journal journal = open()) {
      assertEquals(List.of(full, bare), journal.records());
      assertEquals(List.of(), journal.damage());
    }
  }

  @Test
  void whatIsGoneStaysGoneAndTheLatestCounts() throws Exception {
    try (Journal journal = open()) {
      journal.put(full("cl-a", 1));
      journal.put(full("cl-b", 2));
      journal.put(full("cl-b", 3));
      journal.noteRemoved("cl-a");
      journal.noteRemoved("cl-never");
      journal.note(full("cl-c", 4));
    }
    try (Journal journal = open()) {
      assertEquals(List.of(3L, 4L), journal.records().stream().map(CapsuleRecord::sequence).toList());
    }
  }

  @Test
  void aLastLineThatIsTornAnywhereCostsOnlyThatLine() throws Exception {
    byte[] whole = twoRecords();
    int second = lastLineStart(whole);
    for (int end = second; end < whole.length; end += end < whole.length - 12 ? 41 : 1) {
      Files.write(file(), Arrays.copyOf(whole, end));
      try (Journal journal = open()) {
        assertEquals(List.of("cl-a"), ids(journal), "cut at " + end);
        assertEquals(List.of(), journal.damage());
        journal.put(full("cl-c", 9));
      }
      try (Journal journal = open()) {
        assertEquals(List.of("cl-a", "cl-c"), ids(journal));
      }
    }
  }

  @Test
  void damageInTheMiddleIsToldAndCostsOnlyThatLine() throws Exception {
    byte[] whole = twoRecords();
    int first = new String(whole, StandardCharsets.UTF_8).indexOf("cl-a");
    for (byte odd : new byte[] {'x', (byte) 0xff}) {
      byte[] bad = whole.clone();
      bad[first] = odd;
      Files.write(file(), bad);
      try (Journal journal = open()) {
        assertEquals(List.of("cl-b"), ids(journal));
        assertTrue(journal.damage().getFirst().contains("Line 2"), journal.damage().toString());
      }
    }
  }

  @Test
  void aNewerFormatIsNotTouched() throws Exception {
    Files.write(file(), new Line(1, "{\"type\":\"journal\",\"format\":2}").bytes());
    byte[] before = Files.readAllBytes(file());
    assertTrue(assertThrows(IOException.class, this::open).getMessage().contains("format 2"));
    assertEquals(new String(before), Files.readString(file()));
  }

  @Test
  void itIsCompactedWhenItHasGrownAndAtTheStart() throws Exception {
    long largest = 0;
    try (Journal journal = open()) {
      for (int i = 1; i <= 3_000; i++) {
        journal.note(full("cl-" + i % 10, i));
        if (i % 50 == 0) {
          journal.put(full("cl-0", i));
        }
        largest = Math.max(largest, Files.size(file()));
      }
      assertTrue(largest > 1 << 20 && largest < 2 << 20, "largest size " + largest);
    }
    try (Journal journal = open()) {
      assertEquals(10, journal.records().size());
      assertTrue(Files.size(file()) < 20_000, Files.size(file()) + " bytes");
      assertFalse(Files.exists(directory.resolve("journal.new")));
    }
  }

  @Test
  void putsSideBySideAreAllKeptAndShareFlushes() throws Exception {
    int many = 400;
    List<Callable<Void>> puts = new ArrayList<>();
    try (Journal journal = open(); var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < many; i++) {
        CapsuleRecord record = full("cl-" + i, i);
        puts.add(() -> {
          journal.put(record);
          return null;
        });
      }
      for (Future<Void> done : threads.invokeAll(puts)) {
        done.get();
      }
      assertTrue(journal.flushes() < many / 2, journal.flushes() + " flushes for " + many + " changes");
    }
    try (Journal journal = open()) {
      assertEquals(many, journal.records().size());
    }
  }

  @Test
  void aWriterThatIsInterruptedHarmsNobody() throws Exception {
    try (Journal journal = open()) {
      Thread.currentThread().interrupt();
      journal.put(full("cl-a", 1));
      assertTrue(Thread.interrupted());
      journal.put(full("cl-b", 2));
    }
    try (Journal journal = open()) {
      assertEquals(List.of("cl-a", "cl-b"), ids(journal));
    }
  }

  @Test
  void onlyOneCanHaveItOpen() throws Exception {
    try (Journal journal = open()) {
      IOException held = assertThrows(IOException.class, () -> Journal.open(directory, Duration.ofMillis(50)));
      assertTrue(held.getMessage().contains("held by another"), held.getMessage());
    }
    open().close();
  }

  @Test
  void closedItTakesNothing() throws Exception {
    Journal journal = open();
    journal.close();
    journal.close();
    assertThrows(IOException.class, () -> journal.put(full("cl-a", 1)));
  }

  private byte[] twoRecords() throws IOException {
    try (Journal journal = open()) {
      journal.put(full("cl-a", 1));
      journal.put(full("cl-b", 2));
    }
    return Files.readAllBytes(file());
  }

  private static int lastLineStart(byte[] whole) {
    int at = whole.length - 2;
    while (whole[at] != '\n') {
      at--;
    }
    return at + 1;
  }

  private Journal open() throws IOException {
    return Journal.open(directory, Duration.ofSeconds(1));
  }

  private Path file() {
    return directory.resolve("journal");
  }

  private static List<String> ids(Journal journal) {
    return journal.records().stream().map(record -> record.order().id()).toList();
  }

  private static CapsuleOrder order(String id) {
    return new CapsuleOrder(id, "team", "minimal", 2, 512, 1024, Duration.ofMillis(90_500), "user", Map.of("A", "ü = \"1\"\n", "B", ""), true, true);
  }

  private static CapsuleRecord full(String id, long sequence) {
    PlanId plan = new PlanId(id, 3);
    Instant at = Instant.parse("2026-01-02T03:04:05.123456789Z");
    return new CapsuleRecord(order(id), "abc", 3, State.ERROR, sequence, Optional.of("127.0.0.1:4711"), at, Optional.of(at.plusSeconds(1)),
        Optional.of(at.plusSeconds(2)), Optional.of(at.plusSeconds(3)), Optional.of(new Failure("boot", "words\nand \"quotes\"")),
        List.of(new Step("disk", 1.25), new Step("boot", 0.5)), Map.of("kernel_version", "6.1"), Map.of("hypervisor", "qemu"),
        Map.of("hypervisor", new Handle("hypervisor", "qemu", "1.2.3", plan, Map.of("pid", "42", "socket", "/run/x y"))), false);
  }
}
