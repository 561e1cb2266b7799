package dev.wrenn.itests.drivers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.hypervisor.qemu.internal.QemuHypervisor;
import dev.wrenn.network.tap.internal.TapNetworkDriver;
import dev.wrenn.spi.PlanId;
import dev.wrenn.spi.hypervisor.BootPlan;
import dev.wrenn.spi.hypervisor.MicroVm;
import dev.wrenn.spi.hypervisor.RestorePlan;
import dev.wrenn.spi.hypervisor.SavePlan;
import dev.wrenn.spi.hypervisor.SavedState;
import dev.wrenn.spi.network.Network;
import dev.wrenn.spi.network.NetworkPlan;
import dev.wrenn.spi.storage.BlockAttachment;
import dev.wrenn.spi.storage.CapturedDisk;
import dev.wrenn.spi.storage.Disk;
import dev.wrenn.spi.storage.DiskPlan;
import dev.wrenn.storage.file.internal.FileStorage;
import dev.wrenn.tck.Expect;
import dev.wrenn.tck.hypervisor.FlatImage;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** Disk, network and hypervisor of this tree together: real guests on overlays of one image, each in a slot of its own. */
@EnabledIf("dev.wrenn.itests.drivers.TapRig#canRun")
class CapsulePartsTest {
  private static final int AGENT = 49_983;
  private static final long DISK_BYTES = 8L << 30;
  private static final int IO_MILLIS = 1000;
  private static final int SCRIPT_MILLIS = 30_000;
  private static final BootPlan.Limits UNLIMITED = new BootPlan.Limits(0, 0, 0);

  @TempDir private Path place;
  private TapNetworkDriver networks;
  private FileStorage disks;
  private final List<PlanId> started = new ArrayList<>();
  private QemuHypervisor hypervisor;

  /** What makes a capsule, as a host's journal would have it. */
  private record Parts(Network network, Disk disk, BootPlan plan, MicroVm vm) {}

  @BeforeEach
  void open() throws Exception {
    assertEquals(Set.of(), TapRig.leftovers());
    openDrivers();
  }

  private void openDrivers() throws Exception {
    networks = TapRig.open(TapRig.SUBNET, 1);
    disks = new FileStorage(place.resolve("disks"), "qcow2", 1, "1.0.0");
    hypervisor = new QemuRig(place, true).open();
  }

  private void closeDrivers() throws Exception {
    hypervisor.close();
    networks.deactivate();
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    for (PlanId id : started) {
      hypervisor.discard(id, Expect.soon());
      networks.discard(id, Expect.soon());
      disks.discard(id, Expect.soon());
    }
    closeDrivers();
    assertEquals(Set.of(), TapRig.leftovers());
    assertEquals(Set.of(), new QemuRig(place, true).leftovers());
    try (var left = Files.list(place.resolve("disks"))) {
      assertEquals(List.of(), left.toList());
    }
  }

  @AfterAll
  static void removeParents() throws IOException {
    QemuRig.removeParents();
  }

  @Test
  void guestsAnswerTheirHostAndOutliveTheDrivers() throws Exception {
    List<Parts> made = new ArrayList<>();
    for (String capsule : List.of("one", "two")) {
      made.add(start(new PlanId(capsule, 1)));
    }
    for (Parts parts : made) {
      TestNamespace.await("the agent of " + parts.vm().handle().id(), () -> isHealthy(parts.network().agent()));
      assertTrue(parts.network().traffic().orElseThrow().sentBytes() > 0);
    }

    closeDrivers();
    openDrivers();
    for (Parts parts : made) {
      Network network = networks.adopt(parts.network().handle(), Expect.soon());
      Disk disk = disks.adopt(parts.disk().handle(), Expect.soon());
      MicroVm vm = hypervisor.adopt(parts.vm().handle(), Expect.soon());
      assertTrue(isHealthy(network.agent()), "no answer after the drivers were exchanged");
      assertTrue(disk.usedBytes() > 0);
      vm.kill(Expect.soon());
      network.release(Expect.soon());
      disk.delete(Expect.soon());
    }
  }

