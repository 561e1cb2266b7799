package dev.wrenn.itests.drivers;

import dev.wrenn.hypervisor.qemu.internal.QemuHypervisor;
import dev.wrenn.linux.Command;
import dev.wrenn.spi.Handle;
import dev.wrenn.spi.PlanId;
import dev.wrenn.spi.hypervisor.BootPlan;
import dev.wrenn.spi.hypervisor.HypervisorDriver;
import dev.wrenn.spi.network.NetworkAttachment;
import dev.wrenn.tck.hypervisor.RestoreRig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

/** Confined guests, each at a TAP device in a namespace of its own. */
final class TapGuests implements RestoreRig {
  private static final int TAP_GROUP = 61_100;
  private static final String GUEST = "169.254.0.21";
  private static final String HOST = "169.254.0.22";
  private static final Duration LONGEST = Duration.ofSeconds(40);
  private static final BootPlan.Limits LIMITS = new BootPlan.Limits(0, 1L << 30, 100);

  private final QemuRig rig;
  private final Map<String, TestNamespace> namespaces = new HashMap<>();

  TapGuests(Path place) {
    this.rig = new QemuRig(place, true);
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
    return rig.plan(new PlanId(id.capsule(), 1), LIMITS, network(id.capsule()));
  }

  @Override
  public BootPlan copy(BootPlan plan, PlanId id) throws IOException {
    return rig.copy(plan, id, network(id.capsule()));
  }

  private NetworkAttachment network(String capsule) throws IOException {
    String name = "wtckvm-" + capsule;
    if (!namespaces.containsKey(capsule)) {
      TestNamespace namespace = TestNamespace.make(name);
      namespaces.put(capsule, namespace);
      namespace.ip("tuntap", "add", "tap0", "mode", "tap", "group", Integer.toString(TAP_GROUP));
      // A guest that is restored elsewhere knows its neighbour by this address.
      namespace.ip("link", "set", "tap0", "address", "02:fc:00:00:00:01");
      namespace.ip("address", "add", HOST + "/30", "dev", "tap0");
      namespace.ip("link", "set", "tap0", "up");
    }
    return new NetworkAttachment.Tap(Path.of("/run/netns", name), "tap0", "02:fc:00:00:00:05", TAP_GROUP,
        new NetworkAttachment.GuestAddress(GUEST + "/30", HOST, List.of("192.0.2.53")));
  }

  @Override
  public String run(BootPlan plan, String script) {
    String request = AgentText.request(script);
    AtomicReference<String> answer = new AtomicReference<>("");
    TestNamespace.await("the agent of " + plan.id(), () -> {
      answer.set(ask("wtckvm-" + plan.id().capsule(), request));
      return answer.get().startsWith("HTTP/1.1");
    });
    return AgentText.output(answer.get());
  }

  private static String ask(String namespace, String request) {
    try {
      return Command.of("ip", "netns", "exec", namespace, "socat", "-t30", "-", "TCP4:" + GUEST + ":49983,connect-timeout=1,shut-none")
          .within(LONGEST).reading(request.getBytes(StandardCharsets.ISO_8859_1)).attempt().stdout();
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
  public void close() throws Exception {
    for (TestNamespace namespace : namespaces.values()) {
      namespace.close();
    }
  }
}
