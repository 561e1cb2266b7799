package dev.wrenn.itests.drivers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.hypervisor.qemu.internal.QemuHypervisor;
import dev.wrenn.linux.Command;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.Handle;
import dev.wrenn.spi.PlanId;
import dev.wrenn.spi.hypervisor.BootPlan;
import dev.wrenn.spi.hypervisor.HypervisorDriver;
import dev.wrenn.spi.hypervisor.MicroVm;
import dev.wrenn.spi.network.NetworkAttachment;
import dev.wrenn.tck.Expect;
import dev.wrenn.tck.hypervisor.HypervisorTck;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** As root: each microVM in a network namespace of its own, confined, with limits. */
@EnabledIf("dev.wrenn.itests.drivers.TapRig#canRun")
class QemuConfinedTest extends HypervisorTck {
  private static final int TAP_GROUP = 61_100;
  private static final String GUEST = "169.254.0.21";
  private static final String HOST = "169.254.0.22";

  private final Map<String, TestNamespace> namespaces = new HashMap<>();

  @TempDir private Path place;

  @Override
  protected HypervisorDriver openInstance() throws IOException {
    return new QemuRig(place, true).open();
  }

  @Override
  protected void close(HypervisorDriver instance) {
    ((QemuHypervisor) instance).close();
  }

  @Override
  protected BootPlan plan(PlanId id, BootPlan.Limits limits) throws IOException {
    String netns = "wtckvm-" + id.capsule();
    if (!namespaces.containsKey(id.capsule())) {
      TestNamespace namespace = TestNamespace.make(netns);
      namespaces.put(id.capsule(), namespace);
      namespace.ip("tuntap", "add", "tap0", "mode", "tap", "group", Integer.toString(TAP_GROUP));
      namespace.ip("address", "add", HOST + "/30", "dev", "tap0");
      namespace.ip("link", "set", "tap0", "up");
    }
    return new QemuRig(place, true).plan(id, limits, new NetworkAttachment.Tap(Path.of("/run/netns", netns), "tap0", "02:fc:00:00:00:05",
        TAP_GROUP, new NetworkAttachment.GuestAddress(GUEST + "/30", HOST, List.of("192.0.2.53"))));
  }

  @Override
  protected void awaitAgent(BootPlan plan, Deadline within) {
    String netns = "wtckvm-" + plan.id().capsule();
    TestNamespace.await("the agent of " + plan.id(), () -> health(netns).startsWith("HTTP/1.1 20"));
  }

  private static String health(String netns) {
    try {
      return Command.of("ip", "netns", "exec", netns, "socat", "-T1", "-", "TCP4:" + GUEST + ":49983,connect-timeout=1")
          .reading("GET /health HTTP/1.1\r\nHost: capsule\r\nConnection: close\r\n\r\n").attempt().stdout();
    } catch (IOException e) {
      return e.toString();
    }
  }

  @Override
  protected void crash(Handle handle) throws IOException {
    QemuRig.crash(handle);
  }

  @Override
  protected Optional<BootPlan.Limits> limitsKept(Handle handle) throws IOException {
    String groups = Files.readString(Path.of("/proc", handle.facts().get("pid"), "cgroup"));
    Path group = Path.of(handle.facts().get("cgroup"));
    if (Files.exists(group.resolve("cpu.max"))) {
      assertTrue(groups.contains("0::/wrenn-tck/" + handle.id()), groups);
      String[] cpu = Files.readString(group.resolve("cpu.max")).strip().split(" ");
      return Optional.of(new BootPlan.Limits((int) (Long.parseLong(cpu[0]) * 100 / Long.parseLong(cpu[1])),
          number(group.resolve("memory.max")), (int) number(group.resolve("pids.max"))));
    }
    for (String controller : List.of("cpu", "memory", "pids")) {
      assertTrue(groups.contains(controller + ":/wrenn-tck/" + handle.id()), groups);
    }
    Path tree = Path.of("/sys/fs/cgroup");
    Path below = Path.of("wrenn-tck", handle.id().toString());
    Path cpu = tree.resolve("cpu").resolve(below);
    return Optional.of(new BootPlan.Limits((int) (number(cpu.resolve("cpu.cfs_quota_us")) * 100 / number(cpu.resolve("cpu.cfs_period_us"))),
        number(group.resolve("memory.limit_in_bytes")), (int) number(tree.resolve("pids").resolve(below).resolve("pids.max"))));
  }

