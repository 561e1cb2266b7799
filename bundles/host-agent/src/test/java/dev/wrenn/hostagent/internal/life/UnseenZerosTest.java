package dev.wrenn.hostagent.internal.life;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.wrenn.spi.memory.PageSink;
import dev.wrenn.uffd.PagedMemory.Zeros;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class UnseenZerosTest {
  private static final int PAGES = 20;
  private final List<String> told = new ArrayList<>();
  private final PageSink sink = new PageSink() {
    @Override
    public void data(long offset, ByteBuffer pages) {
      told.add("data " + offset / PAGE + "+" + pages.remaining() / PAGE);
    }

    @Override
    public void zero(long offset, long length) {
      told.add("zero " + offset / PAGE + "+" + length / PAGE);
    }
  };

  /** A driver that names pages 3 and 4 with contents, and page 10 as zero. */
  private List<String> named(Zeros zeros) throws IOException {
    UnseenZeros all = new UnseenZeros(sink, zeros, (long) PAGES * PageSink.PAGE);
    all.data(3L * PageSink.PAGE, ByteBuffer.allocate(2 * PageSink.PAGE));
    all.zero(10L * PageSink.PAGE, PageSink.PAGE);
    all.finish();
    return told;
  }

  @Test
  void ofWholeMemoryEverythingElseIsZero() throws IOException {
    assertEquals(List.of("zero 0+3", "data 3+2", "zero 5+5", "zero 10+1", "zero 11+9"), named(new Zeros(true, new BitSet())));
  }

  @Test
  void otherwiseOnlyWhatWasGivenBack() throws IOException {
    BitSet removed = new BitSet();
    removed.set(1);
    removed.set(4, 7);
    removed.set(10);
    removed.set(18, 20);
    assertEquals(List.of("zero 1+1", "data 3+2", "zero 5+2", "zero 10+1", "zero 18+2"), named(new Zeros(false, removed)));
  }

  @Test
  void withoutAnyNothingIsAdded() throws IOException {
    assertEquals(List.of("data 3+2", "zero 10+1"), named(new Zeros(false, new BitSet())));
  }
}
