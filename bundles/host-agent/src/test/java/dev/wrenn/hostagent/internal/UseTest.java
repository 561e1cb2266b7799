package dev.wrenn.hostagent.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.host.CapsuleOrder;
import dev.wrenn.host.HostAgent;
import dev.wrenn.host.HostException;
import dev.wrenn.host.HostException.Code;
import dev.wrenn.host.HostedCapsule.State;
import dev.wrenn.metrics.MetricPoint;
import dev.wrenn.metrics.MetricPoint.Tier;
import dev.wrenn.port.GuestSocket;
import dev.wrenn.process.GuestException;
import dev.wrenn.spi.hypervisor.MicroVm.VmStats;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is done with a running capsule besides its processes. */
class UseTest {
  private static final Duration IDLE = Duration.ofMillis(400);
  @TempDir Path directory;
  private Rig rig;
  private HostAgent host;
  private ServerSocket server;

  @BeforeEach
  void start() throws Exception {
    rig = new Rig(directory);
    host = rig.start();
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
    rig.close();
  }

  @Test
  void connectionsCarryBytesBothWays() throws Exception {
    host.create(Rig.order("cl-a"), Rig.SOON);
    try (GuestSocket socket = host.connect("cl-a", server.getLocalPort(), Rig.SOON); Socket accepted = server.accept()) {
      socket.output().write("there".getBytes());
      assertArrayEquals("there".getBytes(), accepted.getInputStream().readNBytes(5));
      accepted.getOutputStream().write("back".getBytes());
      accepted.shutdownOutput();
      assertArrayEquals("back".getBytes(), socket.input().readAllBytes());
      socket.endOutput();
      assertEquals(-1, accepted.getInputStream().read());
    }
  }

  @Test
  void whatCannotBeConnectedToIsSaid() throws Exception {
    host.create(Rig.order("cl-a"), Rig.SOON);
    int free = server.getLocalPort();
    server.close();
    assertEquals(Code.NO_LISTENER, refusal("cl-a", free));
    for (int port : new int[] {0, -1, 65_536, 49_983}) {
      assertEquals(Code.INVALID, refusal("cl-a", port));
    }
    assertEquals(Code.NOT_FOUND, refusal("cl-none", 80));
    for (int i = 0; i < 60; i++) {
      assertEquals(Code.NO_LISTENER, refusal("cl-a", free), "a connection that failed is counted");
    }
  }

  @Test
  void oneCapsuleHasSoManyConnections() throws Exception {
    host.create(Rig.order("cl-a"), Rig.SOON);
    List<GuestSocket> open = new ArrayList<>();
    try {
      for (int i = 0; i < 50; i++) {
        open.add(host.connect("cl-a", server.getLocalPort(), Rig.SOON));
      }
      assertEquals(Code.NO_CAPACITY, refusal("cl-a", server.getLocalPort()));
      assertEquals(Code.NO_CAPACITY, assertThrows(HostException.class, () -> host.connectAgent("cl-a", Rig.SOON)).code());
      open.get(0).close();
      open.get(0).close();
      open.set(0, host.connect("cl-a", server.getLocalPort(), Rig.SOON));
      assertEquals(Code.NO_CAPACITY, refusal("cl-a", server.getLocalPort()));
    } finally {
      for (GuestSocket socket : open) {
        socket.close();
      }
    }
  }

  @Test
  void aCrashEndsConnectionsAsFailuresAndIsShownWithAReason() throws Exception {
    host.create(Rig.order("cl-a"), Rig.SOON);
    try (GuestSocket socket = host.connect("cl-a", server.getLocalPort(), Rig.SOON); Socket accepted = server.accept();
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Integer> reading = threads.submit(() -> socket.input().read());
      socket.output().write(1);
      assertEquals(1, accepted.getInputStream().read());
      rig.kill("cl-a");
      assertTrue(assertThrows(ExecutionException.class, reading::get).getCause() instanceof IOException);
    }
    Rig.until("it is shown in error", () -> host.find("cl-a").orElseThrow().state() == State.ERROR);
    assertFalse(host.find("cl-a").orElseThrow().failure().orElseThrow().reason().isEmpty());
    assertEquals(Code.WRONG_STATE, refusal("cl-a", server.getLocalPort()));
    Rig.until("nothing is left", () -> rig.leftovers().isEmpty());
  }

  @Test
  void aDestroyEndsConnections() throws Exception {
    host.create(Rig.order("cl-a"), Rig.SOON);
    try (GuestSocket socket = host.connect("cl-a", server.getLocalPort(), Rig.SOON);
        GuestSocket agent = host.connectAgent("cl-a", Rig.SOON)) {
      host.destroy("cl-a", Rig.SOON);
      assertThrows(IOException.class, () -> socket.input().read());
      assertThrows(IOException.class, () -> agent.input().read());
    }
  }

  @Test
  void theUsersTokenIsStableAndItsOwn() throws Exception {
    host.create(Rig.order("cl-a"), Rig.SOON);
    host.create(Rig.order("cl-b"), Rig.SOON);
    String token = host.accessToken("cl-a");
    assertTrue(token.matches("[0-9a-f]{64}"), "no token");
    assertNotEquals(token, host.accessToken("cl-b"));
    assertEquals(token, rig.restart().accessToken("cl-a"));
    assertFalse(rig.journal().contains(token));
    assertEquals(Code.NOT_FOUND, assertThrows(HostException.class, () -> rig.api().accessToken("cl-none")).code());
  }

