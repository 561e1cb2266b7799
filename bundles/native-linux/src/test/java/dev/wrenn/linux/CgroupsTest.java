package dev.wrenn.linux;

import static org.junit.jupiter.api.Assertions.*;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wrenn.linux.internal.CgroupMounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CgroupsTest {
  private static final String PARENT = "wrenn-test-" + ProcessHandle.current().pid();

  @Test
  void findsTreesInMountinfo() {
    CgroupMounts mounts = CgroupMounts.parse(List.of(
        "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct",
        "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory",
        "40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd",
        "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw,nsdelegate",
        "50 31 0:40 / /tmp rw - tmpfs tmpfs rw"));
    assertEquals(Map.of("cpu", Path.of("/sys/fs/cgroup/cpu,cpuacct"), "cpuacct", Path.of("/sys/fs/cgroup/cpu,cpuacct"),
        "memory", Path.of("/sys/fs/cgroup/memory")), mounts.legacy());
    assertEquals(Optional.of(Path.of("/sys/fs/cgroup/unified")), mounts.unified());
  }

  /** The files of version 2 in a plain directory: what is written where, not what the kernel makes of it. */
  @Test
  void versionTwoEnablesControllersAndWritesLimits(@TempDir Path tree) throws IOException {
    Files.writeString(tree.resolve("cgroup.controllers"), "cpuset cpu io memory pids\n");
    Path group = Files.createDirectories(tree.resolve("wrenn/cap.1"));
    for (String file : List.of("cpu.max", "memory.max", "pids.max")) {
      Files.createFile(group.resolve(file));
    }
    Files.writeString(group.resolve("cpu.stat"), "usage_usec 1234\nuser_usec 1000\n");
    Files.writeString(group.resolve("memory.current"), "4096\n");
    Cgroups groups = Cgroups.in(new CgroupMounts(Map.of(), Optional.of(tree)), "wrenn");
    Cgroup made = groups.create("cap.1", new Cgroups.Limits(150, 1 << 20, 0));
    assertEquals("+cpu +memory +pids", Files.readString(tree.resolve("cgroup.subtree_control")));
    assertEquals("+cpu +memory +pids", Files.readString(tree.resolve("wrenn/cgroup.subtree_control")));
    assertFalse(Files.exists(group.resolve("cgroup.subtree_control")));
    assertEquals("150000 100000", Files.readString(group.resolve("cpu.max")));
    assertEquals("1048576", Files.readString(group.resolve("memory.max")));
    assertEquals("max", Files.readString(group.resolve("pids.max")));
    assertEquals(List.of(group.resolve("cgroup.procs")), made.joinFiles());
    assertEquals(1_234_000, made.cpuNanos().orElseThrow());
    assertEquals(4096, made.memoryBytes().orElseThrow());
  }

  @Test
  void aMachineWithoutControllersIsUnsupportedWithTheReason() {
    Cgroups groups = Cgroups.in(new CgroupMounts(Map.of(), Optional.empty()), "wrenn");
    assertFalse(groups.supported());
    assertTrue(groups.reason().orElseThrow().contains("memory"));
    assertThrows(IOException.class, () -> groups.create("x", new Cgroups.Limits(0, 0, 0)));
  }

  @Test
  void aNameIsOneSegment() throws IOException {
    Cgroups groups = Cgroups.find(PARENT);
    assertThrows(IllegalArgumentException.class, () -> groups.group("../x"));
    assertThrows(IllegalArgumentException.class, () -> groups.group(""));
  }

  @Test
  void withoutRightsItIsUnsupported() throws IOException {
    assumeFalse("root".equals(System.getProperty("user.name")), "root has the rights");
    assertFalse(Cgroups.find(PARENT).supported());
  }

  @Test
  void limitsBindAndRemovalKills() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    Cgroups groups = Cgroups.find(PARENT);
    assertTrue(groups.supported(), () -> groups.reason().orElseThrow());
    Cgroup group = groups.create("cap.1", new Cgroups.Limits(50, 64 << 20, 5));
    try {
      // The shell joins, then tries to have more children than the limit allows.
      String script = "for f in \"$@\"; do echo $$ > \"$f\" || exit 9; done; for i in 1 2 3 4 5 6 7 8; do sleep 600 & done";
      List<String> argv = new java.util.ArrayList<>(List.of("sh", "-c", script, "sh"));
      group.joinFiles().forEach(f -> argv.add(f.toString()));
      Process child = new ProcessBuilder(argv).redirectError(ProcessBuilder.Redirect.DISCARD).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
      assertNotEquals(9, child.waitFor());
      Set<Long> members = group.members();
      assertFalse(members.isEmpty());
      assertTrue(members.size() <= 5, members::toString);
      assertTrue(group.cpuNanos().orElseThrow() > 0);
      assertTrue(group.memoryBytes().orElseThrow() > 0);
      group.remove(Duration.ofSeconds(5));
      assertFalse(group.exists());
      assertTrue(members.stream().noneMatch(pid -> ProcessId.of(pid).isPresent()));
      assertTrue(group.cpuNanos().isEmpty());
      group.remove(Duration.ofSeconds(5));
    } finally {
      group.remove(Duration.ofSeconds(5));
      for (Path file : group.joinFiles()) {
        Files.deleteIfExists(file.getParent().getParent());
      }
    }
  }
}
