package dev.wrenn.controlplane.internal;

import static dev.wrenn.controlplane.internal.TestPlatform.DEFAULTS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.persistence.WireId;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoorsTest {
  @TempDir Path directory;

  @Test
  void asksTheStoreOnceInASecond() throws Exception {
    try (TestPlatform platform = new TestPlatform(directory, new FakeHost())) {
      AtomicLong clock = new AtomicLong();
      Doors doors = new Doors(platform.ledger, clock::get);
      UUID id = WireId.CAPSULE.parse(platform.capsules.create(platform.team(), DEFAULTS, Optional.empty()).id()).orElseThrow();
      assertTrue(doors.find(id).orElseThrow().open(80));
      // Not told to these doors: as another control plane would do it.
      platform.store().ports().put(id, 80, false);
      clock.addAndGet(900_000_000);
      assertTrue(doors.find(id).orElseThrow().open(80));
      clock.addAndGet(200_000_000);
      assertFalse(doors.find(id).orElseThrow().open(80));
      platform.store().ports().put(id, 80, true);
      doors.forget(id);
      assertTrue(doors.find(id).orElseThrow().open(80));
      assertEquals(Optional.empty(), doors.find(UUID.randomUUID()));
    }
  }
}