  @Test
  void aCapsuleIsPausedAndResumedAndItsCopyGoesOnBesideIt() throws Exception {
    Parts made = start(new PlanId("one", 1));
    assertEquals("", run(made.network(), "echo before > /home/user/mark; echo memory > /dev/shm/mark"));
    made.vm().freeze(Expect.soon());
    FlatImage memory = FlatImage.empty(place.resolve("memory"), (long) made.plan().memoryMib() << 20);
    SavedState saved = made.vm().save(new SavePlan(place.resolve("state"), memory), Expect.soon());
    CapturedDisk capture = made.disk().capture(place.resolve("disk"), Expect.soon());
    made.vm().kill(Expect.soon());
    made.network().release(Expect.soon());

    closeDrivers();
    openDrivers();
    Network resumedNet = acquire(new PlanId("one", 2));
    Disk sameDisk = disks.adopt(made.disk().handle(), Expect.soon());
    hypervisor.restore(restore(made.plan(), resumedNet, sameDisk, saved, memory), Expect.soon());
    Network copyNet = acquire(new PlanId("copy", 1));
    Disk copyDisk = disks.create(new DiskPlan(new PlanId("copy", 1), capture.image(), DISK_BYTES), Expect.soon());
    hypervisor.restore(restore(made.plan(), copyNet, copyDisk, saved, memory), Expect.soon());

    for (Network network : List.of(resumedNet, copyNet)) {
      // The page cache holds the one file; the other one is looked up on the disk.
      assertEquals("memory\nbefore\n", run(network, "cat /dev/shm/mark; echo 3 > /proc/sys/vm/drop_caches; cat /home/user/mark"));
    }
    run(copyNet, "echo copy > /home/user/mark; sync");
    assertEquals("before\n", run(resumedNet, "cat /home/user/mark"));
  }

  private Network acquire(PlanId id) throws Exception {
    started.add(id);
    return networks.acquire(new NetworkPlan(id, AGENT, true), Expect.soon());
  }

  private RestorePlan restore(BootPlan plan, Network network, Disk disk, SavedState saved, FlatImage memory) throws IOException {
    BootPlan machine = new BootPlan(network.handle().id(), plan.vcpus(), plan.memoryMib(), plan.kernel(), disk.attachment(), network.attachment(),
        plan.agentArguments(), plan.limits());
    return new RestorePlan(machine, place.resolve("state"), saved, memory.source());
  }

  private static String run(Network network, String script) {
    TestNamespace.await("the agent of " + network.handle().id(), () -> isHealthy(network.agent()));
    return AgentText.output(ask(network.agent(), AgentText.request(script), SCRIPT_MILLIS));
  }

  private Parts start(PlanId id) throws Exception {
    started.add(id);
    Network network = networks.acquire(new NetworkPlan(id, AGENT, true), Expect.soon());
    BootPlan plan = new QemuRig(place, true).plan(id, UNLIMITED, network.attachment());
    Path image = ((BlockAttachment.Qcow2File) plan.root()).backing().getFirst();
    Disk disk = disks.create(new DiskPlan(id, image, DISK_BYTES), Expect.soon());
    BootPlan ours = new BootPlan(id, plan.vcpus(), plan.memoryMib(), plan.kernel(), disk.attachment(), plan.network(),
        plan.agentArguments(), plan.limits());
    return new Parts(network, disk, ours, hypervisor.boot(ours, Expect.soon()));
  }

  private static boolean isHealthy(InetSocketAddress agent) {
    return ask(agent, AgentText.HEALTH, IO_MILLIS).startsWith("HTTP/1.1 20");
  }

  private static String ask(InetSocketAddress agent, String request, int millis) {
    try (Socket socket = new Socket()) {
      socket.connect(agent, millis);
      socket.setSoTimeout(millis);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
