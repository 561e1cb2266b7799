package dev.wrenn.uffd.pager;

import dev.wrenn.snapshot.Changes;
import dev.wrenn.snapshot.Digest;
import dev.wrenn.snapshot.LayerHeader;
import dev.wrenn.snapshot.PageMap;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.zip.CRC32C;

/** Writes a memory of one layer without a store of snapshots, for a pager that delivers it for a moment. */
public final class StoredMemory {
  private StoredMemory() {}

  /**
   * @param content whole pages, from the start of the buffer to its capacity
   * @param changes which page of the memory each of them is
   * @return the map, beside the layer in that directory
   */
  public static Path write(Path directory, long memoryBytes, ByteBuffer content, Changes changes) throws IOException {
    int pages = content.capacity() / PageMap.PAGE;
    int blocks = LayerHeader.blocks(pages);
    ByteBuffer table = ByteBuffer.allocate(4 * blocks).order(ByteOrder.LITTLE_ENDIAN);
    for (int block = 0; block < blocks; block++) {
      int from = block * LayerHeader.BLOCK;
      table.putInt(crc(content.slice(from, Math.min(LayerHeader.BLOCK, content.capacity() - from))));
    }
    table.flip();
    PageMap.Layer layer = new PageMap.Layer(Digest.ofContent(content.duplicate().clear()), pages);
    write(directory.resolve(layer.name().hex()), new LayerHeader(layer, crc(table.duplicate())).encode(), content.duplicate().clear(), table);
    ByteBuffer map = PageMap.zero(memoryBytes).overlay(layer.name(), changes, Optional.of(layer)).encode();
    Path file = directory.resolve(Digest.ofContent(map).hex());
    write(file, map);
    return file;
  }

  /** A new file of these, one behind the other. */
  public static void write(Path file, ByteBuffer... parts) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (ByteBuffer part : parts) {
        while (part.hasRemaining()) {
          channel.write(part);
        }
      }
    }
  }

  private static int crc(ByteBuffer of) {
    CRC32C crc = new CRC32C();
    crc.update(of);
    return (int) crc.getValue();
  }
}