  private static long number(Path file) throws IOException {
    return Long.parseLong(Files.readString(file).strip());
  }

  @Override
  protected Set<String> leftovers() throws IOException {
    return new QemuRig(place, true).leftovers();
  }

  @AfterEach
  void endNamespaces() throws Exception {
    for (TestNamespace namespace : namespaces.values()) {
      namespace.close();
    }
  }

  @AfterAll
  static void removeParents() throws IOException {
    QemuRig.removeParents();
  }

  @Test
  void theProcessHasNoRightsAndSeesNothingOfTheHost() throws Exception {
    HypervisorDriver driver = openInstance();
    try {
      MicroVm vm = driver.boot(plan(new PlanId("jailed", 1), new BootPlan.Limits(0, 0, 0)), Expect.soon());
      Path process = Path.of("/proc", vm.handle().facts().get("pid"));
      String status = Files.readString(process.resolve("status"));
      for (String line : List.of("CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "CapPrm:\t0000000000000000", "NoNewPrivs:\t1",
          "Seccomp:\t2", "Uid:\t" + vm.handle().facts().get("uid") + "\t")) {
        assertTrue(status.contains(line), () -> line + " is missing in\n" + status);
      }
      try (var root = Files.list(process.resolve("root"))) {
        Set<String> names = root.map(file -> file.getFileName().toString()).collect(java.util.stream.Collectors.toSet());
        Set<String> expected = new TreeSet<>(List.of("bin", "lib", "lib64", "usr", "etc", "dev", "proc", "old"));
        expected.add(place.getName(0).toString());
        expected.add(QemuRig.GUEST.getName(0).toString());
        assertEquals(expected, new TreeSet<>(names));
      }
      assertEquals(List.of(), list(process.resolve("root/proc")));
      assertEquals(List.of(), list(process.resolve("root/old")));
      assertEquals(List.of("ld.so.cache"), list(process.resolve("root/etc")));
      for (String kind : List.of("mnt", "ipc", "uts", "net")) {
        assertTrue(!Files.readSymbolicLink(process.resolve("ns/" + kind)).equals(Files.readSymbolicLink(Path.of("/proc/self/ns/" + kind))), kind);
      }
      Path directory = Path.of(vm.handle().facts().get("directory"));
      assertEquals("rwxr-x---", PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)), "QEMU may still make files");
      assertEquals(0, Files.getAttribute(directory, "unix:uid"));
      assertEquals(vm.handle().facts().get("uid"), Files.getAttribute(directory, "unix:gid").toString());
      vm.kill(Expect.soon());
    } finally {
      close(driver);
    }
  }

  @Test
  void everyMicroVmHasAUserOfItsOwn() throws Exception {
    HypervisorDriver driver = openInstance();
    try {
      MicroVm one = driver.boot(plan(new PlanId("u1", 1), new BootPlan.Limits(0, 0, 0)), Expect.soon());
      MicroVm two = driver.boot(plan(new PlanId("u2", 1), new BootPlan.Limits(0, 0, 0)), Expect.soon());
      assertNotEquals(one.handle().facts().get("uid"), two.handle().facts().get("uid"));
      one.kill(Expect.soon());
      two.kill(Expect.soon());
    } finally {
      close(driver);
    }
  }

  private static List<String> list(Path directory) throws IOException {
    try (var all = Files.list(directory)) {
      return all.map(file -> file.getFileName().toString()).toList();
    }
  }
}
