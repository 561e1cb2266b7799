package dev.wrenn.hostagent.internal.journal;

import java.io.ByteArrayOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The durable record of a host's capsules: an append-only file that is compacted into a new one at start and when it has grown.
 *
 * <p>{@link #put} returns when the change is on the disk; callers that come at the same time share one flush.
 * Thread-safe. Only one process at a time can have it open.
 */
public final class Journal implements AutoCloseable {
  public static final int FORMAT = 1;
  private static final long COMPACT_BYTES = 1 << 20;
  private static final FileAttribute<?> OWNER_ONLY = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private final Path file;
  private final RecordJson json;
  private final FileChannel lockFile;
  private final Map<String, CapsuleRecord> records;
  private final List<String> damage;
  /** Guards what waits to be written. Never held across I/O. */
  private final ReentrantLock queue = new ReentrantLock();
  /** Held by the one that writes for all. */
  private final ReentrantLock writer = new ReentrantLock(true);
  private List<byte[]> waiting = new ArrayList<>();
  private long number;
  private volatile long durable;
  private volatile boolean closed;
  /** No channel: an interrupt of whoever writes would close that for all. */
  private FileOutputStream out;
  private long size;
  private long compactAt;
  private boolean broken;
  private long flushes;

  private Journal(Path file, RecordJson json, FileChannel lockFile, Replay replay) {
    this.file = file;
    this.json = json;
    this.lockFile = lockFile;
    records = new LinkedHashMap<>(replay.records());
    damage = replay.damage();
    number = replay.lastNumber();
    durable = number;
  }

  /**
   * Opens the journal in that directory and compacts it.
   *
   * @param patience how long to wait for another owner to close it
   */
  public static Journal open(Path directory, Duration patience) throws IOException {
    Files.createDirectories(directory);
    Path file = directory.resolve("journal");
    FileChannel lock = lock(directory.resolve("journal.lock"), patience);
    try {
      RecordJson json = new RecordJson();
      Journal journal = new Journal(file, json, lock, Replay.of(file, json));
      journal.compact();
      return journal;
    } catch (IOException | RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  /** What each capsule was when the journal was opened or last changed. */
  public List<CapsuleRecord> records() {
    queue.lock();
    try {
      return List.copyOf(records.values());
    } finally {
      queue.unlock();
    }
  }

  /** What could not be read at the opening. */
  public List<String> damage() {
    return List.copyOf(damage);
  }

  /** Keeps the record durably in place of the capsule's earlier one. @throws IOException when it could not be written; nothing is sure then */
  public void put(CapsuleRecord record) throws IOException {
    flush(enqueue(record, json.write(record)));
  }

  /** Keeps the record with the next change that is flushed; a crash may lose it. */
  public void note(CapsuleRecord record) throws IOException {
    enqueue(record, json.write(record));
  }

  /** Forgets a capsule with the next change that is flushed. */
  public void noteRemoved(String id) throws IOException {
    String text = json.gone(id);
    queue.lock();
    try {
      records.remove(id);
      append(text);
    } finally {
      queue.unlock();
    }
  }

  /** How often what was written was flushed to the disk. */
  long flushes() {
    writer.lock();
    try {
      return flushes;
    } finally {
      writer.unlock();
    }
  }

  @Override
  public void close() throws IOException {
    writer.lock();
    try {
      if (closed) {
        return;
      }
      write(number);
      closed = true;
      out.close();
      lockFile.close();
    } finally {
      writer.unlock();
    }
  }

  private long enqueue(CapsuleRecord record, String text) {
    queue.lock();
    try {
      records.put(record.order().id(), record);
      return append(text);
    } finally {
      queue.unlock();
    }
  }

  private long append(String text) {
    waiting.add(new Line(++number, text).bytes());
    return number;
  }

  private void flush(long upTo) throws IOException {
    if (durable >= upTo) {
      return;
    }
    writer.lock();
    try {
      write(upTo);
    } finally {
      writer.unlock();
    }
  }

  private void write(long upTo) throws IOException {
    if (durable >= upTo) {
      return;
    }
    if (closed) {
      throw new IOException(file + " is closed: this host is going down");
    }
    if (broken || size > compactAt) {
      compact();
      return;
    }
    List<byte[]> batch;
    long last;
    queue.lock();
    try {
      batch = waiting;
      waiting = new ArrayList<>();
      last = number;
    } finally {
      queue.unlock();
    }
    try {
      for (byte[] line : batch) {
        out.write(line);
        size += line.length;
      }
      out.getFD().sync();
      flushes++;
      durable = last;
    } catch (IOException e) {
      // What reached the disk is unknown: the next write makes a whole new file.
      broken = true;
      throw new IOException(file + " can't be written: " + e.getMessage() + ". Free space or repair the file system below it", e);
    }
  }

  /** Writes all records into a new file and puts it in the place of the old one. */
  private void compact() throws IOException {
    List<CapsuleRecord> live;
    long last;
    queue.lock();
    try {
      live = List.copyOf(records.values());
      waiting = new ArrayList<>();
      last = number;
    } finally {
      queue.unlock();
    }
    Path next = file.resolveSibling("journal.new");
    Files.deleteIfExists(next);
    Files.createFile(next, OWNER_ONLY);
    FileOutputStream fresh = new FileOutputStream(next.toFile());
    try {
      byte[] all = whole(live, last);
      fresh.write(all);
      fresh.getFD().sync();
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
      syncDirectory();
      if (out != null) {
        out.close();
      }
      out = fresh;
      size = all.length;
      compactAt = Math.max(COMPACT_BYTES, size * 4);
      broken = false;
      durable = last;
    } catch (IOException | RuntimeException e) {
      broken = true;
      fresh.close();
      throw new IOException(file + " can't be renewed: " + e.getMessage() + ". Free space or repair the file system below it", e);
    }
  }

  private byte[] whole(List<CapsuleRecord> live, long last) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(new Line(last, "{\"type\":\"journal\",\"format\":" + FORMAT + "}").bytes());
    for (CapsuleRecord record : live) {
      all.writeBytes(new Line(last, json.write(record)).bytes());
    }
    return all.toByteArray();
  }

  private void syncDirectory() throws IOException {
    boolean interrupted = false;
    boolean done = false;
    while (!done) {
      try (FileChannel directory = FileChannel.open(file.getParent(), StandardOpenOption.READ)) {
        directory.force(true);
        done = true;
      } catch (ClosedByInterruptException e) {
        interrupted |= Thread.interrupted();
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static FileChannel lock(Path path, Duration patience) throws IOException {
    FileChannel channel = FileChannel.open(path, Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE), OWNER_ONLY);
    long until = System.nanoTime() + patience.toNanos();
    while (true) {
      if (tryLock(channel)) {
        return channel;
      }
      if (System.nanoTime() - until > 0 || Thread.currentThread().isInterrupted()) {
        channel.close();
        throw new IOException(path + " is held by another host agent: end the other process that runs with this directory");
      }
      LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    }
  }

  private static boolean tryLock(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }
}
