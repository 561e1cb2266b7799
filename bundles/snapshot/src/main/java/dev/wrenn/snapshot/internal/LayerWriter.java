package dev.wrenn.snapshot.internal;

import dev.wrenn.snapshot.LayerHeader;
import dev.wrenn.snapshot.Digest;
import dev.wrenn.snapshot.PageMap;
import dev.wrenn.snapshot.internal.BlockPipe.Block;
import dev.wrenn.snapshot.internal.FileWork.Output;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.zip.CRC32C;

/** Writes a layer, page after page, in memory of a few blocks however large it is. The file has no name of its own until it is published. */
final class LayerWriter implements Closeable {
  private final FileWork files;
  private final Path file;
  private Output out;
  private BlockPipe pipe;
  private Block block;
  private int pages;

  LayerWriter(FileWork files, Path file) {
    this.files = files;
    this.file = file;
  }

  /** How many pages it has, which is where the next one goes. */
  int pages() {
    return pages;
  }

  void append(MemorySegment from, long offset, int count) throws IOException {
    if (count > Integer.MAX_VALUE - pages) {
      throw new IOException("A layer can't have more than " + Integer.MAX_VALUE + " pages");
    }
    if (pipe == null) {
      out = files.create(file);
      pipe = new BlockPipe(out);
    }
    long end = offset + (long) count * PageMap.PAGE;
    for (long position = offset; position < end;) {
      if (block == null) {
        block = pipe.next();
      }
      int length = (int) Math.min(block.bytes().remaining(), end - position);
      MemorySegment.copy(from, position, block.memory(), block.bytes().position(), length);
      block.bytes().position(block.bytes().position() + length);
      position += length;
      submitFull();
    }
    pages += count;
  }

  private void submitFull() {
    if (!block.bytes().hasRemaining()) {
      pipe.submit(block);
      block = null;
    }
  }

  /** Makes the file whole and durable. @return what it is; empty, and no file, when no page was appended */
  Optional<PageMap.Layer> finish() throws IOException {
    if (pipe == null) {
      return Optional.empty();
    }
    if (block != null) {
      pipe.submit(block);
      block = null;
    }
    Digest name = pipe.drain();
    ByteBuffer table = pipe.table();
    CRC32C crc = new CRC32C();
    crc.update(table.duplicate());
    LayerHeader header = new LayerHeader(new PageMap.Layer(name, pages), (int) crc.getValue());
    out.write(table, LayerHeader.BYTES + header.layer().bytes());
    out.write(header.encode(), 0);
    out.seal();
    out.close();
    return Optional.of(header.layer());
  }

  /** Ends the writing; the file, finished or not, is the caller's to publish or to remove. */
  @Override
  public void close() throws IOException {
    if (pipe != null) {
      pipe.close();
      out.close();
    }
  }
}
