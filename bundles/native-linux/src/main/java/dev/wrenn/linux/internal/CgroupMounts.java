package dev.wrenn.linux.internal;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Where cgroup trees are mounted.
 *
 * @param legacy version 1: controller to mount point
 * @param unified version 2
 */
public record CgroupMounts(Map<String, Path> legacy, Optional<Path> unified) {
  private static final Set<String> CONTROLLERS = Set.of("cpu", "cpuacct", "memory", "pids");

  /** Reads lines of {@code /proc/self/mountinfo}: the mount point is field 5; type, source and super options follow a lone hyphen. */
  public static CgroupMounts parse(List<String> mountinfo) {
    Map<String, Path> legacy = new TreeMap<>();
    Optional<Path> unified = Optional.empty();
    for (String line : mountinfo) {
      String[] halves = line.split(" - ", 2);
      String[] mount = halves[0].split(" ");
      String[] system = halves.length == 2 ? halves[1].split(" ") : new String[] {""};
      if (system[0].equals("cgroup2")) {
        unified = Optional.of(Path.of(mount[4]));
      } else if (system[0].equals("cgroup")) {
        for (String option : system[system.length - 1].split(",")) {
          if (CONTROLLERS.contains(option)) {
            legacy.put(option, Path.of(mount[4]));
          }
        }
      }
    }
    return new CgroupMounts(legacy, unified);
  }
}
