package dev.wrenn.snapshot.internal;

import dev.wrenn.snapshot.Changes;
import dev.wrenn.snapshot.Digest;
import dev.wrenn.snapshot.PageMap;
import dev.wrenn.snapshot.SnapshotException;
import dev.wrenn.snapshot.SnapshotException.Code;
import dev.wrenn.spi.memory.PageSink;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Takes the pages of a frozen microVM: what holds zeros is noted, what equals the parent is left out if wanted, the rest goes into the
 * new layer.
 */
final class Capture implements PageSink, Closeable {
  private static final MemorySegment ZEROS = MemorySegment.ofArray(new long[PAGE / Long.BYTES]);

  private enum Kind { ZERO, SAME, STORED }

  private final PageMap below;
  private final Optional<Digest> belowName;
  private final Optional<LayeredImage> compared;
  private final LayerWriter layer;
  private final Changes changes = new Changes();

  /**
   * @param below what the microVM was started from; without a name it is a boot, and of generation 0
   * @param compared the same opened, when equal pages are to be left out
   */
  Capture(PageMap below, Optional<Digest> belowName, Optional<LayeredImage> compared, LayerWriter layer) {
    this.below = below;
    this.belowName = belowName;
    this.compared = compared;
    this.layer = layer;
  }

  @Override
  public void data(long offset, ByteBuffer pages) throws SnapshotException {
    check(offset, pages.remaining());
    try {
      take(offset, pages);
    } catch (IOException e) {
      throw Failures.of("Pages from " + offset + " on can't be stored", e);
    }
  }

  private void take(long offset, ByteBuffer pages) throws IOException {
    MemorySegment memory = MemorySegment.ofBuffer(pages);
    int count = (int) (memory.byteSize() / PAGE);
    int first = 0;
    Kind kind = count == 0 ? null : kind(offset, memory, 0);
    for (int next = 1; next <= count; next++) {
      Kind following = next == count ? null : kind(offset, memory, next);
      if (following != kind) {
        take(kind, offset, memory, first, next - first);
        first = next;
        kind = following;
      }
    }
    pages.position(pages.limit());
  }

  @Override
  public void zero(long offset, long length) throws SnapshotException {
    check(offset, length);
    if (length > 0) {
      changes.zero((int) (offset / PAGE), (int) (length / PAGE));
    }
  }

  private Kind kind(long offset, MemorySegment memory, int page) throws IOException {
    long at = (long) page * PAGE;
    if (MemorySegment.mismatch(memory, at, at + PAGE, ZEROS, 0, PAGE) < 0) {
      return Kind.ZERO;
    }
    return compared.isPresent() && compared.get().holds(offset + at, memory, at) ? Kind.SAME : Kind.STORED;
  }

  private void take(Kind kind, long offset, MemorySegment memory, int page, int count) throws IOException {
    int start = (int) (offset / PAGE) + page;
    if (kind == Kind.ZERO) {
      changes.zero(start, count);
    } else if (kind == Kind.STORED) {
      int at = layer.pages();
      layer.append(memory, (long) page * PAGE, count);
      changes.stored(start, count, at);
    }
  }

  private void check(long offset, long length) throws SnapshotException {
    if (offset < 0 || length < 0 || (offset | length) % PAGE != 0 || offset > below.bytes() - length || offset / PAGE < changes.endPage()) {
      throw new SnapshotException(Code.INVALID, "A driver named " + length + " bytes at " + offset + " of " + below.bytes()
          + " bytes of memory after page " + changes.endPage() + ": pages come whole, in ascending order, none twice");
    }
  }

  /** Makes the layer's file whole. To be called once, at the end. */
  Optional<PageMap.Layer> finish() throws IOException {
    return layer.finish();
  }

  /** The memory as it is now. */
  PageMap map(Optional<PageMap.Layer> stored) {
    return belowName.map(name -> below.overlay(name, changes, stored)).orElseGet(() -> below.restored(changes, stored));
  }

  @Override
  public void close() throws IOException {
    try {
      layer.close();
    } finally {
      compared.ifPresent(LayeredImage::close);
    }
  }
}
