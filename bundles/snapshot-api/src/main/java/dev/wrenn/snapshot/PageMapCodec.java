package dev.wrenn.snapshot;

import static dev.wrenn.snapshot.PageMap.PAGE;
import static dev.wrenn.snapshot.PageMap.PAGE_SHIFT;
import static dev.wrenn.snapshot.PageMap.ZERO;

import dev.wrenn.snapshot.PageMap.Layer;
import dev.wrenn.snapshot.SnapshotException.Code;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/** The format of a map, version 1 (docs/page-layers.md). What is read is bounded by the bytes that are there, never by what they say. */
final class PageMapCodec {
  private static final long MAGIC = 0x3150_414D_504E_5257L;
  private static final int VERSION = 1;
  private static final int HEADER = 8 + 4 + 4 + 8 + 8 + Digest.BYTES + 4 + 4;
  private static final int LAYER = Digest.BYTES + 4;
  private static final int RUN = 12;
  private static final int CHECK = 4;

  private PageMapCodec() {}

  static ByteBuffer encode(PageMap map) {
    int size = Math.toIntExact(HEADER + (long) LAYER * map.layers().size() + (long) RUN * map.runs() + CHECK);
    ByteBuffer out = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(MAGIC).putInt(VERSION).putInt(PAGE).putLong(map.bytes()).putLong(map.generation());
    out.put(map.parent().map(Digest::bytes).orElse(new byte[Digest.BYTES]));
    out.putInt(map.layers().size()).putInt(map.runs());
    for (Layer layer : map.layers()) {
      out.put(layer.name().bytes()).putInt(layer.pages());
    }
    for (int run = 0; run < map.runs(); run++) {
      out.putInt(map.endPage(run) - map.startPage(run)).putInt(map.layer(run)).putInt(map.layerPage(run));
    }
    return out.putInt(crc(out, out.position())).flip();
  }

  static PageMap decode(ByteBuffer encoded) throws SnapshotException {
    try {
      return read(encoded.slice().order(ByteOrder.LITTLE_ENDIAN));
    } catch (IllegalArgumentException | BufferUnderflowException e) {
      throw new SnapshotException(Code.CORRUPT, "A page map is damaged: " + e.getMessage(), e);
    }
  }

  private static PageMap read(ByteBuffer in) throws SnapshotException {
    check(in.remaining() >= HEADER + CHECK && in.getLong() == MAGIC, "it is no page map");
    int version = in.getInt();
    if (version != VERSION) {
      throw new SnapshotException(Code.UNSUPPORTED, "A page map has format " + version + "; this version knows " + VERSION);
    }
    check(crc(in, in.limit() - CHECK) == in.getInt(in.limit() - CHECK), "its checksum is wrong");
    check(in.getInt() == PAGE, "its pages are not of " + PAGE + " bytes");
    long bytes = in.getLong();
    check(bytes > 0 && bytes % PAGE == 0 && bytes >> PAGE_SHIFT <= Integer.MAX_VALUE, "it is of " + bytes + " bytes of memory");
    long generation = in.getLong();
    check(generation >= 0, "its generation is " + generation);
    Optional<Digest> parent = Optional.of(digest(in)).filter(digest -> !digest.equals(Digest.of(new byte[Digest.BYTES])));
    int layers = in.getInt();
    int runs = in.getInt();
    check(layers >= 0 && runs > 0 && HEADER + (long) LAYER * layers + (long) RUN * runs + CHECK == in.limit(), "its length is wrong");
    return runs(in, runs, layers(in, layers), new PageMapBuilder((int) (bytes >> PAGE_SHIFT), generation, parent));
  }

  private static List<Layer> layers(ByteBuffer in, int count) throws SnapshotException {
    List<Layer> layers = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      layers.add(new Layer(digest(in), in.getInt()));
    }
    return layers;
  }

  private static PageMap runs(ByteBuffer in, int count, List<Layer> layers, PageMapBuilder into) throws SnapshotException {
    for (int i = 0; i < count; i++) {
      int pages = in.getInt();
      int layer = in.getInt();
      int at = in.getInt();
      check(layer >= ZERO && layer < layers.size() && (layer != ZERO || at == 0), "a run names no layer that there is");
      if (layer == ZERO) {
        into.zero(pages);
      } else {
        into.stored(layers.get(layer), at, pages);
      }
    }
    check(into.runs() == count && into.layers().equals(layers), "it is not in its shortest form");
    return into.build();
  }

  private static Digest digest(ByteBuffer in) {
    byte[] bytes = new byte[Digest.BYTES];
    in.get(bytes);
    return Digest.of(bytes);
  }

  private static int crc(ByteBuffer of, int length) {
    CRC32C crc = new CRC32C();
    crc.update(of.duplicate().position(0).limit(length));
    return (int) crc.getValue();
  }

  private static void check(boolean right, String otherwise) throws SnapshotException {
    if (!right) {
      throw new SnapshotException(Code.CORRUPT, "A page map is damaged: " + otherwise);
    }
  }
}
