package dev.wrenn.snapshot.internal;

import dev.wrenn.snapshot.LayerHeader;
import dev.wrenn.snapshot.Digest;
import dev.wrenn.snapshot.internal.FileWork.Output;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.zip.CRC32C;

/** Blocks on their way into a layer's file: checksums, digest and writing happen on a thread of their own while the next block is filled. */
final class BlockPipe implements Closeable {
  private static final int BLOCKS_IN_FLIGHT = 4;
  private static final Block END = new Block(MemorySegment.NULL, null);

  /** Memory for one block; the buffer's position is how far it is filled. */
  record Block(MemorySegment memory, ByteBuffer bytes) {}

  private final Arena arena = Arena.ofShared();
  private final BlockingQueue<Block> free = new ArrayBlockingQueue<>(BLOCKS_IN_FLIGHT);
  private final BlockingQueue<Block> full = new ArrayBlockingQueue<>(BLOCKS_IN_FLIGHT + 1);
  private final MessageDigest sha256 = Digest.sha256();
  private final CRC32C crc = new CRC32C();
  private final Output out;
  // Hashing is work and no waiting: a virtual thread would keep a carrier from those that wait.
  private final Thread thread = Thread.ofPlatform().daemon().name("layer-writer").unstarted(this::run);
  private int[] table = new int[64];
  private int blocks;
  private long at = LayerHeader.BYTES;
  private volatile Throwable failure;
  private int made;
  private boolean ended;

  BlockPipe(Output out) {
    this.out = out;
    thread.start();
  }

  /** An empty block; waits for one when the disk is slower than the caller. */
  Block next() throws IOException {
    check();
    try {
      Block block = free.poll();
      return block != null ? block : made < BLOCKS_IN_FLIGHT ? make() : free.take();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while a layer was written");
    }
  }

  /** Small captures, and most are, get by with one. */
  private Block make() {
    made++;
    MemorySegment memory = arena.allocate(LayerHeader.BLOCK, 64);
    return new Block(memory, memory.asByteBuffer());
  }

  void submit(Block block) {
    full.add(block);
  }

  /** Waits until all is written. @return the digest of the content */
  Digest drain() throws IOException {
    end();
    check();
    return Digest.of(sha256.digest());
  }

  /** The checksums of all blocks, to be written behind the content. */
  ByteBuffer table() {
    ByteBuffer bytes = ByteBuffer.allocate(4 * blocks).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asIntBuffer().put(table, 0, blocks);
    return bytes;
  }

  private void run() {
    try {
      for (Block block = full.take(); block != END; block = full.take()) {
        if (failure == null) {
          consume(block.bytes().flip());
        }
        block.bytes().clear();
        free.add(block);
      }
    } catch (InterruptedException e) {
      failure = e;
    }
  }

  private void consume(ByteBuffer bytes) {
    try {
      crc.reset();
      crc.update(bytes.duplicate());
      if (blocks == table.length) {
        table = Arrays.copyOf(table, 2 * blocks);
      }
      table[blocks++] = (int) crc.getValue();
      sha256.update(bytes.duplicate());
      int length = bytes.remaining();
      out.write(bytes, at);
      at += length;
    } catch (IOException | RuntimeException | Error e) {
      failure = e;
    }
  }

  private void check() throws IOException {
    if (failure != null) {
      throw failure instanceof IOException io ? io : new IOException("A layer could not be written", failure);
    }
  }

  /** Lets the thread end; what it has to do is bounded by the blocks in flight, so an interrupt waits that long. */
  private void end() {
    if (ended) {
      return;
    }
    ended = true;
    full.add(END);
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    end();
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
