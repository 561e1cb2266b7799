package dev.wrenn.itests.drivers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.linux.Command;
import dev.wrenn.network.tap.internal.TapNetworkDriver;
import dev.wrenn.spi.PlanId;
import dev.wrenn.spi.network.Network;
import dev.wrenn.spi.network.NetworkPlan;
import dev.wrenn.tck.Expect;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/**
 * What the TAP network lets through and what it keeps apart, with real packets: two guests that may go out and one that may not, and
 * an "internet" that is a namespace of this test, in which a public, a private and a metadata address answer.
 */
@EnabledIf(value = "canRun", disabledReason = "namespaces and rules need root")
class TapIsolationTest {
  private static final int AGENT = 49_983;
  private static final int WEB = 8080;
  private static final String HOST_OUTSIDE = "198.51.100.1";
  private static final String PUBLIC = "203.0.113.7";
  private static final String PRIVATE = "172.31.254.7";
  private static final String METADATA = "169.254.169.254";
  private static final String OTHERS = "wtckx";

  private final Deque<AutoCloseable> ends = new ArrayDeque<>();
  private TapNetworkDriver driver;
  private TestNamespace internet;
  private GuestStandIn first;
  private GuestStandIn second;
  private GuestStandIn enclosed;

  static boolean canRun() throws IOException {
    return TapRig.canRun();
  }

  @BeforeEach
  void connect() throws Exception {
    assertEquals(Set.of(), TapRig.leftovers());
    internet = TestNamespace.make("wtcko");
    ends.push(internet);
    internet.ip("link", "add", "wtcko0", "type", "veth", "peer", "name", "wtcko0", "netns", Long.toString(ProcessHandle.current().pid()));
    ends.push(() -> Command.of("ip", "link", "del", "wtcko0").run());
    Command.of("ip", "addr", "add", HOST_OUTSIDE + "/30", "dev", "wtcko0").run();
    Command.of("ip", "link", "set", "wtcko0", "up").run();
    internet.ip("addr", "add", "198.51.100.2/30", "dev", "wtcko0");
    internet.ip("link", "set", "wtcko0", "up");
    for (String address : List.of(PUBLIC, PRIVATE, METADATA)) {
      internet.ip("addr", "add", address + "/32", "dev", "lo");
      Command.of("ip", "route", "add", address + "/32", "via", "198.51.100.2").run();
    }
    internet.serve(WEB, "outside");
    driver = TapRig.open(TapRig.SUBNET, 0);
    ends.push(driver::deactivate);
    first = guest("first", true);
    second = guest("second", true);
    enclosed = guest("enclosed", false);
  }

  @AfterEach
  void disconnect() throws Exception {
    while (!ends.isEmpty()) {
      ends.pop().close();
    }
    assertEquals(Set.of(), TapRig.leftovers());
  }

  @Test
  void hostReachesEveryAgentAndGuestSeesItsGateway() throws IOException {
    for (GuestStandIn guest : List.of(first, second, enclosed)) {
      assertEquals("agent 169.254.0.22", fromHost(guest.network.agent()));
    }
  }

  @Test
  void outsideIsOpenToThoseWhoMayAndSeesTheHost() throws IOException {
    assertEquals(Optional.of("outside " + HOST_OUTSIDE), first.inside.ask(PUBLIC, WEB));
    assertEquals(Optional.empty(), enclosed.inside.ask(PUBLIC, WEB));
    assertTrue(dropped("egress is off") > 0);
  }

  @Test
  void guestReachesNothingOfItsHost() throws IOException {
    assertHostIsClosed(first);
    assertHostIsClosed(enclosed);
  }

  @Test
  void guestReachesNoOtherCapsule() throws IOException {
    assertEquals(Optional.empty(), first.inside.ask(second.network.agent().getHostString(), AGENT));
    assertEquals(Optional.empty(), first.inside.ask(enclosed.network.agent().getHostString(), AGENT));
  }

