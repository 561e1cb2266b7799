package dev.wrenn.snapshot;

import dev.wrenn.snapshot.SnapshotException.Code;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.zip.CRC32C;

/**
 * A layer mapped into this process: an interrupted thread takes nothing from the others, as it would with a shared channel. Any thread.
 */
public final class LayerReader {
  private static final ValueLayout.OfInt LITTLE_INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Path file;
  private final PageMap.Layer layer;
  private final MemorySegment content;
  private final MemorySegment table;
  // Threads may check a block twice, and write the same then.
  private final boolean[] checked;

  private LayerReader(Path file, LayerHeader header, MemorySegment whole, boolean[] checked) {
    this.file = file;
    this.layer = header.layer();
    this.content = whole.asSlice(LayerHeader.BYTES, layer.bytes());
    this.table = whole.asSlice(LayerHeader.BYTES + layer.bytes());
    this.checked = checked;
  }

  /** @param arena whose closing ends the mapping */
  public static LayerReader open(Path file, PageMap.Layer wanted, Arena arena) throws SnapshotException {
    return open(file, wanted, arena, new boolean[LayerHeader.blocks(wanted.pages())]);
  }

  /** @param checked which blocks of this very file need not be checked any more; it is shared, and written */
  public static LayerReader open(Path file, PageMap.Layer wanted, Arena arena, boolean[] checked) throws SnapshotException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      LayerHeader header = header(channel, file, wanted);
      LayerReader reader = new LayerReader(file, header, channel.map(MapMode.READ_ONLY, 0, header.fileBytes(), arena), checked);
      reader.checkTable(header.tableCrc());
      return reader;
    } catch (NoSuchFileException e) {
      throw new SnapshotException(Code.NOT_FOUND, "Layer " + wanted.name().brief() + " is not there: " + file, e);
    } catch (IOException e) {
      throw e instanceof SnapshotException known ? known : new SnapshotException(Code.IO, "Layer " + file + " can't be read: " + e, e);
    }
  }

  /** Looks at header and length only. */
  public static LayerHeader header(FileChannel channel, Path file, PageMap.Layer wanted) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(LayerHeader.BYTES);
    while (bytes.hasRemaining() && channel.read(bytes, bytes.position()) > 0) {
      continue;
    }
    LayerHeader header = LayerHeader.decode(bytes.flip());
    if (!header.layer().equals(wanted)) {
      throw new SnapshotException(Code.CORRUPT, "Layer " + file + " is not what its name says: " + header.layer());
    }
    if (channel.size() != header.fileBytes()) {
      throw new SnapshotException(Code.CORRUPT, "Layer " + file + " has " + channel.size() + " bytes instead of " + header.fileBytes());
    }
    return header;
  }

  private void checkTable(int wanted) throws SnapshotException {
    if (crc(table) != wanted) {
      throw new SnapshotException(Code.CORRUPT, "Layer " + file + " is damaged: its table of checksums");
    }
  }

  public PageMap.Layer layer() {
    return layer;
  }

  public Path file() {
    return file;
  }

  /** The pages, back to back. Use {@link #check} before what is used of it. */
  public MemorySegment content() {
    return content;
  }

  /** Checks the blocks that hold this part of the content, each once. */
  public void check(long offset, long length) throws SnapshotException {
    for (int block = (int) (offset / LayerHeader.BLOCK); (long) block * LayerHeader.BLOCK < offset + length; block++) {
      if (!checked[block]) {
        checkBlock(block);
        checked[block] = true;
      }
    }
  }

  private void checkBlock(int block) throws SnapshotException {
    long start = (long) block * LayerHeader.BLOCK;
    MemorySegment bytes = content.asSlice(start, Math.min(LayerHeader.BLOCK, content.byteSize() - start));
    if (crc(bytes) != table.getAtIndex(LITTLE_INT, block)) {
      throw new SnapshotException(Code.CORRUPT, "Layer " + file + " is damaged in the MiB from " + start + " on. Remove the snapshots"
          + " that use it, or bring the file back.");
    }
  }

  /** Every byte against the name. */
  public void verify() throws SnapshotException {
    MessageDigest sha256 = Digest.sha256();
    for (long at = 0; at < content.byteSize(); at += LayerHeader.BLOCK) {
      long length = Math.min(LayerHeader.BLOCK, content.byteSize() - at);
      check(at, length);
      sha256.update(content.asSlice(at, length).asByteBuffer());
    }
    if (!Digest.of(sha256.digest()).equals(layer.name())) {
      throw new SnapshotException(Code.CORRUPT, "Layer " + file + " is damaged: its content is not what its name says");
    }
  }

  private int crc(MemorySegment of) throws SnapshotException {
    try {
      CRC32C crc = new CRC32C();
      crc.update(of.asByteBuffer());
      return (int) crc.getValue();
    } catch (InternalError e) {
      // What the JVM makes of a disk that can't read a mapped page.
      throw new SnapshotException(Code.IO, "Layer " + file + " can't be read: see the kernel's log", e);
    }
  }
}
