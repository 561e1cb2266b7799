package dev.wrenn.snapshot;

import dev.wrenn.spi.memory.PageSink;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Where each page of a microVM's memory is: zero, or at a place in a layer. Runs of pages cover the whole memory, sorted, without gap or
 * overlap, and none could be joined with its neighbour, so equal memory over equal layers has one map only. A map names every layer that
 * it needs: its parent may go. Immutable, any thread; a lookup is a binary search and allocates nothing.
 */
public final class PageMap {
  /** Bytes of a page. */
  public static final int PAGE = PageSink.PAGE;
  /** Instead of a layer: these pages are zero. */
  public static final int ZERO = -1;
  static final int PAGE_SHIFT = 12;

  /**
   * A layer that a map needs.
   *
   * @param name digest of its content
   * @param pages how many pages it stores, used by this map or not
   */
  public record Layer(Digest name, int pages) {
    public long bytes() {
      return (long) pages << PAGE_SHIFT;
    }
  }

  private final int pages;
  private final long generation;
  private final Optional<Digest> parent;
  private final List<Layer> layers;
  private final int[] starts;
  private final int[] layer;
  private final int[] at;
  /** For each so many pages the run of the first one: shortens the search, and is never longer than the runs are many. */
  private final int[] buckets;
  private final int bucketShift;

  PageMap(int pages, long generation, Optional<Digest> parent, List<Layer> layers, int[] starts, int[] layer, int[] at) {
    this.pages = pages;
    this.generation = generation;
    this.parent = parent;
    this.layers = List.copyOf(layers);
    this.starts = starts;
    this.layer = layer;
    this.at = at;
    this.bucketShift = bucketShift(pages, starts.length);
    this.buckets = new int[((pages - 1) >>> bucketShift) + 1];
    for (int bucket = 0, run = 0; bucket < buckets.length; bucket++) {
      while (endPage(run) <= bucket << bucketShift) {
        run++;
      }
      buckets[bucket] = run;
    }
  }

  private static int bucketShift(int pages, int runs) {
    int shift = 6;
    while ((pages - 1) >>> shift >= runs) {
      shift++;
    }
    return shift;
  }

  /**
   * Memory of a microVM that was booted from nothing: all zero, generation 0.
   *
   * @throws IllegalArgumentException when that is no positive multiple of the page size, or 8 TiB or more
   */
  public static PageMap zero(long bytes) {
    return new PageMapBuilder(pages(bytes), 0, Optional.empty()).zero(pages(bytes)).build();
  }

  private static int pages(long bytes) {
    if (bytes <= 0 || bytes % PAGE != 0 || bytes >> PAGE_SHIFT > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(bytes + " bytes of memory are no number of pages below 8 TiB");
    }
    return (int) (bytes >> PAGE_SHIFT);
  }

  /**
   * This memory with the changes of the next generation over it.
   *
   * @param self the name of this map, which becomes the parent of the new one
   * @param changed the layer that the changes refer to; empty when they store nothing
   */
  public PageMap overlay(Digest self, Changes changes, Optional<Layer> changed) {
    return Overlay.of(this, changes, changed, new PageMapBuilder(pages, generation + 1, Optional.of(self)));
  }

  /** This memory with pages stored elsewhere: the same content, generation and parent, by a map of other layers. */
  public PageMap restored(Changes moved, Optional<Layer> into) {
    return Overlay.of(this, moved, into, new PageMapBuilder(pages, generation, parent));
  }

  /** @throws SnapshotException {@code CORRUPT} or {@code UNSUPPORTED}; nothing else, whatever the bytes are */
  public static PageMap decode(ByteBuffer encoded) throws SnapshotException {
    return PageMapCodec.decode(encoded);
  }

  /** The documented format; its SHA-256 is the map's name. */
  public ByteBuffer encode() {
    return PageMapCodec.encode(this);
  }

  /** Guest memory in bytes. */
  public long bytes() {
    return (long) pages << PAGE_SHIFT;
  }

  /** How many captures lie between this memory and its boot. */
  public long generation() {
    return generation;
  }

  /** The map that this one was captured over, which may be gone; empty for the first one. */
  public Optional<Digest> parent() {
    return parent;
  }

  /** The layers that the map needs, in the order in which the memory first names them. */
  public List<Layer> layers() {
    return layers;
  }

  public int runs() {
    return starts.length;
  }

  /**
   * The run that holds this byte of the memory.
   *
   * @throws IndexOutOfBoundsException when the memory has no such byte
   */
  public int find(long offset) {
    Objects.checkIndex(offset, bytes());
    int page = (int) (offset >> PAGE_SHIFT);
    int bucket = page >>> bucketShift;
    int low = buckets[bucket];
    int high = bucket + 1 < buckets.length ? buckets[bucket + 1] : starts.length - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (starts[middle] <= page) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  /** First byte of the run. */
  public long start(int run) {
    return (long) starts[run] << PAGE_SHIFT;
  }

  /** First byte after the run. */
  public long end(int run) {
    return (long) endPage(run) << PAGE_SHIFT;
  }

  /** Index of the run's layer in {@link #layers()}, or {@link #ZERO}. */
  public int layer(int run) {
    return layer[run];
  }

  /** Where the run's first byte lies in the content of its layer. */
  public long layerOffset(int run) {
    return (long) at[run] << PAGE_SHIFT;
  }

  int pageCount() {
    return pages;
  }

  int startPage(int run) {
    return starts[run];
  }

  int endPage(int run) {
    return run + 1 < starts.length ? starts[run + 1] : pages;
  }

  int layerPage(int run) {
    return at[run];
  }

  /** Bytes of each layer that this memory really uses, in the order of {@link #layers()}. */
  public long[] liveBytes() {
    long[] live = new long[layers.size()];
    for (int run = 0; run < starts.length; run++) {
      if (layer[run] != ZERO) {
        live[layer[run]] += end(run) - start(run);
      }
    }
    return live;
  }

  /** Bytes that all its layers store. */
  public long storedBytes() {
    return layers.stream().mapToLong(Layer::bytes).sum();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PageMap map && pages == map.pages && generation == map.generation && parent.equals(map.parent)
        && layers.equals(map.layers) && Arrays.equals(starts, map.starts) && Arrays.equals(layer, map.layer) && Arrays.equals(at, map.at);
  }

  @Override
  public int hashCode() {
    return Objects.hash(pages, generation, parent, layers, Arrays.hashCode(starts), Arrays.hashCode(layer), Arrays.hashCode(at));
  }

  @Override
  public String toString() {
    return bytes() + " bytes in " + runs() + " runs over " + layers.size() + " layers, generation " + generation;
  }
}
