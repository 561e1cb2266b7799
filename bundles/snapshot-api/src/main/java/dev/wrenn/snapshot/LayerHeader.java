package dev.wrenn.snapshot;

import dev.wrenn.snapshot.SnapshotException.Code;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * First page of a layer's file, format version 1 (docs/page-layers.md). The content follows, and then a CRC-32C for each block of it.
 *
 * @param layer its name and pages
 * @param tableCrc CRC-32C of the table of checksums
 */
public record LayerHeader(PageMap.Layer layer, int tableCrc) {
  public static final int BYTES = PageMap.PAGE;
  /** Bytes that have a checksum of their own. */
  public static final int BLOCK = 1 << 20;
  private static final long MAGIC = 0x3152_5941_4C4E_5257L;
  private static final int VERSION = 1;
  private static final int CHECKED = 60;

  public static int blocks(int pages) {
    return (int) (((long) pages * PageMap.PAGE + BLOCK - 1) / BLOCK);
  }

  /** Length of the whole file. */
  public long fileBytes() {
    return BYTES + layer.bytes() + 4L * blocks(layer.pages());
  }

  public ByteBuffer encode() {
    ByteBuffer out = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(MAGIC).putInt(VERSION).putInt(PageMap.PAGE).putInt(layer.pages()).putInt(BLOCK).put(layer.name().bytes()).putInt(tableCrc);
    return out.putInt(crc(out)).position(0);
  }

  /** @throws SnapshotException {@code CORRUPT} or {@code UNSUPPORTED}; nothing else, whatever the bytes are */
  public static LayerHeader decode(ByteBuffer encoded) throws SnapshotException {
    ByteBuffer in = encoded.slice().order(ByteOrder.LITTLE_ENDIAN);
    check(in.remaining() >= CHECKED + 4 && in.getLong() == MAGIC, "it is no layer");
    int version = in.getInt();
    if (version != VERSION) {
      throw new SnapshotException(Code.UNSUPPORTED, "A layer has format " + version + "; this version knows " + VERSION);
    }
    check(crc(in) == in.getInt(CHECKED), "the checksum of its header is wrong");
    check(in.getInt() == PageMap.PAGE, "its pages are not of " + PageMap.PAGE + " bytes");
    int pages = in.getInt();
    check(pages > 0 && in.getInt() == BLOCK, "it has " + pages + " pages, or blocks of another size");
    byte[] name = new byte[Digest.BYTES];
    in.get(name);
    return new LayerHeader(new PageMap.Layer(Digest.of(name), pages), in.getInt());
  }

  private static int crc(ByteBuffer of) {
    CRC32C crc = new CRC32C();
    crc.update(of.duplicate().position(0).limit(CHECKED));
    return (int) crc.getValue();
  }

  private static void check(boolean right, String otherwise) throws SnapshotException {
    if (!right) {
      throw new SnapshotException(Code.CORRUPT, "A layer is damaged: " + otherwise);
    }
  }
}
