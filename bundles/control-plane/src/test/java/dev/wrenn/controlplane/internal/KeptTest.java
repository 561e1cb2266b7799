package dev.wrenn.controlplane.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class KeptTest {
  private final Kept<String> kept = new Kept<>(3);
  private final UUID id = UUID.randomUUID();

  private void change() {
    kept.begin(id);
    kept.end(id);
  }

  @Test
  void givesWhatWasReadUntilItChanges() {
    kept.put(id, "a", kept.stamp(id));
    assertEquals(Optional.of("a"), kept.get(id));
    change();
    assertEquals(Optional.empty(), kept.get(id));
    kept.put(id, "b", kept.stamp(id));
    assertEquals(Optional.of("b"), kept.get(id));
    kept.allChanged();
    assertEquals(Optional.empty(), kept.get(id));
  }

  @Test
  void givesNothingWhileAChangeIsMade() {
    kept.put(id, "old", kept.stamp(id));
    kept.begin(id);
    assertEquals(Optional.empty(), kept.get(id));
    kept.put(id, "old or new", kept.stamp(id));
    assertEquals(Optional.empty(), kept.get(id));
    long stamp = kept.end(id);
    assertEquals(Optional.empty(), kept.get(id));
    kept.put(id, "new", stamp);
    assertEquals(Optional.of("new"), kept.get(id));
  }

  @Test
  void doesNotKeepWhatWasReadWhileItChanged() {
    long stamp = kept.stamp(id);
    change();
    kept.put(id, "old", stamp);
    assertEquals(Optional.empty(), kept.get(id));
    stamp = kept.stamp(id);
    kept.allChanged();
    kept.put(id, "old", stamp);
    assertEquals(Optional.empty(), kept.get(id));
  }

  @Test
  void tellsThatEverythingWasDropped() {
    long epoch = kept.epoch();
    change();
    assertEquals(epoch, kept.epoch());
    kept.allChanged();
    assertEquals(epoch + 1, kept.epoch());
  }

  @Test
  void isBounded() {
    UUID last = id;
    for (int i = 0; i < 100; i++) {
      last = new UUID(0, i);
      kept.put(last, "v" + i, kept.stamp(last));
    }
    UUID newest = last;
    assertEquals(Optional.of("v99"), kept.get(newest));
    assertEquals(true, java.util.stream.LongStream.range(0, 100).filter(i -> kept.get(new UUID(0, i)).isPresent()).count() <= 3);
  }
}
