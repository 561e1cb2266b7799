package dev.wrenn.itests;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** A small ext4 file system of its own, in a file. It can be filled up, and its power can be cut. Needs root. */
public final class LoopMount implements AutoCloseable {
  private static final String FILLER = "filler";
  private static final int STEP = 64 << 10;
  private static final long MOST_SLACK = 16 << 20;
  // The file system drops at once what is not on its device yet, its journal as well: EXT4_IOC_SHUTDOWN, without a flush of the log.
  private static final String CUT = "import fcntl, os, struct, sys; fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587d, struct.pack('I', 2))";

  private final Path file;
  private final Path at;

  private LoopMount(Path file, Path at) {
    this.file = file;
    this.at = at;
  }

  /** Makes and mounts one. @param at a directory */
  public static LoopMount make(Path file, Path at, long mib) throws IOException, InterruptedException {
    Files.deleteIfExists(file);
    try (RandomAccessFile made = new RandomAccessFile(file.toFile(), "rw")) {
      made.setLength(mib << 20);
    }
    RunningPlatform.run(List.of("mkfs.ext4", "-q", "-F", "-m", "0", file.toString()));
    LoopMount mount = new LoopMount(file, at);
    mount.mount();
    return mount;
  }

  public void mount() throws IOException, InterruptedException {
    RunningPlatform.run(List.of("mount", "-o", "loop", file.toString(), at.toString()));
  }

  /** Takes all space but so much. */
  public void fill(long leave) throws IOException, InterruptedException {
    Path filler = at.resolve(FILLER);
    long taken = Files.exists(filler) ? Files.size(filler) : 0;
    // What the file system needs to note it is taken from the same space.
    for (long slack = 0; free() > leave && slack <= MOST_SLACK; slack += STEP) {
      long wanted = taken + free() - leave - slack;
      Process process = new ProcessBuilder("fallocate", "-l", Long.toString(wanted), filler.toString()).redirectErrorStream(true).start();
      process.getInputStream().readAllBytes();
      if (process.waitFor() == 0) {
        break;
      }
    }
    if (leave == 0) {
      last(filler);
    }
  }

  private static void last(Path filler) throws IOException {
    try (FileChannel channel = FileChannel.open(filler, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      while (true) {
        channel.write(ByteBuffer.allocate(STEP));
        channel.force(false);
      }
    } catch (IOException full) {
      if (!String.valueOf(full.getMessage()).contains("No space left")) {
        throw full;
      }
    }
  }

  private long free() {
    return at.toFile().getUsableSpace();
  }

  /** Gives the space back. */
  public void empty() throws IOException {
    Files.deleteIfExists(at.resolve(FILLER));
  }

  /** From now on nothing is written any more, and what was not on the device yet is lost. */
  public void cutPower() throws IOException, InterruptedException {
    RunningPlatform.run(List.of("python3", "-c", CUT, at.toString()));
  }

  /** Nobody may use it any more. */
  public void unmount() throws IOException, InterruptedException {
    RunningPlatform.run(List.of("umount", at.toString()));
  }

  /** Unmounts it and removes all that was in it. */
  @Override
  public void close() throws IOException, InterruptedException {
    unmount();
    Files.delete(file);
  }
}
