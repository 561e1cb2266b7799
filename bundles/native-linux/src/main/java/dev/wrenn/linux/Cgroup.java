package dev.wrenn.linux;

import dev.wrenn.linux.internal.Retry;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** One control group: in version 1 a directory per controller, in version 2 one. Immutable; thread-safe. */
public final class Cgroup {
  private static final int PERIOD_MICROS = 100_000;
  private static final String UNIFIED = "unified";

  private final Map<String, Path> paths;
  private final boolean unified;

  Cgroup(Map<String, Path> paths, boolean unified) {
    this.paths = paths;
    this.unified = unified;
  }

  void make() throws IOException {
    for (Path path : directories()) {
      Files.createDirectories(path);
    }
  }

  /**
   * Sets the limits; the processes in the group are bound by them at once.
   *
   * @throws IOException when the kernel refuses one: the message names the file
   */
  public void limit(Cgroups.Limits limits) throws IOException {
    if (unified) {
      write(UNIFIED, "cpu.max", (limits.cpuPercent() == 0 ? "max" : Long.toString(quota(limits))) + " " + PERIOD_MICROS);
      write(UNIFIED, "memory.max", limits.memoryBytes() == 0 ? "max" : Long.toString(limits.memoryBytes()));
      write(UNIFIED, "pids.max", limits.pids() == 0 ? "max" : Integer.toString(limits.pids()));
    } else {
      write("cpu", "cpu.cfs_period_us", Integer.toString(PERIOD_MICROS));
      write("cpu", "cpu.cfs_quota_us", limits.cpuPercent() == 0 ? "-1" : Long.toString(quota(limits)));
      write("memory", "memory.limit_in_bytes", limits.memoryBytes() == 0 ? "-1" : Long.toString(limits.memoryBytes()));
      write("pids", "pids.max", limits.pids() == 0 ? "max" : Integer.toString(limits.pids()));
    }
  }

  /** Files to which a process writes its pid to join, before it becomes what is to be limited. */
  public List<Path> joinFiles() {
    return directories().stream().map(path -> path.resolve("cgroup.procs")).toList();
  }

  /** Processor time that its processes have used, in nanoseconds; empty when the group is gone or does not count it. */
  public OptionalLong cpuNanos() {
    if (unified) {
      return read(UNIFIED, "cpu.stat").map(text -> {
        for (String line : text.split("\n")) {
          if (line.startsWith("usage_usec ")) {
            return OptionalLong.of(Long.parseLong(line.substring(11).strip()) * 1000);
          }
        }
        return OptionalLong.empty();
      }).orElse(OptionalLong.empty());
    }
    return number("cpuacct", "cpuacct.usage");
  }

  /** Memory that its processes hold, page cache included, in bytes; empty when the group is gone. */
  public OptionalLong memoryBytes() {
    return unified ? number(UNIFIED, "memory.current") : number("memory", "memory.usage_in_bytes");
  }

  /** Numbers of the processes in it; empty when the group is gone. */
  public Set<Long> members() throws IOException {
    Set<Long> pids = new HashSet<>();
    for (Path file : joinFiles()) {
      try {
        Files.readAllLines(file).stream().map(Long::valueOf).forEach(pids::add);
      } catch (NoSuchFileException gone) {
        // A group that is gone has no members.
      } catch (FileSystemException e) {
        if (Files.exists(file)) {
          throw e;
        }
      }
    }
    return pids;
  }

  public boolean exists() {
    return directories().stream().anyMatch(Files::exists);
  }

  /**
   * Kills what is in it and removes it. Idempotent; succeeds when it is already gone.
   *
   * @throws IOException when something in it did not die in that time
   */
  public void remove(Duration longest) throws IOException {
    Retry.until(longest, "Cgroup " + paths.values() + " could not be removed: processes in it don't end", () -> {
      for (long pid : members()) {
        Optional<ProcessId> member = ProcessId.of(pid);
        if (member.isPresent()) {
          member.get().signal(ProcessId.SIGKILL);
        }
      }
      return removeEmpty();
    });
  }

  /** @return whether it is gone; it stays while a process is in it */
  boolean removeEmpty() {
    for (Path path : directories()) {
      try {
        Files.deleteIfExists(path);
      } catch (IOException busy) {
        return false;
      }
    }
    return true;
  }

  /** One of its directories, for people: where to look. */
  @Override
  public String toString() {
    return unified ? paths.get(UNIFIED).toString() : paths.get("memory").toString();
  }

  /** Controllers that are mounted together share a directory. */
  private Collection<Path> directories() {
    return new java.util.TreeSet<>(paths.values());
  }

  private void write(String controller, String file, String value) throws IOException {
    Path path = paths.get(controller).resolve(file);
    try {
      Files.writeString(path, value, java.nio.file.StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new IOException("The kernel refused '" + value + "' in " + path + ": " + e.getMessage(), e);
    }
  }

  private Optional<String> read(String controller, String file) {
    try {
      return paths.containsKey(controller) ? Optional.of(Files.readString(paths.get(controller).resolve(file))) : Optional.empty();
    } catch (IOException gone) {
      return Optional.empty();
    }
  }

  private OptionalLong number(String controller, String file) {
    return read(controller, file).map(text -> OptionalLong.of(Long.parseLong(text.strip()))).orElse(OptionalLong.empty());
  }

  private static long quota(Cgroups.Limits limits) {
    return (long) limits.cpuPercent() * PERIOD_MICROS / 100;
  }
}
