package dev.wrenn.itests.drivers;

import dev.wrenn.hypervisor.qemu.internal.QemuHypervisor;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.Handle;
import dev.wrenn.spi.PlanId;
import dev.wrenn.spi.hypervisor.BootPlan;
import dev.wrenn.spi.hypervisor.HypervisorDriver;
import dev.wrenn.spi.network.NetworkAttachment;
import dev.wrenn.tck.hypervisor.HypervisorTck;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;

/** As anybody: user-mode network, the rights of the user who runs it. */
class QemuUserModeTest extends HypervisorTck {
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
}
