package dev.wrenn.itests.drivers;

import dev.wrenn.hypervisor.qemu.internal.QemuHypervisor;
import dev.wrenn.spi.Handle;
import dev.wrenn.spi.PlanId;
import dev.wrenn.spi.hypervisor.BootPlan;
import dev.wrenn.spi.hypervisor.HypervisorDriver;
import dev.wrenn.spi.network.NetworkAttachment;
import dev.wrenn.tck.hypervisor.RestoreRig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Guests in user-mode networks, each with a port of its own on the loopback. */
final class UserModeGuests implements RestoreRig {
  private static final int FIRST_MILLIS = 200;
  private static final int SCRIPT_MILLIS = 30_000;
  private static final BootPlan.Limits UNLIMITED = new BootPlan.Limits(0, 0, 0);

  private final QemuRig rig;
  private final Map<String, Integer> ports = new HashMap<>();

  UserModeGuests(Path place) {
    this.rig = new QemuRig(place, false);
  }

  @Override
  public HypervisorDriver open() throws IOException {
    return rig.open();
  }

  @Override
  public void close(HypervisorDriver instance) {
    ((QemuHypervisor) instance).close();
  }

  @Override
  public BootPlan plan(PlanId id) throws IOException {
    return rig.plan(new PlanId(id.capsule(), 1), UNLIMITED, network(id.capsule()));
  }

  @Override
  public BootPlan copy(BootPlan plan, PlanId id) throws IOException {
    return rig.copy(plan, id, network(id.capsule()));
  }

  private NetworkAttachment network(String capsule) throws IOException {
    if (!ports.containsKey(capsule)) {
      ports.put(capsule, freePort());
    }
    return new NetworkAttachment.UserMode(ports.get(capsule), 49_983, "02:fc:00:00:00:05", false,
        new NetworkAttachment.GuestAddress("10.0.2.15/24", "10.0.2.2", List.of("10.0.2.3")));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Override
  public String run(BootPlan plan, String script) {
    int port = ports.get(plan.id().capsule());
    // A connection that is made before the agent listens hangs.
    TestNamespace.await("the agent of " + plan.id(), () -> ask(port, AgentText.HEALTH, FIRST_MILLIS).startsWith("HTTP/1.1 20"));
    return AgentText.output(ask(port, AgentText.request(script), SCRIPT_MILLIS));
  }

  private static String ask(int port, String request, int millis) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), millis);
      socket.setSoTimeout(millis);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return e.toString();
    }
  }

  @Override
  public void crash(Handle handle) throws IOException {
    QemuRig.crash(handle);
  }

  @Override
  public Set<String> leftovers() throws IOException {
    return rig.leftovers();
  }

  @Override
  public void close() {
    // The ports were the guests'.
  }
}
