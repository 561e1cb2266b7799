package dev.wrenn.linux;

import dev.wrenn.linux.internal.CgroupMounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Control groups below one parent, in version 1 (one tree per controller) or version 2 (one tree), whichever has the controllers
 * {@code cpu}, {@code memory} and {@code pids} on this machine. Immutable and thread-safe; what it makes belongs to the kernel.
 */
public final class Cgroups {
  private static final List<String> WANTED = List.of("cpu", "memory", "pids");

  private final Path root;
  private final Map<String, Path> parents;
  private final boolean unified;
  private final Optional<String> unsupported;

  private Cgroups(Path root, Map<String, Path> parents, boolean unified, Optional<String> unsupported) {
    this.root = root;
    this.parents = parents;
    this.unified = unified;
    this.unsupported = unsupported;
  }

  /**
   * What limits a group puts on all its processes together.
   *
   * @param cpuPercent share of one processor in percent, 200 is two whole ones; 0 is no limit
   * @param memoryBytes memory; 0 is no limit
   * @param pids processes and threads; 0 is no limit
   */
  public record Limits(int cpuPercent, long memoryBytes, int pids) {}

  /**
   * Looks where the groups of this machine are. Changes nothing.
   *
   * @param parent name of the group below which all are made, like {@code wrenn}; may have several parts
   */
  public static Cgroups find(String parent) throws IOException {
    return in(CgroupMounts.parse(Files.readAllLines(Path.of("/proc/self/mountinfo"))), parent);
  }

  static Cgroups in(CgroupMounts mounts, String parent) {
    Map<String, Path> trees = new TreeMap<>();
    boolean unified = mounts.unified().map(Cgroups::offers).orElse(false);
    if (unified) {
      trees.put("unified", mounts.unified().orElseThrow().resolve(parent));
    } else {
      mounts.legacy().forEach((controller, tree) -> trees.put(controller, tree.resolve(parent)));
    }
    return new Cgroups(mounts.unified().orElse(null), trees, unified, whyNot(trees, unified));
  }

  private static boolean offers(Path tree) {
    try {
      return List.of(Files.readString(tree.resolve("cgroup.controllers")).strip().split(" ")).containsAll(WANTED);
    } catch (IOException e) {
      return false;
    }
  }

  private static Optional<String> whyNot(Map<String, Path> trees, boolean unified) {
    if (!unified && !trees.keySet().containsAll(WANTED)) {
      return Optional.of("no cgroup tree has the controllers " + WANTED + "; found " + trees.keySet());
    }
    for (Path parent : trees.values()) {
      Path nearest = parent;
      while (!Files.exists(nearest)) {
        nearest = nearest.getParent();
      }
      if (!Files.isWritable(nearest)) {
        return Optional.of("this user may not write to " + nearest + "; run as root, or delegate " + parent + " to this user");
      }
    }
    return Optional.empty();
  }

  /** Whether groups can be made here. Limits can't be kept otherwise. */
  public boolean supported() {
    return unsupported.isEmpty();
  }

  /** Why not, and what to do; empty when they are supported. */
  public Optional<String> reason() {
    return unsupported;
  }

  /**
   * Makes a group, or takes the one that is there, and sets its limits.
   *
   * @param name one path segment
   * @throws IOException when it can't be made or the kernel refuses a limit; what was made is removed then
   */
  public Cgroup create(String name, Limits limits) throws IOException {
    if (!supported()) {
      throw new IOException("Cgroup " + name + " can't be made: " + unsupported.get());
    }
    Cgroup group = group(name);
    try {
      if (unified) {
        enable(parents.get("unified"));
      }
      group.make();
      group.limit(limits);
      return group;
    } catch (IOException e) {
      group.removeEmpty();
      throw e;
    }
  }

  /** The group of that name, there or not. */
  public Cgroup group(String name) {
    if (name.isEmpty() || name.contains("/") || name.startsWith(".")) {
      throw new IllegalArgumentException("'" + name + "' is no name of a cgroup: it must be one path segment");
    }
    Map<String, Path> paths = new TreeMap<>();
    parents.forEach((controller, parent) -> paths.put(controller, parent.resolve(name)));
    return new Cgroup(paths, unified);
  }

  /** Lets the groups below use the controllers, from the root of the tree down; a level that does already is left alone. */
  private void enable(Path level) throws IOException {
    if (!level.equals(root)) {
      enable(level.getParent());
      Files.createDirectories(level);
    }
    Path control = level.resolve("cgroup.subtree_control");
    String enabled = Files.exists(control) ? Files.readString(control) : "";
    if (!List.of(enabled.strip().split(" ")).containsAll(WANTED)) {
      Files.writeString(control, "+cpu +memory +pids");
    }
  }
}
