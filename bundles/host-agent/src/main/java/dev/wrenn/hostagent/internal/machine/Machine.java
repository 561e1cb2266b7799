package dev.wrenn.hostagent.internal.machine;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;

/** What this machine has, within the limits of the control group that this process runs in. */
public final class Machine {
  private static final long MIB = 1 << 20;

  private final Path proc;
  private final Path cgroups;

  public Machine() {
    this(Path.of("/proc"), Path.of("/sys/fs/cgroup"));
  }

  Machine(Path proc, Path cgroups) {
    this.proc = proc;
    this.cgroups = cgroups;
  }

  /** The JDK counts the control group's share. */
  public int processors() {
    return Runtime.getRuntime().availableProcessors();
  }

  public long memoryMib() throws IOException {
    long total = memoryInfo("MemTotal:");
    return Math.min(total, limit()) / MIB;
  }

  /** What programs could have without others being swapped out. */
  public long memoryFreeMib() throws IOException {
    return Math.min(memoryInfo("MemAvailable:"), limit()) / MIB;
  }

  public long diskTotalMib(Path directory) throws IOException {
    return store(directory).getTotalSpace() / MIB;
  }

  public long diskFreeMib(Path directory) throws IOException {
    return store(directory).getUsableSpace() / MIB;
  }

  private long memoryInfo(String name) throws IOException {
    for (String line : Files.readAllLines(proc.resolve("meminfo"))) {
      if (line.startsWith(name)) {
        return Long.parseLong(line.substring(name.length()).replace("kB", "").strip()) << 10;
      }
    }
    throw new IOException(proc.resolve("meminfo") + " has no " + name);
  }

  /** The lowest memory limit from this process' control group upwards. */
  private long limit() throws IOException {
    long lowest = Long.MAX_VALUE;
    for (String line : Files.readAllLines(proc.resolve("self/cgroup"))) {
      String[] fields = line.split(":", 3);
      if (fields.length < 3) {
        continue;
      }
      boolean unified = fields[1].isEmpty();
      if (unified || fields[1].contains("memory")) {
        Path root = unified ? cgroups : cgroups.resolve("memory");
        String file = unified ? "memory.max" : "memory.limit_in_bytes";
        lowest = Math.min(lowest, limit(root, fields[2], file));
      }
    }
    return lowest;
  }

  private static long limit(Path root, String group, String file) throws IOException {
    long lowest = Long.MAX_VALUE;
    Path at = root.resolve(group.substring(1)).normalize();
    while (at != null && at.startsWith(root)) {
      Path limit = at.resolve(file);
      if (Files.isReadable(limit)) {
        String text = Files.readString(limit).strip();
        if (!text.equals("max")) {
          lowest = Math.min(lowest, Long.parseLong(text));
        }
      }
      at = at.getParent();
    }
    return lowest;
  }

  private static FileStore store(Path directory) throws IOException {
    return Files.getFileStore(directory);
  }
}
