package dev.wrenn.snapshot.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.snapshot.Changes;
import dev.wrenn.snapshot.Digest;
import dev.wrenn.snapshot.PageMap;
import dev.wrenn.snapshot.PageMap.Layer;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What merging is to bring about, on random maps. */
class CompactionPlanTest {
  private static final int PAGE = PageMap.PAGE;
  private final CompactionPlan plan = new CompactionPlan(150, 8);

  @Test
  void keepsSnapshotsShortAndWithoutMuchGarbage() {
    int merges = 0;
    for (int seed = 0; seed < 2000; seed++) {
      Random random = new Random(seed);
      PageMap map = PageMap.zero((20L + random.nextInt(400)) * PAGE);
      Set<Digest> shared = new HashSet<>();
      for (int generation = 1; generation <= 20; generation++) {
        map = grow(map, random, digest(seed, generation));
        if (random.nextInt(15) == 0) {
          map.layers().forEach(layer -> shared.add(layer.name()));
        }
        Set<Digest> chosen = plan.choose(map, shared::contains);
        assertTrue(chosen.stream().noneMatch(shared::contains), "seed " + seed);
        if (!chosen.isEmpty()) {
          PageMap merged = merge(map, chosen, digest(seed, 1000 + generation));
          assertSameMemory(map, merged);
          map = merged;
          merges++;
        }
        assertGood(map, shared, "seed " + seed);
      }
    }
    assertTrue(merges > 2000, "only " + merges + " merges");
  }

  private static PageMap grow(PageMap map, Random random, Digest name) {
    int pages = (int) (map.bytes() / PAGE);
    Changes changes = new Changes();
    int stored = 0;
    for (int page = random.nextInt(pages); page < pages; page += 1 + random.nextInt(60)) {
      int count = Math.min(pages - page, 1 + random.nextInt(30));
      changes.stored(page, count, stored);
      stored += count;
      page += count;
    }
    return map.overlay(name, changes, stored == 0 ? Optional.empty() : Optional.of(new Layer(name, stored)));
  }

  private static PageMap merge(PageMap map, Set<Digest> chosen, Digest into) {
    Changes moved = new Changes();
    int stored = 0;
    for (int run = 0; run < map.runs(); run++) {
      if (map.layer(run) != PageMap.ZERO && chosen.contains(map.layers().get(map.layer(run)).name())) {
        int count = (int) ((map.end(run) - map.start(run)) / PAGE);
        moved.stored((int) (map.start(run) / PAGE), count, stored);
        stored += count;
      }
    }
    return map.restored(moved, Optional.of(new Layer(into, stored)));
  }

  /** Zero where it was zero, and no page of a layer that was kept has moved. */
  private static void assertSameMemory(PageMap before, PageMap after) {
    assertEquals(before.bytes(), after.bytes());
    assertEquals(before.generation(), after.generation());
    assertEquals(before.parent(), after.parent());
    for (long offset = 0; offset < before.bytes(); offset += PAGE) {
      assertEquals(before.layer(before.find(offset)) == PageMap.ZERO, after.layer(after.find(offset)) == PageMap.ZERO);
    }
  }

  private void assertGood(PageMap map, Set<Digest> shared, String message) {
    long[] live = map.liveBytes();
    long ownStored = 0;
    long ownLive = 0;
    int own = 0;
    for (int i = 0; i < live.length; i++) {
      if (!shared.contains(map.layers().get(i).name())) {
        ownStored += map.layers().get(i).bytes();
        ownLive += live[i];
        own++;
      }
    }
    assertTrue(ownStored <= 1.5 * ownLive, message + ": " + ownStored + " bytes store " + ownLive);
    assertTrue(map.layers().size() <= plan.chainLength() || own <= 1, message + ": " + map.layers().size() + " layers, " + own + " own");
  }

  @Test
  void leavesAGoodMapAlone() {
    Changes all = new Changes();
    all.stored(0, 10, 0);
    PageMap map = PageMap.zero(10L * PAGE).overlay(digest(0, 0), all, Optional.of(new Layer(digest(0, 1), 10)));
    assertEquals(Set.of(), plan.choose(map, _ -> false));
    assertEquals(Set.of(), plan.choose(PageMap.zero(PAGE), _ -> false));
    assertThrows(IllegalArgumentException.class, () -> new CompactionPlan(100, 8));
    assertThrows(IllegalArgumentException.class, () -> new CompactionPlan(150, 1));
  }

  private static Digest digest(int seed, int number) {
    return Digest.ofContent(ByteBuffer.allocate(8).putInt(seed).putInt(number).flip());
  }
}
