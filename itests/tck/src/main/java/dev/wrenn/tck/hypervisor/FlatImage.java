package dev.wrenn.tck.hypervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.spi.memory.MemorySource;
import dev.wrenn.spi.memory.PageSink;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Memory of a saved guest as one flat file, which takes the pages as a driver names them and watches that it keeps the rules. */
public final class FlatImage implements PageSink, AutoCloseable {
  private final Path file;
  private final long bytes;
  private final FileChannel channel;
  private long next;
  private long data;
  private long zeros;

  private FlatImage(Path file, long bytes) throws IOException {
    this.file = file;
    this.bytes = bytes;
    this.channel = FileChannel.open(file, StandardOpenOption.WRITE);
  }

  /** For a guest that was booted: what is not named is zero. */
  public static FlatImage empty(Path file, long bytes) throws IOException {
    try (RandomAccessFile made = new RandomAccessFile(file.toFile(), "rw")) {
      made.setLength(bytes);
    }
    return new FlatImage(file, bytes);
  }

  /** For a guest that was restored from another image: what is not named is as there. */
  public static FlatImage over(FlatImage base, Path file) throws IOException {
    Files.copy(base.file, file, StandardCopyOption.COPY_ATTRIBUTES);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    return new FlatImage(file, base.bytes);
  }

  @Override
  public void data(long offset, ByteBuffer pages) throws IOException {
    named(offset, pages.remaining());
    data += pages.remaining();
    for (long at = offset; pages.hasRemaining(); ) {
      at += channel.write(pages, at);
    }
  }

  @Override
  public void zero(long offset, long length) throws IOException {
    named(offset, length);
    zeros += length;
    ByteBuffer none = ByteBuffer.allocate(PAGE);
    for (long at = offset; at < offset + length; at += PAGE) {
      channel.write(none.clear(), at);
    }
  }

  private void named(long offset, long length) {
    assertTrue(offset >= next, () -> "page " + offset + " is named after one at " + next);
    assertTrue(length > 0 && length % PAGE == 0 && offset % PAGE == 0, () -> offset + " and " + length + " are no whole pages");
    assertTrue(offset + length <= bytes, () -> offset + " is beyond the memory");
    next = offset + length;
  }

  /** Bytes that were named with contents other than zeros. */
  public long dataBytes() {
    return data;
  }

  public long zeroBytes() {
    return zeros;
  }

  /** Ends the writing; from now on nobody may write to the file. */
  public MemorySource.Image source() throws IOException {
    channel.close();
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
    assertEquals(bytes, Files.size(file));
    return new MemorySource.Image(file, bytes);
  }

  public String digest() throws IOException, NoSuchAlgorithmException {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    try (InputStream in = Files.newInputStream(file)) {
      byte[] buffer = new byte[1 << 20];
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        digest.update(buffer, 0, count);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
