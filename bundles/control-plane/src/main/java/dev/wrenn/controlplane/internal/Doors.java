package dev.wrenn.controlplane.internal;

import dev.wrenn.persistence.CapsuleRecord;
import dev.wrenn.platform.PlatformException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.function.LongSupplier;

/**
 * What decides whether somebody may come in, for each capsule that is asked for, kept for a moment: a burst of connections asks the store
 * once. A change that this process makes counts at once, one of another control plane after that moment. Thread-safe.
 */
final class Doors {
  private static final Duration FRESH = Duration.ofSeconds(1);
  private static final int BOUND = 10_000;

  /** @param said of single ports */
  record Door(CapsuleRecord row, Map<Integer, Boolean> said) {
    boolean open(int port) {
      return said.getOrDefault(port, row.spec().options().publicPorts());
    }
  }

  private record Look(CompletableFuture<Optional<Door>> answer, long atNanos) {}

  private final Map<UUID, Look> looks = new ConcurrentHashMap<>();
  private final Ledger ledger;
  private final LongSupplier nanos;

  Doors(Ledger ledger, LongSupplier nanos) {
    this.ledger = ledger;
    this.nanos = nanos;
  }

  /** The next who comes looks anew; also when somebody is looking just now. */
  void forget(UUID capsule) {
    looks.remove(capsule);
  }

  /** @return empty for an unknown capsule */
  Optional<Door> find(UUID capsule) throws PlatformException {
    Look known = looks.get(capsule);
    if (known == null || nanos.getAsLong() - known.atNanos > FRESH.toNanos()) {
      Look mine = new Look(new CompletableFuture<>(), nanos.getAsLong());
      makeRoom();
      boolean first = known == null ? looks.putIfAbsent(capsule, mine) == null : looks.replace(capsule, known, mine);
      if (first) {
        return look(capsule, mine);
      }
      known = looks.get(capsule);
      if (known == null) {
        return ask(capsule);
      }
    }
    return await(known);
  }

  private Optional<Door> look(UUID capsule, Look mine) throws PlatformException {
    try {
      Optional<Door> door = ask(capsule);
      mine.answer.complete(door);
      if (door.isEmpty()) {
        looks.remove(capsule, mine);
      }
      return door;
    } catch (PlatformException | RuntimeException e) {
      looks.remove(capsule, mine);
      mine.answer.completeExceptionally(e);
      throw e;
    }
  }

  private Optional<Door> ask(UUID capsule) throws PlatformException {
    return ledger.call(s -> s.capsules().find(capsule).map(row -> new Door(row, s.ports().ofCapsule(capsule))));
  }

  private static Optional<Door> await(Look look) throws PlatformException {
    try {
      // Ends with the store's own time limits.
      return look.answer.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof PlatformException told) {
        throw new PlatformException(told.code(), told.getMessage(), told);
      }
      throw new IllegalStateException("Looking up a capsule failed by a defect", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PlatformException(PlatformException.Code.UNAVAILABLE, "Interrupted while waiting for the store.", e);
    }
  }

  private void makeRoom() {
    if (looks.size() >= BOUND) {
      long now = nanos.getAsLong();
      looks.values().removeIf(look -> now - look.atNanos > FRESH.toNanos());
      if (looks.size() >= BOUND) {
        looks.clear();
      }
    }
  }
}