  @Test
  void privateRangesAndMetadataAreClosed() throws IOException {
    for (String address : List.of(PRIVATE, METADATA)) {
      assertEquals("outside " + HOST_OUTSIDE, fromHost(new InetSocketAddress(address, WEB)), "the test's own server");
      long before = droppedInside(first, "private");
      assertEquals(Optional.empty(), first.inside.ask(address, WEB));
      assertTrue(droppedInside(first, "private") > before, "dropped elsewhere than by the rule: " + address);
    }
  }

  /** Whoever got root in a slot's namespace still meets the host's rules. */
  @Test
  void hostsRulesHoldAlone() throws IOException {
    openInside(first);
    assertHostIsClosed(first);
    long between = dropped("private");
    assertEquals(Optional.empty(), first.inside.ask(second.network.agent().getHostString(), AGENT));
    assertEquals(Optional.empty(), first.inside.ask(PRIVATE, WEB));
    assertEquals(Optional.empty(), first.inside.ask(METADATA, WEB));
    assertTrue(dropped("private") > between);
    assertEquals(Optional.of("outside " + HOST_OUTSIDE), first.inside.ask(PUBLIC, WEB));
  }

  @Test
  void spoofedSourcesAreDropped() throws IOException {
    first.inside.ip("addr", "add", "10.9.9.9/32", "dev", "lo");
    assertEquals(Optional.empty(), first.inside.ask(PUBLIC, WEB, "bind=10.9.9.9"));
    assertTrue(droppedInside(first, "spoofed") > 0);

    openInside(first);
    Command.of("ip", "netns", "exec", slot(first), "nft", "flush", "chain", "inet", "slot", "from_namespace").run();
    for (String source : List.of(second.network.agent().getHostString(), "192.0.2.77")) {
      Command.of("ip", "-n", slot(first), "addr", "add", source + "/32", "dev", "lo").run();
      long before = dropped("spoofed") + dropped("another slot's address");
      assertTrue(Command.of("ip", "netns", "exec", slot(first), "socat", "-u", "-T1", "TCP4:" + PUBLIC + ":" + WEB
          + ",connect-timeout=1,bind=" + source, "-").attempt().exit() != 0, "got out as " + source);
      assertTrue(dropped("spoofed") + dropped("another slot's address") > before, "dropped elsewhere than by the rule: " + source);
    }
  }

  @Test
  void nobodyOutsideReachesACapsule() throws IOException {
    internet.ip("route", "add", TapRig.SUBNET, "via", HOST_OUTSIDE);
    assertEquals(Optional.empty(), internet.ask(first.network.agent().getHostString(), AGENT));
    assertTrue(dropped("nothing new from outside") > 0);
  }

  @Test
  void whatOtherTablesAcceptOrTranslateChangesNothing() throws IOException {
    ends.push(() -> Command.of("nft", "delete", "table", "inet", OTHERS).run());
    Command.of("nft", "-f", "-").reading("""
        table inet %1$s {
          chain early { type filter hook forward priority -400; policy accept; accept; }
          chain late { type filter hook forward priority 400; policy accept; accept; }
          chain in { type filter hook input priority -400; policy accept; accept; }
          chain before { type nat hook prerouting priority dstnat - 5; policy accept;
            ip daddr 203.0.113.8 dnat ip to %2$s
            ip daddr 203.0.113.9 dnat ip to %3$s
          }
        }
        """.formatted(OTHERS, PRIVATE, HOST_OUTSIDE)).run();
    openInside(first);
    assertHostIsClosed(first);
    assertEquals(Optional.empty(), first.inside.ask(second.network.agent().getHostString(), AGENT));
    assertEquals(Optional.empty(), first.inside.ask(PRIVATE, WEB));
    assertEquals(Optional.empty(), first.inside.ask("203.0.113.8", WEB), "a translated way to a private address");
    try (ServerSocket service = new ServerSocket(0)) {
      assertEquals(Optional.empty(), first.inside.ask("203.0.113.9", service.getLocalPort()), "a translated way to the host");
    }
  }

