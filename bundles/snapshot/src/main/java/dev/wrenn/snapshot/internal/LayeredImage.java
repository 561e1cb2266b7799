package dev.wrenn.snapshot.internal;

import dev.wrenn.snapshot.LayerReader;
import dev.wrenn.snapshot.MemoryImage;
import dev.wrenn.snapshot.PageMap;
import dev.wrenn.snapshot.SnapshotException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Memory read through its map from mapped layers. */
final class LayeredImage implements MemoryImage {
  private final PageMap map;
  private final List<LayerReader> layers = new ArrayList<>();
  // One for all layers: closing a shared one stops every thread for a moment.
  private final Arena arena = Arena.ofShared();
  private final Pins.Pin pin;

  private LayeredImage(PageMap map, Pins.Pin pin) {
    this.map = map;
    this.pin = pin;
  }

  /** @param pin holds the map's name already; it is released when the image is closed */
  static LayeredImage open(PageMap map, Layout layout, Pins.Pin pin) throws SnapshotException {
    LayeredImage image = new LayeredImage(map, pin);
    boolean whole = false;
    try {
      pin.add(map.layers().stream().map(PageMap.Layer::name).toList());
      for (PageMap.Layer layer : map.layers()) {
        image.layers.add(LayerReader.open(layout.layer(layer.name()), layer, image.arena));
      }
      whole = true;
      return image;
    } finally {
      if (!whole) {
        image.close();
      }
    }
  }

  @Override
  public PageMap map() {
    return map;
  }

  LayerReader layer(int index) {
    return layers.get(index);
  }

  @Override
  public void read(long offset, ByteBuffer into) throws SnapshotException {
    Objects.checkFromIndexSize(offset, into.remaining(), map.bytes());
    MemorySegment target = MemorySegment.ofBuffer(into);
    long done = 0;
    for (int run = into.hasRemaining() ? map.find(offset) : 0; done < target.byteSize(); run++) {
      long at = offset + done;
      long length = Math.min(map.end(run) - at, target.byteSize() - done);
      if (map.layer(run) == PageMap.ZERO) {
        target.asSlice(done, length).fill((byte) 0);
      } else {
        LayerReader layer = layers.get(map.layer(run));
        long from = map.layerOffset(run) + at - map.start(run);
        layer.check(from, length);
        MemorySegment.copy(layer.content(), from, target, done, length);
      }
      done += length;
    }
    into.position(into.limit());
  }

  @Override
  public long address(int run, long offset, long length) throws SnapshotException {
    Objects.checkFromIndexSize(offset - map.start(run), length, map.end(run) - map.start(run));
    LayerReader layer = layers.get(map.layer(run));
    long from = map.layerOffset(run) + offset - map.start(run);
    layer.check(from, length);
    return layer.content().address() + from;
  }

  /** Whether the page at {@code offset} holds what the segment holds at {@code at}. Zeros in the memory never count as equal. */
  boolean holds(long offset, MemorySegment page, long at) throws SnapshotException {
    int run = map.find(offset);
    if (map.layer(run) == PageMap.ZERO) {
      return false;
    }
    LayerReader layer = layers.get(map.layer(run));
    long from = map.layerOffset(run) + offset - map.start(run);
    layer.check(from, PageMap.PAGE);
    return MemorySegment.mismatch(layer.content(), from, from + PageMap.PAGE, page, at, at + PageMap.PAGE) < 0;
  }

  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
    pin.close();
  }
}
