package dev.wrenn.storage.file.internal;

import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * An empty qcow2 (version 3) file over an image: one cluster each of header, reference count table, reference count block and
 * first-level table. Written here because a tool's start alone takes longer than all else that a disk needs.
 *
 * @param backing absolute path of the image
 * @param sizeBytes size that the guest sees
 */
record Qcow2Overlay(Path backing, long sizeBytes) {
  /** One cluster of first-level entries reaches that far. */
  static final long MAX_SIZE_BYTES = 4L << 40;

  private static final int MAGIC = 0x514649fb;
  private static final int CLUSTER_BITS = 16;
  private static final long CLUSTER = 1L << CLUSTER_BITS;
  private static final long BYTES_PER_FIRST_LEVEL_ENTRY = CLUSTER * (CLUSTER / Long.BYTES);
  private static final int COUNT_TABLE = 1;
  private static final int COUNT_BLOCK = 2;
  private static final int FIRST_LEVEL = 3;
  private static final int CLUSTERS = 4;
  private static final int HEADER_LENGTH = 104;
  private static final int BACKING_FORMAT = 0xe2792aca;
  private static final int MAX_NAME_BYTES = 1023;

  /** Writes and syncs it over a raw image; the file must not be there yet or is replaced. */
  void writeTo(Path file) throws IOException {
    writeTo(file, DiskFormat.RAW);
  }

  /** The same over an image of that format. */
  void writeTo(Path file, DiskFormat below) throws IOException {
    byte[] name = backing.toString().getBytes(StandardCharsets.UTF_8);
    if (name.length > MAX_NAME_BYTES) {
      throw new IOException("the path of image " + backing + " has more than " + MAX_NAME_BYTES + " bytes, which qcow2 can't hold");
    }
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      out.setLength(0);
      out.setLength(CLUSTERS * CLUSTER);
      out.write(header(name, below.toString().getBytes(StandardCharsets.US_ASCII)));
      out.seek(COUNT_TABLE * CLUSTER);
      out.writeLong(COUNT_BLOCK * CLUSTER);
      out.seek(COUNT_BLOCK * CLUSTER);
      for (int cluster = 0; cluster < CLUSTERS; cluster++) {
        out.writeShort(1);
      }
      out.getFD().sync();
    }
  }

  private byte[] header(byte[] name, byte[] format) {
    int nameOffset = HEADER_LENGTH + 16 + 8;
    ByteBuffer header = ByteBuffer.allocate(nameOffset + name.length);
    header.putInt(MAGIC).putInt(3);
    header.putLong(nameOffset).putInt(name.length);
    header.putInt(CLUSTER_BITS).putLong(sizeBytes).putInt(0);
    header.putInt(Math.toIntExact(Math.ceilDiv(sizeBytes, BYTES_PER_FIRST_LEVEL_ENTRY))).putLong(FIRST_LEVEL * CLUSTER);
    header.putLong(COUNT_TABLE * CLUSTER).putInt(1);
    header.putInt(0).putLong(0);
    header.putLong(0).putLong(0).putLong(0);
    header.putInt(4).putInt(HEADER_LENGTH);
    header.putInt(BACKING_FORMAT).putInt(format.length).put(format).position(HEADER_LENGTH + 16);
    header.putLong(0);
    header.put(name);
    return header.array();
  }

  /**
   * Reads what a file says of itself.
   *
   * @throws NoOverlayException when it is no qcow2 file over an image
   */
  static Qcow2Overlay of(Path file) throws IOException {
    try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
      if (in.readInt() != MAGIC) {
        throw new NoOverlayException(file + " does not begin like a qcow2 file");
      }
      in.seek(8);
      long nameOffset = in.readLong();
      int nameLength = in.readInt();
      in.seek(24);
      long size = in.readLong();
      if (nameOffset == 0 || nameLength < 1 || nameLength > MAX_NAME_BYTES) {
        throw new NoOverlayException(file + " names no image below it");
      }
      byte[] name = new byte[nameLength];
      in.seek(nameOffset);
      in.readFully(name);
      return new Qcow2Overlay(Path.of(new String(name, StandardCharsets.UTF_8)), size);
    } catch (EOFException _) {
      throw new NoOverlayException(file + " ends within its header");
    }
  }

  /** Whether it has none of the features that a reader must know: with one it could keep its data in another file. */
  static boolean isPlain(Path file) throws IOException {
    try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
      in.seek(4);
      int version = in.readInt();
      in.seek(72);
      return version == 3 && in.readLong() == 0;
    }
  }

  static boolean begins(Path file) throws IOException {
    try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
      return in.length() >= 4 && in.readInt() == MAGIC;
    }
  }

  /** A file that could be read is something else. */
  static final class NoOverlayException extends IOException {
    private static final long serialVersionUID = 1L;

    private NoOverlayException(String message) {
      super(message);
    }
  }
}
