package dev.wrenn.itests.drivers;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.hypervisor.qemu.internal.QemuHypervisor;
import dev.wrenn.linux.ProcessId;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.DriverException.Code;
import dev.wrenn.spi.Handle;
import dev.wrenn.spi.PlanId;
import dev.wrenn.spi.hypervisor.BootPlan;
import dev.wrenn.spi.hypervisor.HypervisorDriver;
import dev.wrenn.spi.hypervisor.MicroVm;
import dev.wrenn.spi.network.NetworkAttachment;
import dev.wrenn.spi.storage.BlockAttachment;
import dev.wrenn.tck.Expect;
import dev.wrenn.tck.hypervisor.HypervisorTck;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** As anybody: user-mode network, the rights of the user who runs it. */
class QemuUserModeTest extends HypervisorTck {
  private static final int SIGCONT = 18;
  private static final int SIGSTOP = 19;

  private final Map<String, Integer> ports = new HashMap<>();

  @TempDir private Path place;

  @Override
  protected HypervisorDriver openInstance() throws IOException {
    return new QemuRig(place, false).open();
  }

  @Override
  protected void close(HypervisorDriver instance) {
    ((QemuHypervisor) instance).close();
  }

  @Override
  protected BootPlan plan(PlanId id, BootPlan.Limits limits) throws IOException {
    if (!ports.containsKey(id.capsule())) {
      ports.put(id.capsule(), freePort());
    }
    return new QemuRig(place, false).plan(id, limits, new NetworkAttachment.UserMode(ports.get(id.capsule()), 49_983, "02:fc:00:00:00:05", false,
        new NetworkAttachment.GuestAddress("10.0.2.15/24", "10.0.2.2", List.of("10.0.2.3"))));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Override
  protected void awaitAgent(BootPlan plan, Deadline within) {
    URI health = URI.create("http://127.0.0.1:" + ports.get(plan.id().capsule()) + "/health");
    try (HttpClient client = HttpClient.newHttpClient()) {
      TestNamespace.await("the agent of " + plan.id(), () -> answers(client, health));
    }
  }

  private static boolean answers(HttpClient client, URI health) {
    try {
      return client.send(HttpRequest.newBuilder(health).timeout(Duration.ofSeconds(2)).build(), HttpResponse.BodyHandlers.discarding()).statusCode() / 100 == 2;
    } catch (IOException notYet) {
      return false;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  protected void crash(Handle handle) throws IOException {
    QemuRig.crash(handle);
  }

  @Override
  protected Optional<BootPlan.Limits> limitsKept(Handle handle) {
    return Optional.empty();
  }

  @Override
  protected Set<String> leftovers() throws IOException {
    return new QemuRig(place, false).leftovers();
  }

  @Test
  void aFailureHasQemusOwnWords() throws Exception {
    BootPlan good = plan(new PlanId("c1", 1), new BootPlan.Limits(0, 0, 0));
    Path text = Files.writeString(place.resolve("text"), "not a disk");
    BootPlan bad = new BootPlan(good.id(), 1, 256, good.kernel(), new BlockAttachment.Qcow2File(text, List.of()), good.network(), List.of(), good.limits());
    HypervisorDriver driver = openInstance();
    try {
      DriverException failed = Expect.failure(Code.IO, () -> driver.boot(bad, Expect.soon()));
      assertTrue(failed.getMessage().contains("not in qcow2 format"), failed.getMessage());
      assertTrue(failed.detail().contains("not in qcow2 format"), failed.detail());
    } finally {
      close(driver);
    }
  }

  @Test
  void aGuestThatPanicsEndsAndItIsSaid() throws Exception {
    BootPlan good = plan(new PlanId("c1", 1), new BootPlan.Limits(0, 0, 0));
    // Without a first file system the kernel finds no program to start.
    Path empty = Files.createFile(place.resolve("empty.cpio"));
    BootPlan.GuestKernel kernel = new BootPlan.GuestKernel(good.kernel().image(), empty, good.kernel().machine(), "none", good.kernel().arguments(),
        good.kernel().emulationArguments());
    HypervisorDriver driver = openInstance();
    try {
      MicroVm vm = driver.boot(new BootPlan(good.id(), 1, 256, kernel, good.root(), good.network(), List.of(), good.limits()), Expect.soon());
      String reason = vm.exited().toCompletableFuture().get(20, TimeUnit.SECONDS).reason();
      assertTrue(reason.contains("guest"), reason);
      vm.kill(Expect.soon());
    } finally {
      close(driver);
    }
  }

  @Test
  void aSlowMicroVmIsNotTakenForADeadOneButOneWithoutItsSocketIs() throws Exception {
    HypervisorDriver driver = openInstance();
    try {
      MicroVm vm = driver.boot(plan(new PlanId("slow", 1), new BootPlan.Limits(0, 0, 0)), Expect.soon());
      ProcessId process = ProcessId.of(Long.parseLong(vm.handle().facts().get("pid"))).orElseThrow();
      process.signal(SIGSTOP);
      Expect.failure(Code.TIMEOUT, () -> driver.adopt(vm.handle(), Deadline.after(Duration.ofSeconds(1))));
      process.signal(SIGCONT);
      MicroVm adopted = driver.adopt(vm.handle(), Expect.soon());
      Files.delete(Path.of(vm.handle().facts().get("qmp")));
      Expect.failure(Code.GONE, () -> driver.adopt(adopted.handle(), Expect.soon()));
      assertFalse(process.alive());
    } finally {
      close(driver);
    }
  }

  @Test
  void whatAnOlderVersionStartedIsAdoptedButNotSaved() throws Exception {
    HypervisorDriver driver = openInstance();
    try {
      MicroVm vm = driver.boot(plan(new PlanId("old", 1), new BootPlan.Limits(0, 0, 0)), Expect.soon());
      Map<String, String> facts = new HashMap<>(vm.handle().facts());
      facts.keySet().removeIf(name -> name.startsWith("needs."));
      Handle older = new Handle("hypervisor", "qemu", "0.9.0", vm.handle().id(), facts);
      MicroVm adopted = driver.adopt(older, Expect.soon());
      assertFalse(adopted.canSave());
      Expect.failure(Code.UNSUPPORTED, () -> adopted.freeze(Expect.soon()));
      Expect.failure(Code.UNSUPPORTED, () -> adopted.reclaim(0, Expect.soon()));
      assertTrue(adopted.stats().residentBytes() > 0);
      adopted.kill(Expect.soon());
    } finally {
      close(driver);
    }
  }

  /** As after a crash of the JVM while the chain of programs had not become QEMU yet. */
  @Test
  void whatWasHalfMadeIsDiscardedAndBootedAnew() throws Exception {
    PlanId id = new PlanId("half", 1);
    Path directory = Files.createDirectories(place.resolve("v/half.1/root")).getParent();
    Process chain = new ProcessBuilder("sh", "-c", "read forever", "sh", "-name", "wrenn-half.1", "socket,path=" + directory.resolve("qmp")).start();
    Process stranger = new ProcessBuilder("sh", "-c", "read forever", "sh", "-name", "wrenn-half.1", "socket,path=/elsewhere/half.1/qmp").start();
    HypervisorDriver driver = openInstance();
    try {
      driver.discard(id, Expect.soon());
      assertTrue(stranger.isAlive(), "a process of another platform was killed");
      assertTrue(chain.waitFor(Duration.ofSeconds(5)), "the half-made process lives");
      assertFalse(Files.exists(directory));

      Files.createDirectories(directory.resolve("root"));
      MicroVm vm = driver.boot(plan(id, new BootPlan.Limits(0, 0, 0)), Expect.soon());
      assertTrue(vm.stats().residentBytes() > 0);
      vm.kill(Expect.soon());
    } finally {
      chain.destroyForcibly();
      stranger.destroyForcibly();
      close(driver);
    }
  }
}
