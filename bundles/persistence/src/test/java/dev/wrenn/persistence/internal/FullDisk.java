package dev.wrenn.persistence.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import org.h2.store.fs.FileBase;
import org.h2.store.fs.FilePath;
import org.h2.store.fs.FilePathWrapper;

/** Files of H2 below {@code full:}, for which there is no more room when a test says so. */
public final class FullDisk extends FilePathWrapper {
  private static volatile boolean full;

  /** For H2 only, which makes one of them for each path. */
  public FullDisk() {}

  static void full(boolean now) {
    full = now;
    FilePath.register(new FullDisk());
  }

  @Override
  public String getScheme() {
    return "full";
  }

  @Override
  public FileChannel open(String mode) throws IOException {
    FileChannel file = super.open(mode);
    return new FileBase() {
      @Override
      public int write(ByteBuffer from) throws IOException {
        room();
        return file.write(from);
      }

      @Override
      public int write(ByteBuffer from, long at) throws IOException {
        room();
        return file.write(from, at);
      }

      @Override
      public int read(ByteBuffer to) throws IOException {
        return file.read(to);
      }

      @Override
      public int read(ByteBuffer to, long at) throws IOException {
        return file.read(to, at);
      }

      @Override
      public long position() throws IOException {
        return file.position();
      }

      @Override
      public FileChannel position(long at) throws IOException {
        file.position(at);
        return this;
      }

      @Override
      public long size() throws IOException {
        return file.size();
      }

      @Override
      public FileChannel truncate(long size) throws IOException {
        file.truncate(size);
        return this;
      }

      @Override
      public void force(boolean metadata) throws IOException {
        file.force(metadata);
      }

      @Override
      public FileLock tryLock(long from, long size, boolean shared) throws IOException {
        return file.tryLock(from, size, shared);
      }

      @Override
      protected void implCloseChannel() throws IOException {
        file.close();
      }
    };
  }

  private static void room() throws IOException {
    if (full) {
      throw new IOException("No space left on device");
    }
  }
}