  @Test
  void useIsSampledAcrossDriversThatGoAndARestart() throws Exception {
    host.create(Rig.order("cl-a"), Rig.SOON);
    rig.hypervisor.uses("cl-a", new VmStats(0, 5 << 20));
    Rig.until("there are points", () -> host.metrics("cl-a", Tier.SECONDS).size() > 3);
    Rig.until("the guest has been asked", () -> host.latestMetrics().get("cl-a").memoryBytes().isPresent());
    MetricPoint point = host.latestMetrics().get("cl-a");
    assertEquals(0, point.cpuPercent());
    assertEquals(OptionalLong.of(5 << 20), point.memoryHostBytes());
    assertEquals(OptionalLong.of(20 << 20), point.memoryBytes());
    assertEquals(OptionalLong.of(4 << 20), point.diskBytes());
    assertEquals(OptionalLong.empty(), point.rxBytes());

    rig.removeHypervisor();
    int before = host.metrics("cl-a", Tier.SECONDS).size();
    rig.addHypervisor();
    rig.hypervisor.uses("cl-a", new VmStats(0, 6 << 20));
    Rig.until("it goes on", () -> host.metrics("cl-a", Tier.SECONDS).size() > before + 3);
    assertEquals(OptionalLong.of(6 << 20), host.latestMetrics().get("cl-a").memoryHostBytes());

    HostAgent again = rig.restart();
    rig.hypervisor.uses("cl-a", new VmStats(0, 7 << 20));
    Rig.until("the next host samples", () -> again.metrics("cl-a", Tier.SECONDS).size() > 3);
    again.destroy("cl-a", Rig.SOON);
    assertEquals(Map.of(), again.latestMetrics());
    assertEquals(Code.NOT_FOUND, assertThrows(HostException.class, () -> again.metrics("cl-a", Tier.SECONDS)).code());
  }

  @Test
  void bytesThatFlowAndFilesKeepItAlive() throws Exception {
    host.create(Rig.order("cl-a", IDLE), Rig.SOON);
    try (GuestSocket socket = host.connect("cl-a", server.getLocalPort(), Rig.SOON); Socket accepted = server.accept()) {
      for (Instant end = Instant.now().plus(IDLE.multipliedBy(3)); Instant.now().isBefore(end); ) {
        socket.output().write(1);
        assertEquals(1, accepted.getInputStream().read());
        Thread.sleep(20);
      }
      assertEquals(State.RUNNING, host.find("cl-a").orElseThrow().state());
      Instant quiet = Instant.now();
      Rig.until("a silent connection keeps nothing alive", () -> host.find("cl-a").orElseThrow().state() == State.STOPPED);
      assertTrue(Duration.between(quiet, Instant.now()).compareTo(IDLE.dividedBy(2)) > 0);
    }
    host.create(Rig.order("cl-b", IDLE), Rig.SOON);
    for (Instant end = Instant.now().plus(IDLE.multipliedBy(3)); Instant.now().isBefore(end); ) {
      // A simulated guest has no files; asking is use all the same.
      assertThrows(GuestException.class, () -> host.files("cl-b").stat("/"));
      Thread.sleep(20);
    }
    assertEquals(State.RUNNING, host.find("cl-b").orElseThrow().state());
  }

  @Test
  void aGuestThatComputesIsInUse() throws Exception {
    host.create(Rig.order("cl-a", IDLE), Rig.SOON);
    long begin = System.nanoTime();
    for (Instant end = Instant.now().plus(IDLE.multipliedBy(3)); Instant.now().isBefore(end); ) {
      rig.hypervisor.uses("cl-a", new VmStats((System.nanoTime() - begin) / 2, 1));
      Thread.sleep(1);
    }
    assertEquals(State.RUNNING, host.find("cl-a").orElseThrow().state());
    Rig.until("it is ended when it stops", () -> host.find("cl-a").orElseThrow().state() == State.STOPPED);
  }

  @Test
  void aDiskIsAsLargeAsOrderedAndNeverSmallerThanItsImage() throws Exception {
    HostException small = assertThrows(HostException.class, () -> host.create(disk("cl-a", 7), Rig.SOON));
    assertEquals(Code.INVALID, small.code(), small.getMessage());
    assertEquals(Set.of(), rig.leftovers());
    host.create(disk("cl-a", 8), Rig.SOON);
    host.create(disk("cl-b", 64), Rig.SOON);
    host.create(disk("cl-c", 0), Rig.SOON);
    assertEquals(8 + 64 + 8, host.status().diskUsedMib());
  }

  private static CapsuleOrder disk(String id, int mib) {
    return new CapsuleOrder(id, "team", "minimal", 1, 64, mib, Duration.ZERO, "root", Map.of(), false);
  }

  private Code refusal(String capsule, int port) {
    return assertThrows(HostException.class, () -> host.connect(capsule, port, Rig.SOON)).code();
  }
}
