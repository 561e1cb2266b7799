package dev.wrenn.hostagent.internal.life;

import dev.wrenn.spi.memory.PageSink;
import dev.wrenn.uffd.PagedMemory.Zeros;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Adds to what a driver names the pages that it can't see: of memory that is delivered, a page which nobody has may be zero instead of being as it
 * was.
 */
final class UnseenZeros implements PageSink {
  private final PageSink sink;
  private final Zeros zeros;
  private final int pages;
  private int next;

  UnseenZeros(PageSink sink, Zeros zeros, long bytes) {
    this.sink = sink;
    this.zeros = zeros;
    this.pages = (int) (bytes / PAGE);
  }

  @Override
  public void data(long offset, ByteBuffer content) throws IOException {
    upTo((int) (offset / PAGE));
    next = (int) ((offset + content.remaining()) / PAGE);
    sink.data(offset, content);
  }

  @Override
  public void zero(long offset, long length) throws IOException {
    upTo((int) (offset / PAGE));
    next = (int) ((offset + length) / PAGE);
    sink.zero(offset, length);
  }

  /** The driver has named all. */
  void finish() throws IOException {
    upTo(pages);
  }

  private void upTo(int page) throws IOException {
    if (zeros.whole() && next < page) {
      sink.zero((long) next * PAGE, (long) (page - next) * PAGE);
    }
    for (int from = zeros.removed().nextSetBit(next); !zeros.whole() && from >= 0 && from < page; from = zeros.removed().nextSetBit(from)) {
      int to = Math.min(page, zeros.removed().nextClearBit(from));
      sink.zero((long) from * PAGE, (long) (to - from) * PAGE);
      from = to;
    }
    next = Math.max(next, page);
  }
}
