package dev.wrenn.itests.drivers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.linux.Command;
import dev.wrenn.network.tap.internal.TapNetworkDriver;
import dev.wrenn.spi.DriverException.Code;
import dev.wrenn.spi.PlanId;
import dev.wrenn.spi.network.Network;
import dev.wrenn.spi.network.NetworkPlan;
import dev.wrenn.tck.Expect;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** What the TAP driver makes of the remains of crashes, of strangers' objects, and of an interrupt. */
@EnabledIf(value = "canRun", disabledReason = "namespaces and rules need root")
class TapRecoveryTest {
  private static final Path STATE = Path.of("/run", TapRig.PREFIX, "net");
  private TapNetworkDriver driver;

  static boolean canRun() throws IOException {
    return TapRig.canRun();
  }

  @BeforeEach
  void clean() throws IOException {
    assertEquals(Set.of(), TapRig.leftovers());
  }

  @AfterEach
  void close() throws Exception {
    if (driver != null) {
      driver.deactivate();
    }
    assertEquals(Set.of(), TapRig.leftovers());
  }

  @Test
  void halfMadeSlotOfADeadProcessIsRemoved() throws Exception {
    Files.createDirectories(STATE);
    Files.writeString(STATE.resolve("1.slot"), "boot=" + boot() + "\npid=1\nstarted=never\nstate=making\n");
    Command.of("ip", "netns", "add", "wtck-1").run();
    Command.of("ip", "link", "add", "wtck-v1", "type", "veth", "peer", "name", "eth0", "netns", "wtck-1").run();
    driver = TapRig.open(TapRig.SUBNET, 1);

    TestNamespace.await("a whole slot 1", () -> isReady(1));
    Network network = acquire("c1");
    assertEquals("10.213.0.3", network.agent().getHostString());
    network.release(Expect.soon());
  }

  @Test
  void markersOfAnEarlierStartAndPlainFilesAreNoNetworks() throws Exception {
    Files.createDirectories(STATE);
    Files.writeString(STATE.resolve("1.slot"), "boot=earlier\npid=1\nstarted=never\nstate=ready\n");
    Files.writeString(STATE.resolve("1.owner"), "capsule=old\ngeneration=1\nagent_port=1\negress=true\n");
    Files.createDirectories(Path.of("/run/netns"));
    driver = TapRig.open(TapRig.SUBNET, 1);
    TestNamespace.await("a whole slot 1", () -> isReady(1));
    assertFalse(Files.exists(STATE.resolve("1.owner")));
  }

  @Test
  void strangersNamespaceIsPassedOver() throws Exception {
    Command.of("ip", "netns", "add", "wtck-1").run();
    try {
      driver = TapRig.open(TapRig.SUBNET, 0);
      Network network = acquire("c1");
      assertEquals("2", network.handle().facts().get("slot"));
      network.release(Expect.soon());
      assertTrue(Files.exists(Path.of("/run/netns/wtck-1")), "a stranger's namespace was removed");
    } finally {
      Command.of("ip", "netns", "del", "wtck-1").run();
    }
  }

  @Test
  void networkThatLostAPartIsGoneAndItsRestIsRemoved() throws Exception {
    driver = TapRig.open(TapRig.SUBNET, 0);
    for (String[] harm : new String[][] {
        {"ip", "netns", "exec", "wtck-1", "ip", "link", "del", "tap0"},
        {"ip", "netns", "exec", "wtck-1", "nft", "delete", "table", "inet", "slot"},
        {"ip", "link", "del", "wtck-v1"},
        {"ip", "netns", "del", "wtck-1"}}) {
      Network network = acquire("c1");
      Command.of(harm).run();
      Expect.failure(Code.GONE, () -> driver.adopt(network.handle(), Expect.soon()));
      assertFalse(Files.exists(Path.of("/run/netns/wtck-1")), String.join(" ", harm));
      assertFalse(Files.exists(Path.of("/sys/class/net/wtck-v1")), String.join(" ", harm));
    }
  }

  @Test
  void networkThatStoodReadyAndLostAPartIsMadeAnew() throws Exception {
    for (String[] harm : new String[][] {{"ip", "netns", "del", "wtck-1"}, {"ip", "link", "del", "wtck-v1"}}) {
      driver = TapRig.open(TapRig.SUBNET, 1);
      TestNamespace.await("a whole slot 1", () -> isReady(1));
      Command.of(harm).run();
      for (String capsule : new String[] {"c1", "c2"}) {
        String namespace = acquire(capsule).handle().facts().get("netns");
        Command.of("nsenter", "--net=" + namespace, "ip", "link", "show", "tap0").run();
      }
      for (String capsule : new String[] {"c1", "c2"}) {
        driver.discard(new PlanId(capsule, 1), Expect.soon());
      }
      driver.deactivate();
    }
  }

  @Test
  void networkOfTheSameNameMadeByAnotherIsNotAdopted() throws Exception {
    driver = TapRig.open(TapRig.SUBNET, 0);
    Network network = acquire("c1");
    Command.of("ip", "netns", "del", "wtck-1").run();
    Command.of("ip", "netns", "add", "wtck-1").run();
    Expect.failure(Code.GONE, () -> driver.adopt(network.handle(), Expect.soon()));
  }

  @Test
  void interruptedCallLeavesNothing() throws Exception {
    driver = TapRig.open(TapRig.SUBNET, 0);
    Thread.currentThread().interrupt();
    Expect.failure(Code.IO, () -> acquire("c1"));
    assertTrue(Thread.interrupted(), "the interrupt was swallowed");
    assertFalse(Files.exists(Path.of("/run/netns/wtck-1")));
    Network network = acquire("c1");
    assertNotEquals(0, network.agent().getPort());
    network.release(Expect.soon());
  }

  private Network acquire(String capsule) throws Exception {
    return driver.acquire(new NetworkPlan(new PlanId(capsule, 1), 49_983, true), Expect.soon());
  }

  private static boolean isReady(int number) {
    try {
      Path slot = STATE.resolve(number + ".slot");
      return Files.exists(slot) && Files.readString(slot).contains("state=ready") && Files.readString(slot).contains(boot());
    } catch (IOException e) {
      return false;
    }
  }

  private static String boot() throws IOException {
    return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
  }
}
