package dev.wrenn.snapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.snapshot.HotSet.Range;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HotSetTest {
  private static final int PAGE = PageMap.PAGE;

  @Test
  void keepsPagesInTheOrderOfTheirFirstTouch() throws Exception {
    for (int seed = 0; seed < 500; seed++) {
      Random random = new Random(seed);
      HotSet.Recorder recorder = new HotSet.Recorder(1000L * PAGE);
      Set<Long> touched = new LinkedHashSet<>();
      for (int i = 0; i < 300; i++) {
        long page = random.nextInt(50) == 0 || touched.isEmpty() ? random.nextInt(1000) : Math.min(999, touched.stream().reduce((_, b) -> b).get() + random.nextInt(2));
        assertTrue(recorder.touched(page * PAGE + random.nextInt(PAGE)));
        touched.add(page);
      }
      HotSet read = HotSet.decode(recorder.recorded().encode());
      assertEquals(recorder.recorded(), read);
      assertEquals(new ArrayList<>(touched), pages(read));
    }
  }

  private static List<Long> pages(HotSet hot) {
    List<Long> pages = new ArrayList<>();
    for (Range range : hot.ranges()) {
      for (long offset = range.offset(); offset < range.offset() + range.length(); offset += PAGE) {
        pages.add(offset / PAGE);
      }
    }
    return pages;
  }

  @Test
  void refusesWhatNoMemoryHas() {
    assertThrows(IllegalArgumentException.class, () -> new HotSet(PAGE, List.of(new Range(PAGE, PAGE))));
    assertThrows(IllegalArgumentException.class, () -> new HotSet(4 * PAGE, List.of(new Range(0, 2 * PAGE), new Range(PAGE, PAGE))));
    assertThrows(IllegalArgumentException.class, () -> new HotSet(4 * PAGE, List.of(new Range(1, PAGE))));
    assertThrows(IllegalArgumentException.class, () -> new HotSet(4 * PAGE, List.of(new Range(-PAGE, PAGE))));
  }

  @Test
  void anyBytesAreAHotSetOrTheTypedError() throws Exception {
    byte[] good = new HotSet(100L * PAGE, List.of(new Range(0, PAGE), new Range(10L * PAGE, 5L * PAGE))).encode().array();
    for (int at = 0; at < good.length; at++) {
      byte[] bad = good.clone();
      bad[at] ^= 1;
      assertThrows(SnapshotException.class, () -> HotSet.decode(ByteBuffer.wrap(bad)));
      ByteBuffer cut = ByteBuffer.wrap(good, 0, at);
      assertThrows(SnapshotException.class, () -> HotSet.decode(cut));
    }
    Random random = new Random(3);
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = good.clone();
      bytes[12 + random.nextInt(bytes.length - 16)] = (byte) random.nextInt();
      bytes[12 + random.nextInt(bytes.length - 16)] = (byte) 0xff;
      Checksums.seal(bytes);
      try {
        assertEquals(ByteBuffer.wrap(bytes), HotSet.decode(ByteBuffer.wrap(bytes)).encode());
      } catch (SnapshotException e) {
        assertEquals(SnapshotException.Code.CORRUPT, e.code());
      }
    }
  }
}
