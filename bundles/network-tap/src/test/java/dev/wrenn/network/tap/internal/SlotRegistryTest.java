package dev.wrenn.network.tap.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.spi.PlanId;
import dev.wrenn.spi.network.NetworkPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SlotRegistryTest {
  private static final Owner OWNER = new Owner(new NetworkPlan(new PlanId("c1", 2), 49_983, true));

  @TempDir Path directory;
  private Maker self;
  private SlotRegistry registry;

  @BeforeEach
  void open() throws IOException {
    self = Maker.thisProcess();
    registry = new SlotRegistry(directory.resolve("net"), self, "ours");
  }

  @Test
  void aSlotGoesFromMadeToReadyToOwnedToNothing() throws IOException {
    assertTrue(registry.begin(1));
    assertFalse(registry.begin(1));
    assertFalse(registry.claim(1, OWNER.facts()), "not ready yet");
    registry.ready(1);
    assertTrue(registry.claim(1, OWNER.facts()));
    assertTrue(registry.assign(OWNER.id(), 1));
    assertEquals(Optional.of(OWNER), registry.ownerOf(1));
    assertEquals(OptionalInt.of(1), registry.slotOf("c1"));
    assertEquals(Set.of(1), registry.slotsOf(OWNER.id()));
    assertFalse(registry.claimForRemoval(1));

    registry.beginRemoval(1);
    assertEquals(Optional.empty(), registry.ownerOf(1));
    assertEquals(Set.of(1), registry.slotsOf(OWNER.id()));
    assertFalse(registry.begin(1), "the number is not free yet");
    registry.forget(1);
    assertEquals(OptionalInt.empty(), registry.slotOf("c1"));
    registry.removeEmpty();
    assertFalse(Files.exists(directory.resolve("net")));
  }

  @Test
  void oneOfManyWinsASlot() throws Exception {
    registry.begin(1);
    registry.ready(1);
    List<Callable<Boolean>> claims = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      SlotRegistry other = new SlotRegistry(directory.resolve("net"), self, "ours");
      claims.add(() -> other.claim(1, OWNER.facts()));
    }
    int won = 0;
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Boolean> claim : threads.invokeAll(claims)) {
        won += claim.get() ? 1 : 0;
      }
    }
    assertEquals(1, won);
  }

  @Test
  void workOfADeadProcessIsAbandonedAndOfALivingOneIsNot() throws IOException {
    SlotRegistry dead = new SlotRegistry(directory.resolve("net"), new Maker(self.boot(), self.pid(), "another start"), "ours");
    registry.begin(1);
    dead.begin(2);
    dead.begin(3);
    dead.ready(3);
    dead.begin(4);
    dead.ready(4);
    dead.claim(4, OWNER.facts());
    dead.begin(5);
    dead.ready(5);
    dead.claimForRemoval(5);
    registry.begin(6);
    registry.ready(6);
    assertEquals(Set.of(2, 5), registry.abandoned());
    assertEquals(Set.of(3), registry.inherited(), "a free slot of a living maker is in its own pool");
  }

  @Test
  void slotsThatWereMadeInAnotherMannerAreNotGivenAway() throws IOException {
    SlotRegistry dead = new SlotRegistry(directory.resolve("net"), new Maker(self.boot(), self.pid(), "another start"), "theirs");
    SlotRegistry living = new SlotRegistry(directory.resolve("net"), self, "theirs");
    dead.begin(1);
    dead.ready(1);
    living.begin(2);
    living.ready(2);
    assertEquals(Set.of(), registry.inherited());
    assertFalse(registry.claim(2, OWNER.facts()));
    assertEquals(Set.of(1), registry.abandoned());
    assertTrue(living.claim(2, OWNER.facts()));
    assertEquals(Set.of(1), registry.abandoned(), "a capsule's slot is never abandoned");
  }

  @Test
  void whatAnEarlierStartOfTheMachineLeftIsForgotten() throws IOException {
    SlotRegistry earlier = new SlotRegistry(directory.resolve("net"), new Maker("another boot", self.pid(), self.started()), "ours");
    earlier.begin(1);
    earlier.ready(1);
    earlier.claim(1, OWNER.facts());
    earlier.assign(OWNER.id(), 1);
    registry.begin(2);
    registry.forgetEarlierStarts();
    assertEquals(Set.of(2), registry.all());
    assertEquals(OptionalInt.empty(), registry.slotOf("c1"));
  }
}
