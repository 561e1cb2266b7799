package dev.wrenn.linux;

import dev.wrenn.linux.internal.Memfd;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Memory that a child process writes its complaints into, and that can't grow: what exceeds its size is refused by the kernel, so a
 * hostile child fills no disk. It lives as long as the child or this object has it open, so the JVM may end meanwhile.
 * Thread-safe; closing is idempotent.
 */
public final class BoundedLog implements AutoCloseable {
  private final Memfd memory;
  private final FileChannel content;

  private BoundedLog(Memfd memory, FileChannel content) {
    this.memory = memory;
    this.content = content;
  }

  /** @param bytes its size; the first so many bytes are kept */
  public static BoundedLog create(int bytes) throws IOException {
    Memfd memory = Memfd.sealed("wrenn-log", bytes);
    try {
      return new BoundedLog(memory, FileChannel.open(memory.path(), StandardOpenOption.READ));
    } catch (IOException e) {
      memory.close();
      throw e;
    }
  }

  /** The log that a running process has as its standard error; also after the JVM that made it is gone. */
  public static BoundedLog stderrOf(ProcessId process) throws IOException {
    return new BoundedLog(null, FileChannel.open(Path.of("/proc", Long.toString(process.pid()), "fd", "2"), StandardOpenOption.READ));
  }

  /** What a child opens for reading and writing, without truncating, to write into it. Only of a log that was created here. */
  public Path path() {
    if (memory == null) {
      throw new IllegalStateException("this log was found at a running process; only a created one has a path");
    }
    return memory.path();
  }

  /** Says that the child has opened it: from now on only reading is possible here, and the path is no more. Idempotent. */
  public void handedOver() {
    if (memory != null) {
      memory.close();
    }
  }

  /** What has been written so far. */
  public String text() throws IOException {
    ByteBuffer all = ByteBuffer.allocate(Math.toIntExact(content.size()));
    for (int at = 0; all.hasRemaining() && content.read(all, at) > 0; at = all.position()) {
      // A file read may return fewer bytes than there is room for.
    }
    int end = 0;
    while (end < all.position() && all.get(end) != 0) {
      end++;
    }
    return new String(all.array(), 0, end, StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    content.close();
    handedOver();
  }
}