  @Test
  void tablesThatSomebodyRemovesOrEmptiesAreMended() throws IOException {
    for (String harm : List.of("delete table inet ", "flush table inet ", "flush chain inet ")) {
      String what = harm + TapRig.PREFIX + (harm.contains("chain") ? " from_capsule" : "");
      Command.of("nft", "-f", "-").reading(what + "\n").run();
      TestNamespace.await("the table after '" + what + "'", TapIsolationTest::isMended);
      assertEquals(Optional.of("outside " + HOST_OUTSIDE), first.inside.ask(PUBLIC, WEB), what);
      assertEquals(Optional.empty(), enclosed.inside.ask(PUBLIC, WEB), what);
      assertHostIsClosed(first);
    }
  }

  @Test
  void addressesOfAbsentSlotsStayOnTheMachine() {
    assertThrows(NoRouteToHostException.class, () -> fromHost(new InetSocketAddress("10.213.77.1", AGENT)));
  }

  @Test
  void trafficIsCountedFromTheGuestsSide() throws Exception {
    Network.Traffic before = first.network.traffic().orElseThrow();
    for (int i = 0; i < 10; i++) {
      first.inside.ask(PUBLIC, WEB);
    }
    Network.Traffic after = first.network.traffic().orElseThrow();
    assertTrue(after.sentBytes() > before.sentBytes() + 1000, before + " → " + after);
    assertTrue(after.receivedBytes() > before.receivedBytes() + 1000, before + " → " + after);
  }

  @Test
  void releasedNetworkIsShutAtOnceAlthoughItsGuestStillRuns() throws Exception {
    first.network.release(Expect.soon());
    assertEquals(Optional.empty(), first.inside.ask(PUBLIC, WEB));
    assertThrows(IOException.class, () -> fromHost(first.network.agent()));
  }

  private GuestStandIn guest(String capsule, boolean egress) throws Exception {
    Network network = driver.acquire(new NetworkPlan(new PlanId(capsule, 1), AGENT, egress), Expect.soon());
    ends.push(() -> network.release(Expect.soon()));
    GuestStandIn guest = GuestStandIn.start(network, ends);
    guest.inside.serve(AGENT, "agent");
    return guest;
  }

  private void assertHostIsClosed(GuestStandIn guest) throws IOException {
    try (ServerSocket service = new ServerSocket(0)) {
      String even = guest.network.handle().facts().get("host_address");
      for (String address : List.of(even, HOST_OUTSIDE, "169.254.0.22")) {
        assertEquals(Optional.empty(), guest.inside.ask(address, service.getLocalPort()), "reached its host at " + address);
      }
    }
  }

  private static String fromHost(InetSocketAddress address) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(address, 2000);
      socket.setSoTimeout(2000);
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
    }
  }

  /** Takes away the rules inside a slot but for the translation of addresses. */
  private static void openInside(GuestStandIn guest) throws IOException {
    Command.of("ip", "netns", "exec", slot(guest), "nft", "-f", "-").reading("""
        flush chain inet slot arriving
        flush chain inet slot through
        add chain inet slot through { policy accept; }
        """).run();
  }

  private static String slot(GuestStandIn guest) {
    return TapRig.PREFIX + "-" + guest.network.handle().facts().get("slot");
  }

  private static long dropped(String comment) throws IOException {
    return count(Command.of("nft", "list", "table", "inet", TapRig.PREFIX).run().stdout(), comment);
  }

  private static long droppedInside(GuestStandIn guest, String comment) throws IOException {
    return count(Command.of("ip", "netns", "exec", slot(guest), "nft", "list", "table", "inet", "slot").run().stdout(), comment);
  }

  private static long count(String listing, String comment) {
    Matcher counter = Pattern.compile("counter packets (\\d+) .*comment \"" + Pattern.quote(comment) + "\"").matcher(listing);
    long sum = 0;
    while (counter.find()) {
      sum += Long.parseLong(counter.group(1));
    }
    return sum;
  }

  private static boolean isMended() {
    try {
      Command.Result listed = Command.of("nft", "list", "table", "inet", TapRig.PREFIX).attempt();
      return listed.stdout().contains("another slot's address") && listed.stdout().contains("masquerade");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
