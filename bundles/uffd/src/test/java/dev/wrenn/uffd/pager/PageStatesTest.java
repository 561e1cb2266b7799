package dev.wrenn.uffd.pager;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.wrenn.snapshot.Changes;
import dev.wrenn.snapshot.Digest;
import dev.wrenn.snapshot.PageMap;
import java.util.BitSet;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PageStatesTest {
  private static final int PAGES = 500;
  private static final long SEED = 4711;

  /** Every change against plain sets. */
  @Test
  void asSets() {
    Changes changes = new Changes();
    changes.stored(0, 3, 0);
    changes.stored(100, 300, 3);
    PageMap map = PageMap.zero((long) PAGES * PageMap.PAGE).overlay(Digest.of(new byte[Digest.BYTES]), changes,
        Optional.of(new PageMap.Layer(Digest.of(new byte[Digest.BYTES]), 303)));
    PageStates states = new PageStates(map);
    BitSet open = new BitSet();
    open.set(0, 3);
    open.set(100, 400);
    BitSet present = new BitSet();
    BitSet removed = new BitSet();
    Random random = new Random(SEED);
    for (int i = 0; i < 2000; i++) {
      check(states, open, present, removed);
      int from = random.nextInt(PAGES);
      int to = Math.min(PAGES, from + random.nextInt(1, i % 10 == 0 ? 200 : 4));
      open.clear(from, to);
      switch (random.nextInt(3)) {
        case 0 -> states.settle(from, to);
        case 1 -> {
          states.put(from, to);
          present.set(from, to);
          removed.clear(from, to);
        }
        default -> {
          states.remove(from, to);
          present.clear(from, to);
          removed.set(from, to);
        }
      }
    }
  }

  private static void check(PageStates states, BitSet open, BitSet present, BitSet removed) {
    assertEquals(open.cardinality(), states.open());
    assertEquals(removed, BitSet.valueOf(states.removed()));
    for (int page = 0; page < PAGES; page++) {
      int at = page;
      assertEquals(open.get(page), states.isOpen(page), () -> "page " + at);
      assertEquals(!open.get(page) && !present.get(page), states.isZero(page), () -> "page " + at);
    }
    int next = open.nextSetBit(7);
    assertEquals(next < 0 || next > 450 ? 450 : next, states.nextOpen(7, 450));
  }
}
