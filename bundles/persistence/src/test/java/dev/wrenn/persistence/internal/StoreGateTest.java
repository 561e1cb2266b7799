package dev.wrenn.persistence.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.wrenn.persistence.Store;
import dev.wrenn.persistence.StoreException;
import dev.wrenn.persistence.StoreException.Code;
import dev.wrenn.persistence.StoreGate;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreGateTest {
  @TempDir Path directory;

  private Database open() throws Exception {
    Files.createDirectories(directory.resolve("db"));
    return TestDatabases.h2(directory);
  }

  @Test
  void failsWhenNoStoreComes() {
    StoreGate gate = new StoreGate(Duration.ofMillis(50));
    assertFalse(gate.isOpen());
    assertEquals(Code.UNAVAILABLE, assertThrows(StoreException.class, () -> gate.call(Store::exclusive)).code());
  }

  @Test
  void carriesACallOverAnExchangeOfTheStore() throws Exception {
    StoreGate gate = new StoreGate(Duration.ofSeconds(20));
    UUID team = UUID.randomUUID();
    Database first = open();
    gate.open(first);
    CountDownLatch closed = new CountDownLatch(1);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      // The call has got hold of the first store, which is closed under it.
      Future<Optional<?>> call = threads.submit(() -> gate.call(store -> {
        await(closed);
        return store.teams().find(team);
      }));
      gate.close(first);
      first.close();
      closed.countDown();
      try (Database second = open()) {
        gate.open(second);
        // What was taken back late must not take the next one with it.
        gate.close(first);
        assertEquals(Optional.empty(), call.get(20, TimeUnit.SECONDS));
      }
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void handsOnWhatIsNoMatterOfTime() throws Exception {
    StoreGate gate = new StoreGate(Duration.ofSeconds(20));
    try (Database database = open()) {
      gate.open(database);
      var team = StoreContract.team(database);
      assertEquals(Code.DUPLICATE, assertThrows(StoreException.class, () -> gate.call(store -> {
        store.teams().insert(team);
        return team;
      })).code());
    }
  }
}
