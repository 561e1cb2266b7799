package dev.wrenn.uffd.pager;

import dev.wrenn.linux.fault.NativeMemory;
import dev.wrenn.snapshot.Digest;
import dev.wrenn.snapshot.LayerHeader;
import dev.wrenn.snapshot.LayerReader;
import dev.wrenn.snapshot.PageMap;
import dev.wrenn.snapshot.SnapshotException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** The memory as it is stored: a map, and layers that are mapped here. They may lose their names meanwhile. */
final class Source implements ReadAhead.Stored, AutoCloseable {
  private final PageMap map;
  private final Arena arena = Arena.ofShared();
  private final List<LayerReader> layers = new ArrayList<>();
  private final List<BitSet> asked = new ArrayList<>();
  private final List<BitSet> mapped = new ArrayList<>();

  private Source(PageMap map) {
    this.map = map;
  }

  static Source open(Path mapFile, Path directory, Checked checked) throws IOException {
    ByteBuffer encoded = ByteBuffer.wrap(Files.readAllBytes(mapFile));
    Source source = new Source(PageMap.decode(encoded));
    boolean whole = false;
    try {
      if (!Digest.ofContent(encoded).hex().equals(mapFile.getFileName().toString())) {
        throw new SnapshotException(SnapshotException.Code.CORRUPT, "Page map " + mapFile + " is damaged: its content is not what its name says");
      }
      for (PageMap.Layer layer : source.map.layers()) {
        Path file = directory.resolve(layer.name().hex());
        source.layers.add(LayerReader.open(file, layer, source.arena, checked.of(file, layer)));
        source.asked.add(new BitSet(LayerHeader.blocks(layer.pages())));
        source.mapped.add(new BitSet(LayerHeader.blocks(layer.pages())));
      }
      whole = true;
      return source;
    } finally {
      if (!whole) {
        source.close();
      }
    }
  }

  PageMap map() {
    return map;
  }

  /** Address of these bytes of a run in this process; their checksums are right. @throws SnapshotException when they are damaged */
  long address(int run, long offset, long length) throws SnapshotException {
    LayerReader layer = layers.get(map.layer(run));
    long from = map.layerOffset(run) + offset - map.start(run);
    forBlocks(mapped.get(map.layer(run)), layer, from, length, NativeMemory::populate);
    layer.check(from, length);
    return layer.content().address() + from;
  }

  @Override
  public long ahead(long offset, long length) {
    long told = 0;
    for (long at = offset; at < offset + length; ) {
      int run = map.find(at);
      long end = Math.min(map.end(run), offset + length);
      if (map.layer(run) != PageMap.ZERO) {
        told += forBlocks(asked.get(map.layer(run)), layers.get(map.layer(run)), map.layerOffset(run) + at - map.start(run), end - at, NativeMemory::willNeed);
      }
      at = end;
    }
    return told;
  }

  @Override
  public long prepare(long offset, long end) throws SnapshotException {
    int run = map.find(offset);
    long stop = Math.min(map.end(run), end);
    if (map.layer(run) != PageMap.ZERO) {
      long from = map.layerOffset(run) + offset - map.start(run);
      stop = Math.min(stop, offset + LayerHeader.BLOCK - from % LayerHeader.BLOCK);
      address(run, offset, stop - offset);
    }
    return stop;
  }

  private interface Advice {
    void give(long address, long bytes);
  }

  /** Whole blocks, as they are checked, and each once. @return bytes of those that were done now */
  private static long forBlocks(BitSet done, LayerReader layer, long from, long length, Advice advice) {
    long all = 0;
    for (int block = (int) (from / LayerHeader.BLOCK); (long) block * LayerHeader.BLOCK < from + length; block++) {
      if (!done.get(block)) {
        done.set(block);
        long start = (long) block * LayerHeader.BLOCK;
        long bytes = Math.min(LayerHeader.BLOCK, layer.content().byteSize() - start);
        advice.give(layer.content().address() + start, bytes);
        all += bytes;
      }
    }
    return all;
  }

  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
