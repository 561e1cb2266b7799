package dev.wrenn.snapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.snapshot.PageMap.Layer;
import dev.wrenn.snapshot.SnapshotException.Code;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Maps against a plain array that says for each page where it is. */
class PageMapTest {
  private static final int PAGE = PageMap.PAGE;

  /** Where a page is; a null layer is zero. */
  private record Place(Digest layer, int page) {}

  @Test
  void overlaysOfManyGenerationsSayWhatAnArraySays() throws Exception {
    for (int seed = 0; seed < 3000; seed++) {
      Random random = new Random(seed);
      int pages = 1 + random.nextInt(random.nextBoolean() ? 12 : 300);
      Place[] model = new Place[pages];
      PageMap map = PageMap.zero((long) pages * PAGE);
      for (int generation = 1; generation <= 1 + random.nextInt(12); generation++) {
        Digest self = Digest.ofContent(map.encode());
        map = generation(random, map, self, model, name(seed, generation));
        assertEquals(generation, map.generation());
        assertEquals(Optional.of(self), map.parent());
        assertSame(model, map, "seed " + seed);
        assertEquals(map, PageMap.decode(map.encode()));
      }
    }
  }

  private static PageMap generation(Random random, PageMap below, Digest self, Place[] model, Digest name) {
    Changes changes = new Changes();
    int stored = 0;
    List<Integer> storedAt = new ArrayList<>();
    for (int page = random.nextInt(4); page < model.length;) {
      int count = Math.min(model.length - page, 1 + random.nextInt(5));
      if (random.nextInt(3) == 0) {
        changes.zero(page, count);
        java.util.Arrays.fill(model, page, page + count, null);
      } else {
        changes.stored(page, count, stored);
        for (int i = 0; i < count; i++) {
          model[page + i] = new Place(name, stored++);
          storedAt.add(page + i);
        }
      }
      page += count + (random.nextBoolean() ? 0 : random.nextInt(20));
    }
    return below.overlay(self, changes, stored == 0 ? Optional.empty() : Optional.of(new Layer(name, stored)));
  }

  private static void assertSame(Place[] model, PageMap map, String message) {
    Set<Digest> live = new HashSet<>();
    int joins = 0;
    for (int page = 0; page < model.length; page++) {
      long offset = (long) page * PAGE + page % PAGE;
      int run = map.find(offset);
      assertTrue(map.start(run) <= offset && offset < map.end(run), message);
      if (model[page] == null) {
        assertEquals(PageMap.ZERO, map.layer(run), message);
      } else {
        live.add(model[page].layer());
        assertEquals(model[page].layer(), map.layers().get(map.layer(run)).name(), message);
        assertEquals((long) model[page].page() * PAGE, map.layerOffset(run) + (long) page * PAGE - map.start(run), message);
      }
      joins += page > 0 && follows(model[page - 1], model[page]) ? 1 : 0;
    }
    assertEquals(model.length - joins, map.runs(), message + ": as few runs as there can be");
    assertEquals(live, new HashSet<>(map.layers().stream().map(Layer::name).toList()), message + ": the layers that are used, and no others");
  }

  private static boolean follows(Place one, Place next) {
    return one == null ? next == null : next != null && next.layer().equals(one.layer()) && next.page() == one.page() + 1;
  }

  @Test
  void aPageThatWasZeroedIsZeroAndNotTheParents() {
    Changes first = new Changes();
    first.stored(1, 2, 0);
    PageMap parent = PageMap.zero(4L * PAGE).overlay(name(0, 0), first, Optional.of(new Layer(name(1, 1), 2)));
    Changes second = new Changes();
    second.zero(2, 1);
    PageMap child = parent.overlay(name(0, 1), second, Optional.empty());
    assertEquals(0, child.layer(child.find(PAGE)));
    assertEquals(PageMap.ZERO, child.layer(child.find(2L * PAGE)));
    assertEquals(PAGE, child.liveBytes()[0]);
    assertEquals(2L * PAGE, child.storedBytes());
  }

  @Test
  void damagedBytesAreFoundOutAndNothingElseIsThrown() throws Exception {
    PageMap map = PageMap.zero(300L * PAGE);
    Random random = new Random(1);
    for (int generation = 1; generation < 5; generation++) {
      map = generation(random, map, name(0, generation), new Place[300], name(1, generation));
    }
    byte[] good = map.encode().array();
    for (int at = 0; at < good.length; at++) {
      for (int bit = 0; bit < 8; bit++) {
        byte[] bad = good.clone();
        bad[at] ^= (byte) (1 << bit);
        assertThrows(SnapshotException.class, () -> PageMap.decode(ByteBuffer.wrap(bad)), "bit " + bit + " of byte " + at);
      }
    }
    for (int length = 0; length < good.length; length++) {
      ByteBuffer cut = ByteBuffer.wrap(good, 0, length);
      assertEquals(Code.CORRUPT, assertThrows(SnapshotException.class, () -> PageMap.decode(cut)).code());
    }
  }

  @Test
  void bytesWithARightChecksumAreNotBelievedEither() throws Exception {
    Random random = new Random(2);
    PageMap map = generation(random, PageMap.zero(40L * PAGE), name(0, 0), new Place[40], name(1, 1));
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = map.encode().array();
      for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
        int at = 12 + random.nextInt(bytes.length - 16);
        bytes[at] = random.nextBoolean() ? (byte) random.nextInt() : (byte) (random.nextBoolean() ? 0xff : 0x7f);
      }
      Checksums.seal(bytes);
      try {
        // What is accepted is a map: its own encoding is what was read.
        assertEquals(ByteBuffer.wrap(bytes), PageMap.decode(ByteBuffer.wrap(bytes)).encode());
      } catch (SnapshotException e) {
        assertEquals(Code.CORRUPT, e.code());
        refused++;
      }
    }
    assertTrue(refused > 10_000, "only " + refused + " were refused");
  }

  @Test
  void aNewerFormatIsNamed() {
    byte[] bytes = PageMap.zero(PAGE).encode().array();
    bytes[8] = 2;
    assertEquals(Code.UNSUPPORTED, assertThrows(SnapshotException.class, () -> PageMap.decode(ByteBuffer.wrap(bytes))).code());
  }

  @Test
  void changesComeInOrder() {
    Changes changes = new Changes();
    changes.stored(5, 2, 0);
    assertThrows(IllegalArgumentException.class, () -> changes.zero(6, 1));
    assertThrows(IllegalArgumentException.class, () -> changes.stored(7, 0, 2));
    assertThrows(IllegalArgumentException.class, () -> changes.stored(7, 1, -1));
    assertThrows(IllegalArgumentException.class, () -> PageMap.zero(6L * PAGE).overlay(name(0, 0), changes, Optional.of(new Layer(name(1, 1), 2))));
    assertThrows(IllegalArgumentException.class, () -> PageMap.zero(9L * PAGE).overlay(name(0, 0), changes, Optional.of(new Layer(name(1, 1), 1))));
    assertThrows(IllegalArgumentException.class, () -> PageMap.zero(9L * PAGE).overlay(name(0, 0), changes, Optional.empty()));
    assertThrows(IndexOutOfBoundsException.class, () -> PageMap.zero(PAGE).find(PAGE));
    assertThrows(IllegalArgumentException.class, () -> PageMap.zero(PAGE + 1));
  }

  private static Digest name(int seed, int number) {
    return Digest.ofContent(ByteBuffer.allocate(8).putInt(seed).putInt(number).flip());
  }
}
